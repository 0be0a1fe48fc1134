import { Readable } from 'node:stream';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { isBolnaError } from '../bolna/errors';
import type { Execution } from '../bolna/schemas';
import { tally } from '../bolna/statuses';
import { campaignFiles } from '../storage/campaign-files';
import type { CampaignStorage } from '../storage/storage';
import type { ActivityContext } from './context';
import { type Attempt, durably } from './durably';
import { again } from './failures';
import { confirmGone, look } from './missing';
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
  stretches: number;
  executions: number;
  /** Attempts in a row to which Bolna did not know the batch. */
  missing?: number | undefined;
  /** Readings that had fewer executions than Bolna counts. */
  short?: number | undefined;
}

const START: Position = { page: 1, stretches: 0, executions: 0 };

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
        if (next && Date.now() >= turnEnds) throw notYetAll(collector.executions);
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
    const unlisted = Math.max((ask.counted ?? 0) - collector.executions, 0);
    if (unlisted > 0) askAgain(context, collector, unlisted, attempt);
    return { executions: await collector.finish(), ...(unlisted > 0 && { unlisted }), gone: false };
  });
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

function notYetAll(executions: number): ApplicationFailure {
  return ApplicationFailure.create({
    message: `${executions} executions collected so far`,
    type: 'NotYetAll',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: 1,
  });
}

class Collector {
  position = START;
  private lines: string[] = [];
  private length = 0;
  private nextPage: number | undefined;

  constructor(
    private readonly storage: CampaignStorage,
    private readonly key: Pick<CollectExecutions, 'campaignId' | 'part'>,
    private readonly attempt: Attempt,
  ) {}

  /** Executions that came so far. */
  get executions(): number {
    return this.position.executions + this.lines.length;
  }

  private get files() {
    return campaignFiles(this.key.campaignId, this.key.part);
  }

  /** Goes on where the last attempt stood, if its stretches are here: another machine may have a storage of its own. */
  async resume(): Promise<void> {
    const position = this.attempt.memory as Position | undefined;
    // Without a number of stretches it is an attempt's of another version, which must not lead to rows being left out.
    if (typeof position?.stretches !== 'number') return;
    for (let stretch = 0; stretch < position.stretches; stretch++) {
      if ((await this.storage.size(this.files.executionsStretch(stretch))) === undefined) return;
    }
    this.position = position;
  }

  /** Everything comes again, from the first execution on. */
  restart(): void {
    this.position = { ...START, short: this.position.short };
    this.lines = [];
    this.length = 0;
  }

  async add(executions: readonly Execution[], nextPage: number | undefined): Promise<void> {
    this.nextPage = nextPage;
    for (const execution of executions) {
      const line = `${JSON.stringify(execution)}\n`;
      this.lines.push(line);
      this.length += line.length;
    }
    if (this.lines.length >= STRETCH_SIZE || this.length >= STRETCH_LENGTH) await this.store(nextPage);
  }

  /** Stores what there is, so that the next attempt goes on from there. */
  async keep(): Promise<void> {
    if (this.lines.length > 0 && this.nextPage !== undefined) await this.store(this.nextPage);
  }

  /** @returns the number of executions */
  async finish(): Promise<number> {
    const { stretches } = this.position;
    const last = Buffer.from(this.lines.join(''));
    await this.storage.write(this.files.executions, Readable.from(this.joined(last)));
    for (let stretch = 0; stretch < stretches; stretch++) {
      await this.storage.delete(this.files.executionsStretch(stretch));
    }
    return this.executions;
  }

  private async store(nextPage: number | undefined): Promise<void> {
    const { stretches, executions, page, short } = this.position;
    await this.storage.write(
      this.files.executionsStretch(stretches),
      Readable.from([Buffer.from(this.lines.join(''))]),
    );
    const stored = { stretches: stretches + 1, executions: executions + this.lines.length };
    this.position = { ...stored, page: nextPage ?? page, short };
    this.lines = [];
    this.length = 0;
    // A bare array has no pages to resume from: its next attempt begins anew.
    if (nextPage !== undefined) this.attempt.remember(this.position);
  }

  private async *joined(last: Buffer): AsyncGenerator<Buffer> {
    for (let stretch = 0; stretch < this.position.stretches; stretch++) {
      yield* await this.storage.read(this.files.executionsStretch(stretch));
    }
    yield last;
  }
}
