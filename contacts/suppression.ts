import type { Readable } from 'node:stream';
import { asCsv } from './as-csv';
import { cut } from './cut';
import { ContactsError, SuppressionError, UnreadableEntriesError } from './errors';
import { Judge } from './judge';
import { numbersMeant } from './list-entry';
import { type NumberList, readNumberList, type UnreadableEntry } from './number-list';
import { callingCodeIn, callingCodeOf } from './number-rules';
import { NumberSet } from './number-set';
import { openContacts, type ReadingOptions } from './read';
import { OF_A_FILE, type Wording } from './wording';

/** A suppression list, by the name people know it by. */
export interface SuppressionList {
  name: string;
  /** Opens it. @throws Error with the code of a file that is not there or may not be read; others are thrown on as they are */
  open(): Promise<Readable>;
}

/** Which numbers of a campaign are not to be called. */
export interface Suppressed {
  numbers: NumberSet;
  /** Entries that cannot be read, and so keep nobody from being called. */
  unreadable: number;
  /** What a person should know of the lists, in sentences; without a number, unless entries may be shown. */
  notes: string[];
}

/** How the campaign's file is read; its country is that of the lists as well. */
export interface SearchOptions extends ReadingOptions {
  /** Whether entries that cannot be read are left out with a note. Default: they are an error. */
  ignoreUnreadable?: boolean | undefined;
  /** Whether sentences may show such entries: at a terminal only, since logs and histories hold no numbers. Default: false. */
  showEntries?: boolean | undefined;
}

/** What a file fails with that will not be there, or may not be read, at the next attempt either. */
const UNREADABLE: Record<string, string> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
};

/**
 * Finds the numbers of a campaign that stand on suppression lists. The lists pass by the numbers of the campaign: however long
 * they are, only those of the campaign are held, in some 30 bytes each.
 *
 * @param contacts opens the campaign's file
 * @throws {@link SuppressionError} for a list that cannot be used, {@link UnreadableEntriesError} for one with entries that cannot
 * be read; {@link ContactsError} for the campaign's file
 */
export async function findSuppressed(
  contacts: () => Promise<Readable>,
  lists: readonly SuppressionList[],
  { ignoreUnreadable = false, showEntries = false, ...reading }: SearchOptions = {},
): Promise<Suppressed> {
  const { numbers: wanted, callingCodes } = await numbersOf(await contacts(), reading);
  const found: Suppressed = { numbers: new NumberSet(), unreadable: 0, notes: [] };
  const read = (typed: string) => numbersMeant(typed, callingCodes);
  const take = (number: number) => {
    if (wanted.has(number)) found.numbers.add(number);
  };
  for (const { name, open } of lists) {
    const list = await open()
      .then((source) => asCsv(source))
      .then(({ content }) => readNumberList(content, read, take))
      .catch((error: unknown) => {
        throw refusal(name, error) ?? error;
      });
    if (list.entries === 0) found.notes.push(`The suppression list ${name} is empty.`);
    if (list.takenForHeader) found.notes.push(headerText(name, list.takenForHeader, showEntries));
    if (list.unreadable === 0) continue;
    // The wrong file, whatever a person says of entries that cannot be read.
    if (list.unreadable === list.entries) throw new SuppressionError(noneText(name, list, showEntries));
    const unreadable = unreadableText(name, list, showEntries);
    if (!ignoreUnreadable) throw new UnreadableEntriesError(`${unreadable}: ${correctText(reading.wording)}`);
    found.unreadable += list.unreadable;
    found.notes.push(`${unreadable}. The people they name may be called.`);
  }
  return found;
}

function correctText(wording: Wording = OF_A_FILE): string {
  const leaveOut = wording.option('ignoreUnreadableSuppressions');
  return `the people they name could be called. Write each as + and the country code, or leave them out with ${leaveOut}.`;
}

