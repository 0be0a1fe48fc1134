import { Command } from 'commander';
import { PLAIN_EXIT_CODES, withHelp } from '../terminal/help';

/** `setup`: what a Temporal server has to know of campaigns. */
export function setupCommand(): Command {
  const command = new Command('setup')
    .option('--json', 'a line of JSON on stdout')
    .action(async (flags: { json?: boolean }) => {
      const { setup } = require('../setup/setup') as typeof import('../setup/setup');
      process.exitCode = await setup(flags);
    });
  return withHelp(command, {
    examples: ['setup', 'setup --json'],
    json: '{"namespace", "made": […], "there": […]}.',
    exitCodes: PLAIN_EXIT_CODES,
    notes:
      'Once for each namespace of a server that TEMPORAL_ADDRESS names; again, it changes nothing. A server of our own makes them itself.\nCampaigns run without them too, and then Temporal shows their state only one by one.',
  });
}
