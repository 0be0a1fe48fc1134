import { showsHangUp } from './dialled';
import type { RetryPlan } from './retry-config';
import { type Execution, retriesOf, viewOf } from './schemas';
import { type BatchPhase, type ExecutionCounts, hasEnded, isTerminal, normalise, tally } from './statuses';
import { reachedVoicemail } from './voicemail';

/** What is known of a batch at a look. */
export interface BatchLook {
  phase: BatchPhase;
  /** What its word means by itself. */
  said: BatchPhase;
  counts: ExecutionCounts;
  /** Rows Bolna is expected to make executions for. */
  expected: number;
  /** How long neither status nor counts have changed, in Bolna's minutes. */
  stillForMinutes: number;
}

/**
 * - `over`: nothing can change any more.
 * - `going-on`: calls are waiting, on the line or in post-processing.
 * - `resting`: every call is over, but a retry may still come.
 * - `unclear`: nothing moves any more, but calls are in a status never seen before. It is over where {@link isHungUp} holds for each.
 */
export type Verdict = 'over' | 'going-on' | 'resting' | 'unclear';

/** Post-processing takes 2 to 3 minutes; counts that stand still for longer than this are not about to move. */
export const QUIET_MINUTES = 10;

/**
 * Whether a campaign is over. The batch's own `completed` only says that it was worked through: calls can be in
 * post-processing, moved by guardrails or waiting for a retry, so the counts of executions decide with it.
 */
export function judge(look: BatchLook, retry: RetryPlan | undefined): Verdict {
  const { total, waiting, onTheLine, unclear } = tally(look.counts);
  const quiet = look.stillForMinutes >= QUIET_MINUTES;
  if (!hasEnded(look.phase)) {
    // No word is needed to see that every row has its call, and that nothing moves any more. One that says otherwise is believed.
    const isWorkedThrough = look.said !== 'running' && total > 0 && total >= look.expected && waiting === 0;
    if (!isWorkedThrough || !quiet) return 'going-on';
  }
  if (onTheLine > unclear) return 'going-on';
  const isHalted = look.phase === 'stopped' || look.phase === 'failed';
  if (unclear > 0) return quiet && (waiting === 0 || isHalted) ? 'unclear' : 'going-on';
  if (isHalted) return waiting === 0 || quiet ? 'over' : 'going-on';
  if (waiting > 0) return 'going-on';
  // Executions may lag behind the batch; rows that Bolna skipped never get one.
  if (total < look.expected && !quiet) return 'going-on';
  if (!retry || !mayBeRetried(look.counts, retry)) return 'over';
  return look.stillForMinutes >= restMinutes(retry) ? 'over' : 'resting';
}

/**
 * How long a batch has to stand still before no retry can come any more, in Bolna's minutes. All intervals count, not only
 * the longest: a retry that rings and ends between two looks leaves the counts as they were.
 */
export function restMinutes(retry: RetryPlan): number {
  return retry.allIntervalsMinutes + retry.maxRetries * QUIET_MINUTES;
}

/** Whether this call has used up what retries it had; an execution without a count of retries has not. */
export function isUsedUp(execution: Execution, retry: RetryPlan): boolean {
  const view = viewOf(execution);
  const word = normalise(view.status);
  // The retry has begun since the counts were read: its end is to be waited for, although it may be the last.
  if (!isTerminal(word)) return false;
  const eligible = retry.statuses.has(word) || (retry.onVoicemail && reachedVoicemail(view));
  return !eligible || (retriesOf(view) ?? 0) >= retry.maxRetries;
}

/**
 * Whether a call in a status never seen before was hung up, and no retry of it can come any more. Whether it reached anyone, the word does
 * not say. A call that waits for a retry may still show how the attempt before it ended.
 */
export function isHungUp(execution: Execution, retry: RetryPlan | undefined, stillForMinutes: number): boolean {
  if (!showsHangUp(execution)) return false;
  const isLast = !retry || (retriesOf(viewOf(execution)) ?? 0) >= retry.maxRetries;
  return isLast || stillForMinutes >= restMinutes(retry);
}

function mayBeRetried(counts: ExecutionCounts, retry: RetryPlan): boolean {
  return Object.entries(counts).some(([status, count]) => {
    const word = normalise(status);
    return count > 0 && (retry.statuses.has(word) || (word === 'completed' && retry.onVoicemail));
  });
}
