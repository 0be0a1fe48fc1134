import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { csvLine } from './csv-line';

/** What was written, to know the file again. */
export interface Written {
  bytes: number;
  /** SHA-256 of the bytes, in hex. */
  hash: string;
}

/** UTF-16 units that are put together before the stream behind gets them. */
const PIECE = 64 * 1024;

/** Writes rows as CSV (UTF-8, LF, quoted where needed) at the pace of the stream behind it. */
export class CsvSink {
  readonly #sink: Writable;
  readonly #ended: Promise<void>;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #waiting = '';

  constructor(sink: Writable) {
    this.#sink = sink;
    this.#ended = finished(sink, { readable: false });
    // Told by the next drained() or by end(); without this it would bring the process down before.
    this.#ended.catch(() => {});
  }

  /** Takes a row. @returns whether more may follow at once; otherwise after {@link drained} */
  write(cells: readonly string[]): boolean {
    this.#waiting += csvLine(cells);
    return this.#waiting.length < PIECE;
  }

  /** Waits until the stream behind takes more. @throws whatever it failed with */
  async drained(): Promise<void> {
    if (this.#waiting === '') return;
    const piece = Buffer.from(this.#waiting);
    this.#waiting = '';
    this.#hash.update(piece);
    this.#bytes += piece.length;
    if (this.#sink.destroyed) await this.#ended;
    if (!this.#sink.write(piece)) await Promise.race([once(this.#sink, 'drain'), this.#ended]);
  }

  /** Closes the stream behind, and waits until it has taken everything. @throws whatever it failed with */
  async end(): Promise<Written> {
    await this.drained();
    this.#sink.end();
    await this.#ended;
    return { bytes: this.#bytes, hash: this.#hash.digest('hex') };
  }
}

/** Leaves streams unfinished, so that half a file is not taken for a whole one. */
export function abandon(sinks: readonly Writable[], error: unknown): void {
  for (const sink of sinks) {
    // The error is told once, by who calls this; unheard here it would bring the process down.
    sink.on('error', () => {});
    sink.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}
