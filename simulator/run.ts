import type { Command } from 'commander';
import { z } from 'zod';
import type { AgentSettings } from './agents';
import { JournalError, RecordingError } from './errors';
import type { Fault } from './faults';
import type { SimulatorOptions } from './options';
import { readRecording } from './recording';
import type { RecordedRequest } from './records';
import { DIALECTS, type SimulatorRules } from './rules';
import { type Simulator, startSimulator } from './simulator';

/** What a person asks of the simulator on the command line. */
export interface SimulatorFlags {
  port: number;
  host: string;
  speed: number;
  rounding?: number;
  lead?: number;
  callLength?: [number, number];
  concurrency?: number;
  /** One of `DIALECTS`, or the path of a recording. */
  dialect: string;
  agent?: AgentSettings;
  seed?: string;
  wallet?: number;
  walletUnit?: SimulatorRules['walletUnit'];
  journal?: string;
  fault: Fault[];
  rateLimit: number;
}

/** Runs the simulator until it is interrupted. A failed start ends `command` with exit code 2. */
export async function run(flags: SimulatorFlags, command: Command): Promise<void> {
  const simulator = await start(flags, command);
  // Listened for before anybody knows that it is there.
  const ending = interrupted();
  say(`Simulator of the Bolna API at ${simulator.url}, any key that starts with bn-. Ctrl-C ends it.`);
  await ending;
  await simulator.close();
}

async function start(flags: SimulatorFlags, command: Command): Promise<Simulator> {
  try {
    return await startSimulator(optionsOf(flags));
  } catch (error) {
    return command.error(`error: ${explain(error, flags)}`, { exitCode: 2 });
  }
}

function optionsOf(flags: SimulatorFlags): SimulatorOptions {
  const dialect = DIALECTS.find((name) => name === flags.dialect);
  const rules: Partial<SimulatorRules> = {
    ...(dialect === undefined ? {} : { dialect }),
    ...(flags.rounding === undefined ? {} : { roundingMs: flags.rounding }),
    ...(flags.lead === undefined ? {} : { minLeadMs: flags.lead }),
    ...(flags.callLength === undefined ? {} : { callSeconds: flags.callLength }),
    ...(flags.concurrency === undefined ? {} : { concurrency: flags.concurrency }),
    ...(flags.wallet === undefined ? {} : { wallet: flags.wallet }),
    ...(flags.walletUnit === undefined ? {} : { walletUnit: flags.walletUnit }),
  };
  return {
    port: flags.port,
    host: flags.host,
    speed: flags.speed,
    rules,
    ...(dialect === undefined ? { recording: readRecording(flags.dialect) } : {}),
    ...(flags.agent === undefined ? {} : { agent: flags.agent }),
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
function explain(error: unknown, flags: SimulatorFlags): string {
  if (error instanceof JournalError || error instanceof RecordingError) return error.message;
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
