import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { readConfig } from '../../worker/config';
import { setUpLogging } from '../../worker/logging';
import { oneRecipient, recipientsFile } from '../run/recipients';
import { type RunOptions, run } from '../run/run';
import { parseAt } from '../run/start-time';
import { UserError } from '../user-error';

interface Flags {
  csv?: string;
  to?: string;
  name?: string;
  agent?: string;
  at?: string;
  id?: string;
  dryRun?: boolean;
  simulate?: boolean;
  speed: number;
  json?: boolean;
}

const DEMO_SPEED = 60;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `run`: a whole campaign in one process. */
export function runCommand(): Command {
  return shared(new Command('run'))
    .description('Run a calling campaign from a CSV to its results; typed again, it goes on where it was')
    .addOption(new Option('--csv <file>', 'the people to call: a CSV with a contact_number column').conflicts('to'))
    .option('--to <number>', 'one number to call, in E.164 form')
    .option('--name <name>', 'customer_name of the number given with --to')
    .option('--simulate', 'let a simulator stand in for Bolna: nobody is called')
    .addHelpText(
      'after',
      `
Examples:
  $ bolna-campaigns run --csv recipients.csv --dry-run
  $ bolna-campaigns run --csv recipients.csv --at 2026-06-23T12:30:00+05:30
  $ bolna-campaigns run --to +919876543210 --name Asha --json
  $ bolna-campaigns run --csv recipients.csv --simulate

Exit codes: 0 completed, 1 failed, 2 bad input or configuration, 3 stopped, canceled or missed.`,
    )
    .action(async (flags: Flags) => {
      process.exitCode = await start(flags);
    });
}

/** `demo`: the example, simulated. */
export function demoCommand(): Command {
  return shared(new Command('demo'))
    .description('Watch the example campaign from its CSV to its results, in under a minute; nobody is called')
    .action(async (flags: Flags) => {
      process.exitCode = await start({ ...flags, csv: exampleFile(), simulate: true });
    });
}

function shared(command: Command): Command {
  return command
    .option('--agent <id>', 'UUID of the Bolna agent that calls (default: BOLNA_AGENT_ID)', agentId)
    .option('--at <time>', 'when to start, ISO 8601 with an offset (default: as soon as Bolna allows)')
    .option('--id <id>', 'campaign ID (default: from the agent and the content of the file)')
    .option('--dry-run', 'show what would be sent, and send nothing')
    .option('--speed <factor>', 'how many times as fast as Bolna the simulator is', speed, DEMO_SPEED)
    .option('--json', 'end with the result as one line of JSON on stdout');
}

async function start(flags: Flags): Promise<number> {
  const config = readConfig(process.env);
  setUpLogging(process.env.DEBUG ? 'DEBUG' : 'ERROR');
  return run(optionsOf(flags), config);
}

function optionsOf(flags: Flags): RunOptions {
  if (flags.name !== undefined && flags.to === undefined) throw new UserError('--name goes with --to.');
  if (flags.csv === undefined && flags.to === undefined) {
    throw new UserError('Nobody to call: give --csv FILE, or --to NUMBER for one call.');
  }
  const recipients = flags.to === undefined ? recipientsFile(flags.csv ?? '') : oneRecipient(flags.to, flags.name);
  return {
    recipients,
    agentId: flags.agent,
    at: flags.at === undefined ? undefined : parseAt(flags.at),
    campaignId: flags.id,
    dryRun: flags.dryRun ?? false,
    simulate: flags.simulate ? flags.speed : undefined,
    json: flags.json ?? false,
  };
}

function agentId(text: string): string {
  if (UUID.test(text)) return text;
  throw new InvalidArgumentError('It must be the UUID of a Bolna agent.');
}

function speed(text: string): number {
  const value = Number(text);
  if (value >= 1 && value <= 1000) return value;
  throw new InvalidArgumentError('It must be a number from 1 to 1000.');
}

/** The example stands at the root of the package, wherever this file was compiled to. */
function exampleFile(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'examples', 'batch.csv');
    if (existsSync(file)) return file;
  }
  throw new UserError('The example examples/batch.csv is missing from this installation: reinstall it.');
}
