/** @waits 150 */

import type { Part } from '../../activities/types';
import type { CampaignInput } from '../../workflows/input';
import { setMaxCostUpdate } from '../../workflows/messages';
import { CENTS_A_CALL, calls, costlyRig } from '../support/costly-calls';
import {
  expectEachCalledOnce,
  expectNobodyCalled,
  requestsTo,
  scheduledBatches,
  standingBatches,
} from '../support/once';
import { until } from '../support/processes';
import { csvOf, DAY, HOUR, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

const ROWS = 40;
const contacts = { csv: csvOf(ROWS) };
/** Cents. A slow machine may need some seconds more for a stop; nearly all of the rows would be no stop at all. */
const SLOWEST_STOP = (ROWS * CENTS_A_CALL * 3) / 4;

const sum = (outcomes: Record<string, number>) => Object.values(outcomes).reduce((a, b) => a + b, 0);
const eventsOf = async (rig: Rig) => (await rig.latest.fetchHistory()).events?.length ?? 0;

describe('a budget', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.real();
  });
  afterAll(() => env.teardown());
  beforeEach(async () => {
    rig = await costlyRig(env);
  });
  afterEach(() => rig.close());

  test.each([
    ['in one batch', {}],
    ['in several, which all count', { maxRowsPerBatch: 4, maxBatchesAtOnce: 3 }],
  ])('stops the calls once they have cost as much: %s', async (_, more: Partial<CampaignInput>) => {
    await rig.run(async () => {
      const handle = await rig.begin({ contacts, maxCost: 100, ...more });
      const result = await handle.result();
      expect(result).toMatchObject({
        status: 'stopped',
        reason: expect.stringMatching(/^The budget of 1\.00 was reached: the calls had cost 1\.\d\d\./),
      });
      expect((await rig.progress(handle)).halt).toMatchObject({ kind: 'stop', by: 'budget' });
      expect(result.cost).toBeGreaterThanOrEqual(100);
      expect(result.cost).toBeLessThan(SLOWEST_STOP);
      expect(sum(result.outcomes)).toBe(ROWS);
      expect(result.outcomes['not-called']).toBeGreaterThanOrEqual(ROWS / 4);
      // Calls on the line were finished: whoever was dialled has a conversation.
      expect(result.outcomes.completed).toBe(rig.simulator.dials().length);
      expect(standingBatches(rig).every((status) => ['stopped', 'completed'].includes(status))).toBe(true);
      const called = rig.simulator.dials().length;
      await rig.simulator.sync();
      expect(rig.simulator.dials()).toHaveLength(called);
    });
  });

  test('that is not reached changes nothing, and is not watched any longer', async () => {
    await rig.run(async () => {
      const handle = await rig.begin({ contacts, maxCost: ROWS * CENTS_A_CALL + 1 });
      const result = await handle.result();
      expect(result).toMatchObject({ status: 'completed', cost: ROWS * CENTS_A_CALL, notes: [] });
      expect(result.reason).toBeUndefined();
      expectEachCalledOnce(rig, ROWS);
      // As many as in history.test.ts, and those of the step that watches.
      expect(await eventsOf(rig)).toBeLessThanOrEqual(80 + 6);
    });
  });

  test('is watched again once Bolna can be read again', async () => {
    rig.simulator.addFault({ endpoint: 'executions', to: 3, action: { status: 503 } });
    await rig.run(async () => {
      // Calls enough that some are left after three attempts and the waits between them.
      const result = await (await rig.begin({ contacts: { csv: csvOf(4 * ROWS) }, maxCost: 30 })).result();
      expect(result).toMatchObject({
        status: 'stopped',
        reason: expect.stringMatching(/^The budget of 0\.30 was reached/),
      });
    });
  });

  test('that cannot be watched stops the calls rather than be passed unseen', async () => {
    rig.simulator.addFault({ endpoint: 'executions', to: 1, action: { status: 422, body: { detail: 'no' } } });
    await rig.run(async () => {
      const result = await (await rig.begin({ contacts, maxCost: 100 })).result();
      expect(result.status).toBe('stopped');
      expect(result.reason).toMatch(/^The budget of 1\.00 could not be watched any more: .*\(422\): no\.$/);
      expect(sum(result.outcomes)).toBe(ROWS);
    });
  });

  test('has the last word neither before an operator nor after one', async () => {
    await rig.run(async () => {
      const handle = await rig.begin({ contacts, maxCost: 100 });
      const remove = rig.simulator.onRequest(async () => {
        if (rig.simulator.dials().length < 4) return;
        remove();
        await rig.stop(handle, { by: 'Asha', reason: 'wrong list' });
      });
      const result = await handle.result();
      expect(result).toMatchObject({ status: 'stopped', reason: 'Stopped by Asha: wrong list.' });
      expect(result.cost).toBeLessThan(SLOWEST_STOP);
    });
  });
});

