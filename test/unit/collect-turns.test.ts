import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityContext } from '../../activities/context';
import { collectExecutions } from '../../activities/executions';
import { BolnaClient } from '../../bolna/client';
import { bolnaRules } from '../../bolna/start-time';
import { Outside } from '../../egress/outside';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import { LocalStorage } from '../../storage/local';
import { AGENT, csvOf } from '../support/rig';

const ROWS = 520;

describe('an attempt that collects for long', () => {
  const folder = mkdtempSync(join(tmpdir(), 'turns-'));
  let now = Date.parse('2026-06-23T06:00:00Z');
  let simulator: Simulator;
  let bolna: BolnaClient;
  let context: ActivityContext;
  let batchId: string;
  beforeAll(async () => {
    simulator = await startSimulator({ clock: { now: () => now }, rules: { concurrency: 10_000 } });
    bolna = new BolnaClient({ apiKey: 'bn-test', baseUrl: simulator.url, timeoutMs: 5_000 });
    context = {
      bolna,
      outside: new Outside(),
      storage: new LocalStorage(folder),
      rules: bolnaRules(),
      leadMs: 150_000,
      polling: { minMs: 5_000, maxMs: 600_000 },
      account: 'default',
      accounts: [],
      now: () => now,
    };
    const csv = csvOf(ROWS);
    const file = { csv: Readable.from([csv]), csvBytes: Buffer.byteLength(csv) };
    batchId = (await bolna.createBatch({ agentId: AGENT, fileName: 'c.csv', ...file })).batchId;
    await bolna.scheduleBatch(batchId, now + 10 * 60_000);
    now += 60 * 60_000;
  });
  afterAll(async () => {
    await bolna.close();
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('gives its slot to others, and the next goes on where it stood', async () => {
    // Half a minute passes with each page.
    let passed = 0;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => {
      passed += 31_000;
      return 1e12 + passed;
    });
    const ask = { campaignId: 'turns', agentId: AGENT, batchId };
    const turns: string[] = [];
    let heartbeatDetails: unknown;
    let collected: unknown;
    while (collected === undefined) {
      const environment = new MockActivityEnvironment({ heartbeatDetails });
      environment.on('heartbeat', (details) => {
        heartbeatDetails = details;
      });
      try {
        collected = await environment.run(() => collectExecutions(context, ask));
      } catch (error) {
        const { message, type } = error as ApplicationFailure;
        expect(type).toBe('NotYetAll');
        turns.push(message);
      }
    }
    clock.mockRestore();
    const changes = simulator.batches().flatMap(({ executions }) => executions.map(({ updatedAt }) => updatedAt));
    // The latest of all turns, as exactly as times on the wire are.
    const lastChange = Math.floor(Math.max(...changes) / 1000) * 1000;
    expect(collected).toEqual({ executions: ROWS, lastChange, gone: false });
    expect(turns[0]).toBe('No error: 50 executions are collected so far, and more are read.');
    expect(turns).toHaveLength(10);
    const lines = readFileSync(join(folder, 'turns', 'executions.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(new Set(lines.map((line) => JSON.parse(line).id)).size).toBe(ROWS);
    expect(lines).toHaveLength(ROWS);
  });
});
