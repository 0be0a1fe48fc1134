import { campaignFiles } from '../../storage/campaign-files';
import { storageAt } from '../../storage/open-storage';
import type { CampaignStorage } from '../../storage/storage';
import type { Config } from '../../worker/config';
import { EmbeddedServerError } from '../../worker/embedded/errors';
import { checkCampaignId } from '../../workflows/input';
import { TemporalUnreachableError } from '../errors';
import { say } from '../run/print';
import { simulatedConfig } from '../run/simulated-config';
import { type Reached, reachCampaign } from '../server/reach';
import { UserError } from '../user-error';

/**
 * The storage in which a campaign has left its results: that of CAMPAIGN_DATA, or of simulations. A server is asked whether the campaign
 * runs again, unless it has ended for good: then none need be up.
 * @throws UserError where there are none, or only those of an earlier run
 */
export async function storageOfResults(config: Config, campaignId: string): Promise<CampaignStorage> {
  checkCampaignId(campaignId);
  // The speed of a simulation is of no matter to whoever only reads.
  for (const data of [config.data, simulatedConfig(config, 1).data]) {
    const storage = storageAt(data);
    if ((await storage.size(campaignFiles(campaignId).results)) === undefined) continue;
    if (await runsAgain(config, campaignId)) {
      throw new UserError(
        `Campaign ${campaignId} runs again, and its results are those of the run before: people they call "not-called" may be called now. Wait for its end: bolna-campaigns watch ${campaignId}`,
      );
    }
    return storage;
  }
  throw new UserError(
    `There are no results of campaign ${campaignId} in ${config.data}: it is not over, failed before it had any ("bolna-campaigns status" says why), has another ID ("bolna-campaigns list" shows them), or its files are elsewhere (CAMPAIGN_DATA).`,
  );
}

/** Whether a campaign that has left results was started once more, as it can be after it failed or was canceled. */
async function runsAgain(config: Config, campaignId: string): Promise<boolean> {
  const { server } = await reachCampaign(config, campaignId).catch((error: unknown): Partial<Reached> => {
    if (error instanceof TemporalUnreachableError || error instanceof EmbeddedServerError)
      say(`Note: ${error.message.replace(/\.$/, '')}. Whether the campaign runs again is not known.`);
    // No server of this machine knows it.
    else if (!(error instanceof UserError)) throw error;
    return {};
  });
  try {
    return (await server?.campaigns.standing(campaignId))?.standing === 'running';
  } finally {
    await server?.close();
  }
}
