import { GROUPS, type Group } from './outcomes';

const MINUTE = 60_000;
/** Widths of a bar, each a multiple of the one before, so that narrow bars can be put together into wide ones. */
const STEPS = [1, 5, 10, 30, 60, 180, 360, 720]
  .concat([1, 7, 28, 364, 3640].map((days) => days * 1440))
  .map((minutes) => minutes * MINUTE);
const MOST_BARS = 60;
/** Before 2020 there was no Bolna, and behind 2100 a clock is wrong: such a time would press all others into one bar. */
const [EARLIEST, LATEST] = [Date.UTC(2020), Date.UTC(2100)];

export interface Bar {
  /** Milliseconds since the epoch. */
  from: number;
  /** Calls by group, in the order of {@link GROUPS}. */
  calls: number[];
}

/** Calls by time, in the same memory for any number of them: bars become wider as they become too many. */
export class Timeline {
  calls = 0;
  /** Calls whose time is not told, or cannot be. */
  withoutTime = 0;
  #step = 0;
  #bars = new Map<number, number[]>();
  #span: [first: number, last: number] | undefined;

  add(at: number | undefined, group: Group): void {
    if (at === undefined || !(at >= EARLIEST && at < LATEST)) {
      this.withoutTime += 1;
      return;
    }
    this.calls += 1;
    const [first, last] = this.#span ?? [at, at];
    this.#span = [Math.min(first, at), Math.max(last, at)];
    this.#widen();
    this.#count(
      Math.floor(at / this.stepMs),
      GROUPS.map((each) => (each === group ? 1 : 0)),
    );
  }

  /** Width of a bar, in milliseconds. */
  get stepMs(): number {
    return STEPS[this.#step] ?? MINUTE;
  }

  /** From the first to the last call, with the empty bars between. */
  get bars(): Bar[] {
    if (!this.#span) return [];
    const [first, last] = this.#span.map((at) => Math.floor(at / this.stepMs)) as [number, number];
    return Array.from({ length: last - first + 1 }, (_, at) => ({
      from: (first + at) * this.stepMs,
      calls: this.#bars.get(first + at) ?? GROUPS.map(() => 0),
    }));
  }

  #count(bar: number, calls: readonly number[]): void {
    const before = this.#bars.get(bar);
    this.#bars.set(bar, before ? before.map((count, at) => count + (calls[at] ?? 0)) : [...calls]);
  }

  #widen(): void {
    const [first, last] = this.#span ?? [0, 0];
    while (Math.floor(last / this.stepMs) - Math.floor(first / this.stepMs) >= MOST_BARS) {
      const narrow = this.#bars;
      const before = this.stepMs;
      this.#bars = new Map();
      this.#step += 1;
      for (const [bar, calls] of narrow) this.#count(Math.floor((bar * before) / this.stepMs), calls);
    }
  }
}
