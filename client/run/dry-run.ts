import { contactsFileName } from '../../activities/campaign-batches';
import { type BolnaRules, roundedStart, schedulableFrom, startToRequest } from '../../bolna/start-time';
import { ContactsError } from '../../contacts/errors';
import type { NumberSet } from '../../contacts/number-set';
import type { ContactRow } from '../../contacts/read';
import type { Suppressed } from '../../contacts/suppression';
import type { ContactsSummary } from '../../contacts/validate';
import { EXIT, type ExitCode, UserError } from '../user-error';
import { type AskedEstimate, estimateText } from './estimate';
import { rowsText, say, table } from './print';
import { type Recipients, sample, survey } from './recipients';
import { inBothZones, refusePast } from './start-time';

export interface DryRun {
  campaignId: string;
  agentId: string | undefined;
  recipients: Recipients;
  at: number | undefined;
  leadMs: number;
  rules: BolnaRules;
  /** Who is on a do-not-call list, where there are any. */
  suppressed: Suppressed | undefined;
  /** The most that so many contacts can come to. */
  estimate: (contacts: number) => Promise<AskedEstimate>;
  json: boolean;
}

const FIRST_ROWS = 3;
const REJECTED_ROWS = 20;

/** Shows what a run would send, and sends nothing. @throws as surveyAloud */
export async function dryRun(options: DryRun): Promise<ExitCode> {
  const { campaignId, agentId, recipients, at, leadMs, rules, suppressed } = options;
  const now = Date.now();
  if (at !== undefined) refusePast(at, now);
  const summary = await surveyAloud(recipients, suppressed?.numbers);
  const size = { first: FIRST_ROWS, rejected: REJECTED_ROWS };
  const { columns, first, rejected } = await sample(recipients, size, suppressed?.numbers);
  const startsAt = roundedStart(startToRequest(now, at, leadMs), rules);
  const asked = await options.estimate(summary.valid);
  const fileName = contactsFileName(campaignId, summary.hash);

  say(`Dry run: nothing is sent, nobody is called.\n`);
  say(`Campaign   ${campaignId}`);
  say(`Batch      agent_id  ${agentId ?? '(none yet: set BOLNA_AGENT_ID or give --agent)'}`);
  say(`           file      ${fileName}, ${summary.bytes} bytes`);
  say(`Start      ${inBothZones(startsAt)}, rounded up as Bolna does`);
  const from = schedulableFrom(startsAt, rules);
  if (from > now) say(`           Bolna takes a start at most 30 days ahead: it is scheduled on ${inBothZones(from)}`);
  say(`Rows       ${rowsText(summary)}`);
  say(`Estimate   ${estimateText(asked)}\n`);
  for (const note of suppressed?.notes ?? []) say(`Note: ${note}\n`);
  const variables = columns.filter((column) => column !== 'contact_number');
  say(`First rows, as Bolna gets them:`);
  say(
    table(
      ['contact_number', ...variables],
      first.map((row) => [
        row.verdict === 'valid' ? row.number : '',
        ...variables.map((name) => row.columns[name] ?? ''),
      ]),
    ),
  );
  showRejected(rejected);
  const more = summary.rejected + summary.duplicates + summary.suppressed - rejected.length;
  if (more > 0) say(`… and ${more} more.`);
  if (options.json) {
    const { total, valid, duplicates, suppressed: onList } = summary;
    const contacts = {
      total,
      valid,
      rejected: summary.rejected,
      duplicates,
      ...(suppressed && { suppressed: onList }),
    };
    const { estimate } = asked;
    const at = new Date(startsAt).toISOString();
    const plan = { campaignId, dryRun: true, fileName, startsAt: at, contacts, mostCalls: estimate.calls, estimate };
    process.stdout.write(`${JSON.stringify(plan)}\n`);
  }
  return EXIT.completed;
}

/** Judges every row. @throws ContactsError, or UserError for a number given with --to, after the rejected rows are shown */
export async function surveyAloud(recipients: Recipients, suppressed?: NumberSet): Promise<ContactsSummary> {
  try {
    return await survey(recipients, suppressed);
  } catch (error) {
    if (error instanceof ContactsError && error.code === 'no-valid-row') {
      const { rejected } = await sample(recipients, { first: 0, rejected: REJECTED_ROWS }, suppressed);
      if (recipients.fromFile) showRejected(rejected);
      else throw new UserError(`--to ${reasonOf(rejected[0])}.`, EXIT.badInput, { cause: error });
    }
    throw error;
  }
}

function reasonOf(row: ContactRow | undefined): string {
  return row && 'reason' in row ? row.reason.replace(/\.$/, '') : 'is no number that can be called';
}

function showRejected(rejected: Awaited<ReturnType<typeof sample>>['rejected']): void {
  if (rejected.length === 0) return;
  say('\nRows that are not called:');
  const cells = rejected.map((row) => ('reason' in row ? [String(row.line), row.column, row.value, row.reason] : []));
  say(table(['line', 'column', 'value', 'reason'], cells));
}
