import { ApiError, notFound } from './answers';
import { type Contact, readContacts } from './contacts-file';
import { Dialler } from './dialler';
import type { Batch, BatchStatus, Execution, RetryConfig } from './model';
import type { OutcomeOverride } from './outcomes';
import { hexId, uuid } from './random';
import { wireId } from './render';
import type { SimulatorRules } from './rules';
import { checkStart } from './start-time';
import { Timeline } from './timeline';

export interface NewBatch {
  agentId: string;
  fileName: string;
  csv: string;
  fromNumbers: string[];
  retry: RetryConfig | null;
  webhookUrl: string | null;
}

/** What others may want to hear of; a webhook is one listener. */
export interface AccountListener {
  execution(execution: Execution): void;
  /** `status`: it has another one. `worked`: every row was gone through once. `over`: every execution is terminal. */
  batch(batch: Batch, what: 'status' | 'worked' | 'over'): void;
}

export interface AccountSetup {
  now: number;
  rules: SimulatorRules;
  speed: number;
  seed: string;
  outcomes: OutcomeOverride | undefined;
  listener: AccountListener;
}

/** Neither scheduled nor ended. */
function isNew({ status }: Batch): boolean {
  return status === 'created' || status === 'processed';
}

function isRunning({ status }: Batch): boolean {
  return status === 'queued' || status === 'running';
}

function hasEnded({ status }: Batch): boolean {
  return status === 'completed' || status === 'stopped' || status === 'failed';
}

/** The account's batches and what may be done to them. Knows time only through its timeline. */
export class Account {
  readonly timeline: Timeline;
  readonly dialler: Dialler;
  readonly batches = new Map<string, Batch>();
  readonly #setup: AccountSetup;
  readonly #told = new Set<string>();

  constructor(setup: AccountSetup) {
    const { rules, speed, seed, outcomes, listener } = setup;
    this.#setup = setup;
    this.timeline = new Timeline(setup.now);
    this.dialler = new Dialler({
      timeline: this.timeline,
      rules,
      speed,
      seed,
      outcomes,
      changed: (execution) => listener.execution(execution),
      progressed: (batch) => this.#progressed(batch),
    });
  }

