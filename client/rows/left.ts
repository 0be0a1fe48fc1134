import { campaignFiles } from '../../storage/campaign-files';
import { storageAt } from '../../storage/open-storage';
import type { CampaignStorage } from '../../storage/storage';
import type { Config } from '../../worker/config';
import { checkCampaignId } from '../../workflows/input';
import { simulatedConfig } from '../run/simulated-config';
import { UserError } from '../user-error';

/**
 * The storage in which a campaign has left its results: that of CAMPAIGN_DATA, or of simulations. No server is needed, which may
 * well be down once a campaign is over.
 * @throws UserError where there are none
 */
export async function storageOfResults(config: Config, campaignId: string): Promise<CampaignStorage> {
  checkCampaignId(campaignId);
  // The speed of a simulation is of no matter to whoever only reads.
  for (const data of [config.data, simulatedConfig(config, 1).data]) {
    const storage = storageAt(data);
    if ((await storage.size(campaignFiles(campaignId).results)) !== undefined) return storage;
  }
  throw new UserError(
    `There are no results of campaign ${campaignId} in ${config.data}: it is not over, has another ID ("bolna-campaigns list" shows them), or its files are elsewhere (CAMPAIGN_DATA).`,
  );
}
