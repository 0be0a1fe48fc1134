import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { ContactsError } from '../contacts/errors';
import { NumberSet } from '../contacts/number-set';
import type { ContactsSummary } from '../contacts/validate';
import { countVerdicts } from '../results/verdicts';
import { campaignFiles, editionOf } from '../storage/campaign-files';
import type { CampaignStorage } from '../storage/storage';
import { contactsFileName, contactsHash } from './campaign-batches';
import { refuseOtherAccount, refuseOtherContacts } from './schedule-record';
import { recordsOf } from './split';
import { suppressedOf } from './suppression';
import type { ValidateContacts } from './types';

/** What an earlier run of a campaign has asked a start for. */
export interface Begun {
  batchId: string;
  /** Of the contacts as a whole. */
  fileName: string;
  inOneBatch: boolean;
  /** The numbers that it was begun without. */
  without: NumberSet;
}

/** A file as an attempt of an earlier run has divided it. */
export interface Taken {
  edition: string | undefined;
  summary: ContactsSummary;
}

/** What a campaign was begun with; undefined where no start was asked for. @throws ApplicationFailure `OtherAccount` */
export async function begunWith(
  storage: CampaignStorage,
  { campaignId, account }: Pick<ValidateContacts, 'campaignId' | 'account'>,
): Promise<Begun | undefined> {
  const [first] = await recordsOf(storage, { campaignId });
  if (!first) return undefined;
  const { key, record } = first;
  if (account !== undefined) refuseOtherAccount(campaignId, record, account);
  const fileName = contactsFileName(campaignId, contactsHash(campaignId, record.fileName));
  const without = (await suppressedOf(storage, campaignId, fileName)) ?? new NumberSet();
  return { batchId: record.batchId, fileName, inOneBatch: key.part === undefined, without };
}

/**
 * Whether a file is the one that a campaign was begun with. Releases take rows differently (premium-rate numbers, cells that are
 * missing), so that the same file may make other contacts now: then what was made of it at the time is compared with it, row by row.
 *
 * @param now divides the file as this release does, and says what its contacts are called
 * @param open opens the file
 * @returns how the rows were taken then, where they would be taken otherwise now
 * @throws ApplicationFailure `OtherContacts`, or ContactsError for a file that cannot be read
 */
export async function takenOtherwise(
  storage: CampaignStorage,
  { campaignId, numberColumn, country }: Pick<ValidateContacts, 'campaignId' | 'numberColumn' | 'country'>,
  begun: Begun,
  now: () => Promise<string>,
  open: () => Promise<Readable>,
): Promise<Taken | undefined> {
  const fileName = await now().catch((error: unknown) => {
    if (error instanceof ContactsError) return error;
    throw error;
  });
  if (fileName === begun.fileName) return undefined;
  for await (const name of storage.list(campaignId)) {
    const found = editionOf(name);
    if (!found) continue;
    const files = campaignFiles(campaignId).edition(found.edition);
    const { hash, bytes } = await digestOf(await storage.read(files.contacts));
    if (contactsFileName(campaignId, hash) !== begun.fileName || (await storage.size(files.rejected)) === undefined)
      continue;
    const contacts = await storage.read(files.contacts);
    const rejected = await storage.read(files.rejected);
    const counts = await countVerdicts({ input: await open(), numberColumn, contacts, rejected }, country);
    if (counts) return { ...found, summary: { ...counts, hash, bytes, notes: [TAKEN_THEN] } };
  }
  if (fileName instanceof ContactsError) throw fileName;
  refuseOtherContacts(campaignId, begun, fileName);
  return undefined;
}

const TAKEN_THEN =
  'The campaign was begun by an earlier release, which took some rows otherwise than this one would: it goes on with the rows as they were taken then.';

async function digestOf(source: Readable): Promise<{ hash: string; bytes: number }> {
  const sha256 = createHash('sha256');
  let bytes = 0;
  for await (const chunk of source) {
    sha256.update(chunk);
    bytes += chunk.length;
  }
  return { hash: sha256.digest('hex'), bytes };
}
