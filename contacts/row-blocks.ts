import type { TransformCallback } from 'node:stream';
import { Parser } from 'csv-parse';

/** Far above any real contact, and small enough that a quote never closed does not pull the whole file into memory. */
const MAX_ROW_BYTES = 1024 * 1024;

const OPTIONS = {
  bom: true,
  record_delimiter: ['\r\n', '\n', '\r'],
  relax_column_count: true,
  // People write `a, "b, c"`: without this the quote would be in the wrong place. Spaces inside quotes stay.
  trim: true,
  max_record_size: MAX_ROW_BYTES,
  // Blocks that wait to be read.
  readableHighWaterMark: 1,
};

/** One record of a CSV. */
export interface TableRow {
  /** First physical line of the record, from 1, as an editor numbers them. */
  line: number;
  cells: string[];
}

/**
 * csv-parse, but with the rows of each chunk in one array: what comes after it then waits once a chunk and not once a row.
 * Blank lines are no rows.
 */
export class RowBlocks extends Parser {
  /** Where the row begins that is being parsed: an error must tell it, and overtakes rows that wait to be read. */
  line = 1;
  #block: TableRow[] = [];
  #linesParsed = 0;

  constructor() {
    super(OPTIONS);
  }

  /** The parser gives each row here. */
  override push(cells: string[] | null): boolean {
    if (cells === null) return super.push(null);
    const start = this.line;
    this.line += 1 + this.#breaksWithin(cells);
    if (!isBlank(cells)) this.#block.push({ line: start, cells });
    return true;
  }

  override _transform(chunk: Buffer, encoding: BufferEncoding, done: TransformCallback): void {
    super._transform(chunk, encoding, (error) => this.#pass(error, done));
  }

  override _flush(done: TransformCallback): void {
    super._flush((error) => this.#pass(error, done));
  }

  #pass(error: Error | null | undefined, done: TransformCallback): void {
    if (this.#block.length > 0) super.push(this.#block);
    this.#block = [];
    done(error);
  }

  /** Looks into the cells only where the parser has seen more than one line go by: it counts CRLF in a cell as two. */
  #breaksWithin(cells: string[]): number {
    const lines = this.info.lines - this.#linesParsed;
    this.#linesParsed = this.info.lines;
    return lines > 1 ? cells.reduce((count, cell) => count + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0) : 0;
  }
}

function isBlank(cells: string[]): boolean {
  return cells.length === 1 && cells[0]?.trim() === '';
}