  /** Nothing makes two equal uploads one: there is no idempotency key. */
  create(request: NewBatch): Batch {
    const { total, contacts } = readContacts(request.csv);
    const now = this.timeline.now;
    // The time is part of the ID, so that a simulator started afresh does not hand out the IDs of its last life.
    const id = hexId(this.#setup.seed, 'batch', now, this.batches.size);
    const batch: Batch = {
      ...request,
      id,
      status: 'created',
      deleted: false,
      bypassGuardrails: false,
      createdAt: now,
      updatedAt: now,
      scheduledAt: null,
      total,
      contacts,
      executions: [],
      counts: new Map(),
      unworked: contacts.length,
      open: contacts.length,
    };
    this.batches.set(id, batch);
    const { rules, speed } = this.#setup;
    if (rules.executionsFrom === 'create') this.#prepare(batch);
    this.timeline.at(now + (rules.parseSeconds * 1000) / speed, () => this.#parsed(batch));
    return batch;
  }

  schedule(id: string, scheduledAt: string, bypassGuardrails: boolean): Batch {
    const { rules, speed } = this.#setup;
    const batch = this.find(id);
    const start = checkStart(scheduledAt, this.timeline.now, rules, speed);
    const again = batch.status === 'scheduled' && rules.scheduleTwice === 'move';
    if (!isNew(batch) && !again) {
      throw new ApiError(400, { error: 400, message: `Batch is already ${batch.status}` });
    }
    batch.scheduledAt = start;
    batch.bypassGuardrails = bypassGuardrails;
    this.#setStatus(batch, 'scheduled');
    this.timeline.at(start, () => {
      if (batch.status === 'scheduled' && batch.scheduledAt === start && !batch.deleted) this.#begin(batch);
    });
    return batch;
  }

  stop(id: string): Batch {
    const batch = this.find(id);
    const { rules } = this.#setup;
    const stoppable =
      isRunning(batch) ||
      (batch.status === 'scheduled' && rules.stopScheduled) ||
      (batch.status === 'completed' && batch.open > 0 && rules.stopResting);
    if (!stoppable) throw new ApiError(404, { message: 'Batch is not queued or running' });
    this.#halt(batch, 'stopped');
    return batch;
  }

  /** One call that is not on a line: waiting for one, moved by a guardrail, or between two attempts. */
  stopCall(id: string): Batch {
    const execution = this.findExecution(id);
    const { rules } = this.#setup;
    const hasBegun = isRunning(execution.batch) || hasEnded(execution.batch);
    if ((!hasBegun && !rules.stopPrepared) || !this.dialler.stop(execution)) {
      throw new ApiError(400, { error: 400, message: 'Call is not queued or scheduled' });
    }
    return execution.batch;
  }

  remove(id: string): Batch {
    const { rules } = this.#setup;
    const batch = this.find(id);
    const refused =
      (batch.status === 'scheduled' && !rules.deleteScheduled) || (isRunning(batch) && !rules.deleteRunning);
    if (refused) throw new ApiError(400, { error: 400, message: `A ${batch.status} batch cannot be deleted` });
    this.forceRemove(batch);
    return batch;
  }

  /** Somebody deletes it where no rule is asked: in the dashboard. */
  forceRemove(batch: Batch): void {
    batch.deleted = true;
    this.dialler.halt(batch, 'canceled');
  }

  forceStop(batch: Batch): void {
    this.#halt(batch, 'stopped');
  }

  /** Bolna gives up on it. */
  fail(batch: Batch): void {
    this.#halt(batch, 'failed');
  }

  find(id: string): Batch {
    const batch = this.batches.get(id);
    if (batch === undefined || batch.deleted) throw notFound.batch();
    return batch;
  }

  /** @param id as answers have it, or the simulator's own */
  findExecution(id: string): Execution {
    for (const batch of this.batches.values()) {
      if (batch.deleted) continue;
      const found = batch.executions.find((each) => each.id === id || String(wireId(each, this.#setup.rules)) === id);
      if (found !== undefined) return found;
    }
    throw notFound.execution();
  }

  /** Newest first; a new batch is seen only after the list's lag. */
  listOf(agentId: string): Batch[] {
    const seenUntil = this.timeline.now - this.#setup.rules.listLagMs / this.#setup.speed;
    return [...this.batches.values()]
      .filter((batch) => batch.agentId === agentId && !batch.deleted && batch.createdAt <= seenUntil)
      .reverse();
  }

  #parsed(batch: Batch): void {
    if (batch.deleted) return;
    if (this.#setup.rules.executionsFrom === 'processed' && batch.executions.length === 0 && !hasEnded(batch))
      this.#prepare(batch);
    if (batch.status === 'created') this.#setStatus(batch, 'processed');
  }

  #begin(batch: Batch): void {
    if (batch.contacts.length === 0) {
      this.#setStatus(batch, 'failed');
      return;
    }
    const { rules, speed } = this.#setup;
    this.#setStatus(batch, 'queued');
    if (batch.executions.length === 0) this.#prepare(batch);
    // Before its first call rings.
    this.timeline.at(this.timeline.now + (rules.setupSeconds * 1000) / speed, () => {
      if (batch.status === 'queued' && !batch.deleted) this.#setStatus(batch, 'running');
    });
    this.dialler.begin(batch);
    // All of its calls were stopped before.
    if (batch.unworked === 0) this.#progressed(batch);
  }

  #setStatus(batch: Batch, status: BatchStatus): void {
    batch.status = status;
    batch.updatedAt = this.timeline.now;
    this.#setup.listener.batch(batch, 'status');
  }

  #prepare(batch: Batch): void {
    batch.executions = batch.contacts.map((contact) => this.#newExecution(batch, contact));
    batch.counts.set('prepared', batch.executions.length);
  }

  #newExecution(batch: Batch, contact: Contact): Execution {
    return {
      id: uuid(batch.id, contact.row),
      batch,
      contact,
      status: 'prepared',
      phase: 'waiting',
      generation: 0,
      worked: false,
      attempts: 0,
      outcome: null,
      history: [],
      createdAt: this.timeline.now,
      updatedAt: this.timeline.now,
      dialledAt: null,
      costCents: 0,
    };
  }

  #halt(batch: Batch, status: 'stopped' | 'failed'): void {
    this.#setStatus(batch, status);
    this.dialler.halt(batch, status === 'stopped' ? 'stopped' : 'canceled');
  }

  #progressed(batch: Batch): void {
    if (batch.unworked === 0) {
      if (isRunning(batch) && !batch.deleted) this.#setStatus(batch, 'completed');
      this.#tell(batch, 'worked');
    }
    if (batch.open === 0) this.#tell(batch, 'over');
  }

  #tell(batch: Batch, what: 'worked' | 'over'): void {
    const key = `${batch.id} ${what}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#setup.listener.batch(batch, what);
  }
}
