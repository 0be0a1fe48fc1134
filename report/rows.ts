import type { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { original } from '../contacts/formulas';
import { cellsByName, type ResultColumn, splitHeader } from '../results/columns';
import { ReportError } from './errors';

/** A line of `results.csv`. */
export interface ResultRow {
  /** Of the file that the campaign was given. */
  line: number;
  number: string;
  result: string;
  reason: string;
  /** Bolna's word for why the call is over; empty where there is none. */
  terminationReason: string;
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
  columns: readonly string[];
  rows: AsyncGenerator<ResultRow>;
}

/**
 * Streams `results.csv`, a few rows in memory.
 * @throws {@link ReportError} where it is no such file; from `rows` for what comes later
 */
export async function readRows(source: Readable): Promise<ResultRows> {
  const records = readRecords(source);
  const first = await records.next();
  const columns = first.done ? undefined : splitHeader(first.value);
  if (!columns) {
    await records.return(undefined);
    throw damaged(new Error('its header is another'));
  }
  const { ours, own } = columns;
  async function* rows(): AsyncGenerator<ResultRow> {
    for await (const cells of records) yield rowOf(cells, ours);
  }
  return { columns: own, rows: rows() };
}

async function* readRecords(source: Readable): AsyncGenerator<string[]> {
  // Not contacts/table.ts, which refuses rows of over 1 MB and null bytes: Bolna may have written either.
  const parser = parse({
    bom: true,
    record_delimiter: '\n',
    relax_column_count: true,
    on_record: (cells) => cells.map(original),
  });
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

function rowOf(cells: readonly string[], ours: readonly ResultColumn[]): ResultRow {
  const cell = cellsByName(ours, cells);
  return {
    line: amount(cell.line) ?? 0,
    number: cell.contact_number ?? '',
    result: cell.result ?? '',
    reason: cell.reason ?? '',
    terminationReason: cell.termination_reason ?? '',
    executionId: cell.execution_id ?? '',
    seconds: amount(cell.duration_seconds),
    cost: amount(cell.cost),
    retries: amount(cell.retries),
    recordingUrl: cell.recording_url ?? '',
    extracted: cell.extracted_data ?? '',
    values: cells.slice(ours.length),
  };
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
