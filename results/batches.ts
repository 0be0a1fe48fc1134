import type { Readable } from 'node:stream';
import { ExecutionsByNumber } from './matching';
import { RecordingsByCall } from './recordings';

/** A stretch of the contacts, and what became of them. */
export interface BatchOfRows {
  /** Rows of `contacts.csv` that it has; the last batch has all that are left. */
  rows: number;
  /** Opens JSON Lines, one execution as Bolna sent it in each; `undefined` when there never was a batch. */
  executions: () => Promise<Readable | undefined>;
  /** Opens what became of their recordings; absent where they were not asked for. See `RecordingOutcome`. */
  recordings?: (() => Promise<Readable | undefined>) | undefined;
  /** Executions that Bolna has counted and that are not among these: any row without one may be theirs. Default: 0. */
  unlisted?: number | undefined;
  /** Whether Bolna may call rows that have no execution yet: such a row is `unsettled`, else `not-called`. */
  mayStillCall: boolean;
  /** Why rows without an execution were not called, as "the campaign was stopped before its start". */
  notCalledReason?: string | undefined;
  /** Why rows without an execution are `unsettled` with {@link mayStillCall}. Default: a call may still come. */
  unsettledReason?: string | undefined;
  /**
   * Numbers that everything which may call these rows was made without, as `numberKey` has them: such a row without an execution was
   * certainly not called. Default: none.
   */
  lacks?: { has(number: number): boolean } | undefined;
  /**
   * Whether Bolna shows the batch as stopped, and calls that it was not handed have not moved for the quiet time since: they are not
   * made any more. Default: false.
   */
  stoodStill?: boolean | undefined;
}

export interface Anomalies {
  /** Executions about a number that no valid row of their batch has. */
  unmatchedExecutions: number;
  /** Numbers with more than one execution in a batch; the most settled, then the latest, is the row's. */
  severalExecutions: number;
  /** Lines of the executions that hold none. */
  unreadableLines: number;
}

/** The batch of the row that is being written. */
export interface Current {
  batch: BatchOfRows;
  executions: ExecutionsByNumber;
  /** Undefined where recordings were not asked for. */
  recordings: RecordingsByCall | undefined;
  /** The first row that is no longer in it. */
  end: number;
}

/** Goes through the batches as the rows pass by, with the executions of one of them in memory. */
export class Batches {
  readonly #left: BatchOfRows[];
  #current: Current | undefined;
  readonly #anomalies: Anomalies = { unmatchedExecutions: 0, severalExecutions: 0, unreadableLines: 0 };

  constructor(batches: readonly BatchOfRows[]) {
    this.#left = [...batches];
  }

  /** The batch of a row of `contacts.csv`; of a row that is none, the latest one. Rows must come in order. */
  async of(contact = -1): Promise<Current> {
    let current = this.#current ?? (await this.#next());
    while (contact >= current.end && this.#left.length > 0) current = await this.#next();
    return current;
  }

  /** What was found in all batches, also in those whose rows never came. */
  async end(): Promise<Anomalies> {
    while (this.#left.length > 0) await this.#next();
    this.#close();
    return this.#anomalies;
  }

  async #next(): Promise<Current> {
    this.#close();
    const [batch] = this.#left.splice(0, 1);
    if (!batch) throw new Error('There is no batch to take the rows.');
    const start = this.#current?.end ?? 0;
    const executions = await readAndClose(batch.executions, ExecutionsByNumber.read);
    const recordings = batch.recordings && (await readAndClose(batch.recordings, RecordingsByCall.read));
    this.#current = { batch, executions, recordings, end: start + batch.rows };
    return this.#current;
  }

  #close(): void {
    if (!this.#current) return;
    const { left, severalExecutions, unreadableLines } = this.#current.executions;
    this.#anomalies.unmatchedExecutions += left;
    this.#anomalies.severalExecutions += severalExecutions;
    this.#anomalies.unreadableLines += unreadableLines;
  }
}

async function readAndClose<T>(
  open: () => Promise<Readable | undefined>,
  read: (source: Readable | undefined) => Promise<T>,
): Promise<T> {
  const source = await open();
  try {
    return await read(source);
  } finally {
    source?.destroy();
  }
}
