/** @waits 80 */
import { randomUUID } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import { batchWorkflowId } from '../../activities/batch-workflow-id';
import { bolnaRules } from '../../bolna/start-time';
import type { campaignWorkflow } from '../../workflows/campaign';
import { expectEachCalledOnce, numbersDialled, scheduledBatches, standingBatches } from '../support/once';
import { type CampaignHandle, csvOf, HOUR, numberOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

const ROWS = 23;
const BATCHES = 5;
/** Rows in five batches, the last one shorter, with a row that is no number and one that is there twice. */
const SPLIT = {
  contacts: { csv: `${csvOf(ROWS)}nonsense,Nobody\n${numberOf(0)},Again\n` },
  maxRowsPerBatch: 5,
  maxBatchesAtOnce: 2,
};

/** Rows of results.csv by result. */
async function resultsOf(rig: Rig, campaignId: string): Promise<{ number: string; result: string }[]> {
  const rows = parse(await rig.file(campaignId, 'results.csv'), { columns: true }) as Record<string, string>[];
  return rows.map(({ contact_number = '', result = '' }) => ({ number: contact_number, result }));
}

/** Each child's history replays too. */
async function replayBatches(rig: Rig, campaign: CampaignHandle, parts: readonly number[]): Promise<void> {
  for (const part of parts) {
    await rig.replay(rig.client.workflow.getHandle(batchWorkflowId(campaign.workflowId, part)) as CampaignHandle);
  }
}

describe('a campaign of several batches', () => {
  let env: TestServer;
  let rig: Rig;
  beforeEach(async () => {
    env = await TestServer.skippingAfter(env);
  });
  afterEach(() => rig.close());
  afterAll(() => env.teardown());

  test('calls everyone once, each row in exactly one batch, and has one result for the whole', async () => {
    rig = await Rig.start({ env });
    let underWay = 0;
    rig.onActivity = async (phase, name) => {
      if (phase === 'after' && name === 'awaitProgress') {
        const { batches } = await rig.progress(rig.latest);
        underWay = Math.max(underWay, batches?.underWay.length ?? 0);
      }
    };
    await rig.run(async () => {
      const handle = await rig.begin(SPLIT);
      const result = await handle.result();
      expect(result).toMatchObject({ status: 'completed', contacts: { total: 25, valid: ROWS, rejected: 1 } });
      expect(Object.values(result.outcomes).reduce((a, b) => a + b, 0)).toBe(25);
      expectEachCalledOnce(rig, ROWS);
      const sent = rig.simulator.batches().map((batch) => batch.contacts.map(({ number }) => number));
      expect(sent.map((numbers) => numbers.length).sort()).toEqual([3, 5, 5, 5, 5]);
      expect(sent.flat().sort()).toEqual(Array.from({ length: ROWS }, (_, i) => numberOf(i)));
      const rows = await resultsOf(rig, handle.workflowId);
      expect(rows.map(({ number }) => number).slice(0, ROWS)).toEqual(
        Array.from({ length: ROWS }, (_, i) => numberOf(i)),
      );
      expect(underWay).toBe(2);
      const progress = await rig.progress(handle);
      expect(progress).toMatchObject({ settled: ROWS, batches: { total: BATCHES, done: BATCHES, underWay: [] } });
      await replayBatches(rig, handle, [1, 5]);
    });
  });

  test('a row that does not fit any more makes one batch more, and a file that fits is one batch', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const fits = await rig.begin({ contacts: { csv: csvOf(5) }, maxRowsPerBatch: 5 }, 'fits');
      expect((await fits.result()).batchId).not.toBeNull();
      expect(await rig.file('fits', 'executions.jsonl')).toMatch(/^\{/);
      expect(rig.simulator.batches()).toHaveLength(1);
      const not = await rig.begin({ contacts: { csv: csvOf(6) }, maxRowsPerBatch: 5 }, 'does-not');
      expect((await not.result()).batchId).toBeNull();
      expect(await rig.file('does-not', 'executions/0002.jsonl')).toMatch(/^\{/);
      expect(rig.simulator.batches()).toHaveLength(3);
    });
  });

  test('more batches than a campaign may have are refused with what to do', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const csv = csvOf(1001);
      const handle = await rig.begin({ contacts: { csv }, maxRowsPerBatch: 1 });
      await expect(handle.result()).rejects.toMatchObject({
        cause: { message: expect.stringMatching(/would be 1001 batches.*raise maxRowsPerBatch\.$/) },
      });
      expect(rig.simulator.requests).toEqual([]);
    });
  });

  test('what every batch would be refused for is not tried with all of them', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      rig.simulator.addFault({ endpoint: 'create', action: { status: 422 } });
      const handle = await rig.begin(SPLIT);
      await expect(handle.result()).rejects.toMatchObject({ cause: { message: expect.stringMatching(/^Batch 1: /) } });
      expect(rig.simulator.requests.filter(({ endpoint }) => endpoint === 'create')).toHaveLength(2);
      const rows = await resultsOf(rig, handle.workflowId);
      expect(rows.filter(({ result }) => result === 'not-called')).toHaveLength(ROWS);
      expect((await rig.memoResult(handle)).reason).toMatch(/3 batches were not begun\.$/);
    });
  });

  test('a stop also halts a batch that had given up waiting while Bolna still calls', async () => {
    const outcomes = () => ({ status: 'completed', talkSeconds: 600 }) as const;
    rig = await Rig.start({ env, rules: { concurrency: 1 }, outcomes });
    let scheduled = 0;
    rig.onActivity = async (phase, name) => {
      if (phase === 'after' && name === 'scheduleBatch' && ++scheduled === 2) await rig.stop(rig.latest);
    };
    await rig.run(async () => {
      // Ten calls of ten minutes are not over in an hour.
      const input = { contacts: { csv: csvOf(15) }, maxRowsPerBatch: 10, maxBatchesAtOnce: 1, giveUpAfter: '1h' };
      const handle = await rig.begin(input);
      const result = await handle.result();
      expect(result.status).toBe('stopped');
      const called = numbersDialled(rig).length;
      expect(called).toBeGreaterThan(0);
      await env.sleep(12 * HOUR);
      await rig.simulator.sync();
      expect(numbersDialled(rig)).toHaveLength(called);
      const rows = await resultsOf(rig, handle.workflowId);
      const never = rows.filter(({ result }) => result === 'not-called');
      expect(never).toHaveLength(15 - called);
    });
  });

  test('one batch that fails at Bolna does not keep the others from being called, and fails the campaign', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      let created = 0;
      rig.simulator.onRequest(async (phase, { endpoint, batchId, worked }) => {
        if (phase !== 'after' || endpoint !== 'schedule' || !worked || ++created !== 2 || !batchId) return;
        rig.simulator.override(batchId, { status: 'failed' });
      });
      const handle = await rig.begin(SPLIT);
      await expect(handle.result()).rejects.toMatchObject({
        cause: { message: expect.stringMatching(/Bolna could not run batch/) },
      });
      expect((await rig.memoResult(handle)).status).toBe('failed');
    });
  });
});

