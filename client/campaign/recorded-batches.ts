import { campaignFiles } from '../../storage/campaign-files';
import { type ChangeFile, readChanges, readStanding } from '../../storage/changes';
import type { CampaignStorage } from '../../storage/storage';
import type { NamedStorage } from './named-storage';

/** Records that are read at the same time. */
const AT_ONCE = 20;

/**
 * IDs of a campaign's batches that may have been given a start, in their order, by the records that are written before a start is sent:
 * needs neither a worker nor search attributes.
 * @returns none where nothing can be read: they only make a warning clearer
 */
export async function recordedBatches(named: NamedStorage, campaignId: string): Promise<string[]> {
  try {
    const storage = named.open();
    if (!storage) return [];
    const own = await recordedBatch(storage, campaignFiles(campaignId).schedule);
    const several = await partsOf(storage, campaignId);
    const found = own === undefined ? [] : [own];
    for (let first = 1; first <= several; first += AT_ONCE) {
      const parts = Array.from({ length: Math.min(AT_ONCE, several - first + 1) }, (_, at) => first + at);
      const read = parts.map((part) => recordedBatch(storage, campaignFiles(campaignId, part).schedule));
      found.push(...(await Promise.all(read)).filter((batchId) => batchId !== undefined));
    }
    return found;
  } catch {
    return [];
  }
}

async function recordedBatch(storage: CampaignStorage, fileOf: ChangeFile): Promise<string | undefined> {
  const { text } = await readStanding(storage, fileOf);
  const { batchId } = JSON.parse(text ?? '{}') as { batchId?: unknown };
  return typeof batchId === 'string' ? batchId : undefined;
}

/** Into how many batches the campaign's contacts were ever split; 0 where one takes them all. */
async function partsOf(storage: CampaignStorage, campaignId: string): Promise<number> {
  const splits = await readChanges(storage, campaignFiles(campaignId).split);
  const sizes = splits.map((text) => (JSON.parse(text) as { offsets?: unknown[] }).offsets?.length ?? 0);
  return Math.max(0, ...sizes.filter((size) => size > 1));
}
