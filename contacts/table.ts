import type { Readable } from 'node:stream';
import { lineBreaks } from './csv-row';
import { dialectOf } from './delimiter';
import { textOf } from './encoding';
import { binaryFile, brokenHeader, ContactsError } from './errors';
import { RowSplitter, type SplitOptions, type TableRow } from './row-splitter';

export interface Table {
  header: TableRow;
  /** Everything below the header, as many rows at once as came in one piece. Leaving the loop early closes the source. */
  blocks: AsyncGenerator<TableRow[]>;
  /** What a person should know of how the file is read, in sentences; complete once `blocks` has ended. */
  notes: readonly string[];
}

/**
 * Reads a CSV as it streams by: the rows of one chunk of the source are in memory at a time.
 *
 * Columns are separated by commas, semicolons, tabs or bars: see {@link dialectOf}. Lines end with LF, CRLF or CR, also mixed. Blank lines are no rows. Rows may have any number of cells.
 *
 * @param options see {@link RowSplitter}
 * A row that cannot be read comes as a broken one, but for a header.
 *
 * @throws {@link ContactsError} when the text is no CSV, here or while `blocks` is read.
 */
export async function readTable(source: Readable, options: SplitOptions = {}): Promise<Table> {
  const notes: string[] = [];
  const blocks = readBlocks(textOf(source, notes, options.wording), options);
  const first = await blocks.next();
  const [header] = first.done ? [] : first.value;
  const areRows = options.wording?.areRows ?? false;
  if (!header) throw new ContactsError('empty', areRows ? NO_KEYS : NOTHING);
  if (header.broken || header.cells.some((cell) => cell.includes('\0'))) {
    await blocks.return(undefined);
    throw header.broken?.text.includes('\0') === false
      ? brokenHeader(header.line, header.broken.reason)
      : binaryFile(areRows);
  }
  return { header, blocks, notes };
}

const NOTHING = 'The file is empty: it needs a header line and a line per contact.';
const NO_KEYS = 'The rows have no keys: each needs a contact_number, and the variables of the prompt.';

/** The first block is the header alone. */
async function* readBlocks(source: AsyncIterable<string>, options: SplitOptions): AsyncGenerator<TableRow[]> {
  let begun = false;
  for await (const block of splitAll(source, options)) {
    if (block.length === 0) continue;
    if (!begun) yield block.splice(0, 1);
    begun = true;
    yield block;
  }
}

async function* splitAll(source: AsyncIterable<string>, options: SplitOptions): AsyncGenerator<TableRow[]> {
  let splitter: RowSplitter | undefined;
  let text = '';
  const begin = (isEnd: boolean) => {
    const dialect = dialectOf(text, isEnd);
    if (!dialect) return undefined;
    const { delimiter, preface } = dialect;
    text = text.slice(preface.length);
    return new RowSplitter(delimiter, 1 + lineBreaks(preface), options);
  };
  for await (const piece of source) {
    text += piece;
    splitter ??= begin(false);
    if (!splitter) continue;
    yield splitter.split(text, false);
    text = '';
  }
  splitter ??= begin(true);
  if (splitter) yield splitter.split(text, true);
}
