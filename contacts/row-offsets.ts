import { Transform, type TransformCallback } from 'node:stream';

const QUOTE = 0x22;
const NEWLINE = 0x0a;

/**
 * Notes where the rows of a passing CSV begin, so that a stretch of them can be read later without what is before it. The CSV
 * must be as `CsvSink` writes it: a header, LF between records, quotes doubled.
 */
export class RowOffsets extends Transform {
  /** Byte offsets of the first, the `every`+1st, … row below the header. */
  readonly offsets: number[] = [];
  /** Bytes that have passed. */
  bytes = 0;
  readonly #rows: number;
  #records = 0;
  #quoted = false;
  #atStart = true;

  constructor(every: number) {
    super();
    this.#rows = every;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let at = 0; at < chunk.length; at++) {
      if (this.#atStart) this.#recordAt(this.bytes + at);
      const byte = chunk[at];
      if (byte === QUOTE) this.#quoted = !this.#quoted;
      else if (byte === NEWLINE && !this.#quoted) this.#atStart = true;
    }
    this.bytes += chunk.length;
    done(null, chunk);
  }

  #recordAt(offset: number): void {
    this.#atStart = false;
    // The first record is the header.
    const row = this.#records++ - 1;
    if (row >= 0 && row % this.#rows === 0) this.offsets.push(offset);
  }
}
