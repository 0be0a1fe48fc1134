import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { utf8Bytes } from './encoding';
import { ContactsError } from './errors';

/** Far above any real contact, and small enough that a quote never closed does not pull the whole file into memory. */
const MAX_ROW_BYTES = 1024 * 1024;

/** One record of a CSV. */
export interface TableRow {
  /** First physical line of the record, from 1, as an editor numbers them. */
  line: number;
  cells: string[];
}

export interface Table {
  header: TableRow;
  /** Everything below the header. Leaving the loop early closes the source. */
  rows: AsyncGenerator<TableRow>;
}

/**
 * Reads a CSV as it streams by: a few rows are in memory at a time.
 *
 * Lines end with LF, CRLF or CR, also mixed. Blank lines are no rows. Rows may have any number of cells.
 *
 * @throws {@link ContactsError} when the text is no CSV, here or while `rows` is read.
 */
export async function readTable(source: Readable): Promise<Table> {
  const records = readRecords(source);
  const first = await records.next();
  if (first.done) throw new ContactsError('empty', 'The file is empty: it needs a header line and a line per contact.');
  return { header: first.value, rows: records };
}

async function* readRecords(source: Readable): AsyncGenerator<TableRow, void, undefined> {
  let line = 1;
  const parser = parse({
    bom: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    // People write `a, "b, c"`: without this the quote would be in the wrong place. Spaces inside quotes stay.
    trim: true,
    max_record_size: MAX_ROW_BYTES,
    // Counted here and not while the rows are read: an error overtakes rows that wait to be read, and must still know its line.
    on_record: (cells: string[]): string[] | null => {
      const start = line;
      line += 1 + lineBreaks(cells);
      return isBlank(cells) ? null : [String(start), ...cells];
    },
  });
  pipeline(Readable.from(utf8Bytes(source)), parser, () => {
    // Every failure also destroys the parser, and so comes out of the loop below.
  });
  try {
    for await (const record of parser) {
      const [start, ...cells] = record as [string, ...string[]];
      yield { line: Number(start), cells };
    }
  } catch (error) {
    throw error instanceof CsvError ? inWords(error, line) : error;
  }
}

function isBlank(cells: string[]): boolean {
  return cells.length === 1 && cells[0]?.trim() === '';
}

function lineBreaks(cells: string[]): number {
  let count = 0;
  for (const cell of cells) {
    if (cell.includes('\n') || cell.includes('\r')) count += cell.match(/\r\n|\n|\r/g)?.length ?? 0;
  }
  return count;
}

function inWords(error: CsvError, line: number): ContactsError {
  // INVALID_OPENING_QUOTE really has no prefix.
  switch (error.code as string) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return new ContactsError(
        'broken-quote',
        `A quote is opened in the row that starts at line ${line} and never closed: close it, or double it ("") where a quote is meant.`,
      );
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE':
    case 'INVALID_OPENING_QUOTE':
      return new ContactsError(
        'broken-quote',
        `The row that starts at line ${line} has a quote in the wrong place: quote whole values only, and double ("") a quote inside one.`,
      );
    case 'CSV_MAX_RECORD_SIZE':
      return new ContactsError(
        'row-too-long',
        `The row that starts at line ${line} is longer than 1 MB: shorten it, or close the quote that is open in it.`,
      );
    default:
      return new ContactsError('not-a-csv', `The row that starts at line ${line} cannot be read as CSV: check it.`, {
        cause: error,
      });
  }
}