describe('a budget of a campaign whose history grows long', () => {
  const SPEED = 300;
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.real(['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=30']);
    rig = await costlyRig(env, SPEED, 2_000);
  });
  afterAll(async () => {
    await rig.close();
    await env.teardown();
  });

  test('goes with it from run to run, and counts what earlier ones have spent', async () => {
    await rig.run(async () => {
      const handle = await rig.begin({ contacts, maxCost: 120, maxRowsPerBatch: 3, maxBatchesAtOnce: 1 });
      const result = await handle.result();
      expect(result.reason).toMatch(/^The budget of 1\.20 was reached/);
      const { runId } = await rig.client.workflow.getHandle(handle.workflowId).describe();
      expect(runId).not.toBe(handle.firstExecutionRunId);
      expect(result.cost).toBeGreaterThanOrEqual(120);
      expect(result.cost).toBeLessThan(180);
      expect(sum(result.outcomes)).toBe(ROWS);
    });
  });

  test('goes with it also where it was set while the calls ran', async () => {
    await rig.run(async () => {
      const handle = await rig.begin({ contacts, maxRowsPerBatch: 3, maxBatchesAtOnce: 1 });
      await handle.executeUpdate(setMaxCostUpdate, { args: [{ maxCost: 120 }] });
      const result = await handle.result();
      expect(result.reason).toMatch(/^The budget of 1\.20 was reached/);
      const { runId } = await rig.client.workflow.getHandle(handle.workflowId).describe();
      expect(runId).not.toBe(handle.firstExecutionRunId);
      expect(result.cost).toBeLessThan(180);
    });
  });
});

