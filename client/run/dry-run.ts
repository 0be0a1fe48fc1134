import ms from 'ms';
import { contactsFileName } from '../../activities/campaign-batches';
import { bolnaRules, roundedStart, schedulableFrom, startToRequest } from '../../bolna/start-time';
import { ContactsError } from '../../contacts/errors';
import type { NumberSet } from '../../contacts/number-set';
import { type ContactRow, type ReadingOptions, refuseResultsFile } from '../../contacts/read';
import type { ContactsSummary } from '../../contacts/validate';
import { TYPED } from '../../contacts/wording';
import type { Config } from '../../worker/config';
import { refusePreflight, tell } from '../preflight/aloud';
import { askOf } from '../preflight/campaign';
import { preflight } from '../preflight/preflight';
import { inBothZones } from '../terminal/both-zones';
import { printJson } from '../terminal/json';
import { EXIT, type ExitCode, UserError } from '../user-error';
import { accountOf, type CampaignPlan, checkPlan, identify, listsOf, readingOf } from './begin';
import { suppressedAmong } from './do-not-call';
import { askForEstimate, estimateText, unknownEstimate } from './estimate';
import { rowsText, say, table } from './print';
import { contentHash, type Recipients, sample, survey } from './recipients';
import { refuseImpossibleStart, startRules } from './wished-start';

export interface DryRun {
  /** Of campaign IDs that are made. */
  prefix: string;
  /** How many times as fast as Bolna the simulator would be. */
  speed?: number | undefined;
  json: boolean;
}

/** Stands in for the agent where none is named yet. */
const NO_AGENT = '00000000-0000-4000-8000-000000000000';
const FIRST_ROWS = 3;
const REJECTED_ROWS = 20;

/** Shows what a run would send, and sends nothing. @throws as surveyAloud */
export async function dryRun(plan: CampaignPlan, config: Config, { prefix, speed, json }: DryRun): Promise<ExitCode> {
  const { recipients, at, timezone, wishes } = plan;
  const agentId = plan.agentId ?? config.bolna.agentId;
  const campaignId = plan.campaignId ?? `${prefix}-${identify(agentId ?? '', await contentHash(recipients))}`;
  checkPlan(campaignId, { ...plan, agentId: agentId ?? NO_AGENT });
  // Without any key there is nothing to tell an account's name by, and what would be sent can be seen all the same.
  const account = config.bolna.accounts.length > 0 ? accountOf(config, plan) : undefined;
  const now = Date.now();
  const rules = bolnaRules(speed);
  refuseImpossibleStart(plan, startRules(config, rules));
  await refuseResultsFile(await recipients.open(), TYPED);
  const suppressed = await suppressedAmong(recipients, config, listsOf(plan));
  const surveyed = await surveyAloud(recipients, suppressed?.numbers, readingOf(plan));
  // A simulation has an agent of its own, made for the file.
  const how = { config, account, rules, suppressed: suppressed?.numbers };
  const checked = speed === undefined ? await preflight(askOf({ ...plan, agentId }, how)) : undefined;
  const required = checked?.required ?? undefined;
  const reading = { ...readingOf(plan), required };
  const summary = required ? await surveyAloud(recipients, suppressed?.numbers, reading) : surveyed;
  const size = { first: FIRST_ROWS, rejected: REJECTED_ROWS };
  const { columns, first, rejected } = await sample(recipients, size, suppressed?.numbers, reading);
  const startsAt = roundedStart(startToRequest(now, at, config.bolna.leadMs), rules);
  const asked =
    speed === undefined
      ? await askForEstimate(config, agentId, summary.valid, wishes.retry, wishes.account)
      : unknownEstimate(summary.valid, wishes.retry, 'a simulation has no calls to judge by');
  const fileName = contactsFileName(campaignId, summary.hash);

  say(`Dry run: nothing is sent, nobody is called.\n`);
  say(`Campaign   ${campaignId}`);
  say(`Batch      agent_id  ${agentId ?? '(none yet: set BOLNA_AGENT_ID or give --agent)'}`);
  say(`           file      ${fileName}, ${summary.bytes} bytes`);
  if (at !== undefined && at !== startsAt) say(`Asked for  ${inBothZones(at, timezone)}`);
  say(`Start      ${inBothZones(startsAt, timezone)}, rounded up as Bolna does`);
  const from = schedulableFrom(startsAt, rules);
  if (from > now) {
    const who = speed === undefined ? 'Bolna' : 'The simulated Bolna';
    const ahead = ms(rules.maxAheadMs, { long: true });
    say(`           ${who} takes a start at most ${ahead} ahead: it is scheduled on ${inBothZones(from, timezone)}`);
  }
  say(`Rows       ${rowsText(summary)}`);
  say(`Estimate   ${estimateText(asked)}\n`);
  for (const note of [...recipients.notes(), ...summary.notes, ...(suppressed?.notes ?? [])]) say(`Note: ${note}\n`);
  const variables = columns.filter((column) => column !== 'contact_number');
  if (checked) tell(checked);
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
  if (json) {
    const { total, valid, duplicates, suppressed: onList } = summary;
    const contacts = {
      total,
      valid,
      rejected: summary.rejected,
      duplicates,
      ...(suppressed && { suppressed: onList }),
    };
    const { estimate } = asked;
    const startsAtText = new Date(startsAt).toISOString();
    const shown = {
      campaignId,
      dryRun: true,
      fileName,
      startsAt: startsAtText,
      contacts,
      mostCalls: estimate.calls,
      estimate,
      ...(checked && { preflight: checked }),
    };
    printJson(shown);
  }
  if (checked) refusePreflight(checked, plan.allowMissing ?? false);
  return EXIT.completed;
}

/** Judges every row. @throws ContactsError, or UserError for a number given with --to, after the rejected rows are shown */
export async function surveyAloud(
  recipients: Recipients,
  suppressed?: NumberSet,
  reading?: ReadingOptions,
): Promise<ContactsSummary> {
  try {
    return await survey(recipients, suppressed, reading);
  } catch (error) {
    if (error instanceof ContactsError && error.code === 'no-valid-row') {
      const { rejected } = await sample(recipients, { first: 0, rejected: REJECTED_ROWS }, suppressed, reading);
      if (recipients.fromFile) {
        showRejected(rejected);
        say('"bolna-campaigns validate FILE" shows every row that is not called, and what to do about it.');
      } else throw new UserError(`--to ${reasonOf(rejected[0])}.`, EXIT.badInput, { cause: error });
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
