import type { Readable } from 'node:stream';
import { cut } from './cut';
import { plainDigits } from './digits';
import { ContactsError } from './errors';
import type { EntryReading } from './list-entry';
import { readNumber } from './number';
import { columnName, NUMBER_COLUMN, numberColumnsAmong } from './number-column';
import type { TableRow } from './row-splitter';
import { readTable } from './table';

/** What a list of numbers was found to hold. */
export interface NumberList {
  /** Entries, those that cannot be read counted in; blank ones are none. */
  entries: number;
  /** Entries that cannot be read as phone numbers. */
  unreadable: number;
  /** The first of them, as they were typed. */
  firstUnreadable: UnreadableEntry[];
  /** The first line, where it was taken for a header since it has no digit, and its words do not say that. */
  takenForHeader?: Omit<UnreadableEntry, 'reason'>;
}

export interface UnreadableEntry {
  /** As an editor counts. */
  line: number;
  /** Personal: not for logs or histories. */
  typed: string;
  /** What is wrong with it; holds nothing of it. */
  reason: string;
}

/** No pattern is held against a longer text. */
const LONGEST_JUDGED = 200;
/** A cell of a header that has as many digits may hold a number: names of columns have a few at most. */
const LEAST_DIGITS = 7;
/** So many unreadable entries are told one by one. */
const TOLD = 3;
/** Parameters of a `tel:` address, which semicolons set off: `tel:+12025550103;ext=5`. */
const PARAMETER = /^[a-z-]{1,20}=/i;
const SEVERAL_VALUES = 'holds more than one value; without a header, put one number in each line';

/**
 * Reads a list of numbers: a CSV with a `contact_number` column, or with columns whose names can only mean phone numbers, which all count, or
 * one number a line. There, a first line without a digit is a header. A number in the line that names the columns counts as well.
 * Holds a few entries in memory, however long the list is.
 *
 * Rows need not have the width of the header: where a number stands, it counts.
 *
 * @param read tells which numbers an entry can mean
 * @param take is given each of them, as the digits of its E.164 form
 * @throws {@link ContactsError} where it is no such list
 */
export async function readNumberList(
  source: Readable,
  read: (typed: string) => EntryReading,
  take: (number: number) => void,
): Promise<NumberList> {
  const list: NumberList = { entries: 0, unreadable: 0, firstUnreadable: [] };
  const table = await readTable(source, { isLoose: true }).catch((error: unknown) => {
    if (error instanceof ContactsError && error.code === 'empty') return undefined;
    throw error;
  });
  if (!table) return list;
  const numbersAt = numberColumnsAmong(table.header.cells.map(columnName));
  const unreadable = (entry: () => UnreadableEntry) => {
    list.unreadable += 1;
    if (list.firstUnreadable.length < TOLD) list.firstUnreadable.push(entry());
  };
  const readEntry = (line: number, typed: string) => {
    if (typed === '') return;
    list.entries += 1;
    const { numbers, isReadable } = read(typed);
    numbers.forEach(take);
    if (!isReadable) unreadable(() => ({ line, typed, reason: reasonOf(typed) }));
  };
  const readRow = ({ line, cells }: TableRow) => {
    for (const at of numbersAt) readEntry(line, (cells[at] ?? '').trim());
    if (numbersAt.length > 0) return;
    const typed = loneValue(cells);
    if (typed !== undefined) return readEntry(line, typed);
    list.entries += 1;
    unreadable(() => ({ line, typed: cells.join(','), reason: SEVERAL_VALUES }));
  };
  if (numbersAt.length === 0) {
    const { line, cells } = table.header;
    const typed = loneValue(cells);
    if (typed === undefined) {
      await table.blocks.return(undefined);
      throw withoutColumn(table.header);
    }
    if (digitsIn(typed) > 0) readRow(table.header);
    else list.takenForHeader = { line, typed };
  } else {
    for (const cell of table.header.cells.filter((each) => digitsIn(each) >= LEAST_DIGITS)) {
      const { numbers, isReadable } = read(cell.trim());
      if (!isReadable) continue;
      list.entries += 1;
      numbers.forEach(take);
    }
  }
  for await (const block of table.blocks) block.forEach(readRow);
  return list;
}

/** What a line of a list without columns holds; undefined where that is more than one value. */
function loneValue([value = '', ...others]: readonly string[]): string | undefined {
  const parameters = others.filter((cell) => cell !== '');
  return parameters.every((cell) => PARAMETER.test(cell)) ? [value, ...parameters].join(';').trim() : undefined;
}

/** Of every script, and circled ones. */
function digitsIn(typed: string): number {
  return plainDigits(cut(typed, LONGEST_JUDGED)).replace(/\D/g, '').length;
}

function reasonOf(typed: string): string {
  const judged = readNumber(cut(typed, LONGEST_JUDGED));
  return judged.ok ? 'is not a phone number' : judged.reason;
}

/** Which of several columns is meant must not be guessed: a wrong guess keeps nobody from being called. */
function withoutColumn({ line }: TableRow): ContactsError {
  return new ContactsError(
    'no-contact-number',
    `It has several columns and no header (line ${line}) that calls one of them ${NUMBER_COLUMN}: name the column of the numbers so, or put one number in each line.`,
  );
}
