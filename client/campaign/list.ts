import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { ATTRIBUTES } from '../../workflows/attributes';
import { type AttentionKind, type CampaignStage, HALT_UNCONFIRMED } from '../../workflows/state';
import { NoWorkerError } from '../errors';
import { type LiveProgress, warningOf } from '../live-progress';
import { ahead } from './ahead';
import { withCallbacks, withUndelivered } from './callbacks';
import { areAttributesThere } from './known-attributes';
import { type ListedState, NEVER_ENDED, NEVER_RUNNING } from './listed-states';
import { lookAtEnded, lookAtRunning } from './look';
import type { NamedStorage } from './named-storage';
import { behind, cursorOf, placeOf } from './place';
import { recordedInput } from './recorded-input';
import { shownOf } from './shown';
import { findCampaign, standingOf, WORKFLOW_TYPE } from './standing';
import { unansweredHalt } from './unanswered-halt';
import { withSignal } from './watch';

export interface ListOptions {
  /** Only campaigns in this state. Default: all. */
  state?: ListedState | undefined;
  /** Only campaigns of this Bolna agent, a UUID. */
  agent?: string | undefined;
  /** Only campaigns whose latest run was started at this instant or later; a string is ISO 8601. */
  since?: Date | string | undefined;
  /** How many at most, at least 1. Default: all. */
  limit?: number;
  /** Only what comes behind this one in the list: the `cursor` of a listed campaign. @throws RangeError for one that is none */
  after?: string | undefined;
  /** Only campaigns that a person should look at. Default: all. */
  attention?: boolean | undefined;
  /** Whether campaigns that run are asked for their progress; without it, it is told what Temporal itself knows. Default: yes. */
  progress?: boolean | undefined;
  /** Ends the iteration, which then throws the signal's reason. */
  signal?: AbortSignal;
}

/** A campaign in a list. */
export interface ListedCampaign {
  campaignId: string;
  /** What to know before all else, while a stop or a cancel is not confirmed: Bolna may still be calling. Null where there is nothing. */
  warning: string | null;
  /** Where no worker answers: the last that Temporal was told; `unknown` where it is told nothing (see `bolna-campaigns setup`). */
  state: CampaignStage | 'unknown';
  /** Why a person should look; null where nobody has to. */
  needsAttention: AttentionKind | null;
  /** UUID of the Bolna agent; null where the input cannot be read. */
  agentId: string | null;
  /** ISO 8601 in UTC: when its latest run was started. */
  startedAt: string;
  /** ISO 8601 in UTC; null while it runs. */
  endedAt: string | null;
  /** Its numbers; null where no worker answers. */
  progress: LiveProgress | null;
  /** Its place in the list, for `after`. */
  cursor: string;
}

/** Campaigns that are asked at the same time. */
const AT_ONCE = 10;
/** Milliseconds that a worker has for an answer. */
const PATIENCE_MS = 5_000;

/**
 * Those that run first, then those that have ended, the latest first: Temporal's own order.
 * @param storage where their batches are recorded: a warning names them
 */
export async function* listCampaigns(
  client: Client,
  options: ListOptions,
  storage: NamedStorage,
): AsyncGenerator<ListedCampaign, void, undefined> {
  const { limit = Number.POSITIVE_INFINITY, signal } = options;
  const silence = new Silence();
  const told = ahead(latestRuns(client, options), Math.min(limit, AT_ONCE), (run) =>
    withSignal(client, signal, () => listed(client, run, options, storage, silence)),
  );
  let n = 0;
  for await (const campaign of told) {
    signal?.throwIfAborted();
    if (campaign) yield campaign;
    if (campaign && ++n >= limit) return;
  }
}

