/** Milliseconds that a hint waits for others that come with it: what Bolna sends, it sends more than once. */
const GATHER_MS = 2_000;
/** Milliseconds from the first hint that is passed on to a second one; each further one takes twice as long as the one before. */
const SPACING_MS = 60_000;
const LONGEST_SPACING_MS = 24 * 3_600_000;
/** Workflows of which is remembered how much they were told. */
const MOST_KNOWN = 10_000;

/** When hints are passed on, in milliseconds. */
export interface HintPace {
  gatherMs: number;
  spacingMs: number;
}

interface Known {
  passedOn: number;
  notBefore: number;
  /** Set while a hint waits. */
  timer?: NodeJS.Timeout | undefined;
}

/**
 * Passes hints on to workflows, where each is written into a history: however many come in, a workflow is told ever less often. None is
 * lost: after the last one that comes in another one is passed on, unless this process is killed meanwhile.
 */
export class Hints {
  readonly #known = new Map<string, Known>();
  readonly #underway = new Set<Promise<void>>();
  #closed = false;

  /** @param passOn tells the workflow; where it throws, the hint waits for its next turn */
  constructor(
    private readonly passOn: (workflowId: string) => Promise<void>,
    private readonly pace: HintPace = { gatherMs: GATHER_MS, spacingMs: SPACING_MS },
  ) {}

  take(workflowId: string): void {
    const known = this.#known.get(workflowId) ?? { passedOn: 0, notBefore: 0 };
    if (known.timer || this.#closed) return;
    const wait = Math.max(this.pace.gatherMs, known.notBefore - Date.now());
    known.timer = setTimeout(() => this.#send(workflowId, known), wait).unref();
    this.#known.set(workflowId, known);
    if (this.#known.size > MOST_KNOWN) this.#forgetSome();
  }

  /** What waits is passed on at once. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const [workflowId, known] of this.#known) if (known.timer) this.#send(workflowId, known);
    await Promise.all(this.#underway);
  }

  #send(workflowId: string, known: Known): void {
    clearTimeout(known.timer);
    known.timer = undefined;
    known.notBefore = Date.now() + Math.min(this.pace.spacingMs * 2 ** known.passedOn, LONGEST_SPACING_MS);
    known.passedOn++;
    const sending = this.passOn(workflowId)
      .catch(() => this.take(workflowId))
      .finally(() => this.#underway.delete(sending));
    this.#underway.add(sending);
  }

  #forgetSome(): void {
    for (const [workflowId, { timer }] of this.#known) {
      if (this.#known.size <= MOST_KNOWN / 2) return;
      if (!timer) this.#known.delete(workflowId);
    }
  }
}