describe('halting and ending a campaign of several batches', () => {
  const SPEED = 300;
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.real();
  });
  beforeEach(async () => {
    rig = await Rig.start({
      env,
      speed: SPEED,
      rules: { concurrency: 1 },
      outcomes: () => ({ status: 'completed', talkSeconds: 300 }),
      context: { rules: bolnaRules(SPEED), leadMs: 2_000, polling: { minMs: 100, maxMs: 500 } },
    });
  });
  afterEach(() => rig.close());
  afterAll(() => env.teardown());

  const firstCall = (): Promise<void> =>
    new Promise((resolve) => {
      const look = setInterval(() => {
        if (rig.simulator.dials().length === 0) return;
        clearInterval(look);
        resolve();
      }, 20);
    });

  test.each([
    ['stop', 'stopped'],
    ['cancel', 'canceled'],
  ] as const)('a %s reaches the batches under way, and no other is begun', async (kind, status) => {
    await rig.run(async () => {
      const handle = await rig.begin(SPLIT);
      await firstCall();
      await rig[kind](handle, { by: 'a test', reason: 'enough' });
      await handle.result().catch(() => undefined);
      const result = await rig.memoResult(handle);
      expect(result).toMatchObject({ status, reason: expect.stringMatching(/by a test: enough\./) });
      const calledThen = numbersDialled(rig).length;
      expect(calledThen).toBeLessThan(10);
      expect(standingBatches(rig).every((batch) => ['stopped', 'completed'].includes(batch))).toBe(true);
      expect(Object.values(result.outcomes).reduce((a, b) => a + b, 0)).toBe(25);
      const rows = await resultsOf(rig, handle.workflowId);
      expect(rows.filter((row) => row.result === 'not-called').length).toBeGreaterThanOrEqual(13);
      await rig.simulator.sync();
      expect(numbersDialled(rig)).toHaveLength(calledThen);
    });
  });

  test('a cancellation in Temporal reaches them too, and shows as canceled', async () => {
    await rig.run(async () => {
      const handle = await rig.begin(SPLIT);
      await firstCall();
      await handle.cancel();
      await handle.result().catch(() => undefined);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      expect((await rig.memoResult(handle)).status).toBe('canceled');
      expect(standingBatches(rig).every((batch) => ['stopped', 'completed'].includes(batch))).toBe(true);
    });
  });

  test('a stop right after a second run began halts what the first had begun, also what the second had not yet', async () => {
    await rig.run(async () => {
      const input = { ...SPLIT, maxBatchesAtOnce: 5 };
      const first = await rig.begin(input);
      await firstCall();
      await first.terminate('a test');
      const called = numbersDialled(rig).length;
      const second = await rig.begin({ ...input, maxBatchesAtOnce: 1 }, first.workflowId);
      await rig.stop(second);
      await second.result().catch(() => undefined);
      expect((await rig.memoResult(second)).status).toBe('stopped');
      expect(standingBatches(rig).every((batch) => ['stopped', 'completed'].includes(batch))).toBe(true);
      expect(numbersDialled(rig).length).toBeLessThan(called + 12);
    });
  });

  test('a stop right after a reset halts what the run before it had begun, of which its own history knows nothing', async () => {
    await rig.run(async () => {
      const first = await rig.begin({ ...SPLIT, maxBatchesAtOnce: 5 });
      await firstCall();
      const { events = [] } = await first.fetchHistory();
      const read = events?.findIndex((event) => event.activityTaskCompletedEventAttributes) ?? -1;
      const point = events?.slice(read).find((event) => event.workflowTaskCompletedEventAttributes);
      // Signals go into the new run before it begins anything: while nobody works on it.
      await first.signal('stop');
      const { runId } = await rig.client.workflowService.resetWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: first.workflowId, runId: first.firstExecutionRunId },
        workflowTaskFinishEventId: point?.eventId ?? null,
        requestId: randomUUID(),
      });
      const again = rig.client.workflow.getHandle<typeof campaignWorkflow>(first.workflowId, runId);
      const result = await again.result();
      expect(result.status).toBe('stopped');
      expect(standingBatches(rig).every((batch) => ['stopped', 'completed'].includes(batch))).toBe(true);
      const rows = await resultsOf(rig, first.workflowId);
      const notCalled = rows.filter((row) => row.result === 'not-called').map(({ number }) => number);
      expect(notCalled.filter((number) => numbersDialled(rig).includes(number))).toEqual([]);
    });
  });

  test('a stop after a reset reaches batches that were begun before the point it went back to', async () => {
    await rig.run(async () => {
      const first = await rig.begin(SPLIT);
      await firstCall();
      const { events = [] } = await first.fetchHistory();
      expect(events?.some((event) => event.childWorkflowExecutionStartedEventAttributes)).toBe(true);
      const point = events?.filter((event) => event.workflowTaskCompletedEventAttributes).at(-1);
      await rig.client.workflowService.resetWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: first.workflowId, runId: first.firstExecutionRunId },
        workflowTaskFinishEventId: point?.eventId ?? null,
        requestId: randomUUID(),
      });
      const again = rig.client.workflow.getHandle<typeof campaignWorkflow>(first.workflowId);
      await again.signal('stop');
      expect((await again.result()).status).toBe('stopped');
      expect(standingBatches(rig).every((batch) => ['stopped', 'completed'].includes(batch))).toBe(true);
      expect(numbersDialled(rig).length).toBeLessThan(ROWS - 2 * SPLIT.maxRowsPerBatch);
    });
  });

  test('rows that an earlier run has called are not told as not called where the key is refused to the next', async () => {
    await rig.run(async () => {
      const input = { contacts: { csv: csvOf(20) }, maxRowsPerBatch: 5, maxBatchesAtOnce: 2 };
      const lastCalls = new Promise<void>((resolve) => {
        rig.onActivity = (phase, name) => {
          if (phase === 'before' && name === 'awaitProgress' && scheduledBatches(rig).length === 4) resolve();
        };
      });
      const first = await rig.begin(input);
      await lastCalls;
      await first.terminate('a test');
      rig.simulator.addFault({ action: { status: 401 } });
      const second = await rig.begin(input, first.workflowId);
      await expect(second.result()).rejects.toThrow();
      await rig.simulator.sync();
      const rows = await resultsOf(rig, first.workflowId);
      expect(rows.filter((row) => row.result === 'not-called')).toEqual([]);
      expect(rows).toHaveLength(20);
    });
  });

  test('a second run of a terminated campaign takes every batch over, whatever size it is told', async () => {
    await rig.run(async () => {
      let seen = 0;
      let half = () => {};
      const halfway = new Promise<void>((resolve) => {
        half = resolve;
      });
      rig.onActivity = (phase, name) => {
        if (phase === 'after' && name === 'scheduleBatch' && ++seen === 3) half();
      };
      const first = await rig.begin(SPLIT);
      await halfway;
      await first.terminate('a test');
      const second = await rig.begin({ ...SPLIT, maxRowsPerBatch: 4 }, first.workflowId);
      const result = await second.result();
      expect(result.status).toBe('completed');
      expectEachCalledOnce(rig, ROWS);
      expect(scheduledBatches(rig)).toHaveLength(BATCHES);
      expect(Object.values(result.outcomes).reduce((a, b) => a + b, 0)).toBe(25);
    });
  });
});
