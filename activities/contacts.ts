import { createHash } from 'node:crypto';
import { PassThrough, Writable } from 'node:stream';
import { type ContactsSummary, validateContacts as splitContacts } from '../contacts/validate';
import { campaignFiles } from '../storage/campaign-files';
import { errorCode } from '../storage/error-code';
import type { CampaignStorage } from '../storage/storage';
import { batchFileName } from './campaign-batches';
import type { ActivityContext } from './context';
import { durably } from './durably';
import { finalFailure } from './failures';
import { readRecord, refuseOtherContacts } from './schedule-record';
import type { Contacts, ValidateContacts } from './types';

/** Splits the caller's file into what Bolna gets and what is rejected, and names the batch after its content. */
export function validateContacts(context: ActivityContext, ask: ValidateContacts): Promise<Contacts> {
  const { storage } = context;
  const { campaignId } = ask;
  return durably({ keyMayBeMended: false }, async () => {
    const source =
      'csv' in ask.contacts ? await keep(storage, campaignId, ask.contacts.csv) : storage.pathOf(ask.contacts.uri);
    if ((await storage.size(source)) === undefined) {
      throw finalFailure(`There is no contacts file at ${storage.uriOf(source)}.`, 'InvalidContacts');
    }
    // What an earlier run has scheduled was made of these files: they are not overwritten by those of other contacts.
    const record = await readRecord(storage, campaignId);
    if (record) {
      const { hash } = await splitContacts(await storage.read(source), { contacts: nowhere(), rejected: nowhere() });
      refuseOtherContacts(campaignId, record.fileName, batchFileName(campaignId, hash));
    }
    const input = await ownCopy(storage, campaignId, source);
    const { hash, total, valid, rejected, duplicates, flagged } = await split(storage, campaignId, input);
    const fileName = batchFileName(campaignId, hash);
    return { input, fileName, total, valid, rejected, duplicates, flagged, begun: record !== undefined };
  });
}

/** The results are written from the input again, days later: by then the caller may have changed or cleared away its file. */
async function ownCopy(storage: CampaignStorage, campaignId: string, source: string): Promise<string> {
  if (source.startsWith(`${campaignId}/`)) return source;
  const copy = campaignFiles(campaignId).inputCopy;
  await storage.write(copy, await storage.read(source));
  return copy;
}

async function split(storage: CampaignStorage, campaignId: string, input: string): Promise<ContactsSummary> {
  const files = campaignFiles(campaignId);
  const contacts = new PassThrough();
  const rejected = new PassThrough();
  const [summary, ...written] = await Promise.allSettled([
    splitContacts(await storage.read(input), { contacts, rejected }),
    storage.write(files.contacts, contacts),
    storage.write(files.rejected, rejected),
  ]);
  // A write that failed (disk full) is the reason for what the reader then reports, and not the other way round.
  for (const write of written) if (write.status === 'rejected' && errorCode(write.reason)) throw write.reason;
  if (summary.status === 'rejected') throw summary.reason;
  for (const write of written) if (write.status === 'rejected') throw write.reason;
  return summary.value;
}

/** Puts an inline CSV into the storage, under its content's name: a second run with the same text changes nothing. */
async function keep(storage: CampaignStorage, campaignId: string, csv: string): Promise<string> {
  const path = campaignFiles(campaignId).input(createHash('sha256').update(csv).digest('hex').slice(0, 16));
  if ((await storage.size(path)) === undefined) await storage.write(path, csv);
  return path;
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
