import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { type Check, checkContacts, type Finding } from '../../contacts/check';
import { refuseResultsFile } from '../../contacts/read';
import type { Suppressed } from '../../contacts/suppression';
import { TYPED } from '../../contacts/wording';
import { type Config, readConfig } from '../../worker/config';
import type { Preflight } from '../preflight/types';
import type { Lists } from '../run/do-not-call';
import { plural, say, table } from '../run/print';
import { type Recipients, recipientsFile } from '../run/recipients';
import { printJson } from '../terminal/json';
import { writeOutput } from '../terminal/output-file';
import { EXIT, type ExitCode, UserError } from '../user-error';

export interface ValidateFlags {
  /** Where the rows that can be called are written. */
  fix?: string;
  /** Which sheet of a workbook. Default: the first. */
  sheet?: string;
  /** What the file calls the column of the numbers. */
  numberColumn?: string;
  /** Whose numbers those without a + are. */
  country?: string;
  suppress?: string[];
  /** Whether entries of lists that cannot be read are left out with a note. Default: they are an error. */
  ignoreUnreadableSuppressions?: boolean;
  /** The agent that is to call: its words are compared with the columns. */
  agent?: string;
  /** The Bolna account that the agent belongs to. */
  account?: string;
  /** Whether variables of the agent may lack a column. */
  allowMissing?: boolean;
  /** Whether rows without a value in a variable of the agent are rejected. */
  requireVariables?: boolean;
  json?: boolean;
}

/** Rows of the table; a file of which more is wrong is better mended by its first lines. */
const SHOWN = 200;
const HEAD = ['line', 'column', 'value', 'what is wrong', 'what to do'];

/**
 * Judges a contacts file as a campaign would, and tells of each row that is not called, or looks odd, what to do about it.
 * Sends nothing.
 * @returns `badInput` where nobody could be called
 * @throws ContactsError, SuppressionError, UserError
 */
export async function validate(path: string, flags: ValidateFlags): Promise<ExitCode> {
  const { fix, suppress = [], ignoreUnreadableSuppressions: ignoreUnreadable, json = false } = flags;
  const { sheet, numberColumn, country } = flags;
  const reading = { numberColumn, country, wording: TYPED };
  if (flags.agent === undefined && (flags.requireVariables || flags.allowMissing)) {
    throw new UserError('--require-variables and --allow-missing go with --agent, which says what the variables are.');
  }
  if (fix !== undefined) await refuseToReplace(fix, [path, ...suppress]);
  const file = recipientsFile(path, undefined, sheet);
  await refuseResultsFile(await file.open(), TYPED);
  const lists = await suppressed(file, readConfig(process.env), {
    ...reading,
    given: suppress,
    ignoreUnreadable,
  });
  for (const note of lists?.notes ?? []) say(`Note: ${note}`);

  const preflight = flags.agent === undefined ? undefined : await comparedWith(flags.agent, file, flags, lists);
  const content = await file.open();
  const required = preflight?.required ?? undefined;
  const cleaned = fix === undefined ? undefined : new PassThrough();
  const writing = fix !== undefined && cleaned ? writeOutput(fix, cleaned, '--fix', { isCsv: true }) : undefined;
  // Told below; without this it would bring the process down before.
  writing?.catch(() => undefined);
  const shown: Finding[] = [];
  let found = 0;
  const tell = (finding: Finding): undefined => {
    found += 1;
    if (json) printJson(finding);
    else if (shown.length < SHOWN) shown.push(finding);
  };
  // Rows that must have a value are rejected without one.
  const used = required ? undefined : preflight?.used;
  const how = { ...reading, required, used, suppressed: lists?.numbers, cleaned };
  const check = await checkContacts(content, how, tell);
  await writing;
  const notes = [...file.notes(), ...check.notes];
  for (const note of notes) say(`Note: ${note}`);

  if (json) printJson({ ...check, notes: [...(lists?.notes ?? []), ...notes], ...(preflight && { preflight }) });
  else if (shown.length > 0) process.stdout.write(`${table(HEAD, shown.map(cellsOf), { longest: 120 })}\n`);
  if (!json && found > shown.length) say(`… and ${found - shown.length} more: --json tells all of them.`);
  say(summaryOf(check));
  const local = check.reasons.some(({ reason }) => reason.includes('country code'));
  if (local && country === undefined) say('Local numbers of one country are read with --country, as in --country IN.');
  if (fix !== undefined) say(`${plural(check.valid, 'row')} that can be called, written to ${fix}.`);
  if (preflight) {
    const { refusePreflight, tell: tellPreflight } =
      require('../preflight/aloud') as typeof import('../preflight/aloud');
    tellPreflight(preflight);
    refusePreflight(preflight, flags.allowMissing ?? false);
  }
  return check.valid === 0 ? EXIT.badInput : EXIT.completed;
}

/** The agent's words beside the columns, as if the campaign started now. */
async function comparedWith(
  agentId: string,
  recipients: Recipients,
  { account, numberColumn, country, requireVariables }: ValidateFlags,
  lists: Suppressed | undefined,
): Promise<Preflight> {
  const { accountOf } = require('../run/begin') as typeof import('../run/begin');
  const { askOf } = require('../preflight/campaign') as typeof import('../preflight/campaign');
  const { preflight } = require('../preflight/preflight') as typeof import('../preflight/preflight');
  const config = readConfig(process.env);
  const wishes = { account, numberColumn, country };
  const rest = { campaignId: undefined, at: undefined, suppress: [], requireVariables: requireVariables ?? false };
  const plan = { recipients, agentId, wishes, ...rest };
  const named = config.bolna.accounts.length > 0 ? accountOf(config, plan) : undefined;
  return preflight(askOf(plan, { config, account: named, suppressed: lists?.numbers }));
}

/** Those on a suppression list. What reads one, here or in the web, is loaded where there is one. */
async function suppressed(file: Recipients, config: Config, lists: Lists): Promise<Suppressed | undefined> {
  if (config.suppress.length === 0 && !lists.given?.length) return undefined;
  const { suppressedAmong } = require('../run/do-not-call') as typeof import('../run/do-not-call');
  return suppressedAmong(file, config, lists);
}

/** @throws UserError where the output is one of the files that are read, by whatever name */
async function refuseToReplace(fix: string, read: readonly string[]): Promise<void> {
  const target = await stat(fix).catch(() => undefined);
  for (const path of read) {
    const found = await stat(path).catch(() => undefined);
    const same = target?.isFile() && found && target.dev === found.dev && target.ino === found.ino;
    if (same || resolve(fix) === resolve(path)) {
      throw new UserError(`--fix names ${path} itself: give another name, so that nothing of it is lost.`);
    }
  }
}

function cellsOf({ line, column, value, reason, mend }: Finding): string[] {
  return [String(line), column, value, reason, mend];
}

/** "9 of 12 rows will be called, 3 skipped, because: 2 × duplicate of an earlier line, 1 × has no digits". */
function summaryOf({ total, valid, flagged, reasons }: Check): string {
  const because = reasons.map(({ reason, rows }) => `${rows} × ${reason}`).join(', ');
  const skipped = total - valid;
  const odd = flagged > 0 ? ` ${plural(flagged, 'number')} of them ${flagged === 1 ? 'looks' : 'look'} odd.` : '';
  return `${valid} of ${plural(total, 'row')} will be called, ${skipped} skipped${because ? `, because: ${because}` : ''}.${odd}`;
}
