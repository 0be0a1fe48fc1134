import type { Readable } from 'node:stream';
import type { CheckOptions } from '../../contacts/check';
import { type CampaignStorage, FileNotFoundError, ForeignUriError } from '../../storage/storage';
import type { CampaignInput } from '../../workflows/input';
import { ContactsRefusedError } from '../errors';
import { type AskedOfContacts, checkContacts } from './check-contacts';

/** Numbers that must not be called. */
export type SuppressedNumbers = NonNullable<CheckOptions['suppressed']>;

/** Opens lists at web addresses. What it fails with says in a sentence why, and holds nothing that may be a secret. */
export interface WebLists {
  /** What people know a list by. */
  nameOf(address: string): string;
  /** @throws SuppressionError, also in the middle of the list */
  open(address: string): Promise<Readable>;
}

/** Where suppression lists are. */
export interface ListPlaces {
  /** Undefined where it is not known here: then only what is no address is refused. */
  storage: CampaignStorage | undefined;
  /** Whether files have the same addresses for the workers. Otherwise addresses of another place are left to them. */
  isAsWorkersHaveIt: boolean;
  /** Without it, lists at web addresses are left to the worker. */
  web?: WebLists | undefined;
}

/**
 * Reads a new campaign's suppression lists as its worker will, so that one that cannot be used is refused before the campaign ID is
 * used up. Those of the worker's own setting are left to it.
 *
 * @param contacts opens the contacts anew; `checkContacts` has accepted them
 * @returns the numbers that must not be called; undefined where no list was read
 * @throws ContactsRefusedError for a list that cannot be used, and where nobody is left to call
 */
export async function checkLists(
  campaignId: string,
  contacts: () => Promise<Readable>,
  asked: AskedOfContacts & Pick<CampaignInput, 'suppress' | 'ignoreUnreadableSuppressions'>,
  { storage, isAsWorkersHaveIt, web }: ListPlaces,
): Promise<SuppressedNumbers | undefined> {
  const {
    suppress = [],
    ignoreUnreadableSuppressions: ignoreUnreadable,
    sheet,
    numberColumn,
    country,
    wording,
  } = asked;
  const lists = (typeof suppress === 'string' ? [suppress] : suppress).filter((list) =>
    isOfWeb(list) ? web !== undefined : isAsWorkersHaveIt || !isElsewhere(list, storage),
  );
  if (lists.length === 0) return undefined;
  // Loaded only where there are lists, as with contacts.
  const { asCsv } = require('../../contacts/as-csv') as typeof import('../../contacts/as-csv');
  const { SuppressionError } = require('../../contacts/errors') as typeof import('../../contacts/errors');
  const { findSuppressed, missingList } =
    require('../../contacts/suppression') as typeof import('../../contacts/suppression');
  try {
    const opened = async () => (await asCsv(await contacts(), sheet, { wording })).content;
    const reading = { numberColumn, country, ignoreUnreadable, wording };
    const placed = (list: string) => {
      if (web && isOfWeb(list)) return { name: web.nameOf(list), open: () => web.open(list) };
      if (!storage) throw new SuppressionError(`The suppression list ${list} is no address: ${ADDRESSES}`);
      const open = async () =>
        storage.read(storage.pathOf(list)).catch((error: unknown) => {
          throw error instanceof FileNotFoundError ? missingList(list, error) : error;
        });
      return { name: list, open };
    };
    const named = [...new Set(lists)].map(placed);
    const { numbers } = await findSuppressed(opened, named, reading);
    if (numbers.size > 0) await checkContacts(campaignId, await contacts(), asked, numbers);
    return numbers;
  } catch (error) {
    if (!(error instanceof SuppressionError || error instanceof ForeignUriError)) throw error;
    throw new ContactsRefusedError(campaignId, error.message, [{ reason: error.message }], { cause: error });
  }
}

const ADDRESSES = 'give that of a file in the campaign storage (file:///… or s3://…), or a public http(s) address.';

function isOfWeb(list: string): boolean {
  return /^https?:\/\//i.test(list);
}

/** Whether it is an address of another place than the storage, such as the same folder under the name it has for the workers. */
function isElsewhere(list: string, storage: CampaignStorage | undefined): boolean {
  if (!/^[a-z][a-z0-9+.-]+:/i.test(list)) return false;
  try {
    return storage?.pathOf(list) === undefined;
  } catch {
    return true;
  }
}
