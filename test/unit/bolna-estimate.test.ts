import { Readable } from 'node:stream';
import fc from 'fast-check';
import { BolnaClient } from '../../bolna/client';
import { estimateCampaign, pastCalls } from '../../bolna/estimate';
import { estimateText } from '../../client/run/estimate';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import { AGENT, ANSWERED, csvOf, MINUTE, TestClock } from '../support/simulator';

const call = (status: string, cost: unknown, more: object = {}) => ({ status, total_cost: cost, ...more });

describe("what an agent's latest calls came to", () => {
  test('counts every call that was placed, answered or not, and each retry of it', () => {
    const past = pastCalls([
      call('completed', 9, { telephony_data: { duration: '90' }, conversation_duration: 80 }),
      call('completed', 3, { conversation_duration: 30, retry_count: 2, telephony_data: null }),
      call('No_Answer', 0),
      call('busy', 0, { telephony_data: { duration: 0 } }),
    ]);
    expect(past).toEqual({ calls: 6, seconds: 120, cost: 12 });
  });

  test.each([
    ['that were never placed', [call('canceled', 5), call('stopped', 5), call('balance-low', 5)]],
    ['that are not over', [call('in-progress', 5), call('queued', 5), call('call-disconnected', 5)]],
    ['without a status', [{}, { status: null }]],
    ['at all', []],
  ])('is unknown where there are none but executions %s', (_, executions) => {
    expect(pastCalls(executions)).toBeUndefined();
  });

  test('is not spoilt by what cannot be read', () => {
    const odd = [call('completed', 'free', { retry_count: -3 }), call('completed', null, { retry_count: 'x' })];
    expect(pastCalls([...odd, call('completed', '6', { telephony_data: { duration: 'long' } })])).toEqual({
      calls: 3,
      seconds: 0,
      cost: 6,
    });
  });
});

describe('an estimate', () => {
  const past = { calls: 100, seconds: 9000, cost: 900 };

  test('is of attempts, not of rows', () => {
    expect(estimateCampaign(5000, { enabled: true, max_retries: 3 }, past)).toEqual({
      calls: 20_000,
      minutes: 30_000,
      cost: 180_000,
      basedOn: { calls: 100, secondsPerCall: 90, centsPerCall: 9 },
    });
    expect(estimateCampaign(5000, { enabled: false, max_retries: 3 }, past).calls).toBe(5000);
    expect(estimateCampaign(5000, { max_retries: 3 }, past).calls).toBe(5000);
    expect(estimateCampaign(5000, undefined, past).calls).toBe(5000);
  });

  test('says that it does not know, and never that it is nothing', () => {
    expect(estimateCampaign(5000, { enabled: true }, undefined)).toEqual({
      calls: 20_000,
      minutes: null,
      cost: null,
      basedOn: null,
    });
  });

  test('is never more for fewer rows, and a number whatever Bolna says', () => {
    const execution = fc.record({
      status: fc.constantFrom('completed', 'busy', 'x'),
      total_cost: fc.anything(),
      retry_count: fc.anything(),
    });
    fc.assert(
      fc.property(fc.array(execution), fc.nat(1e6), fc.nat(1e6), (executions, a, b) => {
        const found = pastCalls(executions);
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((rows) => estimateCampaign(rows, undefined, found));
        expect(less?.cost === null).toBe(found === undefined);
        expect(less?.cost ?? 0).toBeLessThanOrEqual(more?.cost ?? 0);
      }),
    );
  });

  test('is said in one line', () => {
    const text = (contacts: number, calls?: typeof past) =>
      estimateText({
        estimate: estimateCampaign(contacts, { enabled: true, max_retries: 1 }, calls),
        unknown: 'so it is',
      });
    expect(text(18, past)).toBe(
      "at most 36 calls, about 54.0 minutes and 3.24 by the average of the agent's last 100 calls (90 s and 0.090 each)",
    );
    expect(text(1, { calls: 1, seconds: 30, cost: 2 })).toContain("by the agent's one call (30 s and 0.020 each)");
    expect(text(18, { calls: 3, seconds: 0, cost: 0 })).toBe(
      "at most 36 calls; minutes and cost unknown: the agent's last 3 calls took almost no time and cost almost nothing",
    );
    expect(text(18)).toBe('at most 36 calls; minutes and cost unknown: so it is');
  });
});

describe("an agent's latest executions", () => {
  let simulator: Simulator;
  let bolna: BolnaClient;
  const clock = new TestClock('2026-06-23T06:00:00Z');
  beforeAll(async () => {
    simulator = await startSimulator({
      clock,
      outcomes: () => ANSWERED,
      rules: { concurrency: 200, centsPerMinute: 6 },
    });
    bolna = new BolnaClient({ apiKey: 'bn-test', baseUrl: simulator.url, timeoutMs: 5_000 });
    for (const rows of [60, 70]) {
      const csv = csvOf(rows);
      const file = { csv: Readable.from([csv]), csvBytes: Buffer.byteLength(csv) };
      const { batchId } = await bolna.createBatch({ agentId: AGENT, fileName: `${rows}.csv`, ...file });
      await bolna.scheduleBatch(batchId, clock.now() + 10 * MINUTE);
      clock.pass(20 * MINUTE);
    }
  });
  afterAll(async () => {
    await bolna.close();
    await simulator.close();
  });

  test('are read page by page, and no more of them than are wanted', async () => {
    const from = simulator.requests.length;
    const latest = await bolna.agentExecutions(AGENT, 100, clock.now());
    expect(latest).toHaveLength(100);
    expect(simulator.requests.length - from).toBe(2);
    expect(pastCalls(latest)).toEqual({ calls: 100, seconds: 6000, cost: 600 });
    expect(await bolna.agentExecutions(AGENT, 1000, clock.now())).toHaveLength(130);
  });

  test('of an agent without calls are none', async () => {
    expect(await bolna.agentExecutions('00000000-0000-4000-8000-0000000000aa', 100, clock.now())).toEqual([]);
  });
});
