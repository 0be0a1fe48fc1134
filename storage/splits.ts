import { z } from 'zod';
import { campaignFiles } from './campaign-files';
import { readChanges } from './changes';
import type { CampaignStorage } from './storage';

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

/** The splits of all contacts that a campaign was ever run with, the first first. @throws where one is damaged */
export async function readSplits(storage: CampaignStorage, campaignId: string): Promise<Split[]> {
  const texts = await readChanges(storage, campaignFiles(campaignId).split);
  return texts.map((text) => splitSchema.parse(JSON.parse(text)));
}

/**
 * Numbers of the batches that a campaign may have, from 1 on: of all contacts that it was ever run with.
 * @returns none where one batch takes all contacts
 * @throws where a split is damaged
 */
export async function partsOf(storage: CampaignStorage, campaignId: string): Promise<number[]> {
  const splits = await readSplits(storage, campaignId);
  const most = Math.max(0, ...splits.map(({ offsets }) => offsets.length).filter((batches) => batches > 1));
  return Array.from({ length: most }, (_, at) => at + 1);
}
