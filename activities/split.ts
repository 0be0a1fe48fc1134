import { Readable } from 'node:stream';
import { campaignFiles } from '../storage/campaign-files';
import { claimChange } from '../storage/changes';
import { partsOf, readSplits, type Split } from '../storage/splits';
import type { CampaignStorage } from '../storage/storage';
import { finalFailure } from './failures';
import { type RecordKey, readRecord, type ScheduleRecord } from './schedule-record';
import type { Contacts, CreateBatch } from './types';

/** Each batch is a child workflow, and all of them stand in the campaign's own history. */
const MOST_BATCHES = 1000;

/**
 * Decides on a split, unless one stands already for these contacts: then that one holds. Those of other contacts stay beside it:
 * none is ever replaced, by nothing late either.
 * @returns undefined where one batch takes them all
 */
export async function holdSplit(
  storage: CampaignStorage,
  campaignId: string,
  ours: Split,
): Promise<Contacts['split'] | undefined> {
  for (;;) {
    const splits = await readSplits(storage, campaignId);
    const standing = splits.find(({ fileName }) => fileName === ours.fileName);
    if (standing) return batchesIn(standing);
    if (ours.offsets.length > MOST_BATCHES) {
      const message = `The contacts would be ${ours.offsets.length} batches, and a campaign has at most ${MOST_BATCHES}: raise maxRowsPerBatch.`;
      throw finalFailure(message, 'InvalidContacts');
    }
    const { split } = campaignFiles(campaignId);
    if (await claimChange(storage, split, { change: splits.length }, JSON.stringify(ours))) return batchesIn(ours);
  }
}

/** The split that stands for contacts; undefined where one batch takes them all. */
export async function standingSplit(
  storage: CampaignStorage,
  campaignId: string,
  fileName: string,
): Promise<Contacts['split'] | undefined> {
  const standing = (await readSplits(storage, campaignId)).find((split) => split.fileName === fileName);
  return standing && batchesIn(standing);
}

function batchesIn({ offsets, rowsPerBatch }: Split): Contacts['split'] | undefined {
  return offsets.length > 1 ? { batches: offsets.length, rowsPerBatch } : undefined;
}

/** A record, and whose it is. */
export interface KeyedRecord {
  key: RecordKey;
  record: ScheduleRecord;
}

/** What is recorded of a batch; without a part, of the campaign's only batch and of each of several, by any run. */
export async function recordsOf(storage: CampaignStorage, { campaignId, part }: RecordKey): Promise<KeyedRecord[]> {
  const parts = part === undefined ? [undefined, ...(await partsOf(storage, campaignId))] : [part];
  const found = await Promise.all(
    parts.map(async (of) => {
      const key = { campaignId, part: of };
      const record = await readRecord(storage, key);
      return record && { key, record };
    }),
  );
  return found.filter((each) => each !== undefined);
}

/** The contacts as Bolna gets them: the whole file, or the header and the rows of one batch. */
export async function openContacts(
  storage: CampaignStorage,
  { campaignId, part, fileName, edition }: Pick<CreateBatch, 'campaignId' | 'part' | 'fileName' | 'edition'>,
): Promise<{ csv: Readable; bytes: number }> {
  const { contacts } = campaignFiles(campaignId).edition(edition);
  if (part === undefined) {
    const bytes = (await storage.size(contacts)) ?? 0;
    return { csv: await storage.read(contacts), bytes };
  }
  const split = (await readSplits(storage, campaignId)).find((each) => each.fileName === fileName);
  const [first = 0] = split?.offsets ?? [];
  const start = split?.offsets[part - 1];
  if (!split || start === undefined) throw new Error(`Batch ${part} of campaign ${campaignId} has no rows on record.`);
  const end = split.offsets[part] ?? split.bytes;
  async function* stretches(): AsyncGenerator<Buffer> {
    yield* await storage.read(contacts, { start: 0, end: first });
    yield* await storage.read(contacts, { start: start ?? 0, end });
  }
  return { csv: Readable.from(stretches(), { objectMode: false }), bytes: first + end - start };
}
