import type { StartRules } from '../activities/types';
import type { CampaignState } from './state';

/** Bolna's own, and the usual lead: campaigns that an older version has begun were told none. */
const USUAL: StartRules = { leadMs: 150_000, roundUpToMs: 10 * 60_000 };

/** When Bolna begins a batch that is scheduled now, to start at `startAt`. Milliseconds since the epoch in and out. */
export function firstStart(startAt: number, { contacts }: CampaignState): number {
  const { leadMs, roundUpToMs } = contacts?.starts ?? USUAL;
  return Math.ceil(Math.max(startAt, Date.now() + leadMs) / roundUpToMs) * roundUpToMs;
}
