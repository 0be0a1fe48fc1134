import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Account } from '../../worker/accounts';
import { type Config, readConfig, requireAccounts } from '../../worker/config';
import { lockHome } from '../../worker/embedded/home';
import { interruption } from '../run/interruption';
import { printable, say } from '../run/print';
import { printJson } from '../terminal/json';
import { requireFolder, writeOutput } from '../terminal/output-file';
import { paint } from '../terminal/paint';
import { EXIT, type ExitCode, UserError } from '../user-error';
import { mayCall } from './ask-for-call';
import { recordingOf } from './recording';
import type { Line } from './step';
import { STEPS, stepsWithCall } from './steps';
import { Traces } from './traces';
import { type Verified, verifyApi } from './verify';
import { Interrupted, World } from './world';

/** What a person asks of `verify-api`. */
export interface VerifyFlags {
  agent?: string;
  account?: string;
  /** Milliseconds. */
  watch: number;
  /** E.164. */
  call?: string;
  yes?: boolean;
  /** A file. */
  record?: string;
  json?: boolean;
}

const STYLES = { ok: 'green', differs: 'red', unknown: 'yellow' } as const;
const MOST = 500;

/** Checks on a real account what is assumed of Bolna, and calls nobody but the person who asks for it. */
export async function verify(flags: VerifyFlags): Promise<ExitCode> {
  const config = readConfig(process.env);
  const agentId = flags.agent ?? config.bolna.agentId;
  if (agentId === undefined) throw new UserError('No agent is named: give --agent ID, or set BOLNA_AGENT_ID.');
  const account = accountOf(config, flags.account);
  if (flags.call !== undefined && !(await mayCall(config, agentId, flags.call, flags))) {
    say('Nothing was done.');
    return EXIT.badInput;
  }
  const folder = join(config.home, 'verify-api');
  if (flags.record !== undefined) await requireFolder(flags.record, '--record');
  // Two at once would delete each other's batches.
  const lock = await lockHome(folder, { waitMs: 0 });
  const interrupted = interruption();
  const { baseUrl, timeoutMs, walletUnit } = config.bolna;
  const world = new World({
    connection: { apiKey: account.key, keyName: account.keyName, baseUrl, timeoutMs },
    agentId,
    walletUnit,
    traces: new Traces(folder, { baseUrl, account: account.name }),
    watchMs: flags.watch,
    clock: Date.now,
    sleep: (ms) => interrupted.pause(ms),
    interrupted: interrupted.signal,
  });
  try {
    const steps = flags.call === undefined ? STEPS : stepsWithCall(flags.call);
    say(`Checking ${baseUrl} with a batch that is never scheduled: nobody is called${flags.call ? ' by it' : ''}.`);
    const verified = await verifyApi(world, steps, (line) => show(line, flags.json ?? false));
    if (flags.record !== undefined) {
      const recording = recordingOf(verified.lines, world.answers.all);
      await writeOutput(flags.record, Readable.from([`${JSON.stringify(recording, null, 1)}\n`]), '--record');
    }
    say(ending(verified));
    return exitCodeOf(verified);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    const [left] = await world.setup.traces.all();
    say(left ? `Interrupted. ${stillThere(left.fileName)}` : 'Interrupted. What was made at Bolna is deleted.');
    return EXIT.interrupted;
  } finally {
    interrupted.dispose();
    await world.close();
    lock.release();
  }
}

/** @throws UserError for an account that is not set up, ConfigError where none is */
function accountOf(config: Config, name: string | undefined): Account {
  const accounts = requireAccounts(config);
  const found = name === undefined ? accounts[0] : accounts.find((account) => account.name === name);
  if (found) return found;
  throw new UserError(`There is no account "${name}" among BOLNA_ACCOUNTS (${accounts.map((each) => each.name)}).`);
}

function show(line: Line, json: boolean): void {
  if (json) {
    printJson(line);
    return;
  }
  const verdict = paint(STYLES[line.verdict], line.verdict.padEnd(8), process.stdout);
  process.stdout.write(`${verdict} ${line.check.padEnd(18)} ${printable(line.text, MOST)}\n`);
}

/** The last lines: how many checks there are of each verdict, and what is left at Bolna. */
export function ending({ lines, left }: Verified): string {
  const count = (verdict: Line['verdict']) => lines.filter((line) => line.verdict === verdict).length;
  const differing = count('differs');
  const counts = `${count('ok')} ok, ${differing} ${differing === 1 ? 'differs' : 'differ'}, ${count('unknown')} unknown.`;
  return left === undefined ? counts : `${counts}\n${stillThere(left)}`;
}

function stillThere(fileName: string): string {
  return `The batch ${fileName} may still be at Bolna, and call if it has a start. Delete it in Bolna's dashboard, or run this command again.`;
}

/** @returns `failed` where something differs or is left, `notCompleted` where no batch could be looked at */
export function exitCodeOf({ lines, hadBatch, left }: Verified): ExitCode {
  if (left !== undefined || lines.some(({ verdict }) => verdict === 'differs')) return EXIT.failed;
  return hadBatch ? EXIT.completed : EXIT.notCompleted;
}
