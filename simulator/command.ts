import { Command, Option } from 'commander';
import { z } from 'zod';
import { FAULT_SYNTAX } from './fault-spec';
import type { Fault } from './faults';
import { amount, count, duration, durationRange, factor, faultList, portNumber } from './flags';
import { JournalError } from './journal';
import type { SimulatorOptions } from './options';
import type { RecordedRequest } from './records';
import type { SimulatorRules } from './rules';
import { type Simulator, startSimulator } from './simulator';

interface Flags {
  port: number;
  host: string;
  speed: number;
  rounding?: number;
  lead?: number;
  callLength?: [number, number];
  concurrency?: number;
  seed?: string;
  wallet?: number;
  journal?: string;
  fault: Fault[];
  rateLimit: number;
}

const DOCUMENTED_RATE_LIMIT = 1000;

const EXAMPLES = `
${FAULT_SYNTAX}

Examples:
  $ bolna-campaigns simulator
      Bolna's real rules on the real clock, for any key that starts with bn-
  $ bolna-campaigns simulator --speed 60 --call-length 20s-90s
      an hour of Bolna in a minute: starts are rounded to 10 s, not 10 min
  $ bolna-campaigns simulator --journal sim.jsonl --fault create:1:reset-after --fault get:3-5:503
      survives kill -9; the first upload is done but its answer lost, three reads fail
  $ curl -H 'Authorization: Bearer bn-any' http://127.0.0.1:5100/user/me
`;

/** `simulator`: the stand-in by itself, until it is interrupted. */
export function simulatorCommand(): Command {
  return new Command('simulator')
    .description('Run a stand-in for the Bolna batch API: same requests, same answers, nobody is called')
    .option('--port <number>', 'port to listen on, 0 for any free one', portNumber, 5100)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--speed <factor>', 'divide every duration and rule by this', factor, 1)
    .option('--rounding <duration>', 'starts are rounded up to a multiple of this (default: 10m)', duration)
    .option('--lead <duration>', 'a start nearer than this is refused (default: 2m)', duration)
    .option('--call-length <duration>', 'length of a conversation, or a range (default: 10s-3m)', durationRange)
    .option('--concurrency <number>', 'simultaneous calls of the account (default: 10)', count)
    .option('--seed <text>', 'the results of all calls follow from this and the numbers called')
    .option('--wallet <amount>', 'money in the account; without any, calls end balance-low (default: 10000)', amount)
    .option('--journal <file>', 'keep the state in this file and go on from it')
    .addOption(
      new Option('--fault <spec>', 'let something go wrong, see below; may be repeated')
        .argParser(faultList)
        .default([], 'none'),
    )
    .option('--rate-limit <number>', 'requests a minute before 429', count, DOCUMENTED_RATE_LIMIT)
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Flags, command: Command) => {
      const simulator = await start(flags, command);
      // Listened for before anybody knows that it is there.
      const ending = interrupted();
      say(`Simulator of the Bolna API at ${simulator.url}, any key that starts with bn-. Ctrl-C ends it.`);
      await ending;
      await simulator.close();
    });
}

async function start(flags: Flags, command: Command): Promise<Simulator> {
  try {
    return await startSimulator(optionsOf(flags));
  } catch (error) {
    return command.error(`error: ${explain(error, flags)}`, { exitCode: 2 });
  }
}

function optionsOf(flags: Flags): SimulatorOptions {
  const rules: Partial<SimulatorRules> = {
    ...(flags.rounding === undefined ? {} : { roundingMs: flags.rounding }),
    ...(flags.lead === undefined ? {} : { minLeadMs: flags.lead }),
    ...(flags.callLength === undefined ? {} : { callSeconds: flags.callLength }),
    ...(flags.concurrency === undefined ? {} : { concurrency: flags.concurrency }),
    ...(flags.wallet === undefined ? {} : { wallet: flags.wallet }),
  };
  return {
    port: flags.port,
    host: flags.host,
    speed: flags.speed,
    rules,
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    ...(flags.journal === undefined ? {} : { journal: flags.journal }),
    faults: flags.fault,
    rateLimit: flags.rateLimit,
    log: (request) => say(logLine(request)),
  };
}

const failureSchema = z
  .looseObject({ code: z.string().optional(), message: z.string() })
  .catch({ message: 'for no reason given' });

/** Told in one sentence what to do about it. */
function explain(error: unknown, flags: Flags): string {
  if (error instanceof JournalError) return error.message;
  const { code, message } = failureSchema.parse(error);
  if (code === 'EADDRINUSE') {
    return `Port ${flags.port} is in use: end what runs there, or choose another with --port (0 for any free one).`;
  }
  if (code === 'EACCES' && flags.port > 0 && flags.port < 1024) {
    return `Port ${flags.port} needs special rights: choose one above 1023 with --port.`;
  }
  return `The simulator could not start (${message}): check --host, --port and --journal.`;
}

/** No query and no unknown path: either could hold a telephone number. */
function logLine(request: RecordedRequest): string {
  const path = request.endpoint === 'unknown' ? '(unknown path)' : request.path;
  const end = request.status === undefined ? 'no answer' : `${request.status}`;
  const fault = request.fault === undefined ? '' : ` (fault: ${request.fault})`;
  return `${new Date(request.at).toISOString()} ${request.method} ${path} ${end}${fault}`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      process.off('SIGINT', end);
      process.off('SIGTERM', end);
      resolve();
    };
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
}
