import { campaignFiles } from '../../storage/campaign-files';
import { storageAt } from '../../storage/open-storage';
import { type CampaignStorage, readText } from '../../storage/storage';

/**
 * ID of a campaign's only batch, by the record that is written before its start is sent: needs neither a worker nor search attributes.
 * @param named the storage, or its address
 * @returns undefined where there is none, or it cannot be read: it only makes a warning clearer
 */
export async function recordedBatch(
  named: CampaignStorage | string | undefined,
  campaignId: string,
): Promise<string | undefined> {
  if (named === undefined) return undefined;
  try {
    const storage = typeof named === 'string' ? storageAt(named) : named;
    const files = campaignFiles(campaignId);
    let change = 0;
    while ((await storage.size(files.schedule(change + 1))) !== undefined) change += 1;
    if (change === 0) return undefined;
    const { batchId } = JSON.parse(await readText(storage, files.schedule(change))) as { batchId?: unknown };
    return typeof batchId === 'string' ? batchId : undefined;
  } catch {
    return undefined;
  }
}
