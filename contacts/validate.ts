import type { Readable, Writable } from 'node:stream';
import { csvLine } from './csv-line';
import { abandon, CsvSink } from './csv-sink';
import { ContactsError } from './errors';
import { neutral } from './formulas';
import { Judge } from './judge';
import { NUMBER_COLUMN } from './number-column';
import type { NumberSet } from './number-set';
import { openContacts, type ReadingOptions } from './read';
import { readTable } from './table';
import { OF_A_FILE, type Place, type Wording } from './wording';

/** Columns of `rejected.csv`, by lines of the CSV. */
export const REJECTED_COLUMNS = ['line', 'column', 'value', 'reason'] as const;
/** Behind them, where the contacts came as JSON rows: which of these it is, from 1. Releases before 0.5 read the lines alone. */
export const ROW_COLUMN = 'row';

export interface ContactsSummary {
  /** Rows of the file: `valid` + `rejected` + `duplicates` + `suppressed`. */
  total: number;
  valid: number;
  rejected: number;
  duplicates: number;
  /** Rows whose number is on a suppression list. */
  suppressed: number;
  /** Of the valid ones, those in no range the metadata knows. */
  flagged: number;
  /** Columns of the file, in its order. */
  columns: string[];
  /** SHA-256 of `contacts.csv`, in hex: the same contacts give the same. */
  hash: string;
  /** Size of `contacts.csv`. */
  bytes: number;
  /** What the file itself calls the column of the numbers, where that is not `contact_number`. */
  numberColumn?: string;
  /** What a person should know of how the file is read, in sentences. */
  notes: string[];
}

export interface ContactsSinks {
  /** `contacts.csv`: `contact_number` in E.164 first, then the other columns in file order. */
  contacts: Writable;
  /** `rejected.csv`: the rows Bolna does not get, in line order; nothing in it is a formula for a spreadsheet. */
  rejected: Writable;
}

/** Thrown for a contacts file whose rows are read, and none of them can be called. */
export class NoValidRowError extends ContactsError {
  constructor(
    message: string,
    /** What became of the rows. */
    readonly summary: ContactsSummary,
  ) {
    super('no-valid-row', message);
  }
}

/**
 * Splits a contacts file into what Bolna gets and what it does not.
 *
 * Both sinks are ended when this resolves, and also when no row is valid (so that the rejected rows can be looked at);
 * on any other error they are destroyed.
 *
 * @param suppressed numbers on a suppression list: their rows are not called either
 * @throws {@link ContactsError} when the file cannot be used; {@link NoValidRowError} when none of its rows can be called.
 */
export async function validateContacts(
  source: Readable,
  sinks: ContactsSinks,
  suppressed?: Pick<NumberSet, 'has'>,
  options: ReadingOptions = {},
): Promise<ContactsSummary> {
  const { summary, firstFault } = await split(source, sinks, suppressed, options).catch((error: unknown) => {
    abandon([sinks.contacts, sinks.rejected], error);
    throw error;
  });
  if (summary.valid === 0) throw noValidRow(summary, firstFault, options.wording);
  return summary;
}

interface Fault extends Place {
  reason: string;
}

async function split(
  source: Readable,
  sinks: ContactsSinks,
  onList: Pick<NumberSet, 'has'> | undefined,
  options: ReadingOptions,
): Promise<{ summary: ContactsSummary; firstFault?: Fault }> {
  const { header, blocks, notes } = await openContacts(source, options);
  const { columns, numberAt, numberColumn } = header;
  const judge = new Judge(header, { ...options, suppressed: onList });
  const contacts = new CsvSink(sinks.contacts);
  const rejected = new CsvSink(sinks.rejected);
  contacts.write(withNumber(NUMBER_COLUMN, columns, numberAt));
  rejected.write(options.wording?.areRows ? [...REJECTED_COLUMNS, ROW_COLUMN] : REJECTED_COLUMNS);

  const count = { valid: 0, rejected: 0, duplicate: 0, suppressed: 0 };
  let flagged = 0;
  let firstFault: Fault | undefined;
  for await (const block of blocks) {
    for (const row of block) {
      const judged = judge.judge(row);
      count[judged.verdict] += 1;
      if (judged.verdict === 'valid') {
        if (judged.note !== undefined) flagged += 1;
        if (!contacts.write(withNumber(judged.number, row.cells, numberAt))) await contacts.drained();
      } else {
        const { column, value, reason } = judged;
        if (judged.verdict === 'rejected') firstFault ??= { ...row, reason };
        const told = [String(row.line), column, value, reason];
        if (row.row !== undefined) told.push(String(row.row));
        if (!rejected.write(told.map(neutral))) await rejected.drained();
      }
    }
  }
  const { bytes, hash } = await contacts.end();
  await rejected.end();
  const { valid, rejected: refused, duplicate: duplicates, suppressed } = count;
  const total = valid + refused + duplicates + suppressed;
  const counts = { total, valid, rejected: refused, duplicates, suppressed, flagged };
  const summary = {
    ...counts,
    columns,
    hash,
    bytes,
    ...(numberColumn !== undefined && { numberColumn }),
    notes: notes(),
  };
  return firstFault === undefined ? { summary } : { summary, firstFault };
}

/**
 * A `rejected.csv` of contacts that came as JSON rows as their caller knows them: by the numbers of the rows in place of the lines.
 * @param rejected as {@link validateContacts} has written it
 */
export async function* rejectedByRows(rejected: Readable): AsyncGenerator<string> {
  const { blocks } = await readTable(rejected);
  yield csvLine(REJECTED_COLUMNS);
  for await (const block of blocks) {
    yield block
      .map(({ cells: [, column = '', value = '', reason = '', row = ''] }) => csvLine([row, column, value, reason]))
      .join('');
  }
}

/** The cells of a row with its number in front, as Bolna wants them. */
function withNumber(number: string, cells: readonly string[], numberAt: number): string[] {
  const ordered = [number];
  cells.forEach((cell, at) => {
    if (at !== numberAt) ordered.push(cell);
  });
  return ordered;
}

function noValidRow(summary: ContactsSummary, first: Fault | undefined, wording: Wording = OF_A_FILE): NoValidRowError {
  const { total, rejected, suppressed } = summary;
  const why = rejected === 0 ? 'on the suppression list' : 'rejected';
  const rows =
    rejected > 0 && suppressed > 0
      ? `${rejected} of ${total} rows are rejected, the others are on the suppression list`
      : total === 1
        ? `The only row is ${why}`
        : `All ${total} rows are ${why}`;
  const example = first === undefined ? '' : `; ${wording.at(first)}: ${first.reason}`;
  return new NoValidRowError(`No number in ${wording.contacts} can be called. ${rows}${example}.`, summary);
}
