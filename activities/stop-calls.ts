import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { showsDial, showsNoDial } from '../bolna/dialled';
import { isBolnaError } from '../bolna/errors';
import { type RetryPlan, retryPlan } from '../bolna/retry-config';
import { type Batch, changedAt, type Execution, viewOf } from '../bolna/schemas';
import { isUsedUp } from '../bolna/settling';
import { hasDialled, isTerminal } from '../bolna/statuses';
import { readExecution } from '../results/execution';
import { partsOf } from '../storage/splits';
import { canBeMadeAnew, firstStartOf } from './anew';
import { belongsTo, ordersLeftOut, partOf } from './campaign-batches';
import type { ActivityContext } from './context';
import { lookClosely } from './doubt';
import { type Attempt, durably } from './durably';
import { again, notYetAll } from './failures';
import {
  batchesWith,
  contactsOfOrders,
  MOST_NUMBERS_IN_ALL,
  type OrderedContact,
  readOrders,
  type SuppressionOrder,
} from './late-suppression';
import { refusable } from './refusable';
import { leaveOut, markStopped, movedBatches, ownRecord, type ScheduleRecord } from './schedule-record';
import type { Part, StopCalls, StoppedCall, StoppedCalls } from './types';
import { showsNoStart } from './unstarted';

/** Between two attempts, in Bolna's minutes, while a call may be dialled at any moment. */
const SOON = 1 / 30;
/** The same while nothing can happen, for the case that a batch was changed in Bolna's dashboard. */
const LATEST = 10;
/** The same while a call is made, or a retry may come: a quarter of the shortest time before one, and at most this. */
const LONGEST_BEFORE_RETRY = 2;
/** Attempts that batches have to make way, or to show whether they have started. */
const UNTIL_CLEAR = 60;
/** Pages of executions that may be read that often. */
const PAGES_AT_ONCE = 10;
/** Failures in a row after which Bolna is taken to be away. */
const MOST_TROUBLES = 20;
/** Contacts of a batch of which the calls are remembered, some 100 bytes each: a heartbeat is bounded. */
const MOST_REMEMBERED = MOST_NUMBERS_IN_ALL;
/** An attempt gives way to the next one as long before its end as one request may take. */
const LAST_REQUEST_MS = 90_000;

/** What one attempt tells the next. No number: clients can read it. */
interface Memory {
  /** The calls to each contact, by batch and contact: what is known of one that is over, which is not asked for again; null for the others. */
  calls: Record<string, Record<string, StoppedCall | null>>;
  /** By batch: the next page of its executions, where not all of them were read. */
  pages: Record<string, number>;
  /** Whose turn it is, where an attempt had no time for all calls that are known. */
  turn?: number | undefined;
}

/** What is known of a contact, or of one call to it. `isOver`: nothing is to come. */
interface Known extends StoppedCall {
  isOver: boolean;
}

const PREVENTED: Known = { is: 'prevented', isOver: true };
const OPEN: Known = { is: 'open', isOver: false };
/**
 * In a batch that gets no start from any worker of this version, as long as no other one has the claim: a worker of an earlier version knows
 * nothing of orders, and may start it yet.
 */
const REFUSED_START: Known = { is: 'prevented', isOver: false };

/**
 * Stops the calls to the contacts of suppression orders, one by one, wherever they wait: for a line, for the window of guardrails, for a
 * retry. A call counts as prevented where no batch that has the contact can get a start any more, which the record of starts decides (see
 * `leaveOut`), or where its execution is over and shows that nobody was dialled. Bolna's answer to a request decides nothing.
 *
 * Returns with news: numbers have their answer, a batch has to make way, or no call is to come. Until then an attempt is a retryable
 * failure. Killed at any line and run again, it looks first.
 */
