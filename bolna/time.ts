/** Reads a clock: milliseconds since the epoch. A test's may be virtual, and in another process. */
export type Clock = () => number | Promise<number>;

/** By how much a machine's clock may differ from Bolna's before a person should hear of it, in milliseconds. */
export const WORTH_A_WARNING_MS = 60_000;
/**
 * By how much a machine's clock may differ from Bolna's before nothing is scheduled any more, in milliseconds. A `Date` that is
 * further in the past is not believed either: a start that has passed must never look as if it were ahead.
 */
export const MOST_WRONG_MS = 30 * 60_000;

/**
 * What a person must know of a clock that differs from Bolna's.
 * @param ahead milliseconds, negative for behind
 * @param whose clock it is. Default: this machine's
 * @returns undefined for a clock that is about right
 */
export function clockWarning(ahead: number, whose = "This machine's clock"): string | undefined {
  const off = Math.abs(ahead);
  if (off <= WORTH_A_WARNING_MS) return undefined;
  const text = `${whose} is ${Math.round(off / 60_000)} min ${ahead > 0 ? 'ahead of' : 'behind'} Bolna's.`;
  return off > MOST_WRONG_MS
    ? `${text} Nothing is scheduled until it is set, for example by NTP.`
    : `${text} Bolna's is used. Set it, for example by NTP.`;
}

/**
 * Bolna's time, from the `Date` of its answers. Whether a start has passed is decided by Bolna's clock, and this machine's may be
 * wrong: a worker that is ten minutes behind took a batch that had run for one that had not, and had its people called again.
 *
 * A `Date` is whole seconds, and an answer takes time, so each one only says between which limits the difference of the two clocks
 * lies. The difference in use is moved no further than into these limits: a clock that is right is left alone.
 */
export class BolnaTime {
  /** How far Bolna's clock is ahead of this machine's, in milliseconds. */
  #ahead = 0;
  #wasOff = false;

  /**
   * @param clock this machine's, default: `Date.now`
   * @param changed told when the difference comes to be more than `WORTH_A_WARNING_MS`, and when it is less again
   */
  constructor(
    private readonly clock: Clock = Date.now,
    private readonly changed: (clockIsAhead: number) => void = () => undefined,
  ) {}

  /** Milliseconds since the epoch, by Bolna's clock as far as it is known. */
  async now(): Promise<number> {
    return (await this.clock()) + Math.max(this.#ahead, -MOST_WRONG_MS);
  }

  /** How far this machine's clock is ahead of Bolna's, in milliseconds; negative where it is behind. */
  get clockIsAhead(): number {
    return -this.#ahead;
  }

  /** What this machine's clock says; to be read right before a request, for `note`. */
  async reading(): Promise<number> {
    return this.clock();
  }

  /**
   * Takes note of when Bolna answered.
   * @param headers of the answer; one that a cache has kept (`Age`), or without a `Date`, says nothing
   * @param sentAt what `reading` gave before the request was sent
   */
  async note({ date, age }: { date?: unknown; age?: unknown }, sentAt: number): Promise<void> {
    const from = typeof date === 'string' ? Date.parse(date) : Number.NaN;
    if (Number.isNaN(from) || (age !== undefined && age !== '0')) return;
    // An accelerated simulator's has fractions of a second.
    const until = from + (from % 1000 === 0 ? 1000 : 1);
    const receivedAt = await this.clock();
    this.#ahead = Math.min(Math.max(this.#ahead, from - receivedAt), until - sentAt);
    const isOff = Math.abs(this.#ahead) > WORTH_A_WARNING_MS;
    if (isOff !== this.#wasOff) this.changed(this.clockIsAhead);
    this.#wasOff = isOff;
  }
}
