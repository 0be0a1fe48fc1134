/** A request that waits for its turn. */
interface Waiting {
  go: () => void;
  urgent: boolean;
}

/** Requests that may be sent without a pause between them, as a share of a minute's: no minute then has many more. */
const BURST_SHARE = 1 / 60;

/**
 * How often a process may ask one Bolna account. Requests beyond that wait here, the urgent ones in front, the others in the
 * order they came: as a step sends one request after the other, all steps take turns.
 */
export class RequestBudget {
  #perMinute: number;
  #tokens = 1;
  #filledAt: number;
  #timer: NodeJS.Timeout | undefined;
  readonly #waiting: Waiting[] = [];

  /**
   * @param minuteMs how long Bolna's minute is, in milliseconds: a faster simulator's is shorter
   * @param now milliseconds of a clock that never jumps
   */
  constructor(
    perMinute: number,
    private readonly minuteMs = 60_000,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#perMinute = perMinute;
    this.#filledAt = now();
  }

  /** Requests a minute, from now on. */
  set perMinute(perMinute: number) {
    this.#fill();
    this.#perMinute = perMinute;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#serve();
  }

  get perMinute(): number {
    return this.#perMinute;
  }

  /** Resolves when a request may be sent. @throws the signal's reason where it is given up before */
  async take(urgent: boolean, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal?.reason);
      };
      const go = () => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const waiting = { go, urgent };
      signal?.addEventListener('abort', giveUp, { once: true });
      const first = this.#waiting.findIndex((other) => !other.urgent);
      this.#waiting.splice(urgent && first >= 0 ? first : this.#waiting.length, 0, waiting);
      this.#serve();
    });
  }

  #fill(): void {
    const now = this.now();
    const burst = Math.max(this.#perMinute * BURST_SHARE, 1);
    this.#tokens = Math.min(this.#tokens + ((now - this.#filledAt) * this.#perMinute) / this.minuteMs, burst);
    this.#filledAt = now;
  }

  #serve(): void {
    this.#fill();
    while (this.#tokens >= 1) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#tokens -= 1;
      next.go();
    }
    if (this.#waiting.length === 0 || this.#timer) return;
    const wait = ((1 - this.#tokens) * this.minuteMs) / this.#perMinute;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#serve();
    }, Math.ceil(wait));
  }
}
