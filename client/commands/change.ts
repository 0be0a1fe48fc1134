import { Command } from 'commander';
import type { ChangeFlags } from '../change/change';
import type { RescheduleFlags } from '../change/reschedule';
import type { SuppressFlags } from '../change/suppress';
import { TIME_FORM, TIMEZONE_HELP } from '../options/campaign';
import { amountOrNone, country, timezone } from '../options/values';
import { withHelp } from '../terminal/help';

const EXIT_CODES = '0 changed, 1 no worker answers, 2 refused, bad input or no such campaign, 130 interrupted';

/** `reschedule`: moves the start of a campaign that has not begun. */
export function rescheduleCommand(): Command {
  const command = new Command('reschedule')
    .argument('<id>', 'campaign ID')
    .requiredOption('--at <time>', `when to start: ${TIME_FORM}`)
    .option('--start-by <time>', 'latest start (default: as long after --at as it was before)')
    .option('--timezone <zone>', TIMEZONE_HELP, timezone)
    .option('--yes', 'do not ask')
    .option('--json', 'the new start, as one line of JSON on stdout')
    .action(async (id: string, flags: RescheduleFlags) => {
      const { reschedule } = require('../change/reschedule') as typeof import('../change/reschedule');
      process.exitCode = await reschedule(id, flags);
    });
  return withHelp(command, {
    examples: [
      'reschedule morning-2026-06-23 --at 2026-06-23T15:00:00+05:30',
      'reschedule morning-2026-06-23 --at "tomorrow 9:00" --timezone Asia/Kolkata',
      'reschedule morning-2026-06-23 --at 2026-06-24T09:00:00+05:30 --start-by 2026-06-24T11:00:00+05:30 --yes',
    ],
    json: '{"campaignId", "says", "startsAt"}; startsAt is the start that Bolna reports, null while it has not taken it.',
    exitCodes: EXIT_CODES,
  });
}

/** `max-cost`: sets what the calls may cost. */
export function maxCostCommand(): Command {
  const command = new Command('max-cost')
    .argument('<id>', 'campaign ID')
    .argument('<amount>', 'an amount of money as in 12.50, or "none" for no limit', amountOrNone)
    .option('--yes', 'do not ask')
    .option('--json', 'the limit before and now, as one line of JSON on stdout')
    .action(async (id: string, amount: number | null, flags: ChangeFlags) => {
      const { setMaxCost } = require('../change/max-cost') as typeof import('../change/max-cost');
      process.exitCode = await setMaxCost(id, amount, flags);
    });
  return withHelp(command, {
    examples: ['max-cost morning-2026-06-23 50', 'max-cost morning-2026-06-23 none --yes'],
    json: '{"campaignId", "says", "maxCost", "before"}, in cents, null for no limit.',
    exitCodes: EXIT_CODES,
  });
}

/** `suppress`: keeps contacts of a campaign that runs from being called. */
export function suppressCommand(): Command {
  const command = new Command('suppress')
    .argument('<id>', 'campaign ID')
    .argument('[numbers...]', 'phone numbers, in any form that suppression lists may have')
    .option('--list <file>', 'a file of numbers: a CSV with a contact_number column, or one number a line')
    .option('--country <code>', 'whose numbers those without a + are, as in IN or US', country)
    .option('--yes', 'do not ask')
    .option('--json', 'what became of each number, as one line of JSON on stdout')
    .action(async (id: string, numbers: string[], flags: SuppressFlags) => {
      const { suppress } = require('../change/suppress') as typeof import('../change/suppress');
      process.exitCode = await suppress(id, numbers, flags);
    });
  return withHelp(command, {
    examples: [
      'suppress morning-2026-06-23 +919876543210',
      'suppress morning-2026-06-23 --list do-not-call.csv --country IN --yes',
    ],
    json: '{"campaignId", "says", "numbers", "notes"?}; each number is {"number", "outcome", "at", "why", "says"}, and its outcome suppressed, too-late, not-in-campaign or unknown.',
    exitCodes:
      '0 nobody of them is called, 1 too late for someone or not known, or no worker answers, 2 refused, bad input or no such campaign, 130 interrupted',
  });
}
