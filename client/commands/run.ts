import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { type CampaignFlags, peopleOptions, startOptions, wishOptions } from '../options/campaign';
import { speed } from '../options/values';
import { RESULT_EXIT_CODES, withHelp } from '../terminal/help';
import { UserError } from '../user-error';

interface Flags extends CampaignFlags {
  dryRun?: boolean;
  simulate?: boolean;
  speed: number;
  json?: boolean;
}

const DEMO_SPEED = 60;
const RESULT_JSON =
  'the last line is the result: {"campaignId", "batchId", "status", "startsAt", "contacts", "outcomes", "cost", "files", "reason"?, "errorType"?, "notes"}. Costs are in cents. With --dry-run: {"campaignId", "dryRun", "fileName", "startsAt", "contacts", "mostCalls", "estimate"}.';

/** `run`: a whole campaign in one process. */
export function runCommand(): Command {
  const command = peopleOptions(new Command('run'));
  return withHelp(
    simulationOptions(wishOptions(startOptions(command)))
      .option('--simulate', 'let a simulator stand in for Bolna: nobody is called')
      .action(async (flags: Flags) => {
        process.exitCode = await start(flags);
      }),
    {
      examples: [
        ['run --csv recipients.csv --dry-run', 'shows what would be sent, and sends nothing'],
        'run --csv recipients.csv --at "tomorrow 9:00" --timezone Asia/Kolkata',
        'run --csv recipients.csv --at 2026-06-23T12:30:00+05:30 --retry no-answer,busy:2@30,60',
        'run --to +919876543210 --name Asha --json',
        ['run --csv recipients.csv --simulate', 'calls nobody'],
      ],
      json: RESULT_JSON,
      exitCodes: RESULT_EXIT_CODES,
    },
  );
}

/** `demo`: the example, simulated. */
export function demoCommand(): Command {
  return withHelp(
    simulationOptions(startOptions(new Command('demo'))).action(async (flags: Flags) => {
      process.exitCode = await start({ ...flags, csv: exampleFile(), simulate: true });
    }),
    { examples: ['demo', 'demo --speed 600 --json'], json: RESULT_JSON, exitCodes: RESULT_EXIT_CODES },
  );
}

function simulationOptions(command: Command): Command {
  return command
    .option('--dry-run', 'show what would be sent, and send nothing')
    .option('--speed <factor>', 'how many times as fast as Bolna the simulator is', speed, DEMO_SPEED)
    .option('--json', 'end with the result as one line of JSON on stdout');
}

async function start({ dryRun = false, simulate = false, json = false, ...flags }: Flags): Promise<number> {
  // Loaded only where it is used: with all of it, completing a word in a shell would take a second.
  const { readConfig } = require('../../worker/config') as typeof import('../../worker/config');
  const { setUpLogging } = require('../../worker/logging') as typeof import('../../worker/logging');
  const { planOf } = require('../run/plan') as typeof import('../run/plan');
  const { run } = require('../run/run') as typeof import('../run/run');
  const config = readConfig(process.env);
  setUpLogging(process.env.DEBUG ? 'DEBUG' : 'ERROR');
  return run({ plan: planOf(flags), dryRun, simulate: simulate ? flags.speed : undefined, json }, config);
}

/** The example stands at the root of the package, wherever this file was compiled to. */
function exampleFile(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'examples', 'batch.csv');
    if (existsSync(file)) return file;
  }
  throw new UserError('The example examples/batch.csv is missing from this installation: reinstall it.');
}