export function stopCalls(context: ActivityContext, ask: StopCalls): Promise<StoppedCalls> {
  return durably({ keyMayBeMended: true }, async (attempt) => {
    const orders = await readOrders(context.storage, ask.campaignId);
    const { fileName, order: to, andEarlier } = ask;
    const contacts = contactsOfOrders(orders, { fileName, from: andEarlier ? 1 : to, to });
    const search = new Search(context, ask, attempt);
    const known = await search.ofAll(contacts);
    const all = [...known.values()];
    const open = all.filter(({ is }) => is === 'open').length;
    const done = all.every(({ isOver }) => isOver);
    const numbers = andEarlier ? [] : answersTo(orders[to - 1], known);
    const remake = search.remake.filter(({ part }) => !ask.remakesAsked.some((asked) => asked.part === part));
    if (remake.length > 0) return { numbers, done: false, remake };
    if (done || (open === 0 && ask.told !== 'all') || (open < all.length && ask.told === 'nothing'))
      return { numbers, done };
    if (search.trouble !== undefined) throw insisting(search.trouble);
    const wait = open > 0 ? await search.untilNextLook() : await search.untilNews(all);
    throw ApplicationFailure.create({
      message: `No error: of ${all.length} contacts, ${open} are not shown as prevented or called yet; polling again.`,
      type: 'NoNews',
      category: ApplicationFailureCategory.BENIGN,
      nextRetryDelay: Math.max(wait, 1),
    });
  });
}

/** Of each number of an order, in its order. */
function answersTo(order: SuppressionOrder | undefined, known: ReadonlyMap<number, Known>): StoppedCalls['numbers'] {
  return (order?.numbers ?? []).map(({ contacts, is }) => {
    if (is !== 'contact') return null;
    const { is: became, at } = worst(contacts.map(({ number }) => known.get(number) ?? OPEN));
    return { is: became, ...(at !== undefined && { at }) };
  });
}

/** A single refusal, out of turn, must not leave a person to be called. */
function insisting(trouble: unknown): unknown {
  return isBolnaError(trouble, 'refused') || isBolnaError(trouble, 'not-found')
    ? again(trouble, 'StopRefused', undefined, ' Asking again.')
    : trouble;
}

/** Of several: a call that was made counts most, then one of which nothing is known. */
function worst(known: readonly Known[]): Known {
  const isOver = known.every((each) => each.isOver);
  const called = known.filter(({ is }) => is === 'called');
  const at = Math.max(...called.map((each) => each.at ?? 0));
  if (called.length > 0) return { is: 'called', isOver, ...(at > 0 && { at }) };
  return known.some(({ is }) => is === 'open') ? { ...OPEN, isOver } : { ...PREVENTED, isOver };
}

/** One attempt to find the calls to contacts and to stop them. */
class Search {
  /** Batches that can be made anew, and have contacts whose calls are not stopped. */
  readonly remake: Part[] = [];
  /** What went wrong with one request; the others are made all the same. */
  trouble: unknown;
  private troublesInARow = 0;
  /** When the first of the batches begins that have not, and have such contacts; undefined where one has begun. */
  private firstStart: number | undefined = Number.POSITIVE_INFINITY;
  /** Whether one of them does not show whether it has started, which this campaign has not asked for. */
  private isUnclear = false;
  /** Requests that another search for calls that were not found takes. */
  private pages = 0;
  private readonly memory: Memory;
  private readonly retry: RetryPlan | undefined;

  constructor(
    private readonly context: ActivityContext,
    private readonly ask: StopCalls,
    private readonly attempt: Attempt,
  ) {
    this.memory = (attempt.memory as Memory | undefined) ?? { calls: {}, pages: {} };
    this.retry = retryPlan(ask.retry);
  }

  /** How long nothing can be missed, in milliseconds: a call of a batch that runs may be dialled at any moment. */
  async untilNextLook(): Promise<number> {
    const { now, rules } = this.context;
    const soon = SOON * rules.minuteMs * Math.max(this.pages / PAGES_AT_ONCE, 1);
    const isToChange = this.isUnclear || this.ask.remakesAsked.length > 0;
    if (this.firstStart === undefined || (isToChange && this.attempt.number < UNTIL_CLEAR)) return soon;
    const left = this.firstStart - (await now()) - rules.minAheadMs;
    return Math.min(Math.max(left, soon), LATEST * rules.minuteMs);
  }

