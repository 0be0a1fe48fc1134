import { Command } from 'commander';
import type { ChangeFlags } from '../change/change';
import type { RescheduleFlags } from '../change/reschedule';
import { TIME_FORM, TIMEZONE_HELP } from '../options/campaign';
import { amountOrNone, timezone } from '../options/values';
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
