import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { csvLine } from './csv-line';
import { ContactsError } from './errors';
import type { TableRow } from './row-splitter';
import { shown } from './shown';
import { OF_A_FILE, type Wording } from './wording';
import { mayBeXlsx, SIGNATURE_BYTES } from './workbook';

/** A file as CSV. */
export interface Csv {
  content: Readable;
  /** Whether it was made of a workbook; otherwise it is the file as it came. */
  isMade: boolean;
  /** What a person should know of the workbook, in sentences. */
  notes: string[];
}

const MB = 1024 * 1024;
const MOST_BYTES = { ofFile: 256 * MB, ofSheet: 1024 * MB };
/** What is read in one go behind it, in UTF-16 units. */
const CSV_PIECE = 64 * 1024;

interface AsCsvOptions {
  wording?: Wording | undefined;
  mostBytes?: typeof MOST_BYTES;
}

/**
 * Gives a file as the CSV that everything else reads: an Excel workbook (.xlsx) becomes the CSV of one of its sheets (UTF-8), with the
 * rows on the lines that have their numbers and each cell as Excel shows it; any other file stays as it is. The same sheet gives the same bytes,
 * however the workbook was saved. Hidden rows and columns are read as well, as Excel itself saves them.
 *
 * A workbook waits on this machine's disk until the CSV is read: what is needed first stands at its end.
 *
 * @param sheet its name. Default: the first one that is not hidden
 * @param how.wording how sentences speak of the contacts. Default: as a file, for whoever looks at the campaign
 * @param how.mostBytes how large a workbook may be, and its sheet, both unpacked and as a CSV. Default: 256 MB and 1 GiB
 * @throws {@link ContactsError} for a workbook that cannot be read, or is too large; for a sheet that is not there, or asked of
 * a file without sheets. What comes later, the content fails with.
 */
export async function asCsv(
  source: Readable,
  sheet?: string,
  { wording = OF_A_FILE, mostBytes = MOST_BYTES }: AsCsvOptions = {},
): Promise<Csv> {
  const pieces = source[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
  const head = await headOf(pieces);
  if (mayBeXlsx(head)) return csvOfSheet(joined(head, pieces), sheet, { wording, mostBytes });
  if (sheet !== undefined) {
    await pieces.return?.();
    throw new ContactsError(
      'no-such-sheet',
      wording.areRows
        ? 'Rows have no sheets: leave out sheet.'
        : `The file is no Excel workbook (.xlsx), so it has no sheets: leave out ${wording.option('sheet')}.`,
    );
  }
  const content = Readable.from(joined(head, pieces), { objectMode: false });
  // Nobody may read it, and then its generator never begins.
  content.once('close', () => source.destroy());
  return { content, isMade: false, notes: [] };
}

async function headOf(pieces: AsyncIterator<Buffer | string>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < SIGNATURE_BYTES) {
    const { done, value } = await pieces.next();
    if (done) break;
    head = Buffer.concat([head, Buffer.from(value)]);
  }
  return head;
}

async function* joined(head: Buffer, pieces: AsyncIterator<Buffer | string>): AsyncGenerator<Buffer | string> {
  if (head.length > 0) yield head;
  yield* { [Symbol.asyncIterator]: () => pieces };
}

async function csvOfSheet(
  source: AsyncIterable<Buffer | string>,
  wanted: string | undefined,
  { wording, mostBytes }: { wording: Wording; mostBytes: typeof MOST_BYTES },
): Promise<Csv> {
  const folder = await mkdtemp(join(tmpdir(), 'bolna-campaigns-workbook-'));
  const path = join(folder, 'workbook.xlsx');
  let close = () => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(limited(source, mostBytes.ofFile, FILE_TOO_LARGE), createWriteStream(path));
    // What reads workbooks is loaded where there is one.
    const { Archive } = require('./xlsx/archive') as typeof import('./xlsx/archive');
    const { openWorkbook } = require('./xlsx/workbook') as typeof import('./xlsx/workbook');
    const { readRows } = require('./xlsx/rows') as typeof import('./xlsx/rows');
    const archive = await readable(() => Archive.open(path));
    const remove = close;
    close = () => {
      archive.close();
      return remove();
    };
    const workbook = await readable(() => openWorkbook(archive, wanted, wording));
    const file = await readable(() => archive.read(workbook.path, mostBytes.ofSheet));
    const csv = limited(csvOf(readRows(file, workbook)), mostBytes.ofSheet, SHEET_TOO_LARGE);
    const content = Readable.from(csv, { objectMode: false });
    content.once('close', () => {
      file.destroy();
      void close().catch(() => undefined);
    });
    const { sheet, sheets } = workbook;
    const notes = wanted === undefined && sheets.length > 1 ? [firstOf(sheets, sheet, wording)] : [];
    return { content, isMade: true, notes };
  } catch (error) {
    await close();
    throw error;
  }
}

function firstOf(sheets: readonly string[], sheet: string, wording: Wording): string {
  return `The workbook has ${sheets.length} sheets; the contacts are read from the first one, "${shown(sheet)}". To read another, name it with ${wording.option('sheet')}.`;
}

const FILE_TOO_LARGE =
  'The workbook is larger than 256 MB: save the sheet with the contacts as "CSV UTF-8", and give that file.';
const SHEET_TOO_LARGE =
  'The sheet is too large (more than 1 GiB as a CSV): delete the rows and columns that hold no contacts, or divide it into several files.';

async function* limited(
  source: AsyncIterable<Buffer | string>,
  most: number,
  refusal: string,
): AsyncGenerator<Buffer | string> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > most) throw new ContactsError('workbook-too-large', refusal);
    yield chunk;
  }
}

async function* csvOf(rows: AsyncGenerator<TableRow[]>): AsyncGenerator<Buffer> {
  let next = 1;
  for (;;) {
    const block = await readable(() => rows.next());
    if (block.done) return;
    let text = '';
    for (const { line, cells } of block.value) {
      // A cell of several lines would put the following rows on lines that have not their numbers.
      text += '\n'.repeat(line - next) + csvLine(cells.map(inOneLine));
      next = line + 1;
      if (text.length < CSV_PIECE) continue;
      yield Buffer.from(text);
      text = '';
      // A few rows can be megabytes: the process does other things between them.
      await setImmediate();
    }
    if (text !== '') yield Buffer.from(text);
  }
}

function inOneLine(cell: string): string {
  // Not `\s*[\r\n]+\s*`, which takes a second for a long cell of spaces.
  return cell.replace(/\s+/g, (space) => (/[\r\n]/.test(space) ? ' ' : space));
}

/** What fails where a workbook is read is the workbook's fault, in words for a person. */
async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof ContactsError) throw cause;
    throw new ContactsError(
      'not-a-csv',
      'The file cannot be read as an Excel workbook (.xlsx): it is damaged, has a password, or is another kind of archive. In Excel, choose File → Save As → "CSV UTF-8 (Comma delimited)", and give the file that this makes.',
      { cause },
    );
  }
}
