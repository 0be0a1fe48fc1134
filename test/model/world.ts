import { randomUUID } from 'node:crypto';
import { type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { bolnaRules } from '../../bolna/start-time';
import type { RecordedRequest } from '../../simulator/records';
import { progressQuery } from '../../workflows/messages';
import type { CampaignResult } from '../../workflows/state';
import { haltBy, type Way } from '../support/moments';
import { HOUR, MINUTE, Rig } from '../support/rig';
import { beyondCreated, inWords, type Run, STANDINGS, truthOf } from './facts';
import { ask, readAnswers } from './moves';
import { type Contacts, inputOf, type Shape, validNumbers } from './shape';
import type { Stage } from './stage';
import type { HaltWay } from './steps';
import { readSuppressed, suppress } from './suppressions';

const WAYS: Record<HaltWay, Way> = {
  stop: 'signal stop',
  cancel: 'signal cancel',
  'cancel in Temporal': "Temporal's cancellation",
};

/** What a run has been asked when it begins. */
const nothingAsked = (): Pick<Run, 'halts' | 'moves' | 'suppressions'> => ({ halts: [], moves: [], suppressions: [] });

/** One campaign with a Bolna and a storage of its own, on a stage that others have played on before. */
export class World {
  readonly runs: Run[] = [];
  /** Of every run that there was. */
  readonly runIds: string[] = [];
  /** What happened, with the virtual time since the beginning. */
  readonly journal: string[] = [];
  /** What must never happen and did. */
  readonly wrongs: string[] = [];

  /** What came to pass, for whoever counts it over many sequences. */
  readonly tally = new Set<string>();

  /** Lists of numbers to suppress that were written. */
  requests = 0;

  private constructor(
    readonly stage: Stage,
    readonly shape: Shape,
    readonly rig: Rig,
    readonly campaignId: string,
    /** Milliseconds since the epoch. */
    readonly beganAt: number,
  ) {}

  static async open(stage: Stage, shape: Shape, campaignId: string): Promise<World> {
    const { clock, env, speed } = stage;
    // The minutes of the hour are the shape's, wherever the sequences before have left the clock.
    const now = await clock.now();
    if (stage.isExact) await clock.pass(HOUR - (now % HOUR) + shape.phaseMs);
    const { concurrency, listLagMs, deleteScheduled, stopScheduled, dialect, outcomes } = shape;
    const rig = await Rig.start({
      env,
      taskQueue: stage.taskQueue(shape.forgetful),
      seed: `${outcomes}`,
      rules: { concurrency, listLagMs, deleteScheduled, stopScheduled, dialect },
      speed,
      clockIsAheadMs: shape.clockIsAheadMs / speed,
      context: stage.isExact
        ? { polling: { minMs: MINUTE, maxMs: 20 * MINUTE } }
        : { rules: bolnaRules(speed), leadMs: 1_500, polling: { minMs: 50, maxMs: 300 } },
    });
    const world = new World(stage, shape, rig, campaignId, await clock.now());
    world.tally.add(`in the ${dialect} dialect`);
    if (shape.clockIsAheadMs !== 0)
      world.tally.add(
        `with a clock ${Math.abs(shape.clockIsAheadMs) / MINUTE} min ${shape.clockIsAheadMs > 0 ? 'fast' : 'slow'}`,
      );
    stage.cast(campaignId, rig.context);
    stage.attempts.tell = (what) => world.note(what);
    rig.simulator.onRequest((phase, request) => {
      if (phase === 'after' && request.worked && request.endpoint === 'schedule') world.watchSchedule(request);
    });
    return world;
  }

  async close(): Promise<void> {
    this.stage.dismiss(this.campaignId);
    await this.rig.close();
  }

  get run(): Run | undefined {
    return this.runs.at(-1);
  }

  /** Of the latest run. */
  get handle(): WorkflowHandle {
    return this.rig.client.workflow.getHandle(this.campaignId);
  }

  note(what: string): void {
    const { requests } = this.rig.simulator;
    this.journal.push(`${what} (${requests.length} requests so far)`);
    if (process.env.MODEL_LOG) process.stderr.write(`${this.campaignId} ${what}\n`);
  }

  get truth() {
    return truthOf(this.rig.simulator, this.shape);
  }

  /** @throws what the server says where the ID is taken */
  async start(contacts: Contacts): Promise<void> {
    await this.rig.simulator.sync();
    const before = this.truth;
    const startedAt = await this.stage.clock.now();
    const handle = await this.rig.begin(inputOf(this.shape, contacts, this.beganAt, this.stage.speed), this.campaignId);
    this.runIds.push(handle.firstExecutionRunId);
    const requestsBefore = this.rig.simulator.requests.length;
    this.runs.push({ ...nothingAsked(), contacts, startedAt, before, requestsBefore });
    this.tally.add(`run ${this.runs.length} started with ${contacts} contacts`);
    if (this.runs.length > 1) this.tally.add(`started again where Bolna had ${inWords(before, false)}`);
    this.note(`started with ${contacts} contacts; Bolna has ${inWords(before)}`);
  }

  /** Tells the campaign to halt, unless it is over. To be called where no attempt is under way that may fail. */
  async halt(way: HaltWay): Promise<void> {
    const { run, handle } = this;
    if (!run || (await this.isOver())) return this.note(`${way}: nothing runs`);
    await this.rig.simulator.sync();
    const truth = this.truth;
    const at = await this.stage.clock.now();
    this.note(`${way}; Bolna has ${inWords(truth)}`);
    this.tally.add(`${way} where Bolna had ${inWords(truth, false)}`);
    run.halts.push({ kind: way === 'stop' ? 'stop' : 'cancel', at, truth });
    await haltBy(WAYS[way], handle).catch(unlessOver);
  }

  /**
   * Asks for another start, unless the campaign is over. To be called where no attempt is under way that may fail.
   * @param inMs how long from now, in milliseconds of Bolna
   */
  async reschedule(inMs: number): Promise<void> {
    const { run, stage } = this;
    if (!run || (await this.isOver())) return this.note('reschedule: nothing runs');
    await this.rig.simulator.sync();
    const { truth } = this;
    const at = await stage.clock.now();
    const startAt = at + inMs / stage.speed;
    try {
      const asked = await ask(this, startAt);
      run.moves.push({ ...asked, at, startAt, truth });
      this.note(`reschedule: ${asked.refused ?? 'taken'}; Bolna has ${inWords(truth)}`);
      this.tally.add(`reschedule ${asked.refused ? 'refused' : 'taken'} where Bolna had ${inWords(truth, false)}`);
    } catch (error) {
      unlessOver(error);
    }
  }

  /**
   * Asks to suppress a contact, unless the campaign is over. To be called where no attempt is under way that may fail.
   * @param i which of its contacts, counted round and round
   */
  async suppress(i: number): Promise<void> {
    const { run, shape } = this;
    if (!run || (await this.isOver())) return this.note('suppress: nothing runs');
    await this.rig.simulator.sync();
    const numbers = validNumbers(shape, run.contacts);
    const number = numbers[i % numbers.length] ?? '';
    try {
      const asked = await suppress(this, number, await this.stage.clock.now());
      if (asked) run.suppressions.push(asked);
      this.note(`suppress ${number}: ${asked ? 'taken' : 'refused'}; Bolna has ${inWords(this.truth)}`);
      if (asked) this.tally.add(`suppress where Bolna had ${inWords(this.truth, false)}`);
    } catch (error) {
      unlessOver(error);
    }
  }

  async terminate(): Promise<void> {
    const { run, handle } = this;
    if (!run || (await this.isOver())) return this.note('terminate: nothing runs');
    this.note('terminated');
    const batches = this.stage.isExact ? await this.batchWorkflows(handle) : [];
    await handle.terminate('a test').catch(unlessOver);
    // As a real server does it by their parent close policy, which this one does not know.
    for (const batch of batches) await batch.terminate('its campaign is terminated');
    await this.isOver();
  }

  /**
   * Goes back to an earlier point of the latest run, whether it is over or not. Only a real server can.
   * @param share 0 is the earliest point, 1 the latest
   */
  async reset(share: number): Promise<void> {
    const { run, handle, campaignId } = this;
    const runId = this.runIds.at(-1);
    if (!run || !runId) return;
    const { events } = await handle.fetchHistory();
    const points = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
    const point = points[Math.round(share * (points.length - 1))];
    if (!point) return this.note('reset: nothing to go back to yet');
    await this.isOver();
    await this.rig.simulator.sync();
    const before = this.truth;
    const answer = await this.rig.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: campaignId, runId },
      reason: 'a test',
      workflowTaskFinishEventId: point.eventId ?? null,
      requestId: randomUUID(),
    });
    this.note(`reset to event ${point.eventId} of ${events?.length}; Bolna has ${inWords(before)}`);
    this.tally.add(`reset of a run that was ${run.end ?? 'under way'}`);
    run.end ??= 'terminated';
    this.runIds.push(answer.runId);
    const { contacts } = run;
    const requestsBefore = this.rig.simulator.requests.length;
    const startedAt = await this.stage.clock.now();
    this.runs.push({ ...nothingAsked(), contacts, startedAt, before, requestsBefore });
  }

  /** Whether the latest run has ended; writes down how. */
  async isOver(): Promise<boolean> {
    const { run, handle } = this;
    if (!run || run.end) return true;
    const { status, closeTime, memo } = await handle.describe();
    if (status.name === 'RUNNING') return false;
    const result = memo?.result as CampaignResult | undefined;
    run.end = status.name === 'TERMINATED' ? 'terminated' : (result?.status ?? 'failed');
    run.errorType = result?.errorType;
    run.reason = result?.reason;
    run.closedAt = closeTime?.getTime() ?? 0;
    await this.rig.simulator.sync();
    run.after = this.truth;
    await readAnswers(this, run);
    await readSuppressed(this, run);
    for (const { number, outcome = 'no answer' } of run.suppressions) {
      this.note(`${number} was to be suppressed: ${outcome}`);
      this.tally.add(`a number was to be suppressed: ${outcome}`);
    }
    for (const { refused, begins } of run.moves) {
      this.note(`a start was asked for: ${refused ?? (begins ? new Date(begins).toISOString() : 'not known yet')}`);
      if (begins) this.tally.add('a start was moved');
    }
    this.tally.add(`ended ${run.end}${run.errorType ? ` (${run.errorType})` : ''}`);
    this.note(`ended ${run.end} (${status.name}): ${run.reason}; Bolna has ${inWords(run.after)}`);
    return true;
  }

  /** Waits, in real time, until all that can happen at this virtual moment has happened: no attempt, no workflow task. */
  async rest(): Promise<void> {
    if (!this.stage.isExact) return;
    for (let before = ''; ; ) {
      const now = await this.posture();
      if (now !== '' && now === before) return;
      before = now;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** What the server shows of the campaign and its batches; empty while something is under way. */
  private async posture(): Promise<string> {
    const { handle, stage } = this;
    if (await this.isOver()) return 'over';
    if (stage.attempts.underWay.length > 0) return '';
    let posture = '';
    for (const each of [handle, ...(await this.batchWorkflows(handle))]) {
      const { raw, runId, historyLength, status } = await each.describe();
      if (status.name !== 'RUNNING') continue;
      if (!raw.pendingActivities?.every((pending) => this.isWaitedFor(runId, pending))) return '';
      // It is answered only when the workflow has nothing else to do.
      await each.query(progressQuery).catch(() => undefined);
      posture += `${runId} ${historyLength} ${(await each.describe()).historyLength};`;
    }
    return stage.attempts.underWay.length > 0 ? '' : posture;
  }

  /** Those of a split campaign that are under way. */
  private async batchWorkflows(handle: WorkflowHandle): Promise<WorkflowHandle[]> {
    const { pendingChildren } = (await handle.describe()).raw;
    return (pendingChildren ?? []).map(({ workflowId, runId }) =>
      this.rig.client.workflow.getHandle(workflowId ?? '', runId ?? ''),
    );
  }

  private isWaitedFor(runId: string, pending: temporal.api.workflow.v1.IPendingActivityInfo): boolean {
    return this.stage.attempts.isWaitedFor(runId, pending.activityId ?? '', pending.attempt ?? 1);
  }

  /** No two batches with rows in common are ever both scheduled, and none once another has begun. */
  private watchSchedule({ batchId, number }: RecordedRequest): void {
    const { simulator } = this.rig;
    const batch = simulator.batch(batchId ?? '');
    const numbers = new Set(batch?.contacts.map((contact) => contact.number));
    for (const other of simulator.batches()) {
      if (other.id === batchId || STANDINGS[other.status] === 'created' || other.deleted) continue;
      if (!other.contacts.some((contact) => numbers.has(contact.number))) continue;
      this.wrongs.push(
        `request ${number} schedules batch ${batchId}, while ${other.id} with the same people is ${other.status}`,
      );
    }
  }

  /** Whether anything was ever scheduled that Bolna still has. */
  get isScheduled(): boolean {
    return beyondCreated(this.truth) > 0;
  }
}

/** On a real server a campaign can end while it is told something. */
function unlessOver(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
