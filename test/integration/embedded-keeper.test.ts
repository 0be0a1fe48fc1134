import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { transformFileSync } from '@swc/core';
import { Connection } from '@temporalio/client';
import { HomeInUseError } from '../../worker/embedded/errors';
import { findTemporalCli } from '../../worker/embedded/find-server';
import { holdServer } from '../../worker/embedded/hold';
import { type HomeLock, lockHome } from '../../worker/embedded/home';
import { type KeptProcess, startKept } from '../../worker/embedded/server-process';
import { isPortClash } from '../../worker/embedded/start-failure';
import { CACHE, serverEnvironment } from '../support/tools';

let cliPath: string;
let built: string;
let home: string;
const parents: ChildProcess[] = [];
const kept: KeptProcess[] = [];
const locks: HomeLock[] = [];

beforeAll(async () => {
  cliPath = await findTemporalCli(serverEnvironment());
  // A run in a process of its own needs JavaScript; below the project, so that it finds the packages.
  mkdirSync(CACHE, { recursive: true });
  built = mkdtempSync(join(CACHE, 'built-'));
  const sources = resolve('worker/embedded');
  for (const name of readdirSync(sources).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))) {
    const { code } = transformFileSync(join(sources, name), {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
      module: { type: 'commonjs' },
      swcrc: false,
    });
    writeFileSync(join(built, name.replace(/\.ts$/, '.js')), code);
  }
});
afterAll(() => rmSync(built, { recursive: true, force: true }));
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'keeper-'));
});
afterEach(async () => {
  for (const parent of parents.splice(0)) parent.kill('SIGKILL');
  await Promise.all(kept.splice(0).map((process) => process.stop()));
  for (const lock of locks.splice(0)) lock.release();
  // Also waits for what a killed parent left behind.
  (await lockHome(home, { waitMs: 20_000 })).release();
  rmSync(home, { recursive: true, force: true });
});

interface Run {
  process: ChildProcess;
  address: string;
  serverPid: number;
  nextLine(): Promise<string>;
}

