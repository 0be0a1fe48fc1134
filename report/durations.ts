/** Where a bar of the chart ends, in seconds. Under 5 seconds nobody counts it as a conversation. */
const EDGES = [5, 15, 30, 60, 120, 180, 300, 600, Number.POSITIVE_INFINITY];
export const DURATION_LABELS = [
  ...['under 5 s', '5–15 s', '15–30 s', '30–60 s', '1–2 min', '2–3 min', '3–5 min', '5–10 min', '10 min +'],
] as const;

/** Longest call that percentiles tell apart, in seconds. */
const LONGEST = 4 * 60 * 60;

/** How long calls lasted, in the same memory for any number of them. */
export class Durations {
  /** Calls by {@link DURATION_LABELS}. */
  readonly bars: number[] = EDGES.map(() => 0);
  /** Calls that lasted. */
  calls = 0;
  /** Calls in which nobody spoke, or of which it is not told how long they lasted. */
  silent = 0;
  readonly #bySecond = new Uint32Array(LONGEST + 1);

  add(seconds: number | undefined): void {
    if (!seconds) {
      this.silent += 1;
      return;
    }
    this.calls += 1;
    const bar = EDGES.findIndex((edge) => seconds < edge);
    this.bars[bar] = (this.bars[bar] ?? 0) + 1;
    const second = Math.min(Math.round(seconds), LONGEST);
    this.#bySecond[second] = (this.#bySecond[second] ?? 0) + 1;
  }

  /** So long or shorter was this share of the calls, to the second; undefined without calls. */
  percentile(share: number): number | undefined {
    let passed = 0;
    if (this.calls === 0) return undefined;
    return this.#bySecond.findIndex((calls) => {
      passed += calls;
      return passed > 0 && passed >= share * this.calls;
    });
  }
}
