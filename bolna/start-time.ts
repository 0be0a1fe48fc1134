/** Bolna's rules about time, in milliseconds. Source: the batch API's documentation; see "Assumptions" in the README. */
export interface BolnaRules {
  /** Nearest start Bolna accepts, counted from when the request arrives. */
  minAheadMs: number;
  /** Furthest start Bolna accepts. */
  maxAheadMs: number;
  /** Starts are rounded up to the next multiple of this; one that falls on a mark stays there. */
  roundUpToMs: number;
  /** Length of one of Bolna's minutes: 60,000, unless an accelerated simulator stands in for Bolna. */
  minuteMs: number;
}

/** The rules of the hosted API (speed 1), or of a simulator that does everything `speed` times as fast. */
export function bolnaRules(speed = 1): BolnaRules {
  const minuteMs = 60_000 / speed;
  return { minAheadMs: 2 * minuteMs, maxAheadMs: 30 * 24 * 60 * minuteMs, roundUpToMs: 10 * minuteMs, minuteMs };
}

/** When a batch scheduled for `at` will begin, by Bolna's rounding rule. Milliseconds since the epoch in and out. */
export function roundedStart(at: number, rules: Pick<BolnaRules, 'roundUpToMs'>): number {
  return Math.ceil(at / rules.roundUpToMs) * rules.roundUpToMs;
}

/**
 * What to ask for: the wish, or as soon as the lead allows when the wish is nearer, past or absent.
 * @param now milliseconds since the epoch
 * @param leadMs how far ahead to ask at least; more than `minAheadMs`, since the request takes time to arrive
 */
export function startToRequest(now: number, wish: number | undefined, leadMs: number): number {
  const earliest = now + leadMs;
  return wish === undefined ? earliest : Math.max(wish, earliest);
}

/** When a start may first be sent to Bolna; at or before `now` for one that is near enough.
 * An hour's margin (a 720th of the 30 days) is left for clocks that differ. */
export function schedulableFrom(start: number, rules: BolnaRules): number {
  return start - rules.maxAheadMs + rules.maxAheadMs / 720;
}

/** ISO 8601 with a numeric offset: Bolna answers a `Z` with a 500. Whole seconds, rounded up so as never to be early. */
export function formatScheduledAt(at: number): string {
  return new Date(Math.ceil(at / 1000) * 1000).toISOString().replace(/\.\d{3}Z$/, '+00:00');
}

/** Reads the times Bolna sends (`+00:00` or `Z`, with or without fractions); undefined for what is no time. */
export function parseTime(text: string | null | undefined): number | undefined {
  if (!text) return undefined;
  const hasOffset = /(Z|[+-]\d{2}:?\d{2})$/i.test(text.trim());
  const at = Date.parse(hasOffset ? text.trim() : `${text.trim()}Z`);
  return Number.isNaN(at) ? undefined : at;
}

/** The start in the answer to a schedule request: "scheduled at 2026-06-23T07:00:00+00:00". */
export function startInState(state: string | undefined): number | undefined {
  return parseTime(state?.match(/\d{4}-\d{2}-\d{2}[T ]\S+/)?.[0]);
}
