import { setTimeout } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Activities } from '../../activities/types';
import { attempt } from '../support/attempts';
import {
  expectEachCalledOnce,
  expectNobodyCalled,
  numbersDialled,
  requestsTo,
  scheduledBatches,
  standingBatches,
} from '../support/once';
import { AGENT, type CampaignHandle, csvOf, DAY, HOUR, MINUTE, numberOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

const CONTACTS = 3;
const longCalls = () => ({ status: 'completed', talkSeconds: 1800 }) as const;
let id = '';
let runs = 0;

describe('the same campaign ID again', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.skipping();
  });
  afterAll(() => env.teardown());
  beforeEach(() => {
    id = `again-${++runs}`;
  });
  afterEach(() => rig.close());

  /**
   * Ends the first run, without a word to Bolna, as it is about to begin a step. An attempt under way would keep the test
   * server's clock from ever skipping again, so the step's attempts fail and the run is terminated between two of them.
   */
  async function firstRunDiesBefore(step: keyof Activities, afterMs = 0): Promise<void> {
    const tried = new Promise<void>((resolve) => {
      rig.onActivity = (phase, activity) => {
        if (phase !== 'before' || activity !== step) return;
        resolve();
        throw new Error('This worker died.');
      };
    });
    const handle = await rig.begin({}, id);
    if (afterMs > 0) await passes(afterMs);
    await tried;
    await terminate(handle);
    rig.onActivity = undefined;
  }

  /** Waiting for the result would let the test server's clock leap by ten years. */
  async function terminate(handle: CampaignHandle): Promise<void> {
    await betweenAttempts(handle);
    await handle.terminate();
    expect((await handle.describe()).status.name).toBe('TERMINATED');
  }

  /** The next attempt is seconds away once the count of attempts has gone up; the server shows it as started all the same. */
  async function betweenAttempts(handle: CampaignHandle): Promise<void> {
    const attempts = async () => (await handle.describe()).raw.pendingActivities?.[0]?.attempt ?? 0;
    for (let before = -1, now = await attempts(); before !== now || now === 1; now = await attempts()) {
      before = now;
      await setTimeout(200);
    }
  }

  const secondRun = async () => (await rig.begin({}, id)).result();

  async function passes(ms: number): Promise<void> {
    await env.sleep(ms);
    await rig.simulator.sync();
  }

  describe('is refused by the server', () => {
    test('after it completed', async () => {
      rig = await Rig.start({ env });
      await rig.run(async () => {
        await (await rig.begin({}, id)).result();
        await expect(rig.begin({}, id)).rejects.toThrow(WorkflowExecutionAlreadyStartedError);
      });
      expectEachCalledOnce(rig, CONTACTS);
    });

    test('after it was stopped', async () => {
      rig = await Rig.start({ env });
      await rig.run(async () => {
        const startAt = new Date((await env.currentTimeMs()) + DAY).toISOString();
        const handle = await rig.begin({ startAt }, id);
        await rig.stop(handle);
        expect((await handle.result()).status).toBe('stopped');
        await expect(rig.begin({}, id)).rejects.toThrow(WorkflowExecutionAlreadyStartedError);
      });
      expectNobodyCalled(rig);
    });
  });

  describe('after a termination', () => {
    test('makes the batch where none was made', async () => {
      rig = await Rig.start({ env });
      await rig.run(async () => {
        await firstRunDiesBefore('createBatch');
        expect((await secondRun()).status).toBe('completed');
      });
      expectEachCalledOnce(rig, CONTACTS);
      expect(rig.simulator.batches()).toHaveLength(1);
    });

    test('picks up a batch that was created', async () => {
      rig = await Rig.start({ env });
      await rig.run(async () => {
        await firstRunDiesBefore('scheduleBatch');
        const result = await secondRun();
        expect(result.status).toBe('completed');
        expect(result.notes.join()).toContain('Took over batch');
      });
      expectEachCalledOnce(rig, CONTACTS);
      expect(rig.simulator.batches()).toHaveLength(1);
    });

    test.each([
      ['running', 15 * MINUTE],
      ['completed', 3 * HOUR],
    ])('picks up a batch that is %s', async (status, ms) => {
      rig = await Rig.start({ env, outcomes: longCalls });
      await rig.run(async () => {
        await firstRunDiesBefore('awaitProgress', ms);
        expect(standingBatches(rig)).toEqual([status]);
        expect((await secondRun()).status).toBe('completed');
      });
      expectEachCalledOnce(rig, CONTACTS);
      expect(scheduledBatches(rig)).toHaveLength(1);
    });

    test('picks up a batch that is scheduled', async () => {
      rig = await Rig.start({ env });
      await rig.run(async () => {
        const startAt = new Date((await env.currentTimeMs()) + DAY).toISOString();
        const first = await rig.begin({ startAt }, id);
        await env.sleep(HOUR);
        await terminate(first);
        expect(standingBatches(rig)).toEqual(['scheduled']);
        // Another start is wished for; the one that Bolna has is kept.
        const result = await secondRun();
        expect(result.status).toBe('completed');
        expect(Date.parse(result.startsAt ?? '')).toBeGreaterThanOrEqual(Date.parse(startAt));
      });
      expectEachCalledOnce(rig, CONTACTS);
      expect(requestsTo(rig, 'schedule')).toHaveLength(1);
    });

    test('takes a batch that was stopped as stopped', async () => {
      rig = await Rig.start({ env, rules: { concurrency: 1 }, outcomes: longCalls });
      await rig.run(async () => {
        await firstRunDiesBefore('awaitProgress', 13 * MINUTE);
        await rig.simulator.stopFromDashboard(rig.simulator.batches()[0]?.id ?? '');
        const result = await secondRun();
        expect(result.status).toBe('stopped');
        expect(Object.values(result.outcomes).reduce((a, b) => a + b, 0)).toBe(CONTACTS);
      });
      expect(numbersDialled(rig)).toEqual([numberOf(0)]);
      expect(rig.simulator.batches()).toHaveLength(1);
    });
  });

  describe('after a failure', () => {
    test('goes on with the batch there is once the cause is mended', async () => {
      rig = await Rig.start({ env });
      rig.simulator.addFault({ endpoint: 'schedule', to: 1, action: { status: 422, body: { detail: 'bad' } } });
      await rig.run(async () => {
        await expect((await rig.begin({}, id)).result()).rejects.toThrow();
        expectNobodyCalled(rig);
        await passes(DAY);
        expect((await secondRun()).status).toBe('completed');
      });
      expectEachCalledOnce(rig, CONTACTS);
      expect(standingBatches(rig)).toEqual(['completed']);
    });
  });

  describe('after a cancellation', () => {
    test('makes a new batch where the first was deleted before its start', async () => {
      rig = await Rig.start({ env });
      await rig.run(async () => {
        const startAt = new Date((await env.currentTimeMs()) + DAY).toISOString();
        const first = await rig.begin({ startAt }, id);
        await env.sleep(HOUR);
        await rig.cancel(first);
        await expect(first.result()).rejects.toThrow();
        expect(standingBatches(rig)).toEqual([]);
        await passes(2 * DAY);
        expect((await secondRun()).status).toBe('completed');
      });
      expectEachCalledOnce(rig, CONTACTS);
    });

    test('calls nobody whom a running batch had left', async () => {
      rig = await Rig.start({ env, rules: { concurrency: 1 }, outcomes: longCalls });
      await rig.run(async () => {
        const first = await rig.begin({}, id);
        await env.sleep(14 * MINUTE);
        await rig.simulator.sync();
        await rig.cancel(first);
        await expect(first.result()).rejects.toThrow();
        const called = numbersDialled(rig);
        expect(called.length).toBeGreaterThan(0);
        expect((await secondRun()).status).toBe('stopped');
        await passes(DAY);
        expect(numbersDialled(rig)).toEqual(called);
      });
    });
  });

  describe('with other contacts', () => {
    test('is refused, calls nobody, and leaves the files of the first run alone', async () => {
      rig = await Rig.start({ env });
      await rig.run(async () => {
        await firstRunDiesBefore('reconcileResults', 3 * HOUR);
        const before = await rig.files(id);
        const other = await rig.begin({ contacts: { csv: csvOf(5) } }, id);
        await expect(other.result()).rejects.toMatchObject({
          cause: { message: expect.stringContaining('already run with other contacts') },
        });
        const after = await rig.files(id);
        expect(after).toMatchObject(before);
        expect(Object.keys(after).filter((name) => name.startsWith('contacts'))).toHaveLength(1);
      });
      expectEachCalledOnce(rig, CONTACTS);
    });

    test('may be run while nobody was called', async () => {
      rig = await Rig.start({ env });
      await rig.run(async () => {
        await firstRunDiesBefore('scheduleBatch');
        const result = await (await rig.begin({ contacts: { csv: csvOf(2) } }, id)).result();
        expect(result.status).toBe('completed');
      });
      expectEachCalledOnce(rig, 2);
      expect(standingBatches(rig)).toEqual(['completed']);
    });

    test('does not take over what a zombie of the first run has scheduled meanwhile', async () => {
      rig = await Rig.start({ env });
      await rig.storage.write(
        `${id}/schedule.json`,
        JSON.stringify({
          batchId: 'a'.repeat(32),
          fileName: `${id}-0123456789abcdef.csv`,
          requestedStart: 0,
          roundedStart: 0,
        }),
      );
      await rig.run(async () => {
        await expect((await rig.begin({}, id)).result()).rejects.toMatchObject({
          cause: { message: expect.stringContaining('already run with other contacts') },
        });
      });
      expectNobodyCalled(rig);
      expect(requestsTo(rig, 'schedule')).toEqual([]);
    });
  });

  describe('where history and storage are lost', () => {
    /** The first run, its history and its files are gone while its calls are made. */
    async function everythingIsLost(): Promise<string> {
      await firstRunDiesBefore('awaitProgress', 15 * MINUTE);
      for (const name of Object.keys(await rig.files(id))) await rig.storage.delete(`${id}/${name}`);
      return rig.simulator.batches()[0]?.id ?? '';
    }
    const resultsOf = async () => (await rig.rows(id)).slice(1).map((row) => row.split(',').slice(2, 4));

    test('takes over the batch of the same contacts, and tells how its calls ended', async () => {
      rig = await Rig.start({ env, outcomes: longCalls });
      await rig.run(async () => {
        const batchId = await everythingIsLost();
        const result = await secondRun();
        expect(result).toMatchObject({ status: 'completed', batchId, outcomes: { completed: CONTACTS } });
        expect(result.notes.join()).toContain(`Took over batch ${batchId}`);
        expect(await resultsOf()).toEqual(Array(CONTACTS).fill(['completed', 'Normal Hangup']));
      });
      expectEachCalledOnce(rig, CONTACTS);
      expect(rig.simulator.batches()).toHaveLength(1);
    });

    test.each([
      ['the same contacts in several batches', CONTACTS, { maxRowsPerBatch: 2 }],
      ['other contacts', 5, {}],
      ['other contacts in several batches', 5, { maxRowsPerBatch: 2 }],
    ])('says of no row of %s that it was not called, and names the earlier batch', async (_, rows, input) => {
      rig = await Rig.start({ env, outcomes: longCalls });
      await rig.run(async () => {
        const batchId = await everythingIsLost();
        await expect((await rig.begin({ contacts: { csv: csvOf(rows) }, ...input }, id)).result()).rejects.toThrow();
        const reason = `this campaign ID was run with other contacts (batch ${batchId}): this person may have been called`;
        expect(await resultsOf()).toEqual(Array(rows).fill(['unsettled', reason]));
      });
      await passes(DAY);
      expectEachCalledOnce(rig, CONTACTS);
      expect(standingBatches(rig)).toEqual(['completed']);
    });
  });

  describe('where Bolna no longer knows the batch', () => {
    async function scheduledThenTerminated(startInMs: number): Promise<CampaignHandle> {
      const startAt = new Date((await env.currentTimeMs()) + startInMs).toISOString();
      const first = await rig.begin({ startAt }, id);
      await env.sleep(10 * MINUTE);
      await terminate(first);
      return first;
    }

    test('makes no new one after the start, and says that nobody can tell who was called', async () => {
      rig = await Rig.start({ env });
      await rig.run(async () => {
        await scheduledThenTerminated(HOUR);
        await passes(2 * HOUR);
        await rig.simulator.deleteFromDashboard(rig.simulator.batches()[0]?.id ?? '');
        await expect(secondRun()).rejects.toMatchObject({
          cause: { message: expect.stringContaining('nobody can tell who was called') },
        });
        const rows = await rig.rows(id);
        expect(rows.slice(1).map((row) => row.split(',')[2])).toEqual(['unsettled', 'unsettled', 'unsettled']);
      });
      expectEachCalledOnce(rig, CONTACTS);
      expect(rig.simulator.batches()).toHaveLength(1);
    });

    test('makes a new one before the start', async () => {
      rig = await Rig.start({ env });
      await rig.run(async () => {
        await scheduledThenTerminated(DAY);
        await rig.simulator.deleteFromDashboard(rig.simulator.batches()[0]?.id ?? '');
        expect((await secondRun()).status).toBe('completed');
      });
      expectEachCalledOnce(rig, CONTACTS);
      expect(rig.simulator.batches()).toHaveLength(2);
    });

    test('counts from an earlier start that was asked for later', async () => {
      rig = await Rig.start({ env });
      await rig.storage.write(`${id}/contacts.csv`, csvOf(CONTACTS));
      const fileName = `${id}-0123456789abcdef.csv`;
      const { batchId } = await attempt(rig, 'createBatch', { campaignId: id, agentId: AGENT, fileName });
      const now = await env.currentTimeMs();
      const ask = { campaignId: id, agentId: AGENT, batchId, fileName, startBy: now + 8 * DAY };
      rig.simulator.addFault({ endpoint: 'schedule', to: 1, action: { status: 503 } });
      await expect(attempt(rig, 'scheduleBatch', { ...ask, startAt: now + 5 * DAY })).rejects.toThrow();
      await attempt(rig, 'scheduleBatch', { ...ask, startAt: now + HOUR });
      await passes(2 * HOUR);
      await rig.simulator.deleteFromDashboard(batchId);
      const again = { attempt: 9, heartbeatDetails: { missing: 9 } };
      await expect(attempt(rig, 'createBatch', { campaignId: id, agentId: AGENT, fileName }, again)).rejects.toThrow(
        'nobody can tell who was called',
      );
      expectEachCalledOnce(rig, CONTACTS);
    });

    test('does not take a delete that had no effect for the reason', async () => {
      rig = await Rig.start({ env, outcomes: longCalls });
      await rig.run(async () => {
        await scheduledThenTerminated(HOUR);
        const batchId = rig.simulator.batches()[0]?.id;
        // A halt of the first run has marked the record and died: its delete never arrived.
        const record = JSON.parse(await rig.file(id, 'schedule.json'));
        await rig.storage.claim(`${id}/schedule.2.json`, JSON.stringify({ ...record, deleting: true }));
        const second = await rig.begin({}, id);
        await passes(70 * MINUTE);
        await rig.simulator.deleteFromDashboard(batchId ?? '');
        await terminate(second);
        const third = rig.begin({}, id).then((handle) => handle.result());
        await expect(third).rejects.toThrow();
      });
      expectEachCalledOnce(rig, CONTACTS);
      expect(rig.simulator.batches()).toHaveLength(1);
    });
  });

  describe('where an earlier run has begun and this one cannot look', () => {
    test('does not say of any row that it was not called', async () => {
      let key: 'ok' | 'unauthorized' = 'ok';
      rig = await Rig.start({ env, keys: () => key });
      await rig.run(async () => {
        await firstRunDiesBefore('awaitProgress', 3 * HOUR);
        key = 'unauthorized';
        await expect(secondRun()).rejects.toThrow();
        const rows = await rig.rows(id);
        expect(rows.slice(1).map((row) => row.split(',')[2])).toEqual(['unsettled', 'unsettled', 'unsettled']);
      });
      expectEachCalledOnce(rig, CONTACTS);
    });
  });
});
