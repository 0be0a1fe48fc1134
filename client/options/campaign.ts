import { type Command, Option } from 'commander';
import { suppressOptions } from './lists';
import { readingOptions } from './reading';
import { parseRetry, RETRY_FORM, type Retry } from './retry';
import { account, agentId, amount, numbers, timezone, type Variable, variable, webAddress } from './values';
import { variableOptions } from './variables';

/** What a person says of a campaign on the command line. */
export interface CampaignFlags {
  csv?: string;
  to?: string;
  name?: string;
  sheet?: string;
  numberColumn?: string;
  country?: string;
  agent?: string;
  account?: string;
  at?: string;
  startBy?: string;
  timezone?: string;
  id?: string;
  from?: string[];
  retry?: Retry;
  var?: Variable[];
  webhook?: string;
  callback?: string;
  bypassGuardrails?: boolean;
  recordings?: boolean;
  suppress?: string[];
  ignoreUnreadableSuppressions?: boolean;
  allowMissing?: boolean;
  requireVariables?: boolean;
  maxCost?: number;
  minWallet?: number;
}

/** How a time is written, for people. */
export const TIME_FORM =
  'ISO 8601 with an offset, "2026-06-23 09:30" with --timezone, "tomorrow 9:30" or "monday 17:00"';
export const TIMEZONE_HELP =
  'time zone of times without an offset, as in Asia/Kolkata (default, for "tomorrow 9:30" and the like: that of this machine)';

/** Adds the options that say whom to call. */
export function peopleOptions(command: Command): Command {
  return readingOptions(command)
    .addOption(
      new Option('--csv <file>', 'the people to call: a CSV or .xlsx file with a contact_number column').conflicts(
        'to',
      ),
    )
    .option('--to <number>', 'one number to call, in E.164 form')
    .option('--name <name>', 'customer_name of the number given with --to');
}

/** Adds the options that every way to start a campaign has. */
export function startOptions(command: Command): Command {
  return command
    .option('--agent <id>', 'UUID of the Bolna agent that calls (default: BOLNA_AGENT_ID)', agentId)
    .option('--at <time>', `when to start: ${TIME_FORM} (default: as soon as Bolna allows)`)
    .option('--timezone <zone>', TIMEZONE_HELP, timezone)
    .option('--id <id>', 'campaign ID (default: from the agent and the content of the file)');
}

/** Adds the options that only campaigns of one's own have. */
export function wishOptions(command: Command): Command {
  const wished = command
    .option('--start-by <time>', 'latest start: later than that, nobody is called (default: 8 hours after --at)')
    .option('--from <number>', 'a number to call from, E.164; may be given several times', numbers)
    .option(
      '--retry <plan>',
      `call again whom it does not reach: ${RETRY_FORM}, as in no-answer,busy:2@30,60`,
      parseRetry,
    )
    .option('--var <name=value>', 'a variable that is the same in every row; may be given several times', variable)
    .option('--webhook <url>', 'where Bolna posts the batch when it is done', webAddress)
    .option('--callback <url>', 'where the start, the progress and the end are told, signed', webAddress)
    .option('--bypass-guardrails', "call outside the agent's calling hours too")
    .option('--recordings', 'download the recording of each call into the campaign storage');
  return suppressOptions(variableOptions(wished))
    .option('--max-cost <amount>', 'stop when the calls have cost so much, as in 12.50', amount)
    .option('--min-wallet <amount>', 'call nobody if there is less in the wallet', amount)
    .option('--account <name>', 'the Bolna account that calls, as in BOLNA_ACCOUNTS', account);
}