  /** The same where no call is open, in milliseconds: until a retry, or until a batch that was refused its start can get one all the same. */
  async untilNews(known: readonly Known[]): Promise<number> {
    const { now, rules } = this.context;
    const waits: number[] = [];
    for (const is of new Set(known.flatMap((each) => (each.isOver ? [] : [each.is])))) {
      if (is === 'called') {
        const intervals = (this.ask.retry?.retry_intervals_minutes ?? []).map((minutes) => minutes / 4);
        waits.push(Math.min(...intervals, LONGEST_BEFORE_RETRY) * rules.minuteMs);
      } else {
        // Nobody asks for a start that is nearer than Bolna takes one, or before the one that is wished.
        const left = (this.ask.startAt ?? 0) - (await now()) - rules.minAheadMs;
        waits.push(Math.min(Math.max(left, rules.minAheadMs / 2), LATEST * rules.minuteMs));
      }
    }
    return Math.min(...waits);
  }

  /** What is known of each contact, by its number. */
  async ofAll(contacts: readonly OrderedContact[]): Promise<Map<number, Known>> {
    const { campaignId } = this.ask;
    const { storage } = this.context;
    const parts = await partsOf(storage, campaignId);
    const byPart = new Map<number | undefined, OrderedContact[]>();
    for (const contact of contacts) {
      for (const part of batchesWith(contact, parts)) {
        const own = byPart.get(part) ?? [];
        own.push(contact);
        byPart.set(part, own);
      }
    }
    const claims = new Map<number | undefined, ScheduleRecord | undefined>();
    for (const [part, own] of byPart) {
      const key = { campaignId, part };
      await ownRecord(this.context, key);
      // First of all: from here on no batch that has them gets a start that has none.
      claims.set(part, await leaveOut(storage, key, Math.max(...own.map(({ order }) => order))));
    }
    const listed = await this.tried(() => this.context.bolna.listBatches(this.ask.agentId, campaignId));
    // Without the list, a batch that was scheduled in Bolna's dashboard would not be seen.
    const found = new Map<number, Known[]>(contacts.map(({ number }) => [number, listed ? [] : [OPEN]]));
    for (const [part, own] of byPart) {
      const claim = claims.get(part);
      for (const batchId of await this.batchesOf(part, listed ?? [], claim)) {
        const tell = (number: number, known: Known) => found.get(number)?.push(known);
        const all = await this.tried(() => this.inBatch({ batchId, part }, own, claim, tell));
        if (!all) for (const { number } of own) tell(number, OPEN);
      }
    }
    return new Map([...found].map(([number, known]) => [number, worst(known)]));
  }

