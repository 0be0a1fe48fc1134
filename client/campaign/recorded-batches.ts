import { campaignFiles } from '../../storage/campaign-files';
import { type ChangeFile, readStanding } from '../../storage/changes';
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
