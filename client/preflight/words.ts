import type { UsedVariable } from '../../bolna/agent';
import { OF_A_FILE, type Wording } from '../../contacts/wording';
import type { Preflight, PreflightAsk } from './types';

/** What sentences are made of. */
export type Found = Omit<Preflight, 'warnings' | 'notes'> & {
  /** All columns of the file. */
  columns: readonly string[];
  /** Whether the answer about the agent held any of its words. */
  hasTexts: boolean;
  /** Why the agent is not known, if it is not. */
  unread: string | undefined;
};

const MOST_NAMES = 10;

/** What should be decided before anyone is called. Missing variables are left to `missingText`: they refuse a campaign. */
export function warningsOn({ autoReschedule, concurrency }: Found): string[] {
  const warnings: string[] = [];
  if (autoReschedule) {
    warnings.push(
      'The agent has "Auto Reschedule" on: a person who asks for another time is called again then. Turn it off at Bolna if nobody may be called twice.',
    );
  }
  if (concurrency === 0)
    warnings.push('The account is paused: its concurrency is 0. Bolna calls nobody until that changes.');
  if (concurrency === 1 || concurrency === 2) {
    warnings.push(
      `The account makes ${concurrency === 1 ? '1 call' : '2 calls'} at a time, no more than a trial account. Trial accounts call verified numbers only.`,
    );
  }
  return warnings;
}

export function notesOn(found: Found, ask: PreflightAsk): string[] {
  const { unread, hasTexts, unused, required } = found;
  const { wording = OF_A_FILE } = ask.reading ?? {};
  const notes: string[] = [];
  if (unread !== undefined) notes.push(`The agent was not checked: ${unread}.`);
  if (!hasTexts)
    notes.push('The agent was checked without its words: Bolna shows no prompt and no welcome message of it.');
  if (required && ask.requireVariables === true && (unread !== undefined || !hasTexts))
    notes.push(`Each row must have a value in every column (${names(required)}), since any may be a variable.`);
  if (unused.length > 0)
    notes.push(`The agent's words do not use ${unused.length === 1 ? 'the column' : 'the columns'} ${names(unused)}.`);
  const blank = blankText(found, wording);
  if (blank !== undefined) notes.push(blank);
  const hours = hoursText(found, ask);
  if (hours !== undefined) notes.push(hours);
  return notes;
}

function blankText({ blank: { rows, first }, required }: Found, wording: Wording): string | undefined {
  if (rows === 0) return undefined;
  const cells = first.map(
    ({ line, row, column, value }) => `${wording.unit} ${row ?? line}, ${column}${value === '' ? '' : ` "${value}"`}`,
  );
  const more = rows > first.length ? '; …' : '';
  const [have, people, them] =
    rows === 1 ? ['row has', 'The person is', 'it'] : ['rows have', 'The people are', 'them'];
  const text = `${rows} ${have} no value where the agent uses one (${cells.join('; ')}${more})`;
  return required
    ? `${text} and will not be called.`
    : `${text}. ${people} called all the same; ${wording.option('requireVariables')} leaves ${them} out.`;
}

function hoursText({ callingHours, people }: Found, { bypassGuardrails, startsAt }: PreflightAsk): string | undefined {
  if (!callingHours) return undefined;
  const { startHour, endHour, calls } = callingHours;
  const window = `The agent calls ${startHour}:00–${endHour}:00 where the person is`;
  if (bypassGuardrails) return `${window}. This campaign ignores that and calls at any hour.`;
  if (startHour === endHour) return `${window}, which is no time at all: it is unknown when Bolna makes these calls.`;
  const waits = [
    calls.tomorrow > 0 && `${calls.tomorrow} of ${people} ${waiting(calls.tomorrow)} until tomorrow`,
    calls['later-today'] > 0 &&
      `${calls['later-today']} of ${people} ${waiting(calls['later-today'])} until ${startHour}:00`,
    calls.depends > 0 && `${calls.depends} of ${people} may wait, since their numbers are of several time zones`,
    calls.unknown > 0 && `the time zone of ${calls.unknown} of ${people} is unknown`,
  ].filter((text) => text !== false);
  const then =
    waits.length > 0
      ? waits.join(', ')
      : `${people === 1 ? 'the one person is' : `all ${people} are`} within these hours`;
  return `${window}. At the start (${new Date(startsAt).toISOString().slice(0, 16).replace('T', ' ')} UTC) ${then}.`;
}

function waiting(people: number): string {
  return people === 1 ? 'waits' : 'wait';
}

/**
 * Says that the file has no column for variables, and what to do.
 * @param how.allow how a campaign that is refused for it could start all the same. Default: it starts anyway
 */
export function missingText(
  missing: readonly UsedVariable[],
  columns: readonly string[],
  { allow, wording = OF_A_FILE }: { allow?: string | undefined; wording?: Wording } = {},
): string {
  const has = wording.areRows ? 'the contacts have' : 'the file has';
  const each = missing.slice(0, MOST_NAMES).map(({ name, where }) => {
    const alike = columns.find((column) => plain(column) === plain(name));
    return `{${name}} (${where}${alike === undefined ? '' : `; ${has} "${alike}", and names must match exactly`})`;
  });
  const more = missing.length > MOST_NAMES ? ` and ${missing.length - MOST_NAMES} more` : '';
  return `The agent's words use ${each.join(', ')}${more}, and ${has} no such column: add ${missing.length === 1 ? 'it' : 'them'}${allow === undefined ? '' : `, or ${allow}`}.`;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

function names(columns: readonly string[]): string {
  const shown = columns.slice(0, MOST_NAMES).join(', ');
  return columns.length > MOST_NAMES ? `${shown} and ${columns.length - MOST_NAMES} more` : shown;
}
