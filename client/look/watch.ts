import { ServiceError } from '@temporalio/client';
import { storageAt } from '../../storage/open-storage';
import type { CampaignStorage } from '../../storage/storage';
import { readConfig } from '../../worker/config';
import type { CampaignResult } from '../../workflows/state';
import { look } from '../campaign/look';
import { newsOf } from '../campaign/watch';
import { CampaignEndedError, CampaignNotFoundError, NoWorkerError } from '../errors';
import type { LiveProgress } from '../live-progress';
import { type StatusLine, statusLine } from '../run/follow';
import { type Interruption, interruption } from '../run/interruption';
import { resultWithout, showOutcome } from '../run/outcome';
import { say } from '../run/print';
import type { ServerInUse } from '../server/in-use';
import { reachCampaign } from '../server/reach';
import { countWorkers, noWorkerAdvice } from '../server/workers';
import { commandLine } from '../terminal/command-line';
import { printJson } from '../terminal/json';
import { EXIT, type ExitCode } from '../user-error';
import { knownCampaign } from './known';

const EVERY_MS = 1_000;
/** Milliseconds that the server has for an answer; the SDK would try for the better part of a minute. */
const PATIENCE_MS = 15_000;

/** Watches a campaign to its end, which is then shown as `run` shows it. Ctrl-C leaves the campaign alone. */
export async function watch(campaignId: string, { json = false }: { json?: boolean }): Promise<ExitCode> {
  const { server, left } = await reachCampaign(readConfig(process.env), campaignId);
  if (left) return showOutcome(left.result, left.storage, json);
  try {
    return await watchOn(server, campaignId, { json });
  } finally {
    await server.close();
  }
}

export interface WatchOptions {
  json: boolean;
  /** In which the start is shown. Default: this machine's. */
  timezone?: string | undefined;
  /** The result as it is to be shown, where the one who asks knows more of it. Default: as it is. */
  asTold?: (result: CampaignResult, storage: CampaignStorage) => Promise<CampaignResult>;
}

/**
 * The same on a server that is connected.
 * @throws CampaignNotFoundError
 */
export async function watchOn(
  server: ServerInUse,
  campaignId: string,
  { json, timezone, asTold = async (result) => result }: WatchOptions,
): Promise<ExitCode> {
  const interrupted = interruption();
  const line = await statusLine(timezone);
  try {
    const last = await untilItEnds(server, campaignId, { interrupted, line, json });
    line.end();
    if (last === 'still') return await showStill(server, campaignId, json);
    if (last === 'interrupted') {
      say(`No longer watching. The campaign goes on: ${commandLine(['watch', campaignId])}`);
      return EXIT.interrupted;
    }
    const result = await server.campaigns.result(campaignId).catch((error: unknown) => {
      if (error instanceof CampaignEndedError) return resultWithout(campaignId, last, error.message);
      throw error;
    });
    const storage = storageAt(server.config.data);
    return await showOutcome(await asTold(result, storage), storage, json);
  } finally {
    line.end();
    interrupted.dispose();
  }
}

interface Watching {
  interrupted: Interruption;
  line: StatusLine;
  json: boolean;
}

async function untilItEnds(
  server: ServerInUse,
  campaignId: string,
  { interrupted, line, json }: Watching,
): Promise<LiveProgress | 'interrupted' | 'still'> {
  let shown: string | undefined;
  let silent = '';
  // A look waits for a worker for longer than a person should have to.
  if ((await countWorkers(server).catch(() => 1)) === 0) {
    const { endedAt, warning } = await knownCampaign({ server }, campaignId);
    if (server.brief && endedAt === null) return 'still';
    silent = first(warning, noWorkerAdvice(server));
    if (endedAt === null) line.say(silent);
  }
  for (;;) {
    const seen = await Promise.race([
      server.client
        .withDeadline(Date.now() + PATIENCE_MS, () => look(server.client, campaignId, server.storage))
        .catch(async (error: unknown) => {
          if (error instanceof CampaignNotFoundError && (await server.isStillThere())) throw error;
          return error;
        }),
      interrupted.when,
    ]);
    if (seen === 'interrupted') return 'interrupted';
    if (isLook(seen)) {
      silent = '';
      const news = newsOf(seen.progress);
      if (json && news !== shown && !seen.ended) printJson(seen.progress);
      shown = news;
      if (seen.ended) return seen.progress;
      line.show(seen.progress);
    } else {
      // The campaign may well go on: that nobody can be asked is told once, and asked again.
      // The worker was that of another command, which has ended.
      if (seen instanceof NoWorkerError && server.brief) return 'still';
      const why =
        seen instanceof NoWorkerError
          ? first(seen.warning ?? null, noWorkerAdvice(server))
          : `${troubleOf(seen)} Asking again.`;
      if (why !== silent) line.say(why);
      silent = why;
    }
    await interrupted.pause(EVERY_MS);
    if (interrupted.signal.aborted) return 'interrupted';
  }
}

/** A campaign that nobody carries on, and nobody will while this command runs: there is nothing to wait for. */
async function showStill(server: ServerInUse, campaignId: string, json: boolean): Promise<ExitCode> {
  const { silence: _, batches: __, shown: ___, ...known } = await knownCampaign({ server }, campaignId);
  if (json) printJson(known);
  say(first(known.warning, `Campaign ${campaignId} is ${known.state}. ${noWorkerAdvice(server)}`));
  return EXIT.failed;
}

function first(warning: string | null, text: string): string {
  return warning === null ? text : `${warning} ${text}`;
}

function isLook(seen: unknown): seen is Awaited<ReturnType<typeof look>> {
  return typeof seen === 'object' && seen !== null && 'progress' in seen;
}

function troubleOf(error: unknown): string {
  if (error instanceof ServiceError) return 'The Temporal server does not answer.';
  if (error instanceof CampaignNotFoundError)
    return 'The Temporal server of this campaign is gone, and another one answers at its address.';
  const text = error instanceof Error ? error.message : String(error);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
