import type { StartRules } from '../activities/types';
import type { CampaignState } from './state';

/** Bolna's own, and the usual lead: for campaigns that an older version has begun, and clients that were told none. */
export const USUAL_STARTS: StartRules = { leadMs: 150_000, roundUpToMs: 10 * 60_000 };

/** When Bolna begins a batch that is scheduled now, to start at `startAt`. Milliseconds since the epoch in and out. */
export function firstStart(startAt: number, { contacts }: CampaignState): number {
  return firstMark(startAt, Date.now(), contacts?.starts ?? USUAL_STARTS);
}

function firstMark(startAt: number, now: number, { leadMs, roundUpToMs }: StartRules): number {
  return Math.ceil(Math.max(startAt, now + leadMs) / roundUpToMs) * roundUpToMs;
}

/** Why a campaign could only miss its start. Milliseconds since the epoch. */
export interface EmptyWindow {
  /** The first start that Bolna could make, which is too late. */
  first: number;
  /** The last one in time, which an earlier `startAt` would have; undefined where that is too near as well. */
  last: number | undefined;
}

/**
 * Looks for a start between the wish and the latest one. Bolna starts at its marks alone, every ten minutes, and needs a lead.
 * @param now milliseconds since the epoch, like the times of the window
 * @returns undefined where there is one
 */
export function emptyWindow(
  window: { startAt?: number | undefined; startBy: number },
  now: number,
  starts: StartRules = USUAL_STARTS,
): EmptyWindow | undefined {
  const { startAt = now, startBy } = window;
  const first = firstMark(startAt, now, starts);
  if (first <= startBy) return undefined;
  const last = Math.floor(startBy / starts.roundUpToMs) * starts.roundUpToMs;
  return { first, last: last < startAt && last >= now + starts.leadMs ? last : undefined };
}
