import { withCallbacks } from '../campaign/callbacks';
import type { ListedCampaign } from '../campaign/list';
import { lookAtEnded, lookAtRunning } from '../campaign/look';
import { recordedInput } from '../campaign/recorded-input';
import { shownOf } from '../campaign/shown';
import { describeCampaign, standingOf } from '../campaign/standing';
import { NoWorkerError } from '../errors';
import type { ServerInUse } from '../server/in-use';

/** Milliseconds that a worker has for an answer: a person is told within ten seconds that there is none. */
const PATIENCE_MS = 8_000;

/** What is known of a campaign, as lists tell it, and what keeps the rest from being known. */
export interface KnownCampaign extends Omit<ListedCampaign, 'cursor'> {
  silence: NoWorkerError | undefined;
  /** ID of its only batch, where it is known without a worker too. */
  batchId: string | undefined;
}

/** One look at a campaign; where no worker answers, what Temporal itself knows. @throws CampaignNotFoundError */
export async function knownCampaign({ client }: ServerInUse, campaignId: string): Promise<KnownCampaign> {
  const found = await describeCampaign(client, campaignId);
  const running = standingOf(found) === 'running';
  let silence: NoWorkerError | undefined;
  const looking = (running ? lookAtRunning(client, found, PATIENCE_MS) : lookAtEnded(client, found)).then((seen) =>
    withCallbacks(client, found, seen),
  );
  const [progress, agentId] = await Promise.all([
    looking.catch((error: unknown) => {
      if (!(error instanceof NoWorkerError)) throw error;
      silence = error;
      return null;
    }),
    typeof found.memo?.agentId === 'string' ? found.memo.agentId : agentOf(client, campaignId, found.runId),
  ]);
  const shown = shownOf(found);
  return {
    campaignId,
    state: progress?.state ?? shown.state ?? 'unknown',
    needsAttention: progress?.attention?.kind ?? shown.needsAttention,
    agentId,
    startedAt: found.startTime.toISOString(),
    endedAt: found.closeTime?.toISOString() ?? null,
    progress,
    silence,
    batchId: progress?.batchId ?? shown.batchId,
  };
}

/** Campaigns that others have started say it in their input. */
async function agentOf(client: ServerInUse['client'], campaignId: string, runId: string): Promise<string | null> {
  const input = await recordedInput(client, campaignId, runId).catch(() => undefined);
  const agentId = (input as { agentId?: unknown } | undefined)?.agentId;
  return typeof agentId === 'string' ? agentId : null;
}
