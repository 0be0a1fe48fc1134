import { closeSync, constants, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { tryLock } from 'fs-native-extensions';
import { errorCode, explainHomeFailure, HomeInUseError } from './errors';

/** How long a start waits for an earlier run's server to finish dying; it takes 1 to 3 seconds when asked politely. */
const DEFAULT_WAIT_MS = 10_000;
const RETRY_MS = 100;

/** The right to use a campaign home, held until `release` *and* until every process that inherited `fd` is gone. */
export interface HomeLock {
  readonly home: string;
  /** The locked file. A child that inherits it keeps the lock alive, also when this process is killed. */
  readonly fd: number;
  /** Writes the server's process ID beside this one's, for the message to whoever comes second. */
  noteServer(pid: number): void;
  /** Gives up this process's share of the lock. May be called twice. */
  release(): void;
}

export interface LockHomeOptions {
  /** Milliseconds to wait for a holder that may be on its way out. Default 10,000. */
  waitMs?: number;
  /** Told once, when there is somebody to wait for. */
  onNote?: (text: string) => void;
}

/**
 * Creates the campaign home and takes it for this process, so that one server database has one server.
 *
 * The lock belongs to the open file, not to a process ID in it: it vanishes with its holders also on SIGKILL or a power
 * cut, and no stale file ever has to be judged or deleted.
 *
 * @throws HomeInUseError after `waitMs`, HomeUnusableError or DiskFullError at once
 */
export async function lockHome(home: string, options: LockHomeOptions = {}): Promise<HomeLock> {
  const folder = resolve(home);
  const path = join(folder, 'lock');
  const fd = openLockFile(folder, path);
  try {
    const deadline = Date.now() + (options.waitMs ?? DEFAULT_WAIT_MS);
    for (let noted = false; !lockFile(folder, fd); noted = true) {
      const holder = readHolder(path);
      if (Date.now() >= deadline) throw new HomeInUseError(folder, holder.pid, holder.leftBehind);
      if (!noted) options.onNote?.(`Waiting for the run that uses ${folder} to finish…`);
      await delay(RETRY_MS);
    }
    explained(folder, () => {
      ftruncateSync(fd);
      writeSync(fd, `${process.pid}\n`, 0);
    });
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return heldLock(folder, fd);
}

function heldLock(home: string, fd: number): HomeLock {
  let held = true;
  return {
    home,
    fd,
    noteServer(pid) {
      if (held) explained(home, () => writeSync(fd, `${process.pid}\n${pid}\n`, 0));
    },
    release() {
      if (!held) return;
      held = false;
      // Closing, never unlocking: an explicit unlock would take the lock from the server too, which may still be writing.
      closeSync(fd);
    },
  };
}

function openLockFile(home: string, path: string): number {
  return explained(home, () => {
    mkdirSync(home, { recursive: true });
    // Created without truncating: the holder's process ID must stay readable for whoever comes second.
    return openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  });
}

function lockFile(home: string, fd: number): boolean {
  return explained(home, () => tryLock(fd));
}

function readHolder(path: string): { pid: number | undefined; leftBehind: boolean } {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // Some systems forbid reading what is locked; the message then does without a number.
  }
  const [run, server] = text.split('\n').map((line) => (/^\d+$/.test(line) ? Number(line) : undefined));
  if (run !== undefined && !isAlive(run) && server !== undefined && isAlive(server)) {
    return { pid: server, leftBehind: true };
  }
  return { pid: run, leftBehind: false };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** Runs a file operation in the home and turns the system's codes into sentences. */
function explained<T>(home: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw explainHomeFailure(home, error);
  }
}
