import type { Client } from '@temporalio/client';
import { type ResultRow, readRows } from '../../results/rows';
import { campaignFiles } from '../../storage/campaign-files';
import { storageAt } from '../../storage/open-storage';
import { type CampaignStorage, FileNotFoundError, ForeignUriError } from '../../storage/storage';
import { ResultsUnavailableError } from '../errors';
import type { LiveProgress } from '../live-progress';
import { lookAtEnded } from './look';
import { describeCampaign, standingOf } from './standing';

/** A campaign's rows, from the file that its result names. @throws ResultsUnavailableError, ResultsDamagedError */
export async function* resultRows(
  client: Client,
  campaignId: string,
  named: CampaignStorage | string | undefined,
): AsyncGenerator<ResultRow, void, undefined> {
  const found = await describeCampaign(client, campaignId);
  const state = standingOf(found) === 'running' ? undefined : await lookAtEnded(client, found);
  const uri = addressIn(campaignId, state);
  const { storage, path } = placeOf(campaignId, uri, named);
  const file = await storage.read(path).catch((error: unknown) => {
    if (!(error instanceof FileNotFoundError)) throw error;
    throw new ResultsUnavailableError(
      campaignId,
      'missing',
      `The results of campaign ${campaignId} are not at ${storage.uriOf(path)}; its worker wrote them to ${uri}. Set CAMPAIGN_DATA, or the option "storage", to where the workers keep the campaigns' files.`,
      { cause: error },
    );
  });
  yield* readRows(file);
}

function addressIn(campaignId: string, ended: LiveProgress | undefined): string {
  if (!ended) {
    const message = `Campaign ${campaignId} has not ended: its results are written at the end.`;
    throw new ResultsUnavailableError(campaignId, 'not-ended', message);
  }
  const { result, lastError } = ended;
  if (result?.files) return result.files.results;
  const why = result?.reason ?? lastError;
  const message = `Campaign ${campaignId} has ended without results${why ? `: ${why}` : '.'}`;
  throw new ResultsUnavailableError(campaignId, 'none', message);
}

/**
 * Where the results are. In a storage that is named they may have another address than the one they have for the worker that
 * wrote them, in a container or on another machine.
 */
function placeOf(campaignId: string, uri: string, named: CampaignStorage | string | undefined) {
  const path = campaignFiles(campaignId).results;
  if (named === undefined) return { storage: storageAt(uri.slice(0, -path.length)), path };
  const storage = typeof named === 'string' ? storageAt(named) : named;
  try {
    return { storage, path: storage.pathOf(uri) };
  } catch (error) {
    if (error instanceof ForeignUriError) return { storage, path };
    throw error;
  }
}
