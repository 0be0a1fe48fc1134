import type { Readable } from 'node:stream';
import { ContactsError } from './errors';
import { columnName, NUMBER_COLUMN } from './header';
import { readNumber } from './number';
import type { TableRow } from './row-splitter';
import { readTable } from './table';

/** What a list of numbers was found to hold. */
export interface NumberList {
  /** Entries, those that cannot be read counted in. */
  entries: number;
  /** Entries that are no numbers. */
  unreadable: number;
  /** The first of them; the reason holds nothing of it. */
  firstUnreadable?: { line: number; reason: string };
}

/**
 * Reads a list of numbers: a CSV with a `contact_number` column, or one number a line without a header. Entries are read as
 * the numbers of contacts are. Holds a few of them in memory, however long the list is.
 *
 * Rows need not have the width of the header: where a number stands, it counts.
 *
 * @param take is given each number, as the digits of its E.164 form
 * @throws {@link ContactsError} where it is no such list, or none of its entries is a number
 */
export async function readNumberList(source: Readable, take: (number: number) => void): Promise<NumberList> {
  const list: NumberList = { entries: 0, unreadable: 0 };
  const table = await readTable(source).catch((error: unknown) => {
    if (error instanceof ContactsError && error.code === 'empty') return undefined;
    throw error;
  });
  if (!table) return list;
  const numberAt = table.header.cells.map(columnName).indexOf(NUMBER_COLUMN);
  const read = (row: TableRow) => {
    list.entries += 1;
    const judged = entryOf(row, numberAt);
    if (judged.ok) return take(Number(judged.number));
    list.unreadable += 1;
    list.firstUnreadable ??= { line: row.line, reason: judged.reason };
  };
  if (numberAt < 0) {
    if (table.header.cells.filter((cell) => cell !== '').length > 1) {
      await table.blocks.return(undefined);
      throw withoutColumn(table.header);
    }
    read(table.header);
  }
  for await (const block of table.blocks) block.forEach(read);
  const { entries, unreadable, firstUnreadable } = list;
  if (firstUnreadable && unreadable === entries) {
    const { line, reason } = firstUnreadable;
    throw new ContactsError('no-valid-row', `None of its entries is a phone number; line ${line}: ${reason}.`);
  }
  return list;
}

function entryOf({ cells }: TableRow, numberAt: number): ReturnType<typeof readNumber> {
  if (numberAt >= 0) return readNumber(cells[numberAt] ?? '');
  const [number = '', ...others] = cells;
  if (others.every((cell) => cell === '')) return readNumber(number);
  return { ok: false, reason: 'holds more than one value; without a header, put one number in each line' };
}

/** Which of several columns is meant must not be guessed: a wrong guess keeps nobody from being called. */
function withoutColumn({ line }: TableRow): ContactsError {
  return new ContactsError(
    'no-contact-number',
    `It has several columns and no header (line ${line}) that calls one of them ${NUMBER_COLUMN}: name the column of the numbers so, or put one number in each line.`,
  );
}
