import { pipeline, Readable } from 'node:stream';
import { CsvError } from 'csv-parse';
import { utf8Bytes } from './encoding';
import { ContactsError } from './errors';
import { RowBlocks, type TableRow } from './row-blocks';

export interface Table {
  header: TableRow;
  /** Everything below the header, as many rows at once as came in one piece. Leaving the loop early closes the source. */
  blocks: AsyncGenerator<TableRow[]>;
}

/**
 * Reads a CSV as it streams by: the rows of a few of the source's chunks are in memory at a time.
 *
 * Lines end with LF, CRLF or CR, also mixed. Blank lines are no rows. Rows may have any number of cells.
 *
 * @throws {@link ContactsError} when the text is no CSV, here or while `blocks` is read.
 */
export async function readTable(source: Readable): Promise<Table> {
  const blocks = readBlocks(source);
  const first = await blocks.next();
  const [header] = first.done ? [] : first.value;
  if (!header) throw new ContactsError('empty', 'The file is empty: it needs a header line and a line per contact.');
  return { header, blocks };
}

/** The first block is the header alone. */
async function* readBlocks(source: Readable): AsyncGenerator<TableRow[], void, undefined> {
  const parser = new RowBlocks();
  pipeline(Readable.from(utf8Bytes(source)), parser, () => {
    // Every failure also destroys the parser, and so comes out of the loop below.
  });
  let begun = false;
  try {
    for await (const block of parser as AsyncIterable<TableRow[]>) {
      if (!begun) yield block.splice(0, 1);
      begun = true;
      yield block;
    }
  } catch (error) {
    throw error instanceof CsvError ? inWords(error, parser.line) : error;
  }
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
