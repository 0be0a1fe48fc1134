import type { Info } from '@temporalio/activity';
import { msToNumber } from '@temporalio/common/lib/time';
import { parseRetryAfter } from '../bolna/errors';

/** Whoever asks for more may have written it wrong, and is asked once a day. */
const LONGEST_MS = 86_400_000;

type Times = Pick<
  Info,
  | 'attempt'
  | 'retryPolicy'
  | 'scheduledTimestampMs'
  | 'currentAttemptScheduledTimestampMs'
  | 'scheduleToCloseTimeoutMs'
  | 'startToCloseTimeoutMs'
>;

/**
 * How long the next attempt of a step is put off where an answer asks for that (`Retry-After`, in seconds or as a date): a day at
 * most, and never past the last attempt that the step may have, since Temporal gives up at once what cannot be tried in time.
 * @param now milliseconds since the epoch
 * @returns milliseconds; undefined where nothing is asked for, or the step waits as long by itself: "0" is no leave to ask at once
 */
export function askedWait(header: string | string[] | undefined, now: number, step: Times): number | undefined {
  const asked = parseRetryAfter(header, now, LONGEST_MS);
  if (asked === undefined) return undefined;
  // By the server's clock and by ours: one that is behind must not make the step wait past its end.
  const since = Math.max(step.currentAttemptScheduledTimestampMs, now) - step.scheduledTimestampMs;
  // Room for what this attempt takes, and for the last one.
  const left = step.scheduleToCloseTimeoutMs - since - 2 * step.startToCloseTimeoutMs;
  const wait = Math.min(asked, left);
  return wait > ownWait(step) ? wait : undefined;
}

/** What Temporal waits after this attempt by the step's own policy; its defaults are Temporal's. */
function ownWait({ attempt, retryPolicy: policy = {} }: Times): number {
  const first = msToNumber(policy.initialInterval ?? 1_000);
  const longest = msToNumber(policy.maximumInterval ?? 100 * first);
  return Math.min(first * (policy.backoffCoefficient ?? 2) ** (attempt - 1), longest);
}
