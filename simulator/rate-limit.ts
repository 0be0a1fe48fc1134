const MINUTE_MS = 60_000;

/** Requests a minute of the organisation, all keys together; the agent's executions have half of it for themselves. */
export class RateLimit {
  readonly #perMinute: number;
  readonly #windowMs: number;
  #windowStart = Number.NEGATIVE_INFINITY;
  #all = 0;
  #agentExecutions = 0;

  constructor(perMinute: number, speed: number) {
    this.#perMinute = perMinute;
    this.#windowMs = MINUTE_MS / speed;
  }

  /** Counts a request. Seconds to wait if it is one too many, else null. */
  refuse(at: number, ofAgentExecutions: boolean): number | null {
    if (at >= this.#windowStart + this.#windowMs) {
      this.#windowStart = at;
      this.#all = 0;
      this.#agentExecutions = 0;
    }
    this.#all++;
    if (ofAgentExecutions) this.#agentExecutions++;
    if (this.#all <= this.#perMinute && this.#agentExecutions <= this.#perMinute / 2) return null;
    return Math.max(1, Math.ceil((this.#windowStart + this.#windowMs - at) / 1000));
  }
}
