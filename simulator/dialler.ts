import { LineQueue } from './line-queue';
import type { Batch, Dial, Execution, ExecutionStatus } from './model';
import { type OutcomeOverride, outcomeOf } from './outcomes';
import { draw } from './random';
import { DAY_MS, type SimulatorRules } from './rules';
import type { Timeline } from './timeline';

export interface DiallerSetup {
  timeline: Timeline;
  rules: SimulatorRules;
  speed: number;
  seed: string;
  outcomes: OutcomeOverride | undefined;
  /** Called after each change of an execution's status. */
  changed: (execution: Execution) => void;
  /** Called when the last execution of a batch was gone through once, or may change no more. */
  progressed: (batch: Batch) => void;
}

/** The account's telephone lines: takes executions in order, at most `concurrency` at a time, retries behind fresh calls. */
export class Dialler {
  readonly dials: Dial[] = [];
  /** Money left, in units. */
  wallet: number;
  /** Lines in use. */
  onLine = 0;
  readonly #setup: DiallerSetup;
  readonly #fresh = new LineQueue();
  readonly #retries = new LineQueue();

  constructor(setup: DiallerSetup) {
    this.#setup = setup;
    this.wallet = setup.rules.wallet;
  }

  /** Puts all executions of a batch that begins behind those of the batches before it. */
  begin(batch: Batch): void {
    for (const execution of batch.executions) this.#fresh.push(execution);
    this.#fill();
  }

  /** Ends all that is not on a line; calls on the line, and their post-processing, go on. */
  halt(batch: Batch, status: 'stopped' | 'canceled'): void {
    for (const execution of batch.executions) {
      // Its last attempt is over, and stays what it was.
      if (execution.phase === 'resting') this.#settle(execution);
      else this.#takeBack(execution, status, true);
    }
    this.#fill();
  }

  /** Ends one call that is not being made. @returns false where it is, or is over */
  stop(execution: Execution): boolean {
    if (execution.phase === 'resting') {
      execution.history.push({ attempt: execution.attempts, status: execution.status, at: this.#setup.timeline.now });
      this.#settle(execution, 'stopped');
      return true;
    }
    const isStopped = this.#takeBack(execution, 'stopped');
    this.#fill();
    return isStopped;
  }

  #takeBack(execution: Execution, status: 'stopped' | 'canceled', mayBeLeft = false): boolean {
    const { phase } = execution;
    const isOnLine = phase === 'line' && execution.status === 'queued';
    if (phase !== 'waiting' && phase !== 'moved' && !isOnLine) return false;
    if (isOnLine) this.onLine--;
    const isLeft = mayBeLeft && execution.status === 'prepared' && this.#setup.rules.stoppedCalls === 'prepared';
    this.#settle(execution, isLeft ? undefined : status);
    return true;
  }

  setStatus(execution: Execution, status: ExecutionStatus): void {
    const { counts } = execution.batch;
    const before = (counts.get(execution.status) ?? 1) - 1;
    if (before === 0) counts.delete(execution.status);
    else counts.set(execution.status, before);
    counts.set(status, (counts.get(status) ?? 0) + 1);
    execution.status = status;
    execution.updatedAt = this.#setup.timeline.now;
    execution.batch.updatedAt = this.#setup.timeline.now;
    this.#setup.changed(execution);
  }

  #fill(): void {
    while (this.onLine < this.#setup.rules.concurrency) {
      const execution = this.#fresh.shift() ?? this.#retries.shift();
      if (execution === undefined) return;
      if (this.wallet <= 0) this.#settle(execution, 'balance-low');
      else if (!this.#guardrailMoves(execution)) this.#take(execution);
    }
  }

  /** Plans the next step of an execution; a stop or a deletion in between makes it void. */
  #after(execution: Execution, bolnaMs: number, step: () => void): void {
    const { timeline, speed } = this.#setup;
    const { generation } = execution;
    timeline.at(timeline.now + Math.round(bolnaMs / speed), () => {
      if (execution.generation === generation) step();
    });
  }

