import type { Readable } from 'node:stream';
import { NUMBER_COLUMN, readHeader } from '../contacts/header';
import { isDuplicateReason } from '../contacts/read';
import { readTable, type TableRow } from '../contacts/table';

/** One row of the campaign's file and what was decided about it when the campaign began. */
export interface JudgedRow {
  line: number;
  verdict: 'valid' | 'rejected' | 'duplicate' | 'changed';
  /** Which row of `contacts.csv` it is, from 0; undefined where it is none. */
  contact: number | undefined;
  /** E.164 of a valid row, else as typed. */
  number: string;
  /** Why a row was not called; empty for a valid one. */
  reason: string;
  /** Values of the columns beside `contact_number`, in the order of {@link Verdicts.others}. */
  values: string[];
}

export interface Verdicts {
  /** Columns beside `contact_number`, in file order. */
  others: string[];
  rows: AsyncGenerator<JudgedRow>;
  /** Rows of `contacts.csv` or `rejected.csv` that belong to no row of the file; final once `rows` has ended. */
  leftOver: () => number;
}

export interface VerdictFiles {
  /** The file as the campaign was given it. */
  input: Readable;
  contacts: Readable;
  rejected: Readable;
}

/**
 * Reads the verdicts of the validation back, row by row of the file.
 *
 * The numbers are not judged again: newer metadata could come to another verdict than the one that was acted on.
 */
export async function readVerdicts(files: VerdictFiles): Promise<Verdicts> {
  const input = await readTable(files.input);
  const contacts = new Cursor((await readTable(files.contacts)).rows);
  const rejected = new Cursor((await readTable(files.rejected)).rows);
  const { columns, numberAt } = readHeader(input.header);
  let leftOver = 0;
  let contactsSeen = 0;

  async function* rows(): AsyncGenerator<JudgedRow> {
    for await (const { line, cells } of input.rows) {
      const padded = columns.map((_, index) => cells[index] ?? '');
      const typed = padded[numberAt] ?? '';
      const values = padded.filter((_, index) => index !== numberAt);
      const row = { line, contact: undefined, number: typed, values };

      let fault = await rejected.peek();
      while (fault !== undefined && Number(fault.cells[0]) < line) {
        leftOver += 1;
        rejected.advance();
        fault = await rejected.peek();
      }
      if (fault !== undefined && Number(fault.cells[0]) === line) {
        rejected.advance();
        const reason = fault.cells[3] ?? '';
        yield { ...row, verdict: isDuplicateReason(reason) ? 'duplicate' : 'rejected', reason };
        continue;
      }
      const contact = await contacts.peek();
      contacts.advance();
      const at = contactsSeen++;
      if (contact !== undefined && sameRow(contact.cells, typed, values)) {
        yield { ...row, contact: at, verdict: 'valid', number: contact.cells[0] ?? '', reason: '' };
      } else {
        yield {
          ...row,
          contact: at,
          verdict: 'changed',
          reason: 'the file is not the one that was checked when the campaign began',
        };
      }
    }
    leftOver += (await contacts.rest()) + (await rejected.rest());
  }
  return { others: columns.filter((column) => column !== NUMBER_COLUMN), rows: rows(), leftOver: () => leftOver };
}

/** Normalising changes the front of a number (a trunk 0, a +) but never its end. */
function sameRow([number = '', ...others]: string[], typed: string, values: string[]): boolean {
  const lastDigits = typed.replace(/\D/g, '').slice(-4);
  return (
    number.endsWith(lastDigits) && others.length === values.length && others.every((cell, i) => cell === values[i])
  );
}

/** Reads one row ahead. */
class Cursor {
  #ahead: Promise<IteratorResult<TableRow>> | undefined;

  constructor(private readonly rows: AsyncGenerator<TableRow>) {}

  async peek(): Promise<TableRow | undefined> {
    this.#ahead ??= this.rows.next();
    const next = await this.#ahead;
    return next.done ? undefined : next.value;
  }

  advance(): void {
    this.#ahead = undefined;
  }

  async rest(): Promise<number> {
    let count = 0;
    for (; (await this.peek()) !== undefined; this.advance()) count += 1;
    return count;
  }
}
