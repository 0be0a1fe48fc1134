import type { ActivityContext } from './context';
import type { AwaitProgress } from './types';

/** Shortest and longest wait between two looks: the campaign's, else the worker's. */
export function pollingOf(
  context: Pick<ActivityContext, 'polling'>,
  { polling }: Pick<AwaitProgress, 'polling'>,
): { minMs: number; maxMs: number } {
  const minMs = polling.minMs ?? context.polling.minMs;
  return { minMs, maxMs: Math.max(polling.maxMs ?? context.polling.maxMs, minMs) };
}

/** What decides when to look next. Times in milliseconds. */
export interface Pace {
  now: number;
  /** When the calls began (or, before that, are to begin). */
  startsAt: number;
  settled: number;
  total: number;
  /** Since when nothing has changed. */
  stillSince: number;
  minMs: number;
  maxMs: number;
}

/** Of the estimated time left, this share is waited: few looks in a long campaign, and its end is still seen at once. */
const SHARE_OF_TIME_LEFT = 1 / 3;
/** A campaign that stands still is looked at ever less often. */
const SHARE_OF_STILLNESS = 1 / 4;

/** Who has waited for hours does not mind some seconds: the shortest wait is this share of what has passed … */
const SHARE_OF_TIME_PASSED = 1 / 480;
/** … but no more than so many times the shortest. */
const LONGEST_FLOOR = 6;

/** How long to wait before the next look. */
export function nextWait({ now, startsAt, settled, total, stillSince, minMs, maxMs }: Pace): number {
  if (now < startsAt) return Math.min(Math.max(startsAt - now, minMs), maxMs);
  const elapsed = now - startsAt;
  const left = settled === 0 ? elapsed : (elapsed * Math.max(total - settled, 0)) / settled;
  const wait = Math.max(left * SHARE_OF_TIME_LEFT, (now - stillSince) * SHARE_OF_STILLNESS);
  const floor = Math.max(minMs, Math.min(elapsed * SHARE_OF_TIME_PASSED, minMs * LONGEST_FLOOR));
  return Math.round(Math.min(Math.max(wait, floor), maxMs));
}

/** Where Bolna tells when there is news, the shortest wait is that many times as long, or this share of what has passed. */
const HOOKED_FLOOR = 12;
const HOOKED_SHARE_OF_TIME_PASSED = 1 / 24;
/** Before anything is known of how long it takes, so many times the shortest wait, or what has passed. */
const HOOKED_FIRST = 144;
const HOOKED_TIMES_PASSED = 3;

/**
 * How long to wait where Bolna tells when there is news: until the end is due, and, where its word does not come, ever longer from
 * then on. A look before is worth little: how fast the calls go is learnt from the first one at which any is done.
 */
export function nextHookedWait({ now, startsAt, settled, total, minMs, maxMs }: Pace): number {
  if (now < startsAt) return Math.min(Math.max(startsAt - now, minMs), maxMs);
  const elapsed = now - startsAt;
  const unknown = settled === 0;
  const left = unknown ? elapsed * HOOKED_TIMES_PASSED : (elapsed * Math.max(total - settled, 0)) / settled;
  const floor = Math.max(minMs * (unknown ? HOOKED_FIRST : HOOKED_FLOOR), elapsed * HOOKED_SHARE_OF_TIME_PASSED);
  return Math.round(Math.max(Math.min(Math.max(left, floor), maxMs), minMs));
}

/** What decides when to read next what the calls have cost. Times in milliseconds, amounts in cents. */
export interface SpendingPace {
  now: number;
  /** Since when calls have been made. */
  since: number;
  /** What may still be spent. */
  left: number;
  /** The fastest that was spent lately, in cents a millisecond; 0 while nothing has cost anything. */
  rate: number;
  /** Requests that one reading takes. */
  requests: number;
  /** How long Bolna's minute is. */
  minuteMs: number;
  minMs: number;
  maxMs: number;
}

/** Of the time that the rest of the budget lasts, this share is waited: so that calls may become four times as dear meanwhile. */
const SHARE_OF_BUDGET_LEFT = 1 / 4;
/** Before anything has cost anything, this share of the time that has passed. */
const SHARE_OF_COSTLESS = 1 / 2;
/** A tenth of what Bolna allows an account, so that a budget that is nearly spent does not hold up other campaigns. */
const MOST_REQUESTS_A_MINUTE = 100;

/** How long to wait before the next reading: one wait is the most that a campaign goes on for beyond its budget. */
export function nextReading(pace: SpendingPace): number {
  const { now, since, left, rate, requests, minuteMs, minMs, maxMs } = pace;
  const wait = rate > 0 ? (left / rate) * SHARE_OF_BUDGET_LEFT : (now - since) * SHARE_OF_COSTLESS;
  const affordable = (requests / MOST_REQUESTS_A_MINUTE) * minuteMs;
  return Math.round(Math.max(Math.min(wait, maxMs), minMs, affordable));
}
