/** Milliseconds that a hint waits for others that come with it: what Bolna sends, it sends more than once. */
const GATHER_MS = 2_000;
/**
 * Milliseconds without a hint after which the next one is news. After those that Bolna sends about any batch, at each change of its
 * status, each one that is passed on asks for twice as long a silence.
 */
const SILENCE_MS = 60_000;
const USUAL_HINTS = 4;
const LONGEST_SILENCE_MS = 24 * 3_600_000;
/** Workflows of which is remembered how much they were told. */
const MOST_KNOWN = 10_000;

/** When hints are passed on, in milliseconds. */
export interface HintPace {
  gatherMs: number;
  silenceMs: number;
}

interface Known {
  /** How often the workflow was told. */
  passedOn: number;
  /** When the latest hint came. */
  latest: number;
  /** Set while a hint waits. */
  timer?: NodeJS.Timeout | undefined;
  /** Set while the workflow is being told: whether another hint has come meanwhile. */
  telling?: { more: boolean } | undefined;
}

/**
 * Passes hints on to workflows, where each is written into a history. One that comes after a silence is passed on at once. While they
 * keep coming they say only that calls are made; what counts is the last one, which is passed on once it is silent. The silence asked
 * for grows until it is longer than those of a busy batch, so however many come in, a workflow is told few. None is lost,
 * unless this process is killed meanwhile: then the workflow's own next look sees what there was to see.
 */
export class Hints {
  readonly #known = new Map<string, Known>();
  readonly #underway = new Set<Promise<void>>();
  #closed = false;

  /** @param passOn tells the workflow; where it throws, it is tried again after `silenceMs`, however many hints come meanwhile */
  constructor(
    private readonly passOn: (workflowId: string) => Promise<void>,
    private readonly pace: HintPace = { gatherMs: GATHER_MS, silenceMs: SILENCE_MS },
  ) {}

  take(workflowId: string): void {
    if (this.#closed) return;
    const now = Date.now();
    const known = this.#known.get(workflowId) ?? { passedOn: 0, latest: Number.NEGATIVE_INFINITY };
    const isNews = now - known.latest >= this.#silenceAfter(known);
    known.latest = now;
    if (known.timer) return;
    if (known.telling) known.telling.more = true;
    else if (isNews) this.#after(this.pace.gatherMs, known, () => this.#send(workflowId, known));
    else this.#onceSilent(workflowId, known);
    this.#known.set(workflowId, known);
    if (this.#known.size > MOST_KNOWN) this.#forgetSome();
  }

  /** What waits is passed on at once. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const [workflowId, known] of this.#known) if (known.timer) this.#send(workflowId, known);
    await Promise.all(this.#underway);
  }

  #onceSilent(workflowId: string, known: Known): void {
    const left = known.latest + this.#silenceAfter(known) - Date.now();
    if (left <= 0) this.#send(workflowId, known);
    else this.#after(left, known, () => this.#onceSilent(workflowId, known));
  }

  #after(ms: number, known: Known, then: () => void): void {
    known.timer = setTimeout(then, ms).unref();
  }

  #silenceAfter({ passedOn }: Known): number {
    return Math.min(this.pace.silenceMs * 2 ** Math.max(passedOn - USUAL_HINTS, 0), LONGEST_SILENCE_MS);
  }

  #send(workflowId: string, known: Known): void {
    const sending = this.#tell(workflowId, known).finally(() => this.#underway.delete(sending));
    this.#underway.add(sending);
  }

  async #tell(workflowId: string, known: Known): Promise<void> {
    clearTimeout(known.timer);
    known.timer = undefined;
    const telling = { more: false };
    known.telling = telling;
    const told = await this.passOn(workflowId).then(
      () => true,
      () => false,
    );
    known.telling = undefined;
    // What was not told asks for no longer silence, or an outage of Temporal would go on here when it is over.
    if (told) known.passedOn++;
    if (this.#closed) return telling.more ? this.#tell(workflowId, known) : undefined;
    if (!told) this.#after(this.pace.silenceMs, known, () => this.#send(workflowId, known));
    else if (telling.more) this.#onceSilent(workflowId, known);
  }

  #forgetSome(): void {
    for (const [workflowId, { timer, telling }] of this.#known) {
      if (this.#known.size <= MOST_KNOWN / 2) return;
      if (!timer && !telling) this.#known.delete(workflowId);
    }
  }
}
