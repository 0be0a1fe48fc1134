import { HALT_UNCONFIRMED } from '../../workflows/state';
import { withCallbacks } from '../campaign/callbacks';
import { progressOfEnded } from '../campaign/ending';
import type { ListedCampaign } from '../campaign/list';
import { lookAtEnded, lookAtRunning } from '../campaign/look';
import { recordedBatches } from '../campaign/recorded-batches';
import { recordedInput } from '../campaign/recorded-input';
import { type Shown, shownOf } from '../campaign/shown';
import { describeCampaign, standingOf } from '../campaign/standing';
import { unansweredHalt } from '../campaign/unanswered-halt';
import { NoWorkerError } from '../errors';
import { warningOf } from '../live-progress';
import type { ServerInUse } from '../server/in-use';
import type { LeftEnd } from '../server/left-end';
import type { Reached } from '../server/reach';
import { countWorkers } from '../server/workers';

/** Milliseconds that a worker has for an answer: a person is told within ten seconds that there is none. */
const PATIENCE_MS = 8_000;

/** What is known of a campaign, as lists tell it, and what keeps the rest from being known. */
export interface KnownCampaign extends Omit<ListedCampaign, 'cursor'> {
  silence: NoWorkerError | undefined;
  /** What Temporal itself shows, which is all there is where no worker answers. */
  shown: Partial<Shown>;
  /** IDs of its batches, as far as they are known without a worker too. */
  batches: readonly string[];
}

/** One look at a campaign; where no worker answers, what Temporal itself knows. @throws CampaignNotFoundError */
export async function knownCampaign({ server, left }: Reached, campaignId: string): Promise<KnownCampaign> {
  return left ? knownEnd(left) : knownOn(server, campaignId);
}

async function knownOn(server: ServerInUse, campaignId: string): Promise<KnownCampaign> {
  const { client } = server;
  const found = await describeCampaign(client, campaignId);
  const running = standingOf(found) === 'running';
  let silence: NoWorkerError | undefined;
  const looking = async () => {
    // Nobody will come and answer.
    if (running && server.brief && (await countWorkers(server)) === 0)
      throw new NoWorkerError(campaignId, found.taskQueue);
    const seen = await (running
      ? lookAtRunning(client, found, PATIENCE_MS)
      : lookAtEnded(client, found, server.storage));
    return withCallbacks(client, found, seen);
  };
  const [progress, agentId] = await Promise.all([
    looking().catch((error: unknown) => {
      if (!(error instanceof NoWorkerError)) throw error;
      silence = error;
      return null;
    }),
    typeof found.memo?.agentId === 'string' ? found.memo.agentId : agentOf(client, campaignId, found.runId),
  ]);
  const shown = shownOf(found);
  const batchId = progress?.batchId ?? shown.batchId;
  const isAsked = batchId === undefined && (running || !progress);
  const recorded = isAsked ? await recordedBatches(server.storage, campaignId) : [];
  const warning = progress ? warningOf(progress) : await unansweredHalt(client, found, server.storage);
  return {
    campaignId,
    warning: warning ?? null,
    state: progress?.state ?? shown.state ?? 'unknown',
    needsAttention: progress?.attention?.kind ?? (warning === undefined ? shown.needsAttention : HALT_UNCONFIRMED),
    agentId,
    startedAt: found.startTime.toISOString(),
    endedAt: found.closeTime?.toISOString() ?? null,
    progress,
    silence,
    shown,
    batches: batchId === undefined ? recorded : [batchId],
  };
}

function knownEnd({ result, agentId, startedAt, endedAt }: LeftEnd): KnownCampaign {
  const progress = progressOfEnded(result);
  const { campaignId, state, batchId, attention } = progress;
  return {
    campaignId,
    warning: warningOf(progress) ?? null,
    state,
    needsAttention: attention?.kind ?? null,
    agentId,
    startedAt,
    endedAt,
    progress,
    silence: undefined,
    shown: {},
    batches: batchId === null ? [] : [batchId],
  };
}

/** Campaigns that others have started say it in their input. */
async function agentOf(client: ServerInUse['client'], campaignId: string, runId: string): Promise<string | null> {
  const input = await recordedInput(client, campaignId, runId).catch(() => undefined);
  const agentId = (input as { agentId?: unknown } | undefined)?.agentId;
  return typeof agentId === 'string' ? agentId : null;
}
