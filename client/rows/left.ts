import { campaignFiles } from '../../storage/campaign-files';
import { storageAt } from '../../storage/open-storage';
import type { CampaignStorage } from '../../storage/storage';
import type { Config } from '../../worker/config';
import { EmbeddedServerError } from '../../worker/embedded/errors';
import { checkCampaignId } from '../../workflows/input';
import { CampaignNotFoundError, TemporalUnreachableError } from '../errors';
import { knownCampaign } from '../look/known';
import { say } from '../run/print';
import { simulatedConfig } from '../run/simulated-config';
import { type Reached, reachCampaign } from '../server/reach';
import { noWorkerAdvice } from '../server/workers';
import { UserError } from '../user-error';
import { noResultsText } from './none';

/**
 * The storage in which a campaign has left its results: that of CAMPAIGN_DATA, or of simulations. A server is asked whether the campaign
 * runs again, unless it has ended for good: then none need be up.
 * @throws UserError if there are no results, saying why, or only those of an earlier run
 */
export async function storageOfResults(config: Config, campaignId: string): Promise<CampaignStorage> {
  checkCampaignId(campaignId);
  // The speed of a simulation is of no matter to whoever only reads.
  const places = [config.data, simulatedConfig(config, 1).data];
  for (const data of places) {
    const storage = storageAt(data);
    if ((await storage.size(campaignFiles(campaignId).results)) === undefined) continue;
    if (await runsAgain(config, campaignId)) {
      throw new UserError(
        `Campaign ${campaignId} runs again, and its results are those of the run before: people they call "not-called" may be called now. "bolna-campaigns watch ${campaignId}" waits for its end.`,
      );
    }
    return storage;
  }
  throw new UserError(await whyNone(config, campaignId, places.join(' or ')));
}

/** Why a campaign has left no results, and what to do. */
async function whyNone(config: Config, campaignId: string, places: string): Promise<string> {
  let reached: Reached | undefined;
  try {
    reached = await reachCampaign(config, campaignId);
    const known = await knownCampaign(reached, campaignId);
    const { server } = reached;
    const advice = known.silence && server ? ` ${noWorkerAdvice(server)}` : '';
    return `${noResultsText(known, places)}${advice}`;
  } catch (error) {
    if (!isOutOfReach(error) && !(error instanceof UserError || error instanceof CampaignNotFoundError)) throw error;
    const message = error.message.replace(/\.?$/, '.');
    return `There are no results of campaign ${campaignId} in ${places}. ${message} If its files are elsewhere, set CAMPAIGN_DATA.`;
  } finally {
    await reached?.server?.close();
  }
}

function isOutOfReach(error: unknown): error is Error {
  return error instanceof TemporalUnreachableError || error instanceof EmbeddedServerError;
}

/** Whether a campaign that has left results was started once more, as it can be after it failed or was canceled. */
async function runsAgain(config: Config, campaignId: string): Promise<boolean> {
  const { server } = await reachCampaign(config, campaignId).catch((error: unknown): Partial<Reached> => {
    if (isOutOfReach(error))
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
