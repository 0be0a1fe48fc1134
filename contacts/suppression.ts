import type { Readable } from 'node:stream';
import type { CountryCode } from 'libphonenumber-js/max';
import { ContactsError, SuppressionError } from './errors';
import { Judge } from './judge';
import { readNumberList } from './number-list';
import { NumberSet } from './number-set';
import { openContacts } from './read';

/** A do-not-call list, by the name people know it by. */
export interface SuppressionList {
  name: string;
  /** Opens it. @throws Error with the code of a file that is not there or may not be read; others are thrown on as they are */
  open(): Promise<Readable>;
}

/** Which numbers of a campaign are not to be called. */
export interface Suppressed {
  numbers: NumberSet;
  /** What a person should know of the lists, in sentences without a number. */
  notes: string[];
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
 * Finds the numbers of a campaign that stand on do-not-call lists. The lists pass by the numbers of the campaign: however long
 * they are, only those of the campaign are held, in some 30 bytes each.
 *
 * @param contacts opens the campaign's file
 * @param country whose numbers those without a + are in that file, if they are to be read
 * @throws {@link SuppressionError} for a list that cannot be used; {@link ContactsError} for the campaign's file
 */
export async function findSuppressed(
  contacts: () => Promise<Readable>,
  lists: readonly SuppressionList[],
  country?: CountryCode,
): Promise<Suppressed> {
  const wanted = await numbersOf(await contacts(), country);
  const found: Suppressed = { numbers: new NumberSet(), notes: [] };
  const take = (number: number) => {
    if (wanted.has(number)) found.numbers.add(number);
  };
  for (const list of lists) found.notes.push(...(await search(list, take)));
  return found;
}

/** @returns what a person should know of the list */
async function search({ name, open }: SuppressionList, take: (number: number) => void): Promise<string[]> {
  try {
    const { entries, unreadable, firstUnreadable: first } = await readNumberList(await open(), take);
    if (entries === 0) return [`The do-not-call list ${name} is empty.`];
    if (!first) return [];
    const are = unreadable === 1 ? 'is no phone number and keeps' : 'are no phone numbers and keep';
    return [
      `Do-not-call list ${name}: ${unreadable} of ${entries} entries ${are} nobody from being called; the first is in line ${first.line}: ${first.reason.replace(/…$/, '')}.`,
    ];
  } catch (error) {
    throw refusal(name, error) ?? error;
  }
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
  return new SuppressionError(`The do-not-call list ${name} cannot be used: ${why}`, { cause });
}

/** The numbers of a campaign's file that could be called. */
async function numbersOf(source: Readable, country?: CountryCode): Promise<NumberSet> {
  const { header, blocks } = await openContacts(source);
  const judge = new Judge(header, undefined, country);
  const numbers = new NumberSet();
  for await (const block of blocks) {
    for (const row of block) {
      const judged = judge.judge(row);
      if (judged.verdict === 'valid') numbers.add(Number(judged.number));
    }
  }
  return numbers;
}
