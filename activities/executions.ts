import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { ApplicationFailure } from '@temporalio/common';
import { isBolnaError } from '../bolna/errors';
import { changedAt, type Execution } from '../bolna/schemas';
import { tally } from '../bolna/statuses';
import { campaignFiles } from '../storage/campaign-files';
import type { CampaignStorage } from '../storage/storage';
import type { ActivityContext } from './context';
import { type Attempt, durably, whileWanted } from './durably';
import { again, notYetAll } from './failures';
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

/** Stretches that one attempt has stored, one after another. */
interface Stored {
  /** Its name: each attempt stores under its own, so that one that was thought dead replaces nothing of another's. */
  by: string;
  stretches: number;
}

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
  private readonly name = randomUUID().slice(0, 8);
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
    // Without stretches it is an attempt's of another version, which must not lead to rows being left out.
    if (!Array.isArray(position?.stored)) return;
    for (const stretch of this.stretchesOf(position.stored)) {
      if ((await this.storage.size(stretch)) === undefined) return;
    }
    this.position = position;
    this.lastChange = position.lastChange;
  }

  /** Everything comes again, from the first execution on. */
  restart(): void {
    this.position = { ...START, short: this.position.short };
    this.lines = [];
    this.length = 0;
    this.lastChange = undefined;
  }

  async add(executions: readonly Execution[], nextPage: number | undefined): Promise<void> {
    this.nextPage = nextPage;
    for (const execution of executions) {
      const line = `${JSON.stringify(execution)}\n`;
      this.lines.push(line);
      this.length += line.length;
      const at = changedAt(execution);
      if (at !== undefined && at > (this.lastChange ?? 0)) this.lastChange = at;
    }
    if (this.lines.length >= STRETCH_SIZE || this.length >= STRETCH_LENGTH) await this.store(nextPage);
  }

  /** Stores what there is, so that the next attempt goes on from there. */
  async keep(): Promise<void> {
    if (this.lines.length > 0 && this.nextPage !== undefined) await this.store(this.nextPage);
  }

  /** @returns the number of executions */
  async finish(): Promise<number> {
    const last = Buffer.from(this.lines.join(''));
    const whole = Readable.from(whileWanted(this.attempt, this.joined(last)));
    await this.storage.write(this.files.executions, whole);
    for (const stretch of this.stretchesOf(this.position.stored)) await this.storage.delete(stretch);
    return this.executions;
  }

  private async store(nextPage: number | undefined): Promise<void> {
    const { stored, executions, page, short } = this.position;
    const earlier = stored.filter(({ by }) => by !== this.name);
    const { stretches } = stored.find(({ by }) => by === this.name) ?? { stretches: 0 };
    const content = Readable.from([Buffer.from(this.lines.join(''))]);
    await this.storage.write(this.files.executionsStretch(this.name, stretches), content);
    this.position = {
      page: nextPage ?? page,
      stored: [...earlier, { by: this.name, stretches: stretches + 1 }],
      executions: executions + this.lines.length,
      short,
      lastChange: this.lastChange,
    };
    this.lines = [];
    this.length = 0;
    // A bare array has no pages to resume from: its next attempt begins anew.
    if (nextPage !== undefined) this.attempt.remember(this.position);
  }

  private stretchesOf(stored: readonly Stored[]): string[] {
    return stored.flatMap(({ by, stretches }) =>
      Array.from({ length: stretches }, (_, stretch) => this.files.executionsStretch(by, stretch)),
    );
  }

  private async *joined(last: Buffer): AsyncGenerator<Buffer> {
    for (const stretch of this.stretchesOf(this.position.stored)) yield* await this.storage.read(stretch);
    yield last;
  }
}
