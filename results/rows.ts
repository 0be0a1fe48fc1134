import type { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { original } from '../contacts/formulas';
import { cellsByName, RESULT_COLUMNS, type RowResult, splitHeader } from './columns';
import { recordingIn } from './recordings';

/** How one row of the contacts file ended. */
export interface ResultRow {
  /** Line of the contacts file, as an editor shows it; of contacts that were sent as JSON rows, which of them, from 1. */
  line: number;
  /** E.164; of a row that was not called, as the file has it. */
  contactNumber: string;
  /** The status its call ended with, or why there was none. */
  result: RowResult;
  /** In words, for people; may be empty. */
  reason: string;
  /** Why the call is over, in Bolna's word (`invalid_number`); null where Bolna does not say, as before October 2026. */
  terminationReason: string | null;
  /** Bolna's ID of the call; null where there was none. */
  executionId: string | null;
  /** Seconds of conversation. */
  durationSeconds: number | null;
  /** Cents of the account's currency. */
  cost: number | null;
  /** How often Bolna called again. */
  retries: number | null;
  recordingUrl: string | null;
  /** The file of the recording beside `results.csv`, such as `recordings/1ae3e573.mp3`; null where it was not asked for or cannot be had. */
  recording: string | null;
  /** Why a recording that was asked for is not there, in words. */
  recordingMissing: string | null;
  /** What the agent has extracted, as Bolna gave it; null where there is nothing. */
  extractedData: unknown;
  /** The contacts file's own columns, by name. */
  values: Record<string, string>;
}

/** Thrown for a `results.csv` that is damaged, or that another program has written. */
export class ResultsDamagedError extends Error {
  override readonly name = 'ResultsDamagedError';
  constructor(cause: Error) {
    super(`results.csv cannot be read (${cause.message}): it is damaged, or another program has written it.`, {
      cause,
    });
  }
}

export interface ResultRows {
  /** The contacts file's own columns, in its order, without its number. */
  columns: readonly string[];
  /** Leaving the loop early closes the source. */
  rows: AsyncGenerator<ResultRow, void, undefined>;
}

/**
 * Opens a `results.csv`, whose rows are then streamed, a few in memory.
 * @throws ResultsDamagedError here for its header, from `rows` for what comes later; either closes the source
 */
export async function readRows(source: Readable): Promise<ResultRows> {
  const records = readRecords(source);
  try {
    const header = await records.next();
    if (header.done) throw new ResultsDamagedError(new Error('it is empty'));
    const columns = columnsOf(header.value);
    return { columns: columns.own, rows: rowsOf(records, columns) };
  } catch (error) {
    await records.return();
    throw error;
  }
}

async function* rowsOf(
  records: AsyncGenerator<string[], void, undefined>,
  columns: Columns,
): AsyncGenerator<ResultRow, void, undefined> {
  for await (const cells of records) yield rowOf(cells, columns);
}

async function* readRecords(source: Readable): AsyncGenerator<string[], void, undefined> {
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
    throw error instanceof CsvError ? new ResultsDamagedError(error) : error;
  } finally {
    source.destroy();
    parser.destroy();
  }
}

type Columns = NonNullable<ReturnType<typeof splitHeader>>;

function columnsOf(header: readonly string[]): Columns {
  const columns = splitHeader(header);
  if (columns) return columns;
  throw new ResultsDamagedError(new Error(`its columns are ${header.slice(0, RESULT_COLUMNS.length).join(', ')}`));
}

function rowOf(cells: readonly string[], { ours, own }: Columns): ResultRow {
  const cell = cellsByName(ours, cells);
  const values = cells.slice(ours.length);
  return {
    line: Number(cell.line),
    contactNumber: cell.contact_number ?? '',
    // Of a release that knows more results, it is one of those.
    result: (cell.result ?? '') as RowResult,
    reason: cell.reason ?? '',
    terminationReason: cell.termination_reason || null,
    executionId: cell.execution_id || null,
    durationSeconds: amount(cell.duration_seconds),
    cost: amount(cell.cost),
    retries: amount(cell.retries),
    recordingUrl: cell.recording_url || null,
    ...recordingIn(cell.recording),
    extractedData: json(cell.extracted_data),
    values: Object.fromEntries(own.map((column, at) => [column, values[at] ?? ''])),
  };
}

function amount(cell: string | undefined): number | null {
  return cell ? Number(cell) : null;
}

/** What is no JSON is what somebody has written there: worth more than nothing. */
function json(cell: string | undefined): unknown {
  try {
    return cell ? JSON.parse(cell) : null;
  } catch {
    return cell;
  }
}
