import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { prepared } from '../test/support/env';

const running = new Set<ChildProcess>();
const folders = new Set<string>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that goes with this process. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  folders.add(folder);
  return folder;
}

/** A program of the bench's, in a process of its own, so that its memory and its time are its own. */
export class Program {
  private printed = '';
  private readonly ended: Promise<void>;

  private constructor(private readonly child: ChildProcess) {
    running.add(child);
    const keep = (text: string) => {
      this.printed += text;
    };
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);
    this.ended = new Promise((done) => {
      child.once('close', () => {
        running.delete(child);
        done();
      });
    });
  }

  /** Starts `node <args>`, and waits until it prints what says that it is ready. @returns it and what it printed by then */
  static async start(args: readonly string[], env: NodeJS.ProcessEnv, ready: RegExp): Promise<Program> {
    const child = spawn(process.execPath, args, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const program = new Program(child);
    await new Promise<void>((done, failed) => {
      const look = () => ready.test(program.printed) && done();
      child.stdout?.on('data', look);
      child.stderr?.on('data', look);
      child.once('close', () => failed(new Error(`It ended before it was ready: ${program.printed.slice(-2000)}`)));
    });
    return program;
  }

  get output(): string {
    return this.printed;
  }

  /** Megabytes of memory that it holds. */
  async megabytes(): Promise<number> {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(this.child.pid)]);
    return Number(stdout) / 1000;
  }

  async end(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

export interface SimulatorProcess {
  url: string;
  program: Program;
}

/** Bolna's stand-in, as many times as fast. */
export async function startSimulatorProcess(speed: number, more: readonly string[] = []): Promise<SimulatorProcess> {
  const cli = resolve(prepared('TEST_BUILD'), 'client/cli.js');
  // It keeps every execution in memory, and may be given a million.
  const args = ['--max-old-space-size=8192', cli, 'simulator', '--port', '0', '--speed', String(speed), ...more];
  const program = await Program.start(args, {}, /http:\/\/[\d.:]+/);
  return { program, url: /http:\/\/[\d.:]+/.exec(program.output)?.[0] ?? '' };
}

/** The product's worker, with Bolna's rules about time as fast as the simulator's. */
export function startWorkerProcess(
  speed: number,
  taskQueue: string,
  { address, bolnaUrl, data }: { address: string; bolnaUrl: string; data: string },
  more: NodeJS.ProcessEnv = {},
): Promise<Program> {
  const env = {
    TEST_BUILD: prepared('TEST_BUILD'),
    CRASH_SPEED: String(speed),
    HOME: data,
    TEMPORAL_ADDRESS: address,
    BOLNA_API_KEY: 'bn-bench',
    BOLNA_BASE_URL: bolnaUrl,
    // At this speed the usual lead would be next to nothing, and a busy machine late.
    BOLNA_MIN_LEAD: '60m',
    BOLNA_REQUESTS_PER_MINUTE: '1000000',
    CAMPAIGN_TASK_QUEUE: taskQueue,
    CAMPAIGN_DATA: data,
    CAMPAIGN_POLL_MIN: '1s',
    CAMPAIGN_POLL_MAX: '5s',
    ...more,
  };
  return Program.start([resolve('test/support/crash-worker.js')], env, /Worker on task queue/);
}