/** "2 of 6 entries of the suppression list x.csv cannot be read as phone numbers (line 3 "•••", line 5 "••••")" */
function unreadableText(name: string, list: NumberList, showEntries: boolean): string {
  const { entries, unreadable } = list;
  const cannot = unreadable === 1 ? 'cannot be read as a phone number' : 'cannot be read as phone numbers';
  return `${unreadable} of ${entries} entries of the suppression list ${name} ${cannot} (${firstUnreadable(list, showEntries)})`;
}

function noneText(name: string, list: NumberList, showEntries: boolean): string {
  const { entries, firstUnreadable: told } = list;
  const count = entries === 1 ? 'its only entry cannot' : `none of its ${entries} entries can`;
  const why = told[0] && `Line ${told[0].line} ${told[0].reason}. `;
  return `The suppression list ${name} cannot be used: ${count} be read as a phone number (${firstUnreadable(list, showEntries)}). ${why}Give the file that holds the numbers, each with + and the country code.`;
}

/** "line 3 "•••", line 5 "••••" and 4 more" */
export function firstUnreadable(
  list: Pick<NumberList, 'unreadable' | 'firstUnreadable'>,
  showEntries: boolean,
): string {
  const shown = list.firstUnreadable.map((entry) => entryText(entry, showEntries));
  const more = list.unreadable > shown.length ? ` and ${list.unreadable - shown.length} more` : '';
  return `${shown.join(', ')}${more}`;
}

/** Says what was taken for a header. A name without a number may stand there as well, and that person would be called. */
export function headerText(
  name: string,
  header: Pick<UnreadableEntry, 'line' | 'typed'>,
  showEntries: boolean,
): string {
  return `In the suppression list ${name}, ${entryText(header, showEntries)} has no digit and is read as the header: it keeps nobody from being called.`;
}

/** "line 3 "•••"" */
function entryText({ line, typed }: Pick<UnreadableEntry, 'line' | 'typed'>, showEntries: boolean): string {
  return `line ${line} "${showEntries ? plain(typed) : masked(typed)}"`;
}

const MAX_SHOWN = 40;

/** In one line, and without what moves the cursor or turns the direction of writing. */
function plain(typed: UnreadableEntry['typed']): string {
  return cut(typed.slice(0, 2 * MAX_SHOWN).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' '), MAX_SHOWN);
}

/** Its shape: a person finds the entry in the line, and nobody learns a name or a number from it. */
function masked(typed: string): string {
  return plain(typed).replace(/[\p{L}\p{M}\p{N}]/gu, '•');
}

function refusal(name: string, error: unknown): SuppressionError | undefined {
  if (error instanceof ContactsError) return unusable(name, error.message, error);
  const why = UNREADABLE[String((error as { code?: unknown }).code)];
  return why === undefined ? undefined : unusable(name, `${why}. ${MEND}`, error);
}

const MEND = 'Correct its name, or make it readable for the worker.';

/** The refusal of a list that is not there. */
export function missingList(name: string, cause: unknown): SuppressionError {
  return unusable(name, `${UNREADABLE.ENOENT}. ${MEND}`, cause);
}

function unusable(name: string, why: string, cause: unknown): SuppressionError {
  return new SuppressionError(`The suppression list ${name} cannot be used: ${why}`, { cause });
}

/** The numbers of a campaign's file that could be called, and the calling codes they begin with, that of the country among them. */
async function numbersOf(
  source: Readable,
  reading: ReadingOptions,
): Promise<{ numbers: NumberSet; callingCodes: string[] }> {
  const { country } = reading;
  const { header, blocks } = await openContacts(source, reading);
  const judge = new Judge(header, { country });
  const numbers = new NumberSet();
  const callingCodes = new Set(country && [callingCodeIn(country)]);
  for await (const block of blocks) {
    for (const row of block) {
      const judged = judge.judge(row);
      if (judged.verdict !== 'valid') continue;
      numbers.add(Number(judged.number));
      callingCodes.add(callingCodeOf(judged.number.slice(1)));
    }
  }
  return { numbers, callingCodes: [...callingCodes].filter((code) => code !== undefined) };
}
