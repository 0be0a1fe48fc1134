import { setTimeout as wait } from 'node:timers/promises';
import { draw } from './random';

const AT_ONCE = 8;
const TRIES = 3;
const RETRY_MS = 200;
const ANSWER_WITHIN_MS = 10_000;

interface Delivery {
  url: string;
  body: string;
}

/** Anything but an http address is dropped without a word, as Bolna does. */
function canReceive(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

/** Sends webhooks beside the requests, never in their way: nobody waits for a receiver. Unsigned, more than once. */
export class Webhooks {
  #collected: Delivery[] = [];
  readonly #queue: Delivery[] = [];
  readonly #closing = new AbortController();
  #underway = 0;
  #flushes = 0;
  #idle: (() => void)[] = [];
  readonly #seed: string;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** Collected until `flush`; `twice` also shuffles it among what is collected with it. */
  collect(url: string, body: unknown, twice: boolean): void {
    if (!canReceive(url)) return;
    const delivery = { url, body: JSON.stringify(body) };
    this.#collected.push(delivery);
    if (twice) this.#collected.push(delivery);
  }

  /** Out of order on purpose, and the same way for the same seed. */
  flush(): void {
    if (this.#collected.length === 0) return;
    const flush = this.#flushes++;
    const shuffled = this.#collected
      .map((delivery, index) => ({ delivery, place: draw(this.#seed, 'webhook', flush, index) }))
      .sort((a, b) => a.place - b.place);
    this.#collected = [];
    this.#queue.push(...shuffled.map(({ delivery }) => delivery));
    this.#send();
  }

  /** Resolves once nothing is left to send. */
  idle(): Promise<void> {
    if (this.#underway === 0 && this.#queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async close(): Promise<void> {
    this.#queue.length = 0;
    this.#closing.abort();
    await this.idle();
  }

  #send(): void {
    while (this.#underway < AT_ONCE) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      this.#underway++;
      void this.#deliver(next).finally(() => {
        this.#underway--;
        this.#send();
      });
    }
    if (this.#underway > 0 || this.#queue.length > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #deliver({ url, body }: Delivery): Promise<void> {
    const { signal } = this.#closing;
    for (let attempt = 1; attempt <= TRIES && !signal.aborted; attempt++) {
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
          signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
        });
        await response.arrayBuffer();
        if (response.ok) return;
      } catch {
        // A receiver that is away is as good as one that answers 500: tried again, then given up.
      }
      if (attempt < TRIES) await wait(RETRY_MS * attempt, undefined, { signal, ref: false }).catch(() => {});
    }
  }
}
