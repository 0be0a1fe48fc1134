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

/** The contacts of an earlier run that asked Bolna for a start. */
export interface Begun {
  batchId: string;
  /** Of the contacts as a whole. */
  fileName: string;
  inOneBatch: boolean;
  /** Numbers that were suppressed then. */
  without: NumberSet;
}

/** How an earlier run divided the file. */
export interface Taken {
  edition: string | undefined;
  summary: ContactsSummary;
}

/** The contacts of the earlier run; undefined if no start was ever requested. @throws ApplicationFailure `OtherAccount` */
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
 * Checks that a file is the one the earlier run used. Releases judge some rows differently (premium-rate numbers, missing cells), so the
 * same file can yield different contacts today. In that case the contacts that the earlier run stored are compared with the file, row by row.
 *
 * @param now divides the file by today's rules and returns the name of its contacts
 * @param open opens the file
 * @returns how the earlier run divided the file, if this release would divide it differently; undefined if both agree
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
