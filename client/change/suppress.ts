import { createReadStream } from 'node:fs';
import type { CountryCode } from 'libphonenumber-js/max';
import { ContactsError } from '../../contacts/errors';
import { readNumberList } from '../../contacts/number-list';
import { firstUnreadable, headerText } from '../../contacts/suppression';
import { errorCode } from '../../storage/error-code';
import { MOST_NUMBERS, type Suppressed } from '../campaign/suppress';
import { say } from '../run/print';
import { EXIT, type ExitCode, UserError } from '../user-error';
import { type Change, type ChangeFlags, change } from './change';

export interface SuppressFlags extends ChangeFlags {
  list?: string;
  country?: CountryCode;
}

/** Numbers of which each is told in a line of its own. */
const MOST_LINES = 20;

/** Keeps contacts of a campaign that runs from being called. */
export async function suppress(campaignId: string, given: readonly string[], flags: SuppressFlags): Promise<ExitCode> {
  const list = flags.list === undefined ? { numbers: [], notes: [] } : await listed(flags.list);
  const { notes } = list;
  const numbers = [...given, ...list.numbers];
  if (numbers.length === 0) throw new UserError('Give the numbers to suppress, or a file of them with --list.');
  if (numbers.length > MOST_NUMBERS)
    throw new UserError(
      `${numbers.length} numbers are more than the ${MOST_NUMBERS} that are taken at a time: split the list, or stop the campaign.`,
    );
  for (const note of notes) say(note);
  const { country } = flags;
  const suppression: Change<Suppressed & { notes?: string[] }> = {
    effect: `${numbers.length === 1 ? 'One number' : `${numbers.length} numbers`} would be suppressed: calls that were not made yet are prevented.`,
    question: 'Suppress?',
    unattended: 'If its batch was deleted to leave them out, a worker has to make it anew, or nobody is called.',
    make: async (campaigns) => {
      const answer = await campaigns.suppress(campaignId, numbers, { ...(country !== undefined && { country }) });
      const { numbers: told } = answer;
      const shown = told.length > MOST_LINES ? told.filter(({ outcome }) => outcome !== 'suppressed') : told;
      for (const { number, says } of shown) say(`${number}: ${says}.`);
      return { ...answer, ...(notes.length > 0 && { notes }) };
    },
    exitCode: ({ numbers: told }) =>
      told.some(({ outcome }) => outcome === 'too-late' || outcome === 'unknown') ? EXIT.failed : EXIT.completed,
  };
  return change(campaignId, suppression, flags);
}

/**
 * The entries of a file: a CSV with a contact_number column, or one number a line. What they mean, the campaign decides.
 * @returns with what a person should know of how it was read, in sentences
 */
async function listed(file: string): Promise<{ numbers: string[]; notes: string[] }> {
  const typed: string[] = [];
  const read = (entry: string) => {
    typed.push(entry);
    return { numbers: [], isReadable: true };
  };
  try {
    const list = await readNumberList(createReadStream(file), read, () => undefined);
    const { unreadable, takenForHeader } = list;
    const [first] = list.firstUnreadable;
    if (first) {
      const lines = unreadable === 1 ? 'One line' : `${unreadable} lines`;
      throw new UserError(
        `${lines} of ${file} cannot be read (${firstUnreadable(list, true)}). Line ${first.line} ${first.reason}.`,
      );
    }
    return { numbers: typed, notes: takenForHeader ? [headerText(file, takenForHeader, true)] : [] };
  } catch (error) {
    if (error instanceof ContactsError) throw new UserError(`${file} is not a list of numbers: ${error.message}`);
    if (errorCode(error) === undefined) throw error;
    throw new UserError(`${file} cannot be read (${errorCode(error)}): check its name and its rights.`);
  }
}
