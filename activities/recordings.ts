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
import { type Stored, Stretches } from './stretches';
import type { SavedRecordings, SaveRecordings } from './types';

/** Recordings on their way at a time. */
const AT_ONCE = 4;
/** How long one attempt may hold its worker's slot, in milliseconds, where others could be waiting for one. */
const TURN_MS = 30_000;
/** A recording that has not come for so long, in milliseconds, holds up the others no longer. */
const GIVE_UP_MS = 3_600_000;

/** Where saving stands. Batches have an order, and executions that of their file. */
interface Position {
  /** Batches whose recordings are all seen to. */
  batches: number;
  /** Bytes of the executions of the next one that are seen to. */
  offset: number;
  /** What is stored of the outcomes of its recordings. */
  stored: readonly Stored[];
  saved: number;
  missing: number;
  /** Since when the recordings that are next have not come, in milliseconds since the epoch. */
  stuckSince?: number | undefined;
}

const START: Position = { batches: 0, offset: 0, stored: [], saved: 0, missing: 0 };

/** A call that was recorded. */
interface Recorded {
  id: string;
  url: string;
}

/**
 * Downloads each recording of a campaign's batches into its storage, once, a few at a time, and writes down what became of each
 * (`recorded.jsonl`, or a file a batch). What is whole in the storage is not asked for again, by whatever attempt or run it was stored.
 * The next attempt goes on where this one stood. A recording that cannot be had is named with the reason.
 */
export function saveRecordings(context: ActivityContext, ask: SaveRecordings): Promise<SavedRecordings> {
  return durably({ keyMayBeMended: true }, async (attempt) => {
    const at = (position: Position) => new Saver(context, ask, attempt, position);
    let saver = at((attempt.memory as Position | undefined) ?? START);
    if (!(await saver.resume())) saver = at(START);
    const turnEnds = Date.now() + TURN_MS;
    try {
      while (saver.position.batches < (ask.batches ?? 1)) {
        for await (const { calls, end } of saver.next()) {
          await saver.save(calls, end);
          if (Date.now() >= turnEnds)
            throw notYetAll(`${saver.position.saved} recordings are saved so far, and more are downloaded.`);
        }
        saver = at(await saver.finish());
      }
    } catch (error) {
      // An attempt that is not wanted any more changes nothing.
      if (!attempt.signal.aborted) await saver.keep();
      throw error;
    }
    const { saved, missing } = saver.position;
    return { saved, missing };
  });
}

/** Saves the recordings of one batch. */
class Saver {
  private readonly files;
  private readonly file: Stretches;
  private readonly seen = new Set<string>();

  constructor(
    private readonly context: ActivityContext,
    { campaignId, batches }: SaveRecordings,
    private readonly attempt: Attempt,
    public position: Position,
  ) {
    this.files = campaignFiles(campaignId, batches === undefined ? undefined : position.batches + 1);
    const { recorded: whole, recordedStretch: stretch } = this.files;
    this.file = new Stretches(context.storage, { whole, stretch }, attempt);
  }

  /** @returns whether what the last attempt wrote is here */
  resume(): Promise<boolean> {
    return this.file.resume(this.position.stored);
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
    if (this.file.waiting > 0) await this.file.store();
    this.attempt.remember({ ...this.position, stored: this.file.stored } satisfies Position);
  }

  /** @returns where the next batch begins */
  async finish(): Promise<Position> {
    await this.file.finish();
    const { batches, saved, missing } = this.position;
    const next = { ...START, batches: batches + 1, saved, missing };
    this.attempt.remember(next);
    return next;
  }

  private note(outcome: RecordingOutcome): void {
    this.file.add(outcome);
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
