import { campaignFiles } from '../../storage/campaign-files';
import { storageAt } from '../../storage/open-storage';
import { type CampaignStorage, readText } from '../../storage/storage';
import { isCampaignId } from '../../workflows/campaign-id';
import type { CampaignResult } from '../../workflows/state';
import type { CampaignHome } from './homes';

/** How a campaign has ended for good, by the files that it has left. */
export interface LeftEnd {
  result: CampaignResult;
  agentId: string;
  /** ISO 8601 in UTC. */
  startedAt: string;
  endedAt: string;
  /** Where its files are. */
  storage: CampaignStorage;
}

/**
 * The ends after which the ID of a campaign is used up. One that failed or was canceled may have been started again, which only its server
 * knows.
 */
const FOR_GOOD: readonly unknown[] = ['completed', 'stopped', 'missed'];

/**
 * Reads how a campaign has ended, which needs no server: from `summary.json`, which is written when all calls and their results are known.
 * @param homes where to look, in this order
 * @returns undefined where its files alone do not tell it, as those of workers before version 0.5
 */
export async function leftEnd(homes: readonly CampaignHome[], campaignId: string): Promise<LeftEnd | undefined> {
  if (!isCampaignId(campaignId)) return undefined;
  for (const { config } of homes) {
    const storage = storageAt(config.data);
    const summary = await summaryIn(storage, campaignId);
    if (summary?.campaignId !== campaignId || !FOR_GOOD.includes(summary.status)) continue;
    const { agentId, startedAt, endedAt, ...result } = summary;
    if (agentId === undefined || startedAt === undefined || endedAt === undefined) continue;
    return { result, agentId, startedAt, endedAt, storage };
  }
  return undefined;
}

/** What a campaign has written at its end; older versions wrote no times. */
type Summary = CampaignResult & Partial<Pick<LeftEnd, 'agentId' | 'startedAt' | 'endedAt'>>;

/** Where there is none, or one that is damaged or out of reach, the server tells it. */
async function summaryIn(storage: CampaignStorage, campaignId: string): Promise<Summary | null> {
  try {
    return JSON.parse(await readText(storage, campaignFiles(campaignId).summary));
  } catch {
    return null;
  }
}
