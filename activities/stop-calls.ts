import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { showsDial, showsNoDial } from '../bolna/dialled';
import { isBolnaError } from '../bolna/errors';
import { type RetryPlan, retryPlan } from '../bolna/retry-config';
import { type Batch, changedAt, EXECUTIONS_PAGE_SIZE, type Execution, viewOf } from '../bolna/schemas';
import { isUsedUp } from '../bolna/settling';
import { hasDialled, isTerminal } from '../bolna/statuses';
import { readExecution } from '../results/execution';
import { belongsTo, ordersLeftOut, partOf } from './campaign-batches';
import type { ActivityContext } from './context';
import { lookClosely } from './doubt';
import { type Attempt, durably } from './durably';
import { again } from './failures';
import { readOrder, type SuppressedContact } from './late-suppression';
import { refusable } from './refusable';
import { movedBatches, ownRecord, type ScheduleRecord } from './schedule-record';
import type { Part, StopCalls, StoppedCall, StoppedCalls } from './types';

/** Between two attempts, in Bolna's minutes, while a call may be dialled at any moment. */
const SOON = 1 / 30;
/** The same while nothing can happen, for the case that a batch was changed in Bolna's dashboard. */
const LATEST = 10;
/** The same while a retry may come: a quarter of the shortest time before one, and at most this. */
const LONGEST_BEFORE_RETRY = 2;
/** Attempts that a batch has to make way. */
const UNTIL_REMADE = 60;
/** Pages of executions that may be read that often. */
const PAGES_AT_ONCE = 10;

/** What one attempt tells the next: the calls to each contact, by batch. No number: clients can read it. */
interface Memory {
  calls: Record<string, readonly string[]>;
}

/** What is known of a contact, or of one call to it. `isOver`: nothing is to come. */
interface Known extends StoppedCall {
  isOver: boolean;
}

const PREVENTED: Known = { is: 'prevented', isOver: true };
const OPEN: Known = { is: 'open', isOver: false };

/**
 * Stops the calls to the contacts of a suppression order, one by one, wherever they wait: for a line, for the window of guardrails, for a
 * retry. What Bolna shows decides, not its answer to a request: a call counts as prevented only once its execution is over and shows that
 * nobody was dialled, or where no batch that has the contact can get a start any more.
 *
 * Returns with news: each number has its answer, a batch has to make way, or no call is to come. Until then an attempt is a retryable
 * failure. Killed at any line and run again, it looks first.
 */
export function stopCalls(context: ActivityContext, ask: StopCalls): Promise<StoppedCalls> {
  return durably({ keyMayBeMended: true }, async (attempt) => {
    const { numbers } = await readOrder(context.storage, ask.campaignId, ask.order);
    const contacts = numbers.flatMap((number) => number.contacts);
    const search = new Search(context, ask, attempt);
    const known = await search.ofAll(contacts).catch((error: unknown) => {
      // A single refusal, out of turn, must not leave a person to be called.
      if (isBolnaError(error, 'refused') || isBolnaError(error, 'not-found'))
        throw again(error, 'StopRefused', undefined, ' Asking again.');
      throw error;
    });
    const answers = numbers.map(({ is, contacts: of }) =>
      is === 'contact' ? worst(of.map(({ number }) => known.get(number) ?? OPEN)) : null,
    );
    const open = answers.filter((answer) => answer?.is === 'open').length;
    const done = answers.every((answer) => answer === null || answer.isOver);
    const told = answers.map(
      (answer) => answer && { is: answer.is, ...(answer.at !== undefined && { at: answer.at }) },
    );
    if (search.remake.length > 0 && !ask.remakeAsked) return { numbers: told, done: false, remake: search.remake };
    if (done || (open === 0 && !ask.answered)) return { numbers: told, done };
    const wait = open > 0 ? await search.untilNextLook() : untilRetry(ask) * context.rules.minuteMs;
    throw ApplicationFailure.create({
      message: `No error: ${open} of ${answers.length} calls are not shown as prevented or made yet; polling again.`,
      type: 'NoNews',
      category: ApplicationFailureCategory.BENIGN,
      nextRetryDelay: Math.max(wait, 1),
    });
  });
}

/** In Bolna's minutes. */
function untilRetry({ retry }: StopCalls): number {
  return Math.min(...(retry?.retry_intervals_minutes ?? []).map((minutes) => minutes / 4), LONGEST_BEFORE_RETRY);
}

