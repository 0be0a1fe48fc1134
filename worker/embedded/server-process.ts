import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { KEEPER_PATIENCE_MS, KEEPER_SOURCE, type KeeperMessage } from './keeper';

/** Bytes of the server's log kept on disk, in two files (`temporal.log` and the older `temporal.log.1`). */
const LOG_BYTES = 10 * 1024 * 1024;
/** Room for the keeper's own SIGKILL to work before this process loses patience with the keeper. */
const STOP_LIMIT_MS = KEEPER_PATIENCE_MS + 4_000;

/** How the server ended. `output` is the last of what it printed. */
export interface ServerExit {
  code: number | null;
  signal: string | null;
  output: string;
}

/** A program that runs under a keeper: it ends when `stop` is called, or when this process ends in whatever way. */
export interface KeptProcess {
  /** Resolves to the program's process ID; to undefined when it could not be started. */
  readonly started: Promise<number | undefined>;
  /** Resolves when the program is gone; never rejects. */
  readonly exited: Promise<ServerExit>;
  stop(): Promise<void>;
  /** Has it stopped, or left to the other users of a shared one: it ends with the last of them. @returns whether it was left */
  leave(): Promise<boolean>;
  /** Port at which other users of a shared one hold it; undefined where it is not shared. To be read once it has started. */
  holdPort(): number | undefined;
}

/**
 * Starts a program under a keeper (see `keeper.ts`).
 *
 * @param lockFd inherited by keeper and program, so that the lock outlives this process for as long as they do
 * @param shared whether other processes may keep it up, by a connection to `holdPort`. Default: no
 */
export function startKept(
  program: string,
  args: readonly string[],
  logPath: string,
  lockFd: number,
  shared = false,
): KeptProcess {
  const ofKeeper = [logPath, String(LOG_BYTES), String(shared)];
  const keeper = spawn(process.execPath, ['-e', KEEPER_SOURCE, ...ofKeeper, program, ...args], {
    stdio: ['pipe', 'pipe', 'ignore', lockFd],
    detached: true,
    env: serverEnvironment(process.env),
  });
  // A write into a pipe whose reader died is an event here, not an uncaught exception.
  keeper.stdin?.on('error', () => {});

  let exit: ServerExit | undefined;
  let pid: number | undefined;
  let holdPort: number | undefined;
  let reportLeft: () => void = () => {};
  const left = new Promise<void>((resolve) => {
    reportLeft = resolve;
  });
  let reportStarted: (pid: number | undefined) => void = () => {};
  const started = new Promise<number | undefined>((resolve) => {
    reportStarted = resolve;
  });
  if (keeper.stdout) {
    createInterface({ input: keeper.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as KeeperMessage;
      if (message.type === 'started') {
        ({ pid, holdPort } = message);
        reportStarted(pid);
      } else if (message.type === 'left') reportLeft();
      else exit = message;
    });
  }
  const exited = new Promise<ServerExit>((resolve) => {
    keeper.once('error', (error) => {
      reportStarted(undefined);
      resolve({ code: null, signal: null, output: error.message });
    });
    keeper.once('close', (code, signal) => {
      reportStarted(undefined);
      // A keeper that ends without a word was killed, and its server is nobody's.
      if (exit === undefined && pid !== undefined) kill(pid);
      resolve(exit ?? { code, signal, output: '' });
    });
  });

  let stopping: Promise<unknown> | undefined;
  const endRun = async <T>(answer: Promise<T>) => {
    keeper.stdin?.end();
    const giveUp = setTimeout(() => killGroup(keeper), STOP_LIMIT_MS);
    return answer.finally(() => clearTimeout(giveUp));
  };
  return {
    started,
    exited,
    async stop() {
      stopping ??= endRun(exited);
      await stopping;
    },
    async leave() {
      const isLeft = await endRun(Promise.race([left.then(() => true), exited.then(() => false)]));
      // This process need not stay for its sake.
      if (isLeft) {
        keeper.unref();
        keeper.stdout?.destroy();
      }
      return isLeft;
    },
    holdPort: () => holdPort,
  };
}

/** The server needs no secrets, and must not be steered by settings meant for clients or for this process's debugger. */
function serverEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(AWS_|BOLNA_|TEMPORAL_|NODE_OPTIONS$)/.test(name)),
  );
}

function killGroup(keeper: ChildProcess): void {
  // The keeper leads a group of its own, in which the server is.
  if (keeper.pid !== undefined) kill(process.platform === 'win32' ? keeper.pid : -keeper.pid);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}
