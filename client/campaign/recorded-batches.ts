import { campaignFiles } from '../../storage/campaign-files';
import { type ChangeFile, readStanding } from '../../storage/changes';
import { storageAt } from '../../storage/open-storage';
import type { CampaignStorage } from '../../storage/storage';

/** Records that are read at the same time. */
const AT_ONCE = 20;

/**
 * IDs of a campaign's batches that may have been given a start, in their order, by the records that are written before a start is sent:
 * needs neither a worker nor search attributes.
 * @param named the storage, or its address
 * @returns none where nothing can be read: they only make a warning clearer
 */
export async function recordedBatches(
  named: CampaignStorage | string | undefined,
  campaignId: string,
): Promise<string[]> {
  if (named === undefined) return [];
  try {
    const storage = typeof named === 'string' ? storageAt(named) : named;
    const own = await recordedBatch(storage, campaignFiles(campaignId).schedule);
    // Loads zod, which most looks at a campaign do without.
    const { partsOf } = require('../../storage/splits') as typeof import('../../storage/splits');
    const parts = await partsOf(storage, campaignId);
    const found = own === undefined ? [] : [own];
    for (let at = 0; at < parts.length; at += AT_ONCE) {
      const read = parts
        .slice(at, at + AT_ONCE)
        .map((part) => recordedBatch(storage, campaignFiles(campaignId, part).schedule));
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
