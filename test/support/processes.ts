import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A Node program in a process of its own, and what it has printed so far. */
export interface TestProcess {
  readonly pid: number | undefined;
  readonly exited: Promise<Exit>;
  stdout(): string;
  stderr(): string;
  /** Tells it something, where it was started to be told things; one that is gone is told nothing. */
  tell(message: object): void;
  /** Sends a signal that does not end it: SIGSTOP, SIGCONT. */
  signal(signal: NodeJS.Signals): void;
  /** Sends a signal; resolves when the process is gone. */
  end(signal: NodeJS.Signals): Promise<Exit>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface StartOptions {
  /** Default: this process's. */
  cwd?: string;
  /** Hears what the program sends with `process.send`; without it there is no channel between the two. */
  onMessage?: (message: unknown) => void;
}

/** Starts `node <args>`. Nothing of this process's environment but the PATH gets to it. */
export function startNode(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { cwd, onMessage }: StartOptions = {},
): TestProcess {
  const child = spawn(process.execPath, args, {
    ...(cwd !== undefined && { cwd }),
    env: { PATH: process.env.PATH, ...env },
    stdio: onMessage ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  if (onMessage) child.on('message', onMessage);
  const printed = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    printed.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    printed.stderr += text;
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  return {
    pid: child.pid,
    exited,
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    tell(message) {
      if (child.connected) child.send(message, () => undefined);
    },
    signal(signal) {
      child.kill(signal);
    },
    end(signal) {
      child.kill(signal);
      return exited;
    },
  };
}

/** Kills whatever `startNode` has started and is still there. */
export async function endAll(): Promise<void> {
  const gone = [...running].map(
    (child) =>
      new Promise((resolve) => {
        child.once('close', resolve);
        child.kill('SIGKILL');
      }),
  );
  await Promise.all(gone);
}

/** Waits for a condition, looking at it every few milliseconds. @param what says what was waited for, if it never holds */
export async function until(
  what: () => string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 120_000,
): Promise<void> {
  for (const deadline = Date.now() + limitMs; !(await condition()); await delay(25)) {
    if (Date.now() > deadline) throw new Error(`Not so after ${limitMs / 1000} s: ${what()}`);
  }
}

/** Waits for a promise, but not for ever. */
export async function within<T>(limitMs: number, what: () => string, promise: Promise<T>): Promise<T> {
  const timeout = new AbortController();
  const late = delay(limitMs, undefined, { signal: timeout.signal }).then(() => {
    throw new Error(`Not there after ${limitMs / 1000} s: ${what()}`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    late.catch(() => undefined);
    timeout.abort();
  }
}

/** Runs jobs in the order they come, at most `limit` at once. */
export function pool(limit: number): <T>(job: () => Promise<T>) => Promise<T> {
  let free = limit;
  const waiting: (() => void)[] = [];
  return async (job) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await job();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