  /** What goes wrong with one of many is no reason to leave the others to be called. */
  private async tried<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      const done = await work();
      this.troublesInARow = 0;
      return done;
    } catch (error) {
      if (!isBolnaError(error) || isBolnaError(error, 'unauthorized')) throw error;
      this.trouble ??= error;
      if (++this.troublesInARow >= MOST_TROUBLES) throw insisting(error);
      return undefined;
    }
  }

  /** Every batch that may have the contacts, by what the workflow, the storage and Bolna know. */
  private async batchesOf(
    part: number | undefined,
    listed: readonly Batch[],
    claim: ScheduleRecord | undefined,
  ): Promise<string[]> {
    const { campaignId, batchId } = this.ask;
    const ours = listed.filter((batch) => belongsTo({ campaignId }, batch) && partOf(campaignId, batch) === part);
    const ids = new Set([
      ...(claim ? [claim.batchId] : []),
      ...(part === undefined && batchId !== undefined ? [batchId] : []),
      ...ours.map((batch) => batch.batchId),
    ]);
    for (const moved of await movedBatches(this.context.storage, { campaignId, part })) ids.delete(moved);
    return [...ids];
  }

  /**
   * Tells what a batch says of its contacts; nothing of those that it has never had, or can call no longer.
   * @returns true
   */
  private async inBatch(
    { batchId, part }: Part & { batchId: string },
    all: readonly OrderedContact[],
    standing: ScheduleRecord | undefined,
    tell: (number: number, known: Known) => void,
  ): Promise<true> {
    const claim = standing?.batchId === batchId ? standing : undefined;
    const batch = await lookClosely(this.context, batchId, this.attempt);
    const leftOut = claim?.leftOut ?? (batch && ordersLeftOut(this.ask.campaignId, batch)) ?? 0;
    const contacts = all.filter(({ order }) => order > leftOut);
    // Of what was never claimed no start was asked for, and none is any more.
    if (!claim && (!batch || showsNoStart(batch))) {
      if (batch && !standing) for (const { number } of contacts) tell(number, REFUSED_START);
      return true;
    }
    // A 404 can be a lie or a lag.
    const known = batch && contacts.length > 0 ? await this.stopAll(batchId, contacts) : new Map<number, Known>();
    for (const { number } of contacts) tell(number, known.get(number) ?? OPEN);
    if (batch && claim && contacts.every(({ number }) => known.get(number)?.isOver)) {
      const { campaignId, order, andEarlier } = this.ask;
      const orders = andEarlier ? Array.from({ length: order }, (_, at) => at + 1) : [order];
      await markStopped(this.context.storage, { campaignId, part }, claim, orders);
    }
    if (!batch || !contacts.some(({ number }) => (known.get(number) ?? OPEN).is === 'open')) return true;
    if (await canBeMadeAnew(this.context, batch, claim, this.ask.wish))
      this.remake.push({ ...(part !== undefined && { part }) });
    // It can stay so for weeks.
    if (!claim && batch.phase === 'unknown') {
      this.isUnclear = true;
      return true;
    }
    const start = batch.phase === 'scheduled' ? firstStartOf(batch, claim) : undefined;
    this.firstStart = start && this.firstStart && Math.min(start, this.firstStart);
    return true;
  }

  /** Stops the calls of a batch to contacts: first each that is found, as nobody has asked for it yet, then those that are known. */
  private async stopAll(batchId: string, contacts: readonly OrderedContact[]): Promise<Map<number, Known>> {
    const { calls } = this.memory;
    const found = new Map<number, Known[]>();
    const take = (number: number, known: Known) => found.set(number, [...(found.get(number) ?? []), known]);
    const keys = contacts.map(({ number }, at) => [number, at < MOST_REMEMBERED ? `${batchId}/${at}` : ''] as const);
    await this.search(batchId, new Map(keys.filter(([, key]) => !calls[key])), take);
    const known = keys.filter(([number, key]) => calls[key] && !found.has(number));
    const unlisted = await this.stopKnown(known, take);
    await this.search(batchId, unlisted, take);
    this.attempt.remember(this.memory);
    return new Map([...found].map(([number, known]) => [number, worst(known)]));
  }

  /**
   * Stops the calls that are known. An attempt without time for all of them goes on with the next one in the next attempt.
   * @param contacts with the name under which the calls to each are remembered
   * @returns contacts whose calls Bolna does not know by themselves
   */
  private async stopKnown(
    contacts: readonly (readonly [number, string])[],
    take: (number: number, known: Known) => void,
  ): Promise<Map<number, string>> {
    const unlisted = new Map<number, string>();
    const from = (this.memory.turn ?? 0) % Math.max(contacts.length, 1);
    let asked = 0;
    let turn: number | undefined;
    for (const [at, [number, key]] of [...contacts.slice(from), ...contacts.slice(0, from)].entries()) {
      const calls = Object.entries(this.memory.calls[key] ?? {});
      const isOver = calls.every(([, is]) => is !== null);
      if (!isOver && asked > 0 && this.attempt.timeLeft() < LAST_REQUEST_MS) {
        turn ??= from + at;
        take(number, OPEN);
        continue;
      }
      if (!isOver) asked += 1;
      const known = [];
      for (const [id, is] of calls) known.push(is ? { ...is, isOver: true } : await this.stoppedOf(key, id));
      for (const each of known) if (each) take(number, each);
      if (known.every((each) => each === undefined)) unlisted.set(number, key);
    }
    this.memory.turn = turn;
    return unlisted;
  }

  /**
   * Reads the executions of a batch page by page, for calls to numbers. The list of a large batch takes hundreds of requests: an attempt
   * that ends before it is read goes on where it was.
   * @param missing by number: under which name its calls are remembered; empty where they are not
   */
  private async search(
    batchId: string,
    missing: ReadonlyMap<number, string>,
    take: (number: number, known: Known) => void,
  ): Promise<void> {
    if (missing.size === 0) return;
    const { calls, pages } = this.memory;
    for (const key of missing.values()) delete calls[key];
    const page = pages[batchId];
    const reading = { signal: this.attempt.signal, ahead: true, from: page === undefined ? undefined : { page } };
    try {
      for await (const { executions, next } of this.context.bolna.executions(batchId, reading)) {
        this.pages += 1;
        for (const execution of executions) {
          const read = readExecution(execution);
          const number = read?.numbers.find((each) => missing.has(each));
          const key = number === undefined ? undefined : missing.get(number);
          if (!read || number === undefined || key === undefined) continue;
          if (key !== '') calls[key] = { ...calls[key], [read.id]: null };
          take(number, (await this.stoppedOf(key, read.id, execution)) ?? OPEN);
        }
        if (next) pages[batchId] = next.page;
        this.attempt.remember(this.memory);
        if (next && this.attempt.timeLeft() < LAST_REQUEST_MS)
          throw notYetAll(`the executions are read up to page ${next.page - 1}.`);
      }
    } catch (error) {
      // A batch that has not started may not have any yet.
      if (!isBolnaError(error, 'not-found')) throw error;
    }
    delete pages[batchId];
  }

  /** The same as `stopped`. That a call is over is remembered at once: an attempt that ends among many of them has not been in vain. */
  private async stoppedOf(key: string, executionId: string, listed?: Execution): Promise<Known | undefined> {
    const known = await this.stopped(executionId, listed);
    if (known?.isOver && key !== '') {
      const { is, at } = known;
      this.memory.calls[key] = { ...this.memory.calls[key], [executionId]: { is, ...(at !== undefined && { at }) } };
      this.attempt.remember(this.memory);
    }
    return known;
  }

  /**
   * Stops a call that may still be made, and tells what Bolna shows of it then.
   * @param listed the call as the list of its batch has it
   * @returns undefined where Bolna does not know the call by itself, and the list was not read
   */
  private async stopped(executionId: string, listed?: Execution): Promise<Known | undefined> {
    const read = await this.read(executionId);
    const before = read?.execution ?? listed;
    if (before === undefined) return read ? undefined : OPEN;
    const seen = this.knownOf(before);
    if (seen.isOver || seen.isOnLine) return seen;
    this.attempt.assertWanted();
    // Where its answer is lost, it may have been done.
    const isTaken = (await this.tried(() => refusable(() => this.context.bolna.stopCall(executionId)))) ?? true;
    const after = isTaken ? await this.read(executionId) : undefined;
    return after?.execution ? this.knownOf(after.execution) : seen;
  }

  private knownOf(execution: Execution): Known & { isOnLine: boolean } {
    const view = viewOf(execution);
    const isEnded = isTerminal(view.status);
    const isOnLine = !isEnded && hasDialled({ [view.status]: 1 });
    // On the line there is no end: the agent may be set to call again whom that does not suit.
    const isOver = this.retry ? isUsedUp(execution, this.retry) : isEnded;
    if (isEnded && showsNoDial(execution)) return { is: 'prevented', isOver, isOnLine };
    if (!showsDial(execution)) return { is: 'open', isOver, isOnLine };
    const at = changedAt(execution);
    return { is: 'called', isOver, isOnLine, ...(at !== undefined && { at }) };
  }

  /** @returns undefined where it cannot be read; without an execution where Bolna does not know the call by itself */
  private async read(executionId: string): Promise<{ execution?: Execution } | undefined> {
    return this.tried(async () => {
      try {
        return { execution: await this.context.bolna.execution(executionId, this.attempt.signal) };
      } catch (error) {
        if (isBolnaError(error, 'not-found')) return {};
        throw error;
      }
    });
  }
}
