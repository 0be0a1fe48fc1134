import {
  type Client,
  QueryNotRegisteredError,
  ServiceError,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { progressQuery } from '../../workflows/messages';
import { type CampaignProgress, HALT_UNCONFIRMED } from '../../workflows/state';
import { stopInDashboard } from '../../workflows/words';
import { CampaignEndedError, NoWorkerError } from '../errors';
import { type LiveProgress, liveProgress, sumOf } from '../live-progress';
import { withCallbacks } from './callbacks';
import { endOf, leftResult, progressOfEnded, progressWithout } from './ending';
import type { NamedStorage } from './named-storage';
import { recordedBatches } from './recorded-batches';
import { shownOf } from './shown';
import { describeCampaign, standingOf } from './standing';
import { unansweredHalt } from './unanswered-halt';

/** Milliseconds that a worker has for an answer: it may have to load a long history first. */
const PATIENCE_MS = 10_000;

/** A campaign's progress, and whether the campaign has ended in Temporal. */
export interface Look {
  progress: LiveProgress;
  ended: boolean;
}

/**
 * One look at a campaign, running or over.
 * @param storage where its batches are recorded: a warning names them
 * @throws CampaignNotFoundError, NoWorkerError
 */
export async function look(client: Client, campaignId: string, storage: NamedStorage): Promise<Look> {
  const found = await describeCampaign(client, campaignId);
  const ended = standingOf(found) !== 'running';
  const progress = ended
    ? await lookAtEnded(client, found, storage)
    : await lookAtRunning(client, found, PATIENCE_MS).catch((error) => rethrownWithHalt(client, found, storage, error));
  return { progress: await withCallbacks(client, found, progress), ended };
}

async function rethrownWithHalt(
  client: Client,
  found: WorkflowExecutionDescription,
  storage: NamedStorage,
  error: unknown,
): Promise<never> {
  if (!(error instanceof NoWorkerError)) throw error;
  const { campaignId, taskQueue, cause } = error;
  throw new NoWorkerError(campaignId, taskQueue, await unansweredHalt(client, found, storage), { cause });
}

/**
 * What a campaign itself knows, with what its latest looks at Bolna have shown since; of several batches, the sum.
 * @throws NoWorkerError
 */
export async function lookAtRunning(
  client: Client,
  found: Pick<WorkflowExecutionDescription, 'workflowId' | 'taskQueue'>,
  patienceMs: number,
): Promise<LiveProgress> {
  const progress = await progressOf(client, found, patienceMs);
  // One that has just ended is in the campaign's own numbers at the next look.
  const looks = (progress.batches?.underWay ?? []).map((workflowId) =>
    progressOf(client, { ...found, workflowId }, patienceMs).catch(() => undefined),
  );
  const batches = (await Promise.all(looks)).filter((batch) => batch !== undefined);
  return batches.length > 0 ? sumOf(progress, batches) : progress;
}

/** The progress of a campaign that is over: needs no worker. */
export async function lookAtEnded(
  client: Client,
  found: Pick<WorkflowExecutionDescription, 'workflowId' | 'memo' | 'status' | 'typedSearchAttributes'>,
  storage: NamedStorage,
): Promise<LiveProgress> {
  const result = leftResult(found);
  if (result) return progressOfEnded(result);
  try {
    return progressOfEnded(await endOf(client, found.workflowId));
  } catch (error) {
    if (!(error instanceof CampaignEndedError)) throw error;
    const progress = progressWithout(found.workflowId, error.message);
    const { needsAttention, batchId } = shownOf(found);
    if (needsAttention !== HALT_UNCONFIRMED) return progress;
    // It was terminated before Bolna had shown the halt.
    const warning = stopInDashboard(batchId ?? (await recordedBatches(storage, found.workflowId)));
    return { ...progress, attention: { kind: HALT_UNCONFIRMED, text: `${warning} ${error.message}` } };
  }
}

async function progressOf(
  client: Client,
  { workflowId, taskQueue }: Pick<WorkflowExecutionDescription, 'workflowId' | 'taskQueue'>,
  patienceMs: number,
): Promise<LiveProgress> {
  const handle = client.workflow.getHandle(workflowId);
  const ask = client.withDeadline(Date.now() + patienceMs, () => handle.query<CampaignProgress, []>(progressQuery));
  const asked = ask.catch((error: unknown) => {
    if (isUnanswered(error)) throw new NoWorkerError(workflowId, taskQueue, undefined, { cause: error });
    throw error;
  });
  // One after the other: a step that is over by what the campaign says of itself must not seem to be under way.
  const known = await asked;
  const { raw } = await handle.describe();
  return liveProgress(known, raw.pendingActivities ?? []);
}

/**
 * gRPC's codes for a question without an answer: DEADLINE_EXCEEDED or, where the server was quicker to see it, CANCELLED; and
 * FAILED_PRECONDITION, of a server that knows that nobody listens, or of a campaign that was ended before it began.
 */
const UNANSWERED = new Set([1, 4, 9]);

function isUnanswered(error: unknown): boolean {
  if (error instanceof QueryNotRegisteredError) return true;
  const { cause } = error instanceof ServiceError ? error : {};
  return cause !== undefined && 'code' in cause && UNANSWERED.has(Number(cause.code));
}
