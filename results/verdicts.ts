import type { Readable } from 'node:stream';
import { cut } from '../contacts/cut';
import { plainDigits } from '../contacts/digits';
import { named } from '../contacts/fit';
import { heldText, heldTexts, original } from '../contacts/formulas';
import { readHeader } from '../contacts/header';
import { isDuplicateReason, isSuppressedReason, MAX_SHOWN, shownText } from '../contacts/judge';
import { readNumber } from '../contacts/number';
import { NUMBER_COLUMN } from '../contacts/number-column';
import type { TableRow } from '../contacts/row-splitter';
import { readTable } from '../contacts/table';
import { type ContactsSummary, ROW_COLUMN } from '../contacts/validate';
import { OF_A_FILE, Wording } from '../contacts/wording';

/** One row of the campaign's file and what was decided about it when the campaign began. */
export interface JudgedRow {
  /** As an editor counts; of contacts that came as JSON rows, which of them, from 1. */
  line: number;
  verdict: 'valid' | 'rejected' | 'duplicate' | 'suppressed' | 'changed';
  /** Which row of `contacts.csv` it is, from 0; undefined where it is none. */
  contact: number | undefined;
  /** E.164 of a valid row, else as typed. */
  number: string;
  typed: string;
  /** Whether what is written of the row is what stands there now. */
  stands: boolean;
  /** Why a row was not called; empty for a valid one. */
  reason: string;
  /** Values of the columns beside `contact_number`, in the order of {@link Verdicts.others}. */
  values: string[];
}

export interface Verdicts {
  /** Columns of the file, in its order. */
  columns: string[];
  /** Those beside `contact_number`. */
  others: string[];
  /** What the file itself calls the column of the numbers, where that is not `contact_number`. */
  numberColumn: string | undefined;
  /** The rows of the file, many at once. */
  blocks: AsyncGenerator<JudgedRow[]>;
  /** Whether the contacts came as JSON rows. */
  areRows: boolean;
  /** Rows of `contacts.csv` or `rejected.csv` that belong to no row of the file; final once `blocks` has ended. */
  leftOver: () => number;
}

export interface VerdictFiles {
  /** The file as the campaign was given it. */
  input: Readable;
  /** What it calls the column of the numbers. Default: `contact_number`. */
  numberColumn?: string | undefined;
  contacts: Readable;
  rejected: Readable;
}

/**
 * Reads the verdicts of the validation back, row by row of the file.
 *
 * The numbers are not judged again: newer metadata could come to another verdict than the one that was acted on.
 */
export async function readVerdicts(files: VerdictFiles): Promise<Verdicts> {
  const faults = await readTable(files.rejected);
  // Whoever checked the contacts has said there what they are: another release may take the same file for lines.
  const rowAt = faults.header.cells.indexOf(ROW_COLUMN);
  const wording = rowAt < 0 ? OF_A_FILE : new Wording(true);
  const input = await readTable(files.input, { wording });
  const contacts = new Cursor((await readTable(files.contacts)).blocks);
  const rejected = new Cursor(faults.blocks);
  const header = readHeader(input.header, files.numberColumn, wording);
  const { columns, numberAt } = header;
  let leftOver = 0;
  let contactsSeen = 0;

  /** Both cursors must be ready. */
  function judged({ line, row: counted = line, cells, broken }: TableRow): JudgedRow {
    const values = named(heldTexts(cells), header);
    const [typed = ''] = values.splice(numberAt, 1);
    const row = { line: counted, contact: undefined, number: typed, typed, values, stands: false };
    const fault = rejected.row;
    if (fault !== undefined && Number(fault.cells[0]) === line) {
      rejected.advance();
      const reason = original(fault.cells[3] ?? '');
      const stands = isAmong(original(fault.cells[2] ?? ''), [
        typed,
        ...values,
        broken ? shownText(broken) : cells.join(','),
      ]);
      return { ...row, verdict: verdictOf(reason), reason, stands };
    }
    const contact = contacts.row;
    contacts.advance();
    const at = contactsSeen++;
    if (contact !== undefined && sameRow(contact.cells, typed, values)) {
      return { ...row, contact: at, verdict: 'valid', number: contact.cells[0] ?? '', reason: '', stands: true };
    }
    const reason = `${wording.contacts} ${wording.areRows ? 'are not those that were' : 'is not the one that was'} checked when the campaign began`;
    return { ...row, contact: at, verdict: 'changed', reason };
  }

  async function* blocks(): AsyncGenerator<JudgedRow[]> {
    for await (const rows of input.blocks) {
      const block: JudgedRow[] = [];
      for (const row of rows) {
        if (!contacts.isReady) await contacts.load();
        if (!rejected.isReady) await rejected.load();
        while (Number(rejected.row?.cells[0]) < row.line) {
          leftOver += 1;
          rejected.advance();
          if (!rejected.isReady) await rejected.load();
        }
        block.push(judged(row));
      }
      yield block;
    }
    leftOver += (await contacts.rest()) + (await rejected.rest());
  }
  const others = columns.filter((column) => column !== NUMBER_COLUMN);
  return {
    columns,
    others,
    numberColumn: header.numberColumn,
    areRows: wording.areRows,
    blocks: blocks(),
    leftOver: () => leftOver,
  };
}

