import { Readable } from 'node:stream';
import { z } from 'zod';
import { campaignFiles } from '../storage/campaign-files';
import { type CampaignStorage, FileNotFoundError, readText } from '../storage/storage';
import { finalFailure } from './failures';
import { readRecord, refuseOtherContacts } from './schedule-record';
import type { Contacts, CreateBatch } from './types';

/** Each batch is a child workflow, and all of them stand in the campaign's own history. */
const MOST_BATCHES = 1000;

const splitSchema = z.object({
  /** Name of the contacts as a whole. */
  fileName: z.string(),
  rowsPerBatch: z.number(),
  /** Where each batch's rows begin in `contacts.csv`, in bytes; before the first is the header. */
  offsets: z.array(z.number()).min(1),
  /** Size of `contacts.csv`. */
  bytes: z.number(),
});

/**
 * How a campaign's contacts are split into batches. Decided once: were it decided anew with another size, a row could be in a
 * batch of each split, and its person be called twice.
 */
export type Split = z.infer<typeof splitSchema>;

export async function readSplit(storage: CampaignStorage, campaignId: string): Promise<Split | undefined> {
  try {
    return splitSchema.parse(JSON.parse(await readText(storage, campaignFiles(campaignId).split)));
  } catch (error) {
    if (error instanceof FileNotFoundError) return undefined;
    throw error;
  }
}

/**
 * Decides on a split, unless one stands already for these contacts: then that one holds.
 * @returns undefined where one batch takes them all
 */
export async function holdSplit(
  storage: CampaignStorage,
  campaignId: string,
  ours: Split,
): Promise<Contacts['split'] | undefined> {
  const earlier = await readSplit(storage, campaignId);
  // Whoever calls has seen to it that no batch of other contacts was begun.
  if (earlier && earlier.fileName !== ours.fileName) {
    // An attempt that was frozen meanwhile must not take away what another has begun with.
    if ((await partsOnRecord(storage, campaignId)).length > 0)
      refuseOtherContacts(campaignId, earlier.fileName, ours.fileName);
    await storage.delete(campaignFiles(campaignId).split);
  }
  if (earlier?.fileName !== ours.fileName && ours.offsets.length <= 1) return undefined;
  if (ours.offsets.length > MOST_BATCHES) {
    const message = `The contacts would be ${ours.offsets.length} batches, and a campaign has at most ${MOST_BATCHES}: raise maxRowsPerBatch.`;
    throw finalFailure(message, 'InvalidContacts');
  }
  const text = await storage.claim(campaignFiles(campaignId).split, JSON.stringify(ours));
  const { fileName, rowsPerBatch, offsets } = splitSchema.parse(JSON.parse(text));
  if (fileName !== ours.fileName) throw new Error('Another run splits other contacts at this moment; asking again.');
  return offsets.length > 1 ? { batches: offsets.length, rowsPerBatch } : undefined;
}

/** Which of several batches a start was asked for, by any run of the campaign. */
export async function partsOnRecord(storage: CampaignStorage, campaignId: string): Promise<number[]> {
  const { offsets = [] } = (await readSplit(storage, campaignId)) ?? {};
  const records = await Promise.all(offsets.map((_, at) => readRecord(storage, { campaignId, part: at + 1 })));
  return records.flatMap((record, at) => (record ? [at + 1] : []));
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
  const split = await readSplit(storage, campaignId);
  const [first = 0] = split?.offsets ?? [];
  const start = split?.offsets[part - 1];
  if (split && split.fileName !== fileName) throw new Error(`Campaign ${campaignId} is split for other contacts.`);
  if (!split || start === undefined) throw new Error(`Batch ${part} of campaign ${campaignId} has no rows on record.`);
  const end = split.offsets[part] ?? split.bytes;
  async function* stretches(): AsyncGenerator<Buffer> {
    yield* await storage.read(contacts, { start: 0, end: first });
    yield* await storage.read(contacts, { start: start ?? 0, end });
  }
  return { csv: Readable.from(stretches(), { objectMode: false }), bytes: first + end - start };
}
