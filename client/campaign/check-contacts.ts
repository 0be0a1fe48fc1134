import type { Readable } from 'node:stream';
import type { CheckOptions } from '../../contacts/check';
import { toldPlace, type Wording } from '../../contacts/wording';
import type { CampaignInput } from '../../workflows/input';
import { ContactsRefusedError } from '../errors';
import type { Standing } from './standing';

/** Rows of a contacts file, as `validate` counts them. */
export interface CheckedContacts {
  total: number;
  /** Rows that will be called, unless they are on a suppression list. */
  valid: number;
  rejected: number;
  duplicates: number;
}

/** What bears on how contacts are read. */
export type AskedOfContacts = Pick<CampaignInput, 'numberColumn' | 'country' | 'sheet' | 'requireVariables'> & {
  /** How sentences speak of the contacts. Default: as of a file, to any reader. */
  wording?: Wording | undefined;
};

/** Faults that an error lists; a file of which more is wrong is better fixed by its first lines. */
const MOST_FAULTS = 100;

/**
 * Judges contacts as `validate` does, while they stream by. A file with at least one valid row is accepted: `rejected.csv` names
 * its other rows. Suppression lists are another's business (`checkLists`).
 *
 * @param asked what the campaign's input says of how its contacts are read, and how sentences speak of them
 * @param suppressed numbers that must not be called. Default: none is known
 * @throws ContactsRefusedError for a file that cannot be read, and for one without a valid row
 */
export async function checkContacts(
  campaignId: string,
  source: Readable,
  asked: AskedOfContacts = {},
  suppressed?: CheckOptions['suppressed'],
): Promise<CheckedContacts> {
  // The metadata of all numbers of the world: loaded only where contacts are read.
  const { asCsv } = require('../../contacts/as-csv') as typeof import('../../contacts/as-csv');
  const { checkContacts: check } = require('../../contacts/check') as typeof import('../../contacts/check');
  const { ContactsError } = require('../../contacts/errors') as typeof import('../../contacts/errors');
  const { refuseResults } = require('../../contacts/header') as typeof import('../../contacts/header');
  const faults: ContactsRefusedError['faults'][number][] = [];
  try {
    const { numberColumn, country, sheet, requireVariables: required, wording } = asked;
    const { content } = await asCsv(source, sheet, { wording });
    const { total, valid, rejected, duplicates, columns, ...more } = await check(
      content,
      { numberColumn, country, required, suppressed, wording },
      ({ column, reason, mend, ...place }) => {
        if (faults.length < MOST_FAULTS) faults.push({ ...toldPlace(place), column, reason, mend });
        return undefined;
      },
    );
    refuseResults({ cells: columns }, wording);
    if (valid > 0) return { total, valid, rejected, duplicates };
    throw new ContactsRefusedError(campaignId, noneValid(total, more.suppressed), faults);
  } catch (error) {
    if (!(error instanceof ContactsError)) throw error;
    throw new ContactsRefusedError(campaignId, error.message, [{ reason: error.message }], { cause: error });
  }
}

/**
 * Whether a start with these contents concerns a campaign that exists already. It is not refused for contacts that an earlier
 * release accepted.
 * @param contactsHash of the contents that are given now
 */
export function isOfExisting(
  before: { standing: Standing; contactsHash: string | undefined } | undefined,
  contactsHash: string | undefined,
): boolean {
  return before !== undefined && (before.standing !== 'ended-open' || before.contactsHash === contactsHash);
}

function noneValid(total: number, suppressed: number): string {
  const rows = total === 1 ? 'The only row is' : `All ${total} rows are`;
  const NONE = 'No number in the contacts can be called.';
  if (suppressed === total) return `${NONE} ${rows} on a suppression list: nothing was started.`;
  const also = suppressed > 0 ? ' or on a suppression list' : '';
  const told =
    total > MOST_FAULTS
      ? `the first ${MOST_FAULTS} rows, and "bolna-campaigns validate FILE --json" of all`
      : total === 1
        ? 'it'
        : 'each row';
  return `${NONE} ${rows} rejected${also}: fix ${total === 1 ? 'it' : 'them'} and start the campaign again. Nothing was stored, so there is no rejected.csv: "faults" says what is wrong with ${told}.`;
}