/**
 * Counts the verdicts on the rows of a file; undefined where they are those on another file. The files are closed either way.
 * @param country whose numbers those without a + are
 */
export async function countVerdicts(
  files: VerdictFiles,
  country: string | undefined,
): Promise<Omit<ContactsSummary, 'hash' | 'bytes' | 'notes'> | undefined> {
  try {
    const { columns, numberColumn, blocks, leftOver } = await readVerdicts(files);
    const count = { valid: 0, rejected: 0, duplicate: 0, suppressed: 0, changed: 0 };
    let flagged = 0;
    for await (const block of blocks) {
      for (const { verdict, typed, number, stands } of block) {
        count[verdict] += 1;
        const now = verdict === 'valid' ? readNumber(typed, country) : undefined;
        // That its last digits are the same is not enough to say of a person that they are called already.
        if (!stands || (now?.ok && now.number !== number)) return undefined;
        if (now?.ok && now.note !== undefined) flagged += 1;
      }
    }
    if (leftOver() > 0) return undefined;
    const { valid, rejected, duplicate: duplicates, suppressed } = count;
    const total = valid + rejected + duplicates + suppressed;
    const named = numberColumn === undefined ? {} : { numberColumn };
    return { total, valid, rejected, duplicates, suppressed, flagged, columns, ...named };
  } finally {
    closeAll(files);
  }
}

/** One file that cannot be read must not leave the others open. */
export function closeAll({ input, contacts, rejected }: VerdictFiles): void {
  for (const file of [input, contacts, rejected]) file.destroy();
}

/** `rejected.csv` has no column for it. */
function verdictOf(reason: string): JudgedRow['verdict'] {
  if (isDuplicateReason(reason)) return 'duplicate';
  return isSuppressedReason(reason) ? 'suppressed' : 'rejected';
}

/** Normalising changes the front of a number (a trunk 0, a +) but never its end. */
function sameRow([number = '', ...others]: string[], typed: string, values: string[]): boolean {
  const lastDigits = plainDigits(typed).replace(/\D/g, '').slice(-4);
  // A campaign that an earlier release began has the apostrophes of its file in its contacts as well.
  const same = (cell: string, i: number) => cell === values[i] || heldText(cell) === values[i];
  return number.endsWith(lastDigits) && others.length === values.length && others.every(same);
}

/** Whether a value of `rejected.csv` is one of these; releases have left more or fewer apostrophes in it. */
function isAmong(value: string, texts: readonly string[]): boolean {
  const bare = (text: string) => text.replace(/^'+/, '');
  return texts.some((text) => bare(cut(text, MAX_SHOWN)) === bare(value));
}

/** Stands at one row of a file that is read beside another. */
class Cursor {
  #block: TableRow[] = [];
  #at = 0;
  #hasEnded = false;

  constructor(private readonly blocks: AsyncGenerator<TableRow[]>) {}

  /** Whether {@link row} can be told without waiting. */
  get isReady(): boolean {
    return this.#hasEnded || this.#at < this.#block.length;
  }

  /** Undefined behind the last one. */
  get row(): TableRow | undefined {
    return this.#block[this.#at];
  }

  advance(): void {
    this.#at += 1;
  }

  /** Gets ready. */
  async load(): Promise<void> {
    while (!this.isReady) {
      const next = await this.blocks.next();
      this.#hasEnded = next.done === true;
      this.#block = next.done ? [] : next.value;
      this.#at = 0;
    }
  }

  /** Goes to the end. @returns the number of rows passed */
  async rest(): Promise<number> {
    let count = 0;
    for (await this.load(); this.row !== undefined; await this.load()) {
      count += this.#block.length - this.#at;
      this.#at = this.#block.length;
    }
    return count;
  }
}
