import { Readable } from 'node:stream';
import { csvLine } from '../../contacts/csv-line';
import { neutral } from '../../contacts/formulas';
import { resultColumns } from '../../results/columns';
import { recordingCell } from '../../results/recordings';
import { type ResultRow, readRows } from '../../results/rows';
import { secondRound } from '../../results/second-round';
import { campaignFiles } from '../../storage/campaign-files';
import { readConfig } from '../../worker/config';
import { plural, say, table } from '../run/print';
import { writeOutput } from '../terminal/output-file';
import { untilReaderLeaves } from '../terminal/until-reader-leaves';
import { EXIT, type ExitCode } from '../user-error';
import { storageOfResults } from './left';

export const FORMATS = ['csv', 'jsonl', 'table'] as const;
export type Format = (typeof FORMATS)[number];

export interface ResultsFlags {
  /** Default: a table on a terminal, else CSV. */
  format?: Format;
  /** Only rows that ended so. */
  only?: readonly string[];
  output?: string;
  /** The same as the format jsonl. */
  json?: boolean;
}

/** Rows of a table that are held at a time, to make its columns as wide as they need. */
const TABLE_ROWS = 500;

/**
 * Gives the rows of a campaign that is over. As CSV, `only` makes them a contacts file, for a second round with the people who
 * were not reached.
 * @returns `notCompleted` where no row ended as `only` says: a file has its header alone then, and no campaign takes it
 * @throws UserError, ResultsDamagedError
 */
export async function results(campaignId: string, { format, only, output, json }: ResultsFlags): Promise<ExitCode> {
  const storage = await storageOfResults(readConfig(process.env), campaignId);
  const { columns, rows } = await readRows(await storage.read(campaignFiles(campaignId).results));
  const count = { all: 0, chosen: 0, unsettled: 0 };
  async function* chosen(): AsyncGenerator<ResultRow> {
    for await (const row of rows) {
      count.all += 1;
      if (only && !only.includes(row.result)) continue;
      count.chosen += 1;
      if (row.result === 'unsettled') count.unsettled += 1;
      yield row;
    }
  }
  const shape =
    format ?? (json ? 'jsonl' : undefined) ?? (output === undefined && process.stdout.isTTY ? 'table' : 'csv');
  const text = Readable.from(textOf(chosen(), columns, shape, only !== undefined), { objectMode: false });
  if (output === undefined) await untilReaderLeaves(text, process.stdout);
  else await writeOutput(output, text, '--output', { isCsv: shape === 'csv' });
  const place = output === undefined ? '' : ` written to ${output}`;
  if (only && count.chosen === 0) {
    const left = shape === 'csv' && output !== undefined ? `${output} has a header and no rows.` : 'Nothing to show.';
    say(`None of ${plural(count.all, 'row')} ended ${only.join(' or ')}. ${left}`);
    return EXIT.notCompleted;
  }
  if (only?.includes('unsettled') && count.unsettled > 0) say(mayHaveBeenCalled(count.unsettled, campaignId));
  if (only) say(`${count.chosen} of ${plural(count.all, 'row')} ended ${only.join(' or ')}${place && `,${place}`}.`);
  else if (output !== undefined) say(`${plural(count.all, 'row')}${place}.`);
  return EXIT.completed;
}

/** A second round calls everyone in it, and `unsettled` means that nobody knows whether they were called. */
function mayHaveBeenCalled(rows: number, campaignId: string): string {
  return `Warning: ${plural(rows, 'person', 'people')} among them may have been called already (unsettled). Check their calls in Bolna's dashboard before you call them again: the column "reason" of "bolna-campaigns results ${campaignId}" says what is known of each.`;
}

function textOf(
  rows: AsyncIterable<ResultRow>,
  columns: readonly string[],
  format: Format,
  again: boolean,
): AsyncGenerator<string> {
  if (format === 'jsonl') return jsonLines(rows);
  if (format === 'table') return tables(rows);
  return again ? secondRound(columns, rows) : csv(rows, columns);
}

async function* jsonLines(rows: AsyncIterable<ResultRow>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}

async function* csv(rows: AsyncIterable<ResultRow>, columns: readonly string[]): AsyncGenerator<string> {
  yield csvLine([...resultColumns(columns), ...columns].map(neutral));
  for await (const row of rows)
    yield csvLine([...resultOf(row), ...columns.map((column) => row.values[column] ?? '')].map(neutral));
}

function resultOf(row: ResultRow): string[] {
  const {
    line,
    contactNumber,
    result,
    reason,
    terminationReason,
    executionId,
    durationSeconds,
    cost,
    retries,
    recordingUrl,
  } = row;
  const { extractedData: extracted } = row;
  const known = [terminationReason, executionId, durationSeconds, cost, retries, recordingUrl, recordingCell(row)].map(
    (value) => String(value ?? ''),
  );
  const data = extracted === null ? '' : typeof extracted === 'string' ? extracted : JSON.stringify(extracted);
  return [String(line), contactNumber, result, reason, ...known, data];
}

const HEAD = ['line', 'number', 'result', 'seconds', 'cost', 'reason'];

async function* tables(rows: AsyncIterable<ResultRow>): AsyncGenerator<string> {
  let held: string[][] = [];
  for await (const { line, contactNumber, result, durationSeconds, cost, reason } of rows) {
    const money = cost === null ? '' : (cost / 100).toFixed(2);
    held.push([String(line), contactNumber, result, String(durationSeconds ?? ''), money, reason]);
    if (held.length < TABLE_ROWS) continue;
    yield `${table(HEAD, held)}\n`;
    held = [];
  }
  if (held.length > 0) yield `${table(HEAD, held)}\n`;
}