  #guardrailMoves(execution: Execution): boolean {
    const { timeline, rules, seed, speed } = this.#setup;
    const { guardrail } = rules;
    if (guardrail === null || execution.batch.bypassGuardrails) return false;
    if (draw(seed, execution.contact.number, 'guardrail') >= guardrail.share) return false;
    const timeOfDay = (timeline.now * speed) % DAY_MS;
    const sinceOpening = (timeOfDay - guardrail.opensAtMs + DAY_MS) % DAY_MS;
    const length = (guardrail.closesAtMs - guardrail.opensAtMs + DAY_MS) % DAY_MS || DAY_MS;
    if (sinceOpening < length) return false;
    execution.phase = 'moved';
    this.setStatus(execution, 'rescheduled');
    this.#worked(execution);
    // Rounded up, or the division by speed could put it just before the opening and move it by another day.
    this.#after(execution, Math.ceil((DAY_MS - sinceOpening) / speed) * speed, () => {
      execution.phase = 'waiting';
      this.#fresh.push(execution);
      this.#fill();
    });
    return true;
  }

  #take(execution: Execution): void {
    const { rules } = this.#setup;
    this.onLine++;
    execution.phase = 'line';
    this.setStatus(execution, 'queued');
    this.#after(execution, rules.setupSeconds * 1000, () => this.#dial(execution));
  }

  #dial(execution: Execution): void {
    const { timeline, rules, seed, outcomes } = this.#setup;
    execution.attempts++;
    execution.dialledAt = timeline.now;
    const outcome = outcomeOf(seed, rules, execution.contact, execution.attempts, outcomes);
    execution.outcome = outcome;
    this.dials.push({
      number: execution.contact.number,
      batchId: execution.batch.id,
      executionId: execution.id,
      attempt: execution.attempts,
      at: timeline.now,
    });
    this.setStatus(execution, 'initiated');
    this.#after(execution, rules.setupSeconds * 1000, () => {
      if (outcome.status === 'failed') return this.#hangUp(execution, 'failed');
      this.setStatus(execution, 'ringing');
      this.#after(execution, outcome.ringSeconds * 1000, () => {
        if (outcome.status === 'no-answer' || outcome.status === 'busy') {
          return this.#hangUp(execution, outcome.status);
        }
        this.setStatus(execution, 'in-progress');
        this.#after(execution, outcome.talkSeconds * 1000, () => {
          this.#hangUp(execution, outcome.status === 'error' ? 'error' : 'call-disconnected');
        });
      });
    });
  }

  /** The line is free again; an answered call still has its post-processing before it. */
  #hangUp(execution: Execution, status: ExecutionStatus): void {
    const { rules } = this.#setup;
    const { outcome } = execution;
    this.onLine--;
    execution.phase = 'after';
    if (status === 'call-disconnected' && outcome !== null) {
      const cents = (outcome.talkSeconds / 60) * rules.centsPerMinute;
      execution.costCents = Math.round((execution.costCents + cents) * 1000) / 1000;
      this.wallet = Math.max(0, Math.round((this.wallet - cents / 100) * 1e6) / 1e6);
      this.setStatus(execution, status);
      this.#after(execution, outcome.postProcessingSeconds * 1000, () => this.#attemptOver(execution, 'completed'));
    } else {
      this.#attemptOver(execution, status);
    }
    this.#fill();
    this.#worked(execution);
  }

  #attemptOver(execution: Execution, status: ExecutionStatus): void {
    const waitMinutes = this.#retryWaitMinutes(execution, status);
    if (waitMinutes === null) {
      this.#settle(execution, status);
      return;
    }
    // The status stays what it is while the retry rests: only the counts going down later tell that it was not the last.
    execution.phase = 'resting';
    this.setStatus(execution, status);
    this.#after(execution, waitMinutes * 60_000, () => {
      execution.history.push({ attempt: execution.attempts, status, at: this.#setup.timeline.now });
      execution.phase = 'waiting';
      this.setStatus(execution, 'queued');
      this.#retries.push(execution);
      this.#fill();
    });
  }

  #retryWaitMinutes(execution: Execution, status: ExecutionStatus): number | null {
    const { retry, status: batchStatus, deleted } = execution.batch;
    const halted = deleted || batchStatus === 'stopped' || batchStatus === 'failed';
    if (retry === null || halted || execution.attempts > retry.maxRetries) return null;
    const wanted =
      retry.statuses.some((each) => each === status) ||
      (retry.voicemail && status === 'completed' && execution.outcome?.voicemail === true);
    if (!wanted) return null;
    return retry.intervalsMinutes[Math.min(execution.attempts, retry.intervalsMinutes.length) - 1] ?? null;
  }

  #worked(execution: Execution): void {
    if (execution.worked) return;
    execution.worked = true;
    execution.batch.unworked--;
    if (execution.batch.unworked === 0) this.#setup.progressed(execution.batch);
  }

  #settle(execution: Execution, status: ExecutionStatus = execution.status): void {
    execution.phase = 'over';
    execution.generation++;
    if (status !== execution.status) this.setStatus(execution, status);
    execution.batch.open--;
    this.#worked(execution);
    if (execution.batch.open === 0) this.#setup.progressed(execution.batch);
  }
}
