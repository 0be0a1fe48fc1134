import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandHost } from './command-host';
import { prepared } from './env';
import { startNode, type TestProcess, within } from './processes';
import { runProgram } from './run-program';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

const CLI = () => join(prepared('TEST_BUILD'), 'client', 'cli.js');

/** Runs a program in a pseudo-terminal, and types an answer once it asks: what is typed before could be taken for the shell's. */
const TERMINAL = `
import os, pty, sys
shown = b''
def read(terminal):
    global shown
    data = os.read(terminal, 1024)
    if b'[y/N]' in shown + data and b'[y/N]' not in shown:
        os.write(terminal, sys.argv[1].encode())
    shown += data
    return data
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:], read, lambda _: b'')))`;

/** A person's machine: a home of its own, nothing else in the environment, and the command as it is shipped. */
export class CliRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'cli-'));
  readonly home = join(this.folder, 'home');

  private readonly started: TestProcess[] = [];

  /** The process that commands are asked in, where it is this rig's alone. */
  private readonly ownHost = new CommandHost();

  /** @param host the process that commands are asked in, which others may use too. Default: one of its own */
  constructor(
    private readonly env: NodeJS.ProcessEnv = {},
    private readonly host?: CommandHost,
  ) {
    mkdirSync(join(this.folder, 'user'));
  }

  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): TestProcess {
    return this.launch([CLI(), ...args], env);
  }

  /** Runs a command whose readers have left, as with `| head -0`. */
  startUnread(args: readonly string[]): Promise<{ code: number | null }> {
    // The wrapper gives the command pipes whose other ends are closed, and passes on its exit code.
    const script = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, process.argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
      child.stdout.destroy();
      child.stderr.destroy();
      process.on('SIGTERM', () => child.kill('SIGKILL'));
      child.on('exit', (code) => process.exit(code ?? 99));`;
    return this.launch(['-e', script, CLI(), ...args], {}).exited;
  }

  /**
   * Runs a command to its end at a terminal, where somebody answers its question.
   * @returns as stdout all that the terminal shows
   */
  async runAtTerminal(args: readonly string[], answer: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return runProgram('python3', ['-c', TERMINAL, answer, process.execPath, CLI(), ...args], {
      cwd: this.folder,
      env: { PATH: process.env.PATH, TERM: 'xterm', ...this.environment(env) },
    });
  }

  /** Runs a command to its end, with its stdout in a file. */
  async runInto(file: string, args: readonly string[]): Promise<Ended> {
    const script = `
      const { spawn } = require('node:child_process');
      const stdout = require('node:fs').openSync(process.argv[1], 'w');
      const child = spawn(process.execPath, process.argv.slice(2), { stdio: ['ignore', stdout, 'inherit'] });
      process.on('SIGTERM', () => child.kill('SIGKILL'));
      child.on('exit', (code) => process.exit(code ?? 99));`;
    return this.ended(this.launch(['-e', script, file, CLI(), ...args], {}), args);
  }

  private launch(args: readonly string[], env: NodeJS.ProcessEnv): TestProcess {
    const process = startNode(args, this.environment(env), { cwd: this.folder });
    this.started.push(process);
    return process;
  }

  private environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return {
      HOME: join(this.folder, 'user'),
      TZ: 'Asia/Kolkata',
      CAMPAIGN_HOME: this.home,
      TEMPORAL_CLI_PATH: prepared('TEST_CLI_PATH'),
      CAMPAIGN_POLL_MIN: '100ms',
      CAMPAIGN_POLL_MAX: '500ms',
      ...this.env,
      ...env,
    };
  }

  /**
   * Runs a command to its end in a process that other commands were run in before: for what it says, does and ends with, where it needs
   * no process to itself.
   */
  ask(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return (this.host ?? this.ownHost).run(args, this.environment(env), this.folder);
  }

  /** Runs a command to its end, in a process of its own. */
  async run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return this.ended(this.start(args, env), args);
  }

  async ended(process: TestProcess, args: readonly string[] = []): Promise<Ended> {
    const said = () => `${args.join(' ')}\n${process.stderr()}`;
    const { code } = await within(150_000, said, process.exited);
    return { code, stdout: process.stdout(), stderr: process.stderr() };
  }

  /** Writes a file for a person to name. @returns its path */
  file(name: string, content: string | Buffer): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** Whether nothing was left in the campaign home or the user's. */
  async isUntouched(): Promise<boolean> {
    return !existsSync(this.home) && (await readdir(join(this.folder, 'user'))).length === 0;
  }

  /** Every file under the campaign home and the user's, by path. */
  async files(): Promise<Map<string, Buffer>> {
    const found = new Map<string, Buffer>();
    for (const entry of await readdir(this.folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) found.set(path, await readFile(path));
    }
    return found;
  }

  /** Ends whatever still runs. */
  async endAll(): Promise<void> {
    await this.ownHost.end();
    for (const process of this.started) await process.end('SIGTERM');
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The sentence a command ended with, without the hints that may follow it. */
export function sentenceOf({ stderr }: Ended): string {
  const lines = stderr.split('\n').filter((line) => line.startsWith('error: '));
  if (lines.length !== 1) throw new Error(`Not one sentence but ${lines.length}:\n${stderr}`);
  if (/\n\s+at .*:\d+:\d+|node:internal/.test(stderr)) throw new Error(`A stack is shown:\n${stderr}`);
  return lines[0]?.slice('error: '.length) ?? '';
}