/** The latest run of each campaign ID: one that failed may have been started again. */
async function* latestRuns(
  client: Client,
  { state, since, after, attention }: ListOptions,
): AsyncGenerator<WorkflowExecutionInfo> {
  const place = after === undefined ? undefined : placeOf(after);
  const conditions = [`WorkflowType = '${WORKFLOW_TYPE}'`, "ExecutionStatus != 'ContinuedAsNew'"];
  if (since !== undefined) conditions.push(`StartTime >= '${new Date(since).toISOString()}'`);
  // Whatever else is asked for, an ID's other runs have to be seen, or an old failure of one that runs would be listed.
  if (state === 'active') conditions.push("ExecutionStatus = 'Running'");
  // Of those that have ended only the attribute tells it, so the others need not be read, however many they are.
  const byAttribute = attention === true && (await areAttributesThere(client));
  if (byAttribute) {
    const wanted = ['CloseTime IS NULL', `${ATTRIBUTES.attention.name} IS NOT NULL`];
    const ids = await withUndelivered(client);
    if (ids.length > 0) wanted.push(`WorkflowId IN (${ids.map((id) => `'${id}'`).join(', ')})`);
    conditions.push(`(${wanted.join(' OR ')})`);
  }
  const seen = new Set<string>();
  for await (const run of behind(client, conditions, place)) {
    if (seen.has(run.workflowId)) continue;
    seen.add(run.workflowId);
    // A later run of the ID may stand before the place, or need nobody's attention.
    if ((place || (byAttribute && run.closeTime)) && !(await isLatest(client, run))) continue;
    yield run;
  }
}

async function isLatest(client: Client, { workflowId, runId }: WorkflowExecutionInfo): Promise<boolean> {
  const latest = await findCampaign(client, workflowId);
  return latest === undefined || latest.runId === runId;
}

/** A campaign as it is listed; undefined where it is not asked for. */
async function listed(
  client: Client,
  run: WorkflowExecutionInfo,
  { state, agent, attention, progress: isAsked = true }: ListOptions,
  storage: NamedStorage,
  silence: Silence,
): Promise<ListedCampaign | undefined> {
  const running = standingOf(run) === 'running';
  if (state !== undefined && (running ? NEVER_RUNNING : NEVER_ENDED).has(state)) return undefined;
  const agentId = await agentOf(client, run);
  if (agent !== undefined && agentId?.toLowerCase() !== agent.toLowerCase()) return undefined;
  const ask = () => silence.heed(run.taskQueue, () => lookAtRunning(client, run, PATIENCE_MS));
  const seen = !running ? await lookAtEnded(client, run, storage) : isAsked ? await ask() : null;
  const progress = seen && (await withCallbacks(client, run, seen));
  const shown = shownOf(run);
  const warning = progress ? warningOf(progress) : await unansweredHalt(client, run, storage);
  const campaign: ListedCampaign = {
    campaignId: run.workflowId,
    warning: warning ?? null,
    state: progress?.state ?? shown.state ?? 'unknown',
    needsAttention: progress?.attention?.kind ?? (warning === undefined ? shown.needsAttention : HALT_UNCONFIRMED),
    agentId,
    startedAt: run.startTime.toISOString(),
    endedAt: run.closeTime?.toISOString() ?? null,
    progress,
    cursor: cursorOf(run),
  };
  const asked = state === undefined || state === 'active' || state === 'ended' || state === campaign.state;
  return asked && (!attention || campaign.needsAttention !== null) ? campaign : undefined;
}

/** Said in the memo by {@link startOnce}; campaigns that others have started say it in their input. */
async function agentOf(client: Client, { workflowId, runId, memo }: WorkflowExecutionInfo): Promise<string | null> {
  if (typeof memo?.agentId === 'string') return memo.agentId;
  const input = await recordedInput(client, workflowId, runId).catch(() => undefined);
  const agentId = (input as { agentId?: unknown } | undefined)?.agentId;
  return typeof agentId === 'string' ? agentId : null;
}

/** Knows the task queues on which nobody answers: with each campaign there waited for, a list would take for ever. */
class Silence {
  private readonly unanswered = new Map<string, number>();

  /** @returns null where no worker answers, or none has answered as often as it was asked at once */
  async heed<T>(taskQueue: string, ask: () => Promise<T>): Promise<T | null> {
    if ((this.unanswered.get(taskQueue) ?? 0) >= AT_ONCE) return null;
    try {
      const answer = await ask();
      this.unanswered.set(taskQueue, 0);
      return answer;
    } catch (error) {
      if (!(error instanceof NoWorkerError)) throw error;
      this.unanswered.set(taskQueue, (this.unanswered.get(taskQueue) ?? 0) + 1);
      return null;
    }
  }
}