describe('on virtual time', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.skipping();
  });
  afterAll(() => env.teardown());
  beforeEach(async () => {
    rig = await Rig.start({ env, ...calls });
  });
  afterEach(() => rig.close());

  test('a budget is not looked at before the calls begin, however far ahead they are', async () => {
    await rig.run(async () => {
      const startAt = new Date((await env.currentTimeMs()) + 25 * DAY).toISOString();
      const handle = await rig.begin({ contacts, startAt, maxCost: 10_000 });
      expect((await handle.result()).status).toBe('completed');
      const before = rig.simulator.requests.filter(({ at }) => at < Date.parse(startAt));
      expect(before.length).toBeLessThan(10);
    });
  });

  describe('a wallet with less than minWallet', () => {
    const TOO_LOW =
      /^The wallet has 3\.20, less than the 5\.00 that minWallet asks for: nobody is called\. Fill the wallet.* \(Bolna says 320, taken as cents;/;

    test.each([
      ['in one batch', {}],
      ['in several', { maxRowsPerBatch: 4 }],
    ])('keeps a campaign from being created: %s', async (_, more) => {
      await rig.simulator.setWallet(3.2);
      await rig.run(async () => {
        const handle = await rig.begin({ contacts, minWallet: 5, ...more });
        await expect(handle.result()).rejects.toThrow();
        const result = await rig.memoResult(handle);
        expect(result).toMatchObject({ status: 'failed', outcomes: { 'not-called': ROWS } });
        expect(result.reason).toMatch(/The wallet has 3\.20, less than the 5\.00 that minWallet asks for/);
        expect(requestsTo(rig, 'create')).toEqual([]);
        expectNobodyCalled(rig);
      });
    });

    test.each([
      ['of one batch', {}, 1],
      ['of several, of which some have a start', { maxRowsPerBatch: 10, maxBatchesAtOnce: 4 }, 3],
    ])(
      'keeps one from being scheduled that was created meanwhile, and leaves nothing at Bolna: %s',
      async (_, more, nth) => {
        // Batches that get their start, in as many attempts as that takes.
        const others = new Set<number | undefined>();
        let isLow = false;
        rig.onActivity = async (phase, name, ask) => {
          if (phase !== 'before' || name !== 'scheduleBatch') return;
          const { part } = ask as Part;
          if (others.size < nth - 1) others.add(part);
          if (others.has(part)) return;
          await until(
            () => 'the others have a start',
            () => isLow || scheduledBatches(rig).length === others.size,
          );
          isLow = true;
          await rig.simulator.setWallet(3.2);
        };
        await rig.run(async () => {
          const handle = await rig.begin({ contacts, minWallet: 5, ...more });
          await expect(handle.result()).rejects.toThrow();
          const result = await rig.memoResult(handle);
          expect(result).toMatchObject({ status: 'failed', outcomes: { 'not-called': ROWS } });
          expect(result.reason?.replace(/^.*?(?=The wallet)/, '')).toMatch(TOO_LOW);
          expect(requestsTo(rig, 'create').length).toBeGreaterThan(0);
          expect(standingBatches(rig)).toEqual([]);
          await env.sleep(DAY);
          await rig.simulator.sync();
          expectNobodyCalled(rig);
        });
      },
    );

    test('is refused in words a person can act on, and the same campaign starts once it is filled', async () => {
      await rig.simulator.setWallet(3.2);
      await rig.run(async () => {
        const handle = await rig.begin({ contacts, minWallet: 5 }, 'filled');
        await expect(handle.result()).rejects.toMatchObject({ cause: { message: expect.stringMatching(TOO_LOW) } });
        expect((await rig.memoResult(handle)).errorType).toBe('WalletTooLow');
        await rig.simulator.setWallet(5);
        expect((await (await rig.begin({ contacts, minWallet: 5 }, 'filled')).result()).status).toBe('completed');
        expectEachCalledOnce(rig, ROWS);
      });
    });

    test('does not hold up what has begun', async () => {
      await rig.run(async () => {
        const startAt = new Date((await env.currentTimeMs()) + DAY).toISOString();
        const first = await rig.begin({ contacts, startAt, minWallet: 5 }, 'begun');
        await env.sleep(HOUR);
        await first.terminate();
        await rig.simulator.setWallet(3.2);
        const result = await (await rig.begin({ contacts, startAt, minWallet: 5 }, 'begun')).result();
        expect(result.status).toBe('completed');
        expect(rig.simulator.dials().length).toBe(ROWS);
      });
    });

    test('is not asked of later batches, which the campaign pays for from it', async () => {
      await rig.simulator.setWallet(5);
      await rig.run(async () => {
        const handle = await rig.begin({ contacts, minWallet: 5, maxRowsPerBatch: 10, maxBatchesAtOnce: 1 });
        expect((await handle.result()).status).toBe('completed');
        expectEachCalledOnce(rig, ROWS);
      });
    });
  });

  test('a wallet that Bolna does not tell is not taken on trust', async () => {
    rig.simulator.addFault({ endpoint: 'me', action: { status: 200, body: { name: 'Asha' } } });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts, minWallet: 5 });
      await expect(handle.result()).rejects.toThrow();
      expect((await rig.memoResult(handle)).reason).toMatch(/^Bolna does not say what is in the wallet/);
      expect(requestsTo(rig, 'create')).toEqual([]);
    });
  });

  test('a wallet that is out of reach is waited for', async () => {
    const now = await env.currentTimeMs();
    rig.simulator.addFault({ endpoint: 'me', during: [now, now + HOUR], action: { status: 503 } });
    await rig.run(async () => {
      expect((await (await rig.begin({ contacts, minWallet: 5 })).result()).status).toBe('completed');
    });
  });

  test('without limits, the wallet is not asked for and nothing is watched', async () => {
    await rig.run(async () => {
      await (await rig.begin({ contacts })).result();
      expect(requestsTo(rig, 'me')).toEqual([]);
      const types = (await rig.latest.fetchHistory()).events?.map(
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name,
      );
      expect(types).not.toContain('watchSpending');
    });
  });
});
