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
