import type { DescribeWorkflowExecutionResponse } from '@temporalio/client/lib/types';
import { defaultPayloadConverter } from '@temporalio/common';
import type { LastLook, Spent } from '../activities/types';
import { type Attention, type CampaignProgress, type CampaignResult, HALT_UNCONFIRMED } from '../workflows/state';

type PendingActivity = NonNullable<DescribeWorkflowExecutionResponse['pendingActivities']>[number];

/** A campaign's progress with what is happening right now, which is in no history. */
export interface LiveProgress extends CampaignProgress {
  /** The step that is being tried, if one is. */
  step: string | null;
  /** Which attempt of it, from 1. */
  attempt: number;
  /** Of a campaign that is over and has left one. */
  result?: CampaignResult;
  /** What all calls had cost when it was last read, in cents, where the campaign has a budget and is watching it. */
  spent?: number;
}

/**
 * Between two pieces of news a campaign's history stands still; its latest looks and errors stand in the pending activity:
 * the heartbeat of `awaitProgress` and the failure of the last attempt.
 */
export function liveProgress(known: CampaignProgress, pending: readonly PendingActivity[]): LiveProgress {
  const budget = pending.find((one) => one.activityType?.name === BUDGET_STEP);
  const spent = budget && lastSpent(budget);
  // A look for a hint stands beside the wait, which remembers the looks before.
  const steps = pending.filter((one) => one !== budget);
  const tried = steps.filter(({ state }) => state !== GIVEN_UP);
  const [newest] = steps.flatMap((one) => lastLook(one) ?? []).sort((one, other) => other.at - one.at);
  const step = liveStep(known, tried.find(lastLook) ?? tried[0] ?? budget, newest);
  return {
    ...step,
    lastError: step.lastError ?? troubleOf(budget),
    ...(spent !== undefined && { spent, cost: spent, costIsEstimate: false }),
  };
}

/** What an attempt fails with that has nothing new to tell, or gives its turn to others. */
const NO_TROUBLE = new Set(['NoNews', 'NotYetAll']);

/** Of a failure that is too large for it, the server keeps a part, as the cause of one of its own. */
function lastFailure(activity: PendingActivity | undefined) {
  const failure = activity?.lastFailure;
  return failure?.serverFailureInfo ? (failure.cause ?? failure) : failure;
}

function troubleOf(activity: PendingActivity | undefined): string | null {
  const failure = lastFailure(activity);
  return NO_TROUBLE.has(failure?.applicationFailureInfo?.type ?? '') ? null : (failure?.message ?? null);
}

/**
 * The state of a step that the campaign has given up and that has not heard of it yet (Temporal's PENDING_ACTIVITY_STATE_CANCEL_REQUESTED).
 * What it has seen counts; what the campaign does now is another one.
 */
const GIVEN_UP = 3;

/** It is watched beside the other steps. */
const BUDGET_STEP = 'watchSpending';

function liveStep(
  known: CampaignProgress,
  activity: PendingActivity | undefined,
  look: LastLook | undefined,
): LiveProgress {
  const newer = look && look.at > Date.parse(known.lastLook ?? '1970-01-01') ? look : undefined;
  // Contacts without a call: Bolna does not show them.
  const { suppressed = 0 } = known.counts;
  const seen = {
    ...known,
    ...(newer && {
      counts: { ...newer.counts, ...(suppressed > 0 && { suppressed }) },
      settled: newer.settled + suppressed,
      batchStatus: newer.status,
      lastLook: new Date(newer.at).toISOString(),
      ...(newer.cost && { cost: newer.cost.soFar, costIsEstimate: newer.cost.estimated }),
    }),
  };
  if (!activity) return { ...seen, step: null, attempt: 0 };
  const failure = lastFailure(activity);
  const isNews = failure?.applicationFailureInfo?.type !== 'NoNews';
  return {
    ...seen,
    nextLook: timeOf(activity.scheduledTime) ?? known.nextLook,
    lastError: failure?.message && isNews ? failure.message : known.lastError,
    step: activity.activityType?.name ?? null,
    attempt: activity.attempt ?? 1,
  };
}

/** What a person must know before all else: while a stop or a cancel is not confirmed, Bolna may still be calling. */
export function warningOf({ attention }: { attention?: Attention }): string | undefined {
  return attention?.kind === HALT_UNCONFIRMED ? attention.text : undefined;
}

/** A campaign's progress with that of its batches that are under way. */
export function sumOf(campaign: LiveProgress, batches: readonly LiveProgress[]): LiveProgress {
  const counts = { ...campaign.counts };
  for (const batch of batches) {
    for (const [status, n] of Object.entries(batch.counts)) counts[status] = (counts[status] ?? 0) + n;
  }
  const [first] = batches;
  const looks = batches.flatMap(({ lastLook }) => lastLook ?? []).sort();
  const next = batches.flatMap(({ nextLook }) => nextLook ?? []).sort();
  const attentions = [campaign, ...batches].flatMap((one) => one.attention ?? []);
  const attention = attentions.find(({ kind }) => kind === HALT_UNCONFIRMED) ?? attentions[0];
  const starts = [campaign.startsAt, ...batches.map(({ startsAt }) => startsAt)].filter((at) => at !== null).sort();
  return {
    ...campaign,
    counts,
    startsAt: starts[0] ?? null,
    settled: batches.reduce((sum, batch) => sum + batch.settled, campaign.settled),
    cost: campaign.spent ?? batches.reduce((sum, batch) => sum + (batch.cost ?? 0), campaign.cost ?? 0),
    // Until the first call, the campaign is where its batches are.
    state: campaign.settled === 0 && first && BEFORE_CALLS.has(first.state) ? first.state : campaign.state,
    lastLook: looks.at(-1) ?? campaign.lastLook,
    nextLook: next[0] ?? campaign.nextLook,
    ...(attention && { attention }),
    lastError: batches.find(({ lastError }) => lastError !== null)?.lastError ?? campaign.lastError,
    step: first?.step ?? null,
    attempt: first?.attempt ?? 0,
  };
}

const BEFORE_CALLS: ReadonlySet<string> = new Set(['creating', 'scheduling', 'waiting']);

function lastLook({ heartbeatDetails }: PendingActivity): LastLook | undefined {
  const payload = heartbeatDetails?.payloads?.[0];
  if (!payload) return undefined;
  const details = defaultPayloadConverter.fromPayload<Partial<LastLook>>(payload);
  const { at, counts, settled, status, onTheLine, cost } = details ?? {};
  if (at === undefined || !counts || settled === undefined || !status) return undefined;
  return { at, counts, settled, status, onTheLine: onTheLine ?? 0, cost };
}

function lastSpent({ heartbeatDetails }: PendingActivity): number | undefined {
  const payload = heartbeatDetails?.payloads?.[0];
  const details = payload && defaultPayloadConverter.fromPayload<{ spent?: Spent } | undefined>(payload);
  return details?.spent?.soFar;
}

function timeOf(time: PendingActivity['scheduledTime']): string | undefined {
  const seconds = Number(time?.seconds ?? 0);
  return seconds > 0 ? new Date(seconds * 1000).toISOString() : undefined;
}
