import type { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { original } from '../contacts/formulas';
import { RESULT_COLUMNS } from '../results/columns';
import { ReportError } from './errors';

/** A line of `results.csv`. */
export interface ResultRow {
  /** Of the file that the campaign was given. */
  line: number;
  number: string;
  result: string;
  reason: string;
  executionId: string;
  seconds: number | undefined;
  /** Cents of the account's currency. */
  cost: number | undefined;
  retries: number | undefined;
  recordingUrl: string;
  extracted: string;
  /** The file's own columns, in its order. */
  values: string[];
}

export interface ResultRows {
  /** Names of the file's own columns. */
  columns: string[];
  rows: AsyncGenerator<ResultRow>;
}

/**
 * Streams `results.csv`, a few rows in memory.
 * @throws {@link ReportError} where it is no such file; from `rows` for what comes later
 */
export async function readRows(source: Readable): Promise<ResultRows> {
  const records = readRecords(source);
  const first = await records.next();
  const header = first.done ? [] : first.value;
  if (!RESULT_COLUMNS.every((column, at) => header[at] === column)) {
    await records.return(undefined);
    throw damaged(new Error('its header is another'));
  }
  async function* rows(): AsyncGenerator<ResultRow> {
    for await (const cells of records) yield rowOf(cells);
  }
  return { columns: header.slice(RESULT_COLUMNS.length), rows: rows() };
}

async function* readRecords(source: Readable): AsyncGenerator<string[]> {
  // Not contacts/table.ts, which refuses rows of over 1 MB and null bytes: Bolna may have written either.
  const parser = parse({ record_delimiter: '\n', relax_column_count: true, on_record: (cells) => cells.map(original) });
  source.once('error', (error) => parser.destroy(error)).pipe(parser);
  try {
    yield* parser as AsyncIterable<string[]>;
  } catch (error) {
    throw error instanceof CsvError ? damaged(error) : error;
  } finally {
    source.destroy();
    parser.destroy();
  }
}

function rowOf(cells: readonly string[]): ResultRow {
  const [line = '', number = '', result = '', reason = '', executionId = '', seconds, cost, retries] = cells;
  const [recordingUrl = '', extracted = '', ...values] = cells.slice(8);
  const amounts = { seconds: amount(seconds), cost: amount(cost), retries: amount(retries) };
  return { line: amount(line) ?? 0, number, result, reason, executionId, ...amounts, recordingUrl, extracted, values };
}

/** A cell that is no amount counts as empty: no field is worth losing a report over. */
function amount(cell: string | undefined): number | undefined {
  const value = cell === undefined || cell === '' ? Number.NaN : Number(cell);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

function damaged(cause: Error): ReportError {
  const message = `results.csv cannot be read (${cause.message}): it is damaged, or another program has written it.`;
  return new ReportError('unreadable', message, { cause });
}
