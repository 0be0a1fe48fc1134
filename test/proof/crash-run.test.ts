/** @waits 80 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { parse } from 'csv-parse/sync';
import { startSimulator } from '../../simulator/simulator';
import { lockHome } from '../../worker/embedded/home';
import { startEmbeddedServer } from '../../worker/embedded/server';
import type { CampaignResult } from '../../workflows/state';
import { tally } from '../support/crash';
import { replayAll } from '../support/dev-server';
import { prepared } from '../support/env';
import { endAll, startNode, type TestProcess, until, within } from '../support/processes';

jest.setTimeout(240_000);

const SPEED = 60;
const CSV = resolve('examples/batch.csv');
const LIMIT_MS = 150_000;
const WAITING = /Waiting for the start/;
const CALLING = /Calling/;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'run-'));
});
afterEach(async () => {
  await endAll();
  // Also waits for the server that a killed run leaves behind for a moment.
  (await lockHome(simulatedHome(), { waitMs: 20_000 })).release();
  rmSync(home, { recursive: true, force: true });
});

function simulatedHome(): string {
  return join(home, 'simulated');
}

/** Types the command. */
function type(...more: string[]): TestProcess {
  const command = ['run', '--csv', CSV, '--simulate', '--speed', String(SPEED), '--json', ...more];
  const env = { HOME: home, CAMPAIGN_HOME: home, TEMPORAL_CLI_PATH: prepared('TEST_CLI_PATH') };
  return startNode([join(prepared('TEST_BUILD'), 'client/cli.js'), ...command], env);
}

/** Waits until a run has said something. */
function said(run: TestProcess, text: RegExp): Promise<void> {
  return until(
    () => `${text}\n${run.stderr()}`,
    () => text.test(run.stderr()),
    LIMIT_MS,
  );
}

/** Waits for a run's own end; it must be exit code 0. */
async function resultOf(run: TestProcess): Promise<CampaignResult> {
  const { code } = await within(LIMIT_MS, run.stderr, run.exited);
  if (code !== 0) throw new Error(`Exit code ${code}\n${run.stderr()}`);
  return JSON.parse(run.stdout());
}

/** What Bolna was asked to do, by the simulator's journal. */
function asked(): Record<string, number> {
  const path = join(simulatedHome(), `bolna-at-speed-${SPEED}.jsonl`);
  if (!existsSync(path)) return {};
  const [, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  return tally(lines.map((line) => JSON.parse(line).operation.op));
}

/** The simulator as its journal brings it back: what it did, it has done for good. */
async function expectEveryoneCalledOnce({ status, batchId, contacts, outcomes, files }: CampaignResult): Promise<void> {
  expect(status).toBe('completed');
  expect(asked()).toEqual({ create: 1, schedule: 1 });
  const rows = parse(readFileSync(files?.results ?? ''), { columns: true }) as Record<string, string>[];
  expect(rows).toHaveLength(contacts.total);
  expect(tally(rows.map((row) => row.result ?? ''))).toEqual(outcomes);
  const called = rows.filter(({ result }) => result !== 'rejected' && result !== 'duplicate');
  expect(called).toHaveLength(contacts.valid);

  const simulator = await startSimulator({
    speed: SPEED,
    journal: join(simulatedHome(), `bolna-at-speed-${SPEED}.jsonl`),
  });
  try {
    expect(simulator.batches().map(({ id }) => id)).toEqual([batchId]);
    const dialled = simulator.dials().map(({ number }) => number);
    expect(dialled.sort()).toEqual(called.map((row) => row.contact_number).sort());
  } finally {
    await simulator.close();
  }
}

async function expectHistoryReplays(): Promise<void> {
  const lock = await lockHome(simulatedHome(), { waitMs: 20_000 });
  try {
    const server = await startEmbeddedServer({ lock, cliPath: prepared('TEST_CLI_PATH') });
    try {
      const connection = await Connection.connect({ address: server.address });
      expect(await replayAll(new Client({ connection }))).toBe(1);
      await connection.close();
    } finally {
      await server.stop();
    }
  } finally {
    lock.release();
  }
}

/** Far enough ahead that a run killed while it waits can be typed again and still waits. */
function inHalfAMinute(): string {
  return new Date(Date.now() + 30_000).toISOString();
}

test('a run killed while it waits for the start, and again while calls are made, goes on where it was', async () => {
  const start = ['--at', inHalfAMinute()];
  const first = type(...start);
  await said(first, WAITING);
  await first.end('SIGKILL');
  expect(asked()).toEqual({ create: 1, schedule: 1 });

  const second = type(...start);
  await said(second, CALLING);
  await second.end('SIGKILL');
  expect(second.stderr()).toContain('It is under way already; going on with it.');

  const third = type(...start);
  const result = await resultOf(third);
  expect(third.stderr()).toContain('It is under way already; going on with it.');
  await expectEveryoneCalledOnce(result);

  const fourth = type(...start);
  expect(await resultOf(fourth)).toEqual(result);
  expect(fourth.stderr()).toContain('nobody is called again');
  await expectEveryoneCalledOnce(result);
  await expectHistoryReplays();
});

test('a run interrupted with Ctrl-C says so, ends with 130 and goes on when it is typed again', async () => {
  const first = type();
  await said(first, WAITING);
  expect(await first.end('SIGINT')).toEqual({ code: 130, signal: null });
  expect(first.stderr()).toMatch(/^Interrupted\. Type the same command again to go on/m);
  expect(first.stdout()).toBe('');

  const result = await resultOf(type());
  await expectEveryoneCalledOnce(result);
  await expectHistoryReplays();
});
