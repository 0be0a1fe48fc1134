import { ApplicationFailure } from '@temporalio/common';
import { isBolnaError } from '../bolna/errors';
import { changedAt, type Execution } from '../bolna/schemas';
import { tally } from '../bolna/statuses';
import { campaignFiles } from '../storage/campaign-files';
import type { CampaignStorage } from '../storage/storage';
import type { ActivityContext } from './context';
import { type Attempt, durably } from './durably';
import { again, notYetAll } from './failures';
import { confirmGone, look } from './missing';
import { type Stored, Stretches } from './stretches';
import type { CollectExecutions, Collected } from './types';

/** Executions in one stretch: 100 pages. A crash costs at most this much of the work. */
const STRETCH_SIZE = 5000;
/** Characters in one stretch: with long transcripts it is full before it has as many executions. */
const STRETCH_LENGTH = 4 * 1024 * 1024;
/** Readings of the whole list that must all have fewer executions than Bolna counts, before the others are given up. */
const READINGS_UNTIL_UNLISTED = 3;
/** How long one attempt may hold its worker's slot, in milliseconds, where others could be waiting for one. */
const TURN_MS = 30_000;

/** Where collecting stands: the next page, and the stretches that are safely stored. */
interface Position {
  page: number;
  /** In their order; by as many attempts as it took. */
  stored: readonly Stored[];
  executions: number;
  /** Attempts in a row to which Bolna did not know the batch. */
  missing?: number | undefined;
  /** Readings that had fewer executions than Bolna counts. */
  short?: number | undefined;
  /** When the last of the executions changed. */
  lastChange?: number | undefined;
}

const START: Position = { page: 1, stored: [], executions: 0 };

/**
 * Fetches every execution of the batch into `executions.jsonl`, a line each, as Bolna gave it. Stored in stretches on the way,
 * and resumed from the last one by the next attempt; put together at the end. An attempt gives its slot back after half a
 * minute, by a failure that is none: however much is collected, a stop of another campaign never waits long for its turn.
 */
export function collectExecutions(context: ActivityContext, ask: CollectExecutions): Promise<Collected> {
  return durably({ keyMayBeMended: true }, async (attempt) => {
    const collector = new Collector(context.storage, ask, attempt);
    await collector.resume();
    const turnEnds = Date.now() + TURN_MS;
    try {
      const reading = { from: { page: collector.position.page }, signal: attempt.signal, ahead: true };
      for await (const stretch of context.bolna.executions(ask.batchId, reading)) {
        const { executions, next, anew } = stretch;
        if (anew) collector.restart();
        await collector.add(executions, next?.page);
        if (next && Date.now() >= turnEnds)
          throw notYetAll(`${collector.executions} executions are collected so far, and more are read.`);
      }
    } catch (error) {
      if (!isBolnaError(error, 'not-found')) {
        await collector.keep();
        throw error;
      }
      const batch = await look(context, ask.batchId);
      if (!batch) {
        const missing = ((attempt.memory as Position | undefined)?.missing ?? 0) + 1;
        attempt.remember({ ...collector.position, missing } satisfies Position);
        await confirmGone(context, ask.agentId, ask.batchId, missing);
        return { executions: 0, gone: true };
      }
      // A batch that ended before its first call may have no executions to be found; any other must have them.
      if (tally(batch.counts ?? { unknown: 1 }).total > 0) throw again(error, 'BolnaNotFound');
    }
    const unlisted = Math.max((await countedBy(context, ask)) - collector.executions, 0);
    if (unlisted > 0) askAgain(context, collector, unlisted, attempt);
    const { lastChange } = collector;
    return {
      executions: await collector.finish(),
      ...(unlisted > 0 && { unlisted }),
      ...(lastChange !== undefined && { lastChange }),
      gone: false,
    };
  });
}

/** How many executions Bolna counts now: since the last look the campaign may have been halted in the middle of its calls. */
async function countedBy(context: ActivityContext, { batchId, counted = 0 }: CollectExecutions): Promise<number> {
  const batch = await look(context, batchId);
  return Math.max(counted, tally(batch?.counts ?? {}).total);
}

/** A list can lag behind what Bolna counts: it is read anew, from its first page, before it is believed. */
function askAgain({ rules }: ActivityContext, { position, executions }: Collector, unlisted: number, attempt: Attempt) {
  const short = (position.short ?? 0) + 1;
  if (short >= READINGS_UNTIL_UNLISTED) return;
  attempt.remember({ ...START, short } satisfies Position);
  throw ApplicationFailure.create({
    message: `Bolna counts ${executions + unlisted} executions and lists ${executions}; asking again.`,
    type: 'ExecutionsMissing',
    nextRetryDelay: rules.minuteMs / 2,
  });
}

class Collector {
  position = START;
  /** When the last of the executions that came so far has changed. */
  lastChange: number | undefined;
  private readonly file: Stretches;
  private nextPage: number | undefined;

  constructor(
    storage: CampaignStorage,
    { campaignId, part }: CollectExecutions,
    private readonly attempt: Attempt,
  ) {
    const { executions: whole, executionsStretch: stretch } = campaignFiles(campaignId, part);
    this.file = new Stretches(storage, { whole, stretch }, attempt);
  }

  /** Executions that came so far. */
  get executions(): number {
    return this.position.executions + this.file.waiting;
  }

  /** Goes on where the last attempt stood. */
  async resume(): Promise<void> {
    const position = this.attempt.memory as Position | undefined;
    // Without stretches it is an attempt's of another version, which must not lead to rows being left out.
    if (!Array.isArray(position?.stored) || !(await this.file.resume(position.stored))) return;
    this.position = position;
    this.lastChange = position.lastChange;
  }

  /** Everything comes again, from the first execution on. */
  restart(): void {
    this.position = { ...START, short: this.position.short };
    this.file.restart();
    this.lastChange = undefined;
  }

  async add(executions: readonly Execution[], nextPage: number | undefined): Promise<void> {
    this.nextPage = nextPage;
    for (const execution of executions) {
      this.file.add(execution);
      const at = changedAt(execution);
      if (at !== undefined && at > (this.lastChange ?? 0)) this.lastChange = at;
    }
    if (this.file.waiting >= STRETCH_SIZE || this.file.length >= STRETCH_LENGTH) await this.store(nextPage);
  }

  /** Stores what there is, so that the next attempt goes on from there. */
  async keep(): Promise<void> {
    if (this.file.waiting > 0 && this.nextPage !== undefined) await this.store(this.nextPage);
  }

  /** @returns the number of executions */
  async finish(): Promise<number> {
    await this.file.finish();
    return this.executions;
  }

  private async store(nextPage: number | undefined): Promise<void> {
    const { executions, position, lastChange } = this;
    await this.file.store();
    const { page, short } = position;
    this.position = { page: nextPage ?? page, stored: this.file.stored, executions, short, lastChange };
    // A bare array has no pages to resume from: its next attempt begins anew.
    if (nextPage !== undefined) this.attempt.remember(this.position);
  }
}
