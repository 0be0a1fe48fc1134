import { Readable } from 'node:stream';
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

/** Executions in one part: about 20 pages, some megabytes. A crash costs at most this much of the work. */
const PART_SIZE = 1000;

/** Where collecting stands: the next page, and the parts that are safely stored. */
interface Position {
  page: number;
  parts: number;
  executions: number;
  /** Attempts in a row to which Bolna did not know the batch. */
  missing?: number;
}

const START: Position = { page: 1, parts: 0, executions: 0 };

/**
 * Fetches every execution of the batch into `executions.jsonl`, a line each, as Bolna gave it. Stored in parts on the way,
 * and resumed from the last part by the next attempt; put together at the end.
 */
export function collectExecutions(context: ActivityContext, ask: CollectExecutions): Promise<Collected> {
  return durably({ keyMayBeMended: true }, async (attempt) => {
    const collector = new Collector(context.storage, ask.campaignId, attempt);
    await collector.resume();
    try {
      const position = { page: collector.position.page };
      for await (const stretch of context.bolna.executions(ask.batchId, position, attempt.signal)) {
        const { executions, next, anew } = stretch;
        if (anew) collector.restart();
        await collector.add(executions, next?.page);
      }
    } catch (error) {
      if (!isBolnaError(error, 'not-found')) throw error;
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
    return { executions: await collector.finish(), gone: false };
  });
}

class Collector {
  position = START;
  private lines: string[] = [];

  constructor(
    private readonly storage: CampaignStorage,
    private readonly campaignId: string,
    private readonly attempt: Attempt,
  ) {}

  private get files() {
    return campaignFiles(this.campaignId);
  }

  /** Goes on where the last attempt stood, if its parts are here: another machine may have a storage of its own. */
  async resume(): Promise<void> {
    const position = this.attempt.memory as Position | undefined;
    if (!position) return;
    for (let part = 0; part < position.parts; part++) {
      if ((await this.storage.size(this.files.executionsPart(part))) === undefined) return;
    }
    this.position = position;
  }

  /** Everything comes again, from the first execution on. */
  restart(): void {
    this.position = START;
    this.lines = [];
  }

  async add(executions: readonly Execution[], nextPage: number | undefined): Promise<void> {
    for (const execution of executions) this.lines.push(`${JSON.stringify(execution)}\n`);
    if (this.lines.length < PART_SIZE) return;
    await this.storePart();
    // A bare array has no pages to resume from: its next attempt begins anew.
    if (nextPage !== undefined) {
      this.position = { ...this.position, page: nextPage };
      this.attempt.remember(this.position);
    }
  }

  /** @returns the number of executions */
  async finish(): Promise<number> {
    await this.storePart();
    await this.storage.write(this.files.executions, Readable.from(this.joined()));
    for (let part = 0; part < this.position.parts; part++) await this.storage.delete(this.files.executionsPart(part));
    return this.position.executions;
  }

  private async storePart(): Promise<void> {
    const { parts, executions } = this.position;
    await this.storage.write(this.files.executionsPart(parts), Readable.from(this.lines));
    this.position = { ...this.position, parts: parts + 1, executions: executions + this.lines.length };
    this.lines = [];
  }

  private async *joined(): AsyncGenerator<Buffer> {
    for (let part = 0; part < this.position.parts; part++) {
      yield* await this.storage.read(this.files.executionsPart(part));
    }
  }
}
