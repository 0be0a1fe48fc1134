import { Command } from 'commander';
import { type CampaignFlags, peopleOptions, startOptions, wishOptions } from '../options/campaign';
import { RESULT_EXIT_CODES, withHelp } from '../terminal/help';

interface Flags extends CampaignFlags {
  wait?: boolean;
  json?: boolean;
}

/** `start`: a campaign that workers carry out. */
export function startCommand(): Command {
  const command = wishOptions(startOptions(peopleOptions(new Command('start'))))
    .option('--wait', 'watch the campaign to its end')
    .option('--json', 'what was started, with --wait the result, as one line of JSON on stdout')
    .action(async ({ wait = false, json = false, ...flags }: Flags) => {
      const { setUpLogging } = require('../../worker/logging') as typeof import('../../worker/logging');
      const { planOf } = require('../run/plan') as typeof import('../run/plan');
      const { start } = require('../run/start') as typeof import('../run/start');
      setUpLogging(process.env.DEBUG ? 'DEBUG' : 'ERROR');
      process.exitCode = await start({ plan: planOf(flags), wait, json });
    });
  return withHelp(command, {
    examples: [
      'start --csv recipients.csv --id morning-2026-06-23 --at 2026-06-23T12:30:00+05:30',
      'start --csv recipients.csv --retry no-answer,busy:2@30,60 --max-cost 50 --suppress do-not-call.csv --wait',
    ],
    notes:
      'Typed again with the same file and agent it is about the same campaign, and nobody is called again. It asks Bolna first whether it takes the key, and so needs what a worker needs (BOLNA_API_KEY), and the same storage (CAMPAIGN_DATA).',
    json: '{"campaignId", "started", "standing"}, with the standing running or ended-for-good; with --wait the result, as "run" has it.',
    exitCodes: `0 started; with --wait ${RESULT_EXIT_CODES}`,
  });
}
