import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { readExecution } from '../results/execution';
import { positionedLines } from '../results/json-lines';
import type { RecordingOutcome } from '../results/recordings';
import { campaignFiles } from '../storage/campaign-files';
import { RECORDING_ENDINGS, recordingName } from '../storage/recording-files';
import type { ActivityContext } from './context';
import { type Attempt, durably, whileWanted } from './durably';
import { notYetAll } from './failures';
import { DownloadError, openRecording, RecordingMissingError } from './recording-download';
import type { SavedRecordings, SaveRecordings } from './types';

/** Recordings on their way at a time. */
const AT_ONCE = 4;
/** How long one attempt may hold its worker's slot, in milliseconds, where others could be waiting for one. */
const TURN_MS = 30_000;
/** A recording that has not come for so long, in milliseconds, holds up the others no longer. */
const GIVE_UP_MS = 3_600_000;

/** Where saving stands. Executions have one order, that of their file. */
interface Position {
  /** Bytes of the executions that are seen to. */
  offset: number;
  saved: number;
  missing: number;
  /** The attempt whose file holds the outcomes so far; absent before the first. */
  by?: string | undefined;
  /** Since when the recordings that are next have not come, in milliseconds since the epoch. */
  stuckSince?: number | undefined;
}

/** A call that was recorded. */
interface Recorded {
  id: string;
  url: string;
}

/**
 * Downloads each recording of a batch into the campaign's storage, once, a few at a time, and writes down what became of each
 * (`recorded.jsonl`). What is whole in the storage is not asked for again, by whatever attempt or run it was stored. The next attempt
 * goes on where this one stood. A recording that cannot be had is named with the reason.
 */
export function saveRecordings(context: ActivityContext, ask: SaveRecordings): Promise<SavedRecordings> {
  return durably({ keyMayBeMended: true }, async (attempt) => {
    const saver = new Saver(context, ask, attempt);
    await saver.resume();
    const turnEnds = Date.now() + TURN_MS;
    try {
      for await (const { calls, end } of saver.next()) {
        await saver.save(calls, end);
        if (Date.now() >= turnEnds)
          throw notYetAll(`${saver.position.saved} recordings are saved so far, and more are downloaded.`);
      }
    } catch (error) {
      // An attempt that is not wanted any more changes nothing.
      if (!attempt.signal.aborted) await saver.keep();
      throw error;
    }
    return saver.finish();
  });
}

class Saver {
  position: Position = { offset: 0, saved: 0, missing: 0 };
  private readonly name = randomUUID().slice(0, 8);
  private readonly files;
  private readonly seen = new Set<string>();
  private lines: string[] = [];

  constructor(
    private readonly context: ActivityContext,
    { campaignId, part }: SaveRecordings,
    private readonly attempt: Attempt,
  ) {
    this.files = campaignFiles(campaignId, part);
  }

  /** Goes on where the last attempt stood, if what it wrote is here. */
  async resume(): Promise<void> {
    const position = this.attempt.memory as Position | undefined;
    if (position === undefined) return;
    const isHere =
      position.by === undefined ? position.offset === 0 : await this.isThere(this.files.recordedSoFar(position.by));
    if (isHere) this.position = position;
  }

  /** The calls that come next, a few at a time, and where their executions end. */
  async *next(): AsyncGenerator<{ calls: Recorded[]; end: number }> {
    const { storage } = this.context;
    const start = this.position.offset;
    const size = (await storage.size(this.files.executions)) ?? 0;
    const source = await storage.read(this.files.executions, { start, end: size });
    let calls: Recorded[] = [];
    let end = start;
    try {
      for await (const line of positionedLines(source, start)) {
        end = line.end;
        const { id = '', recordingUrl = '' } = readExecution(line.value) ?? {};
        if (id === '' || recordingUrl === '' || this.seen.has(id)) continue;
        // Pages shift while they are read, so that one call may be told twice.
        this.seen.add(id);
        calls.push({ id, url: recordingUrl });
        if (calls.length < AT_ONCE) continue;
        yield { calls, end };
        calls = [];
      }
      if (end > start) yield { calls, end };
    } finally {
      source.destroy();
    }
  }

  /** @throws what the storage fails with, or the way to a recording that may come yet; the others are saved then */
  async save(calls: readonly Recorded[], end: number): Promise<void> {
    const results = await Promise.allSettled(calls.map((call) => this.outcomeOf(call)));
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    const worst = failures.find((failure) => !(failure instanceof DownloadError)) ?? failures[0];
    if (worst !== undefined && !(worst instanceof DownloadError && (await this.isTimeToGiveUp())))
      throw worst instanceof DownloadError ? worst.cause : worst;
    for (const [at, result] of results.entries()) {
      const missing = { execution: calls[at]?.id ?? '', missing: 'it did not come within an hour' };
      this.note(result.status === 'fulfilled' ? result.value : missing);
    }
    this.position = { ...this.position, offset: end, stuckSince: undefined };
  }

  /** Stores what became of the recordings so far, so that the next attempt goes on from there. */
  async keep(): Promise<void> {
    if (this.lines.length === 0) return this.attempt.remember(this.position);
    await this.context.storage.write(this.files.recordedSoFar(this.name), this.soFar());
    this.position = { ...this.position, by: this.name };
    this.lines = [];
    this.attempt.remember(this.position);
  }

  async finish(): Promise<SavedRecordings> {
    const { storage } = this.context;
    const { by, saved, missing } = this.position;
    await storage.write(this.files.recorded, this.soFar());
    if (by !== undefined) await storage.delete(this.files.recordedSoFar(by));
    return { saved, missing };
  }

  private soFar(): Readable {
    const { context, files, position, lines } = this;
    async function* all(): AsyncGenerator<Buffer> {
      if (position.by !== undefined) yield* await context.storage.read(files.recordedSoFar(position.by));
      yield Buffer.from(lines.join(''));
    }
    return Readable.from(whileWanted(this.attempt, all()));
  }

  private note(outcome: RecordingOutcome): void {
    this.lines.push(`${JSON.stringify(outcome)}\n`);
    const { saved, missing } = this.position;
    this.position =
      'file' in outcome ? { ...this.position, saved: saved + 1 } : { ...this.position, missing: missing + 1 };
  }

  /** A recording that is whole is there under its name, since files appear whole or not at all. */
  private async outcomeOf({ id: execution, url }: Recorded): Promise<RecordingOutcome> {
    const { storage } = this.context;
    const name = recordingName(execution);
    const there = await this.fileThere(name);
    if (there !== undefined) return { execution, file: there };
    try {
      const { ending, content, close } = await openRecording(this.context, url, this.attempt.signal);
      const file = `${name}.${ending}`;
      await storage.write(this.files.recording(file), Readable.from(whileWanted(this.attempt, content))).finally(close);
      return { execution, file };
    } catch (error) {
      if (error instanceof RecordingMissingError) return { execution, missing: error.message };
      throw error;
    }
  }

  private async fileThere(name: string): Promise<string | undefined> {
    const files = RECORDING_ENDINGS.map((ending) => `${name}.${ending}`);
    const there = await Promise.all(files.map((file) => this.isThere(this.files.recording(file))));
    return files.find((_, at) => there[at]);
  }

  private async isThere(path: string): Promise<boolean> {
    return (await this.context.storage.size(path)) !== undefined;
  }

  private async isTimeToGiveUp(): Promise<boolean> {
    const now = await this.context.now();
    const { stuckSince = now } = this.position;
    this.position = { ...this.position, stuckSince };
    return now - stuckSince >= GIVE_UP_MS;
  }
}
