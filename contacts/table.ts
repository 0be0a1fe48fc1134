import type { Readable } from 'node:stream';
import { utf8Text } from './encoding';
import { ContactsError } from './errors';
import { RowSplitter, type TableRow } from './row-splitter';

export interface Table {
  header: TableRow;
  /** Everything below the header, as many rows at once as came in one piece. Leaving the loop early closes the source. */
  blocks: AsyncGenerator<TableRow[]>;
}

/**
 * Reads a CSV as it streams by: the rows of one chunk of the source are in memory at a time.
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
async function* readBlocks(source: Readable): AsyncGenerator<TableRow[]> {
  let begun = false;
  for await (const block of splitAll(source)) {
    if (block.length === 0) continue;
    if (!begun) yield block.splice(0, 1);
    begun = true;
    yield block;
  }
}

async function* splitAll(source: Readable): AsyncGenerator<TableRow[]> {
  const splitter = new RowSplitter();
  for await (const text of utf8Text(source)) yield splitter.split(text, false);
  yield splitter.split('', true);
}