/** Of several: a call that was made counts most, then one of which nothing is known. */
function worst(known: readonly Known[]): Known {
  const isOver = known.every((each) => each.isOver);
  const called = known.filter(({ is }) => is === 'called');
  const at = Math.max(...called.map((each) => each.at ?? 0));
  if (called.length > 0) return { is: 'called', isOver, ...(at > 0 && { at }) };
  return known.some(({ is }) => is === 'open') ? { ...OPEN, isOver } : PREVENTED;
}

/** One attempt to find the calls to contacts and to stop them. */
class Search {
  /** Batches that have not started, and have contacts whose calls are not stopped. */
  readonly remake: Part[] = [];
  /** When the first of the batches begins that have not, and have such contacts; undefined where one has begun. */
  private firstStart: number | undefined = Number.POSITIVE_INFINITY;
  /** Requests that another search for calls that were not found takes. */
  private pages = 0;
  private readonly memory: Memory;
  private readonly retry: RetryPlan | undefined;

  constructor(
    private readonly context: ActivityContext,
    private readonly ask: StopCalls,
    private readonly attempt: Attempt,
  ) {
    this.memory = (attempt.memory as Memory | undefined) ?? { calls: {} };
    this.retry = retryPlan(ask.retry);
  }

  /** How long nothing can be missed, in milliseconds: a call of a batch that runs may be dialled at any moment. */
  async untilNextLook(): Promise<number> {
    const { now, rules } = this.context;
    const soon = SOON * rules.minuteMs * Math.max(this.pages / PAGES_AT_ONCE, 1);
    const isRemade = this.ask.remakeAsked && this.attempt.number < UNTIL_REMADE;
    if (this.firstStart === undefined || isRemade) return soon;
    const left = this.firstStart - (await now()) - rules.minAheadMs;
    return Math.min(Math.max(left, soon), LATEST * rules.minuteMs);
  }

  /** What is known of each contact, by its number. */
  async ofAll(contacts: readonly SuppressedContact[]): Promise<Map<number, Known>> {
    const { bolna } = this.context;
    const { agentId, campaignId } = this.ask;
    const listed = await bolna.listBatches(agentId, campaignId);
    const known = new Map<number, Known>();
    for (const part of new Set(contacts.map((contact) => contact.part))) {
      const numbers = contacts.filter((contact) => contact.part === part).map(({ number }) => number);
      const record = await ownRecord(this.context, { campaignId, part });
      const found = new Map<number, Known[]>(numbers.map((number) => [number, []]));
      for (const batchId of await this.batchesOf(part, listed, record)) {
        for (const [number, one] of await this.inBatch(batchId, part, numbers, record)) found.get(number)?.push(one);
      }
      for (const [number, each] of found) known.set(number, worst(each));
    }
    return known;
  }

  /** Every batch that may have the contacts, by what the workflow, the storage and Bolna know. */
  private async batchesOf(
    part: number | undefined,
    listed: readonly Batch[],
    record: ScheduleRecord | undefined,
  ): Promise<string[]> {
    const { campaignId, batchId } = this.ask;
    const ours = listed.filter((batch) => belongsTo({ campaignId }, batch) && partOf(campaignId, batch) === part);
    const ids = new Set([
      ...(record ? [record.batchId] : []),
      ...(part === undefined && batchId !== undefined ? [batchId] : []),
      ...ours.map((batch) => batch.batchId),
    ]);
    for (const moved of await movedBatches(this.context.storage, { campaignId, part })) ids.delete(moved);
    return [...ids];
  }

