import type { DescribeWorkflowExecutionResponse } from '@temporalio/client/lib/types';
import { defaultPayloadConverter } from '@temporalio/common';
import type { LastLook } from '../activities/types';
import type { CampaignProgress } from '../workflows/state';

type PendingActivity = NonNullable<DescribeWorkflowExecutionResponse['pendingActivities']>[number];

/** A campaign's progress with what is happening right now, which is in no history. */
export interface LiveProgress extends CampaignProgress {
  /** The step that is being tried, if one is. */
  step: string | null;
  /** Which attempt of it, from 1. */
  attempt: number;
}

/**
 * Between two pieces of news a campaign's history stands still; its latest looks and errors stand in the pending activity:
 * the heartbeat of `awaitProgress` and the failure of the last attempt.
 */
export function liveProgress(known: CampaignProgress, pending: readonly PendingActivity[]): LiveProgress {
  const [activity] = pending;
  if (!activity) return { ...known, step: null, attempt: 0 };
  const look = lastLook(activity);
  const newer = look && look.at > Date.parse(known.lastLook ?? '1970-01-01') ? look : undefined;
  const failure = activity.lastFailure;
  const isNews = failure?.applicationFailureInfo?.type !== 'NoNews';
  return {
    ...known,
    ...(newer && {
      counts: { ...newer.counts },
      settled: newer.settled,
      batchStatus: newer.status,
      lastLook: new Date(newer.at).toISOString(),
      ...(newer.cost && { cost: newer.cost.soFar, costIsEstimate: newer.cost.estimated }),
    }),
    nextLook: timeOf(activity.scheduledTime) ?? known.nextLook,
    lastError: failure?.message && isNews ? failure.message : known.lastError,
    step: activity.activityType?.name ?? null,
    attempt: activity.attempt ?? 1,
  };
}

function lastLook({ heartbeatDetails }: PendingActivity): LastLook | undefined {
  const payload = heartbeatDetails?.payloads?.[0];
  if (!payload) return undefined;
  const details = defaultPayloadConverter.fromPayload<Partial<LastLook>>(payload);
  const { at, counts, settled, status, onTheLine, cost } = details ?? {};
  if (at === undefined || !counts || settled === undefined || !status) return undefined;
  return { at, counts, settled, status, onTheLine: onTheLine ?? 0, cost };
}

function timeOf(time: PendingActivity['scheduledTime']): string | undefined {
  const seconds = Number(time?.seconds ?? 0);
  return seconds > 0 ? new Date(seconds * 1000).toISOString() : undefined;
}
