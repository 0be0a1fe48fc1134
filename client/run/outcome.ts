import { readRows } from '../../results/rows';
import { type CampaignStorage, ForeignUriError } from '../../storage/storage';
import { attentionOfEnd } from '../../workflows/attention';
import { type CampaignResult, HALT_UNCONFIRMED, WALLET_EMPTY } from '../../workflows/state';
import { stopInDashboard } from '../../workflows/words';
import { type LiveProgress, warningOf } from '../live-progress';
import { asPath } from '../terminal/path';
import { EXIT, type ExitCode } from '../user-error';
import { printable, say, table } from './print';

const SHOWN_ROWS = 25;
const MAX_REASON = 1000;

/** Shows a campaign's end: a table of its rows, the sums, and where the files are. With `json` also one line on stdout. */
export async function showOutcome(result: CampaignResult, storage: CampaignStorage, json: boolean): Promise<ExitCode> {
  const files = result.files && mapValues(result.files, asPath);
  const attention = attentionOfEnd(result);
  const warning = attention?.kind === HALT_UNCONFIRMED ? attention.text : undefined;
  if (warning !== undefined) say(printable(warning, MAX_REASON));
  if (result.files) await showRows(storage, result.files.results);
  const outcomes = Object.entries(result.outcomes).map(([name, rows]) => `${rows} ${printable(name)}`);
  // Without results there is nothing that a cost could be the sum of.
  const cost = files ? ` Cost ${(result.cost / 100).toFixed(2)}.` : '';
  say(`${title(result.status)}${outcomes.length > 0 ? `: ${outcomes.join(', ')}` : ''}.${cost}`);
  if (result.reason && result.reason !== warning) say(printable(result.reason, MAX_REASON));
  if (isUnknownAgent(result)) say('Is the agent one of this account? Check --agent or BOLNA_AGENT_ID.');
  if (attention && warning === undefined && attention.text !== result.reason)
    say(`Attention: ${printable(attention.text, MAX_REASON)}`);
  for (const note of result.notes) say(`Note: ${printable(note, MAX_REASON)}`);
  if (files) say(`Results: ${files.results}`);
  if (files?.recordings) say(`Recordings: ${files.recordings}`);
  if (json) process.stdout.write(`${JSON.stringify({ ...result, files })}\n`);
  return exitCodeOf(result);
}

/**
 * 0 completed · 1 failed · 2 failed for its input or configuration before there was a batch · 3 stopped, canceled, missed, or completed
 * without a call because the wallet was empty.
 */
export function exitCodeOf({ status, batchId, errorType }: CampaignResult): ExitCode {
  if (status === 'completed') return errorType === WALLET_EMPTY ? EXIT.notCompleted : EXIT.completed;
  if (status !== 'failed') return EXIT.notCompleted;
  return batchId === null && errorType !== undefined && INPUT_ERRORS.has(errorType) ? EXIT.badInput : EXIT.failed;
}

/** The result of a campaign that ended without leaving one, from what was last seen of it. */
export function resultWithout(campaignId: string, last: LiveProgress | undefined, reason: string): CampaignResult {
  const isUnconfirmed = last !== undefined && warningOf(last) !== undefined;
  const warning = stopInDashboard(last?.batchId ?? undefined, last?.batches !== undefined);
  return {
    campaignId,
    batchId: last?.batchId ?? null,
    status: 'failed',
    startsAt: last?.startsAt ?? null,
    contacts: last?.contacts ?? { total: 0, valid: 0, rejected: 0, duplicates: 0 },
    outcomes: {},
    cost: last?.cost ?? 0,
    files: null,
    reason: isUnconfirmed ? `${warning} ${reason}` : reason,
    ...(isUnconfirmed && { haltUnconfirmed: true }),
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
  const shown: string[][] = [];
  let total = 0;
  try {
    const { rows } = await readRows(await storage.read(storage.pathOf(uri)));
    for await (const { line, contactNumber, result, durationSeconds, cost, reason } of rows) {
      total++;
      if (shown.length >= SHOWN_ROWS) continue;
      const money = cost === null ? '' : (cost / 100).toFixed(2);
      shown.push([String(line), contactNumber, result, String(durationSeconds ?? ''), money, reason]);
    }
  } catch (error) {
    const why =
      error instanceof ForeignUriError ? 'They are not in the storage that CAMPAIGN_DATA names.' : messageOf(error);
    say(`The rows cannot be shown: ${printable(why, MAX_REASON)}`);
    return;
  }
  say(table(['line', 'number', 'result', 'seconds', 'cost', 'reason'], shown));
  if (total > shown.length) say(`  … and ${total - shown.length} more rows in the file.`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function title(status: CampaignResult['status']): string {
  return status.charAt(0).toUpperCase() + status.slice(1);
}

function mapValues<T extends object>(object: T, map: (value: string) => string): T {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(String(value))])) as T;
}
