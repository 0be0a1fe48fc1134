import { parse } from 'csv-parse';
import { original } from '../../contacts/formulas';
import { type CampaignStorage, ForeignUriError } from '../../storage/storage';
import type { CampaignResult } from '../../workflows/state';
import type { LiveProgress } from '../live-progress';
import { asPath } from '../terminal/path';
import { EXIT, type ExitCode } from '../user-error';
import { printable, say, table } from './print';

const SHOWN_ROWS = 25;
const MAX_REASON = 1000;
const COLUMNS = ['line', 'contact_number', 'result', 'duration_seconds', 'cost', 'reason'] as const;

/** Shows a campaign's end: a table of its rows, the sums, and where the files are. With `json` also one line on stdout. */
export async function showOutcome(result: CampaignResult, storage: CampaignStorage, json: boolean): Promise<ExitCode> {
  const files = result.files && mapValues(result.files, asPath);
  if (result.files) await showRows(storage, result.files.results);
  const outcomes = Object.entries(result.outcomes).map(([name, rows]) => `${rows} ${printable(name)}`);
  // Without results there is nothing that a cost could be the sum of.
  const cost = files ? ` Cost ${(result.cost / 100).toFixed(2)}.` : '';
  say(`${title(result.status)}${outcomes.length > 0 ? `: ${outcomes.join(', ')}` : ''}.${cost}`);
  if (result.reason) say(printable(result.reason, MAX_REASON));
  if (isUnknownAgent(result)) say('Is the agent one of this account? Check --agent or BOLNA_AGENT_ID.');
  for (const note of result.notes) say(`Note: ${printable(note, MAX_REASON)}`);
  if (files) say(`Results: ${files.results}`);
  if (files?.recordings) say(`Recordings: ${files.recordings}`);
  if (json) process.stdout.write(`${JSON.stringify({ ...result, files })}\n`);
  return exitCodeOf(result);
}

/** 0 completed · 1 failed · 2 failed for its input or configuration before there was a batch · 3 stopped, canceled, missed. */
export function exitCodeOf({ status, batchId, errorType }: CampaignResult): ExitCode {
  if (status === 'completed') return EXIT.completed;
  if (status !== 'failed') return EXIT.notCompleted;
  return batchId === null && errorType !== undefined && INPUT_ERRORS.has(errorType) ? EXIT.badInput : EXIT.failed;
}

/** The result of a campaign that ended without leaving one, from what was last seen of it. */
export function resultWithout(campaignId: string, last: LiveProgress | undefined, reason: string): CampaignResult {
  return {
    campaignId,
    batchId: last?.batchId ?? null,
    status: 'failed',
    startsAt: last?.startsAt ?? null,
    contacts: last?.contacts ?? { total: 0, valid: 0, rejected: 0, duplicates: 0 },
    outcomes: {},
    cost: last?.cost ?? 0,
    files: null,
    reason,
    notes: last?.notes ?? [],
  };
}

/** Bolna answers 404 to whatever is asked with an agent it does not know. */
function isUnknownAgent({ batchId, errorType }: CampaignResult): boolean {
  return batchId === null && errorType === 'BolnaNotFound';
}

const INPUT_ERRORS = new Set([
  'InvalidInput',
  'InvalidContacts',
  'InvalidSuppression',
  'OtherContacts',
  'BolnaUnauthorized',
  'BolnaNotFound',
  'BolnaRefused',
]);

/** Shows the first rows. The campaign is over: that they cannot be read does not change how it went. */
async function showRows(storage: CampaignStorage, uri: string): Promise<void> {
  const rows: string[][] = [];
  let total = 0;
  try {
    const parser = parse({ columns: true, bom: true });
    const file = await storage.read(storage.pathOf(uri));
    file.once('error', (error) => parser.destroy(error)).pipe(parser);
    for await (const record of parser as AsyncIterable<Record<string, string>>) {
      total++;
      if (rows.length < SHOWN_ROWS) rows.push(COLUMNS.map((column) => cell(column, original(record[column] ?? ''))));
    }
  } catch (error) {
    const why =
      error instanceof ForeignUriError ? 'They are not in the storage that CAMPAIGN_DATA names.' : messageOf(error);
    say(`The rows cannot be shown: ${printable(why, MAX_REASON)}`);
    return;
  }
  say(table(['line', 'number', 'result', 'seconds', 'cost', 'reason'], rows));
  if (total > rows.length) say(`  … and ${total - rows.length} more rows in the file.`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function cell(column: (typeof COLUMNS)[number], value: string): string {
  return column === 'cost' && value !== '' ? (Number(value) / 100).toFixed(2) : value;
}

function title(status: CampaignResult['status']): string {
  return status.charAt(0).toUpperCase() + status.slice(1);
}

function mapValues<T extends object>(object: T, map: (value: string) => string): T {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(String(value))])) as T;
}
