import { dirname } from 'node:path/posix';
import { Readable } from 'node:stream';
import type { Client } from '@temporalio/client';
import type { RowResult } from '../../results/columns';
import { type ResultRow, type ResultRows, readRows } from '../../results/rows';
import { secondRound } from '../../results/second-round';
import { campaignFiles } from '../../storage/campaign-files';
import { storageAt } from '../../storage/open-storage';
import { mediaTypeOf } from '../../storage/recording-files';
import { FileNotFoundError, ForeignUriError } from '../../storage/storage';
import { ResultsUnavailableError } from '../errors';
import type { LiveProgress } from '../live-progress';
import { lookAtEnded } from './look';
import type { NamedStorage } from './named-storage';
import { describeCampaign, standingOf } from './standing';

/** Which rows. */
export interface RowChoice {
  /** Only those that ended so. Default: all. */
  only?: readonly RowResult[];
}

/** A campaign's rows, from the file that its result names. @throws ResultsUnavailableError, ResultsDamagedError */
export async function* resultRows(
  client: Client,
  campaignId: string,
  named: NamedStorage,
  choice: RowChoice,
): AsyncGenerator<ResultRow, void, undefined> {
  const { rows } = await openResults(client, campaignId, named);
  yield* chosen(rows, choice);
}

/** A contacts file of the rows that are chosen. @throws ResultsUnavailableError, ResultsDamagedError */
export async function nextRound(
  client: Client,
  campaignId: string,
  named: NamedStorage,
  choice: RowChoice,
): Promise<Readable> {
  const { columns, rows } = await openResults(client, campaignId, named);
  return Readable.from(secondRound(columns, chosen(rows, choice)), { objectMode: false });
}

async function* chosen(
  rows: AsyncIterable<ResultRow>,
  { only }: RowChoice,
): AsyncGenerator<ResultRow, void, undefined> {
  for await (const row of rows) if (!only || only.includes(row.result)) yield row;
}

async function openResults(client: Client, campaignId: string, named: NamedStorage): Promise<ResultRows> {
  const { storage, path, uri } = await placeOfResults(client, campaignId, named);
  const file = await storage.read(path).catch((error: unknown) => {
    if (!(error instanceof FileNotFoundError)) throw error;
    throw new ResultsUnavailableError(
      campaignId,
      'missing',
      `The results of campaign ${campaignId} are not at ${storage.uriOf(path)}; its worker wrote them to ${uri}. Set CAMPAIGN_DATA, or the option "storage", to where the workers keep the campaigns' files.`,
      { cause: error },
    );
  });
  return readRows(file);
}

/**
 * The recording of a call, as a stream.
 * @param recording as a row names it: `recordings/1ae3e573-….mp3`
 * @throws ResultsUnavailableError also for a name that no row has
 */
export async function openRecording(
  client: Client,
  campaignId: string,
  recording: string,
  named: NamedStorage,
): Promise<Readable> {
  const name = recording.replace(/^recordings\//, '');
  const { storage, path } = await placeOfResults(client, campaignId, named);
  const missing = () =>
    new ResultsUnavailableError(
      campaignId,
      'missing',
      `Campaign ${campaignId} has no such recording: results.csv names those that there are in its column "recording".`,
    );
  // Only recordings are given out, and no other file of the campaign.
  if (mediaTypeOf(name) === undefined) throw missing();
  // Beside the results, wherever those are.
  return storage.read(`${dirname(path)}/recordings/${name}`).catch((error: unknown) => {
    throw error instanceof FileNotFoundError ? missing() : error;
  });
}

async function placeOfResults(client: Client, campaignId: string, named: NamedStorage) {
  const found = await describeCampaign(client, campaignId);
  const state = standingOf(found) === 'running' ? undefined : await lookAtEnded(client, found, named);
  const uri = addressIn(campaignId, state);
  return { uri, ...placeOf(campaignId, uri, named) };
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
function placeOf(campaignId: string, uri: string, named: NamedStorage) {
  const path = campaignFiles(campaignId).results;
  const storage = named.open();
  if (!storage) return { storage: storageAt(uri.slice(0, -path.length)), path };
  try {
    return { storage, path: storage.pathOf(uri) };
  } catch (error) {
    if (error instanceof ForeignUriError) return { storage, path };
    throw error;
  }
}
