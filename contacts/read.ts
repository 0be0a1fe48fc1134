import type { Readable } from 'node:stream';
import { cut } from './cut';
import { ContactsError } from './errors';
import { NUMBER_COLUMN, readHeader } from './header';
import { readNumber } from './number';
import { NumberLines } from './number-lines';
import { readTable, type TableRow } from './table';

/** What the campaign thinks of one row of the file. `line` counts from 1 as an editor does. */
export type ContactRow =
  | {
      line: number;
      verdict: 'valid';
      /** E.164. */
      number: string;
      /** Every column under its name in {@link Contacts.columns}; `contact_number` as it was typed. */
      columns: Record<string, string>;
      /** Set when the number is called but looks odd. */
      note?: string;
    }
  | {
      line: number;
      verdict: 'rejected' | 'duplicate';
      /** Where the fault is; empty when it is the row's as a whole. */
      column: string;
      /** What stands there, at most 200 characters of it. */
      value: string;
      /** For a person with a spreadsheet; holds nothing personal. */
      reason: string;
      columns: Record<string, string>;
    };

export interface Contacts {
  /** Column names in file order, `contact_number` among them. */
  columns: string[];
  /** Every row in file order. Leaving the loop early closes the source. */
  rows: AsyncGenerator<ContactRow>;
}

const MAX_SHOWN = 200;

/**
 * Reads a contacts file and judges each of its rows, holding one row and the numbers seen in memory
 * (some 30 bytes each).
 *
 * @throws {@link ContactsError} when the file as a whole cannot be used: here for its header, from `rows` for what comes later.
 */
export async function readContacts(source: Readable): Promise<Contacts> {
  const table = await readTable(source);
  try {
    const { columns, numberAt } = readHeader(table.header);
    return { columns, rows: judge(table.rows, columns, numberAt) };
  } catch (error) {
    await table.rows.return(undefined);
    throw error;
  }
}

async function* judge(rows: AsyncGenerator<TableRow>, columns: string[], numberAt: number): AsyncGenerator<ContactRow> {
  const seen = new NumberLines();
  let any = false;
  for await (const { line, cells } of rows) {
    any = true;
    const typed = cells[numberAt] ?? '';
    const named = Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? '']));
    if (cells.length !== columns.length) {
      const reason = raggedReason(cells.length, columns.length);
      yield { line, verdict: 'rejected', column: '', value: cut(cells.join(','), MAX_SHOWN), reason, columns: named };
      continue;
    }
    const fault = { line, column: NUMBER_COLUMN, value: cut(typed, MAX_SHOWN), columns: named };
    const judged = readNumber(typed);
    if (!judged.ok) {
      yield { ...fault, verdict: 'rejected', reason: judged.reason };
      continue;
    }
    const first = seen.add(Number(judged.number.slice(1)), line);
    if (first !== undefined) {
      yield { ...fault, verdict: 'duplicate', reason: duplicateReason(first) };
      continue;
    }
    const valid = { line, verdict: 'valid', number: judged.number, columns: named } as const;
    yield judged.note === undefined ? valid : { ...valid, note: judged.note };
  }
  if (!any) throw new ContactsError('no-rows', 'The file has a header but no contacts: add a line for each contact.');
}

/** Also read back: `rejected.csv` has no column that tells a duplicate from a rejected row. */
function duplicateReason(first: number): string {
  return `duplicate of line ${first}`;
}

/** Whether a reason of `rejected.csv` is a duplicate's. */
export function isDuplicateReason(reason: string): boolean {
  return /^duplicate of line \d+$/.test(reason);
}

function raggedReason(has: number, wants: number): string {
  const values = `has ${has} ${has === 1 ? 'value' : 'values'} where the header has ${wants}`;
  return has > wants
    ? `${values}; quote values that hold a comma`
    : `${values}; leave missing values empty, commas kept`;
}
