import type { Readable } from 'node:stream';
import { ContactsError } from './errors';
import { originals } from './formulas';
import { type Header, readHeader, refuseResults } from './header';
import { Judge, type Judgement } from './judge';
import type { NumberSet } from './number-set';
import type { TableRow } from './row-splitter';
import { readTable } from './table';

/** One row of the file and what the campaign thinks of it. */
export type ContactRow = Judgement & {
  /** Counts from 1 as an editor does. */
  line: number;
  /** Every column under its name in {@link Contacts.columns}; `contact_number` as it was typed. */
  columns: Record<string, string>;
};

export interface Contacts {
  /** Column names in file order, `contact_number` among them. */
  columns: string[];
  /** Every row in file order. Leaving the loop early closes the source. */
  rows: AsyncGenerator<ContactRow>;
}

/**
 * Reads a contacts file and judges each of its rows, holding a few rows and the numbers seen in memory
 * (some 30 bytes each).
 *
 * @param suppressed numbers on a do-not-call list
 * @param required columns without a value in which a row is rejected
 * @throws {@link ContactsError} when the file as a whole cannot be used: here for its header, from `rows` for what comes later.
 */
export async function readContacts(
  source: Readable,
  suppressed?: Pick<NumberSet, 'has'>,
  required?: readonly string[],
): Promise<Contacts> {
  const { header, blocks } = await openContacts(source);
  const { columns } = header;
  async function* rows(): AsyncGenerator<ContactRow> {
    const judge = new Judge(header, suppressed, undefined, required);
    for await (const block of blocks) {
      for (const row of block) {
        const named = Object.fromEntries(columns.map((column, index) => [column, row.cells[index] ?? '']));
        yield { line: row.line, ...judge.judge(row), columns: named };
      }
    }
  }
  return { columns, rows: rows() };
}

/**
 * Refuses a file with the results of a campaign. To be called before a campaign begins; one that an earlier release began with such a
 * file goes on.
 * @throws {@link ContactsError}
 */
export async function refuseResultsFile(source: Readable): Promise<void> {
  const { header, blocks } = await readTable(source);
  await blocks.return(undefined);
  refuseResults(header);
}

/** Like {@link readContacts}, but many rows at once, and not judged yet. */
export async function openContacts(source: Readable): Promise<{ header: Header; blocks: AsyncGenerator<TableRow[]> }> {
  const { header, blocks } = await readTable(source);
  try {
    return { header: readHeader(header), blocks: withRows(blocks) };
  } catch (error) {
    await blocks.return(undefined);
    throw error;
  }
}

async function* withRows(blocks: AsyncGenerator<TableRow[]>): AsyncGenerator<TableRow[]> {
  let any = false;
  for await (const block of blocks) {
    any ||= block.length > 0;
    // What `results.csv` and many a CRM put in front of a formula must not be read aloud.
    for (const row of block) row.cells = originals(row.cells);
    yield block;
  }
  if (!any) throw new ContactsError('no-rows', 'The file has a header but no contacts: add a line for each contact.');
}