  /** What a batch says of the contacts; nothing of those that it has never had, or can call no longer. */
  private async inBatch(
    batchId: string,
    part: number | undefined,
    numbers: readonly number[],
    record: ScheduleRecord | undefined,
  ): Promise<Map<number, Known>> {
    const isClaimed = record?.batchId === batchId;
    const batch = await lookClosely(this.context, batchId, this.attempt);
    // A 404 can be a lie or a lag. Of what was never claimed, no start was asked for.
    if (!batch) return new Map(isClaimed ? numbers.map((number) => [number, OPEN]) : []);
    const without = ordersLeftOut(this.ask.campaignId, batch);
    if (without !== undefined && without >= this.ask.order) return new Map();
    // It never gets a start: see `scheduleBatch`.
    if (batch.phase === 'created' && !isClaimed) return new Map();

    const calls = await this.callsIn(batchId, numbers);
    const known = new Map<number, Known>();
    for (const [at, number] of numbers.entries()) {
      const one = [];
      for (const executionId of calls[at] ?? []) one.push(await this.stopped(batchId, executionId));
      known.set(number, one.length > 0 ? worst(one) : OPEN);
    }
    if (![...known.values()].some(({ is }) => is === 'open')) return known;
    if (await this.isAhead(batch)) this.remake.push({ ...(part !== undefined && { part }) });
    const start = batch.phase === 'scheduled' ? batch.scheduledAt : undefined;
    this.firstStart = start && this.firstStart && Math.min(start, this.firstStart);
    return known;
  }

  /** Whether a batch is surely not begun, and will not be for as long as it takes to delete it. */
  private async isAhead({ phase, scheduledAt }: Batch): Promise<boolean> {
    const { now, rules } = this.context;
    if (phase === 'created') return true;
    return phase === 'scheduled' && scheduledAt !== undefined && (await now()) < scheduledAt - rules.minAheadMs;
  }

  /** The IDs of the calls to each number. Remembered: the list of a large batch takes hundreds of requests. */
  private async callsIn(batchId: string, numbers: readonly number[]): Promise<(readonly string[])[]> {
    const key = (number: number) => `${batchId}/${numbers.indexOf(number)}`;
    const missing = new Set(numbers.filter((number) => (this.memory.calls[key(number)] ?? []).length === 0));
    if (missing.size > 0) {
      const found = new Map<number, string[]>();
      for (const execution of await this.executionsOf(batchId)) {
        const read = readExecution(execution);
        const about = read?.numbers.find((number) => missing.has(number));
        if (read && about !== undefined) found.set(about, [...(found.get(about) ?? []), read.id]);
      }
      for (const [number, ids] of found) this.memory.calls[key(number)] = ids;
      this.attempt.remember(this.memory);
    }
    return numbers.map((number) => this.memory.calls[key(number)] ?? []);
  }

  /** A batch that has not started may not have any yet. */
  private async executionsOf(batchId: string): Promise<Execution[]> {
    const all: Execution[] = [];
    try {
      const reading = { signal: this.attempt.signal, ahead: true };
      for await (const { executions } of this.context.bolna.executions(batchId, reading)) all.push(...executions);
    } catch (error) {
      if (!isBolnaError(error, 'not-found')) throw error;
    }
    this.pages += all.length / EXECUTIONS_PAGE_SIZE;
    return all;
  }

  /** Stops a call that may still be made, and tells what Bolna shows of it then. */
  private async stopped(batchId: string, executionId: string): Promise<Known> {
    const { bolna } = this.context;
    const before = await this.read(batchId, executionId);
    if (before.isOver || before.isOnLine) return before;
    this.attempt.assertWanted();
    const isTaken = await refusable(() => bolna.stopCall(executionId));
    return isTaken ? this.read(batchId, executionId) : before;
  }

  private async read(batchId: string, executionId: string): Promise<Known & { isOnLine: boolean }> {
    const execution = await this.executionIn(batchId, executionId);
    if (execution === undefined) return { ...OPEN, isOnLine: false };
    const view = viewOf(execution);
    const isEnded = isTerminal(view.status);
    const isOnLine = !isEnded && hasDialled({ [view.status]: 1 });
    const isOver = this.retry ? isUsedUp(execution, this.retry) : isEnded || isOnLine;
    if (isEnded && showsNoDial(execution)) return { is: 'prevented', isOver, isOnLine };
    if (!showsDial(execution)) return { is: 'open', isOver, isOnLine };
    const at = changedAt(execution);
    return { is: 'called', isOver, isOnLine, ...(at !== undefined && { at }) };
  }

  /** Where Bolna does not know the call by itself, as the list of its batch has it. */
  private async executionIn(batchId: string, executionId: string): Promise<Execution | undefined> {
    try {
      return await this.context.bolna.execution(executionId, this.attempt.signal);
    } catch (error) {
      if (!isBolnaError(error, 'not-found')) throw error;
      return (await this.executionsOf(batchId)).find((each) => readExecution(each)?.id === executionId);
    }
  }
}
