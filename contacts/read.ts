import type { Readable } from 'node:stream';
import { ContactsError } from './errors';
import { type Header, readHeader } from './header';
import { Judge, type Verdict } from './judge';
import type { TableRow } from './row-blocks';
import { readTable } from './table';

/** One row of the file and what the campaign thinks of it. */
export type ContactRow = Verdict & {
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
 * @throws {@link ContactsError} when the file as a whole cannot be used: here for its header, from `rows` for what comes later.
 */
export async function readContacts(source: Readable): Promise<Contacts> {
  const { columns, blocks } = await readJudged(source);
  async function* rows(): AsyncGenerator<ContactRow> {
    for await (const block of blocks) {
      for (const { row, verdict } of block) {
        const named = Object.fromEntries(columns.map((column, index) => [column, row.cells[index] ?? '']));
        yield { line: row.line, ...verdict, columns: named };
      }
    }
  }
  return { columns, rows: rows() };
}

export interface Judged {
  row: TableRow;
  verdict: Verdict;
}

/** Like {@link readContacts}, but many rows at once and as they stand, for files of a million rows. */
export async function readJudged(source: Readable): Promise<Header & { blocks: AsyncGenerator<Judged[]> }> {
  const table = await readTable(source);
  try {
    const header = readHeader(table.header);
    return { ...header, blocks: judgeAll(table.blocks, new Judge(header)) };
  } catch (error) {
    await table.blocks.return(undefined);
    throw error;
  }
}

async function* judgeAll(blocks: AsyncGenerator<TableRow[]>, judge: Judge): AsyncGenerator<Judged[]> {
  let any = false;
  for await (const block of blocks) {
    any ||= block.length > 0;
    yield block.map((row) => ({ row, verdict: judge.judge(row) }));
  }
  if (!any) throw new ContactsError('no-rows', 'The file has a header but no contacts: add a line for each contact.');
}