/** Starts a process that holds the home and runs the real server, as a run does. */
async function startRun(): Promise<Run> {
  const script = `
    const { lockHome } = require(${JSON.stringify(join(built, 'home.js'))});
    const { startEmbeddedServer } = require(${JSON.stringify(join(built, 'server.js'))});
    process.on('SIGINT', () => console.log('interrupted'));
    (async () => {
      const lock = await lockHome(${JSON.stringify(home)});
      const server = await startEmbeddedServer({ lock, cliPath: ${JSON.stringify(cliPath)} });
      console.log(JSON.stringify({ address: server.address, serverPid: server.pid }));
      setInterval(() => {}, 1000);
    })();`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  parents.push(parent);
  const lines = createInterface({ input: parent.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => String((await lines.next()).value);
  const facts = JSON.parse(await nextLine()) as { address: string; serverPid: number };
  return { process: parent, ...facts, nextLine };
}

/** Runs a shell script under a keeper, on the home's lock. */
async function keep(script: string, shared = false): Promise<{ lock: HomeLock; child: KeptProcess; pid: number }> {
  const lock = await lockHome(home);
  locks.push(lock);
  const child = startKept('/bin/sh', ['-c', script], join(home, 'temporal.log'), lock.fd, shared);
  kept.push(child);
  return { lock, child, pid: (await child.started) ?? 0 };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function processFact(name: 'pgid' | 'ppid', pid: number): number {
  return Number(execFileSync('ps', ['-o', `${name}=`, '-p', String(pid)], { encoding: 'utf8' }));
}

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 20_000; !condition(); await delay(20)) {
    if (Date.now() > deadline) throw new Error(`Not so after 20 s: ${condition}`);
  }
}

test('a run that is killed takes its server with it and frees the home', async () => {
  const run = await startRun();
  await expect(lockHome(home, { waitMs: 0 })).rejects.toBeInstanceOf(HomeInUseError);
  run.process.kill('SIGKILL');

  const lock = await lockHome(home);
  locks.push(lock);
  expect(isAlive(run.serverPid)).toBe(false);
});

test('Ctrl-C reaches the run and leaves it a server to finish its work with', async () => {
  const run = await startRun();
  const runGroup = run.process.pid ?? Number.NaN;
  process.kill(-runGroup, 'SIGINT');
  expect(await run.nextLine()).toBe('interrupted');
  // A server that got the signal too would still answer for a second; that it is not in the group is what counts.
  expect(processFact('pgid', run.serverPid)).not.toBe(runGroup);

  const connection = await Connection.connect({ address: run.address });
  await connection.workflowService.describeNamespace({ namespace: 'default' });
  await connection.close();
});

test('the home stays locked while the server lives, though the run has let go', async () => {
  const { lock, child } = await keep('exec sleep 1000');
  lock.release();
  await expect(lockHome(home, { waitMs: 0 })).rejects.toBeInstanceOf(HomeInUseError);

  await child.stop();
  locks.push(await lockHome(home, { waitMs: 0 }));
});

test('a shared server that others hold is left to them, and ends with the last', async () => {
  const { lock, child, pid } = await keep('exec sleep 1000', true);
  const port = child.holdPort() ?? 0;
  const holds = [await holdServer(port), await holdServer(port)];
  expect(await child.leave()).toBe(true);
  lock.release();
  holds[0]?.release();
  // Whoever comes now may use it as well.
  holds.push(await holdServer(port));
  holds[1]?.release();
  expect(isAlive(pid)).toBe(true);
  await expect(lockHome(home, { waitMs: 0 })).rejects.toBeInstanceOf(HomeInUseError);
  holds[2]?.release();
  locks.push(await lockHome(home));
  expect(isAlive(pid)).toBe(false);
  expect(await holdServer(port)).toBeUndefined();
});

test('a shared server that nobody holds ends with its run, and one that is not shared cannot be held', async () => {
  const { child, pid, lock } = await keep('exec sleep 1000', true);
  expect(await child.leave()).toBe(false);
  expect(isAlive(pid)).toBe(false);
  lock.release();
  expect((await keep('exec sleep 1000')).child.holdPort()).toBeUndefined();
});

test('a keeper that is killed leaves no server behind', async () => {
  const { child, pid } = await keep('exec sleep 1000');
  process.kill(processFact('ppid', pid), 'SIGKILL');
  await child.exited;
  await until(() => !isAlive(pid));
});

test('what the server prints goes to its log, and its end and last words to the run', async () => {
  const { child } = await keep('echo hello; echo world >&2; exit 7');
  await expect(child.exited).resolves.toMatchObject({ code: 7, signal: null });
  expect((await child.exited).output.split('\n').sort()).toEqual(['', 'hello', 'world']);
  expect(readFileSync(join(home, 'temporal.log'), 'utf8').split('\n').sort()).toEqual(['', 'hello', 'world']);
});

test('a server that prints without end fills no disk', async () => {
  const { child } = await keep('yes "the disk is full" | head -c 40000000; echo last');
  const { output } = await child.exited;
  const files = readdirSync(home).filter((name) => name.startsWith('temporal.log'));
  const bytes = files.map((name) => statSync(join(home, name)).size).reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeLessThan(11 * 1024 * 1024);
  expect(output).toMatch(/last\n$/);
});

test('the reason for a crash is told, though a long stack was printed after it', async () => {
  const panic = `echo 'bind: address already in use'; yes 'frame of the stack' | head -c 20000; exit 2`;
  const { child } = await keep(panic);
  expect(isPortClash(await child.exited)).toBe(true);
});

test('the log of the start before is kept beside the new one', async () => {
  for (const word of ['first', 'second']) {
    const { lock, child } = await keep(`echo ${word}`);
    await child.exited;
    lock.release();
  }
  expect(readFileSync(join(home, 'temporal.log.1'), 'utf8')).toBe('first\n');
  expect(readFileSync(join(home, 'temporal.log'), 'utf8')).toBe('second\n');
});

test('a program that cannot be started is told as an end, with the reason', async () => {
  const lock = await lockHome(home);
  locks.push(lock);
  const child = startKept(join(home, 'nothing'), [], join(home, 'temporal.log'), lock.fd);
  await expect(child.started).resolves.toBeUndefined();
  expect((await child.exited).output).toContain('ENOENT');
});
