import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';

/** What was written, to know the file again. */
export interface Written {
  bytes: number;
  /** SHA-256 of the bytes, in hex. */
  hash: string;
}

/** Spaces at the ends, which readers trim, and what some readers (Python's `splitlines`) take for the end of a line. */
const NEEDS_QUOTES = /^\s|\s$|(?!\t)[\p{Cc}\u2028\u2029]/u;

/**
 * Writes rows as CSV (UTF-8, LF, quoted where needed) at the pace of the stream behind it.
 * The same rows always give the same bytes.
 */
export class CsvSink {
  readonly #rows = stringify({
    record_delimiter: '\n',
    // Off unless asked for once the delimiter is named: a CR inside a value would begin a row of its own where it is read.
    quote_record_delimiter: true,
    quoted_match: NEEDS_QUOTES,
  });
  readonly #hash = createHash('sha256');
  readonly #written: Promise<void>;
  #bytes = 0;

  constructor(sink: Writable) {
    const count = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.#hash.update(chunk);
        this.#bytes += chunk.length;
        done(null, chunk);
      },
    });
    this.#written = pipeline(this.#rows, count, sink);
    // Told by the next write or by end(); without this it would bring the process down before.
    this.#written.catch(() => {});
  }

  /** @throws whatever the stream behind failed with, as soon as it is known. */
  async write(cells: readonly string[]): Promise<void> {
    if (this.#rows.destroyed) return this.#written;
    if (!this.#rows.write(cells)) await once(this.#rows, 'drain');
  }

  /** Closes the stream behind, and waits until it has taken everything. */
  async end(): Promise<Written> {
    this.#rows.end();
    await this.#written;
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
