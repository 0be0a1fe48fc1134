import type { SimulatorOptions } from '../../simulator/options';
import type { CampaignInput } from '../../workflows/input';
import { type SuppressAnswer, suppressUpdate } from '../../workflows/messages';
import { scheduledBatches, standingBatches } from '../support/once';
import { type CampaignHandle, csvOf, HOUR, MINUTE, numberOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';
import { ask } from '../support/updates';

const iso = (at: number) => new Date(at).toISOString();

describe('suppress', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.skipping();
  });
  afterAll(() => env.teardown());
  afterEach(() => rig.close());

  const world = async (options: Partial<SimulatorOptions> = {}) => {
    rig = await Rig.start({ env, ...options });
  };
  /** Starts a campaign that Bolna calls in an hour or later, on one of its marks. */
  const later = async (input: Partial<CampaignInput> = {}) => {
    const startAt = Math.ceil(((await env.currentTimeMs()) + HOUR) / HOUR) * HOUR;
    return { startAt, handle: await rig.begin({ startAt: iso(startAt), ...input }) };
  };
  let lists = 0;
  const suppress = async (handle: CampaignHandle, numbers: string[], more = {}): Promise<SuppressAnswer> => {
    const path = `${handle.workflowId}/suppress-${++lists}.json`;
    await rig.storage.write(path, JSON.stringify({ numbers }));
    const asked = await ask(handle, suppressUpdate, { list: rig.storage.uriOf(path), ...more });
    await env.sleep(MINUTE);
    return (await asked.result()) as SuppressAnswer;
  };
  const outcomes = ({ numbers }: SuppressAnswer) => numbers.map(({ outcome }) => outcome);
  const dialled = () => rig.simulator.dials().map(({ number }) => number);
  const resultOf = async (handle: CampaignHandle, i: number) =>
    (await rig.rows(handle.workflowId)).find((row) => row.includes(numberOf(i)))?.split(',')[2];

  test('leaves a contact out of the batch that is still to be created', async () => {
    await world();
    await rig.run(async () => {
      const now = await env.currentTimeMs();
      rig.simulator.addFault({ endpoint: 'create', during: [now, now + 10 * MINUTE], action: { status: 503 } });
      const handle = await rig.begin();
      await env.sleep(MINUTE);
      expect(outcomes(await suppress(handle, [numberOf(1)]))).toEqual(['suppressed']);
      expect(await handle.result()).toMatchObject({ status: 'completed', outcomes: { suppressed: 1 } });
      expect(dialled().sort()).toEqual([numberOf(0), numberOf(2)]);
      expect(rig.simulator.batches().map(({ total }) => total)).toEqual([2]);
      expect(await resultOf(handle, 1)).toBe('suppressed');
    });
  });

  test.each([
    ['whose prepared calls Bolna does not stop', {}],
    ['that has no calls yet', { executionsFrom: 'begin' as const }],
  ])('makes a batch anew that has not started and %s, for the same start', async (_, rules) => {
    await world({ rules });
    await rig.run(async () => {
      const { handle, startAt } = await later();
      await env.sleep(MINUTE);
      expect(outcomes(await suppress(handle, [numberOf(1)]))).toEqual(['suppressed']);
      expect(await handle.result()).toMatchObject({
        status: 'completed',
        startsAt: iso(startAt),
        outcomes: { suppressed: 1 },
      });
      expect(dialled().sort()).toEqual([numberOf(0), numberOf(2)]);
      expect(standingBatches(rig)).toEqual(['completed']);
    });
  });

  test('stops a call of a batch that has not started where Bolna does so', async () => {
    await world({ rules: { stopPrepared: true } });
    await rig.run(async () => {
      const { handle } = await later();
      await env.sleep(MINUTE);
      rig.simulator.addFault({ endpoint: 'stop-call', nth: 1, action: { status: 502, after: true } });
      expect(outcomes(await suppress(handle, [numberOf(1)]))).toEqual(['suppressed']);
      expect(await handle.result()).toMatchObject({ status: 'completed', outcomes: { suppressed: 1 } });
      expect(dialled().sort()).toEqual([numberOf(0), numberOf(2)]);
      expect(rig.simulator.batches()).toHaveLength(1);
    });
  });

  test('stops calls that wait for a line or a retry, and tells of each number whether it came in time', async () => {
    const away = { status: 'no-answer', ringSeconds: 30 } as const;
    const long = { status: 'completed', talkSeconds: 600 } as const;
    await world({
      rules: { concurrency: 2 },
      outcomes: ({ number }) => (number === numberOf(0) ? away : long),
    });
    await rig.run(async () => {
      const retry = { enabled: true, max_retries: 2, retry_on_statuses: ['no-answer' as const] };
      const { handle, startAt } = await later({ contacts: { csv: csvOf(5) }, retry });
      await env.sleep(startAt - (await env.currentTimeMs()) + MINUTE);
      const typed = [0, 1, 4].map(numberOf);
      const answer = await suppress(handle, [...typed, '+12025550199', 'nobody', '202-555-0103'], { country: 'US' });
      expect(answer.numbers).toEqual([
        { outcome: 'too-late', at: expect.any(String) },
        { outcome: 'too-late', at: expect.any(String) },
        { outcome: 'suppressed' },
        { outcome: 'not-in-campaign' },
        { outcome: 'unknown', why: 'unreadable' },
        { outcome: 'suppressed' },
      ]);
      const result = await handle.result();
      expect(result).toMatchObject({ status: 'completed', outcomes: { suppressed: 2 } });
      expect(dialled().sort()).toEqual([0, 1, 2].map(numberOf));
    });
  });

  test('keeps Bolna from retrying whom it calls at the moment', async () => {
    await world({ outcomes: () => ({ status: 'no-answer', ringSeconds: 90 }) });
    await rig.run(async () => {
      const retry = { enabled: true, max_retries: 1, retry_on_statuses: ['no-answer' as const] };
      const { handle, startAt } = await later({ retry });
      await env.sleep(startAt - (await env.currentTimeMs()) + 5_000);
      expect(outcomes(await suppress(handle, [numberOf(1)]))).toEqual(['too-late']);
      await handle.result();
      expect(dialled().sort()).toEqual([0, 0, 1, 2, 2].map(numberOf));
    });
  });

  test('answers that Bolna is silent, and prevents the call once it is back', async () => {
    await world();
    await rig.run(async () => {
      const { handle } = await later({ contacts: { csv: csvOf(1) } });
      await env.sleep(MINUTE);
      const now = await env.currentTimeMs();
      rig.simulator.addFault({ during: [now, now + 5 * MINUTE], action: { status: 503 } });
      expect(await suppress(handle, [numberOf(0)])).toEqual({
        says: expect.stringMatching(/The order stands and outlives any crash/),
        numbers: [{ outcome: 'unknown', why: 'not-shown' }],
      });
      expect(await handle.result()).toMatchObject({ status: 'completed', outcomes: { suppressed: 1 } });
      expect(dialled()).toEqual([]);
    });
  });

  test('suppresses contacts of several batches: of one that calls, of one that waits, and of one to come', async () => {
    await world({ rules: { concurrency: 1 }, outcomes: () => ({ status: 'completed', talkSeconds: 300 }) });
    await rig.run(async () => {
      const several = { contacts: { csv: csvOf(6) }, maxRowsPerBatch: 2, maxBatchesAtOnce: 2 };
      const { handle, startAt } = await later(several);
      await env.sleep(startAt - (await env.currentTimeMs()) + MINUTE);
      expect(outcomes(await suppress(handle, [1, 3, 5].map(numberOf)))).toEqual([
        'suppressed',
        'suppressed',
        'suppressed',
      ]);
      expect(await handle.result()).toMatchObject({ status: 'completed', outcomes: { completed: 3, suppressed: 3 } });
      expect(dialled().sort()).toEqual([0, 2, 4].map(numberOf));
    });
  });

  test('remakes one of several batches that has not started', async () => {
    await world();
    await rig.run(async () => {
      const { handle, startAt } = await later({ contacts: { csv: csvOf(4) }, maxRowsPerBatch: 2 });
      await env.sleep(MINUTE);
      expect(outcomes(await suppress(handle, [numberOf(2), numberOf(3)]))).toEqual(['suppressed', 'suppressed']);
      expect(await handle.result()).toMatchObject({
        status: 'completed',
        startsAt: iso(startAt),
        outcomes: { suppressed: 2 },
      });
      expect(dialled().sort()).toEqual([0, 1].map(numberOf));
      expect(scheduledBatches(rig)).toHaveLength(2);
    });
  });

  test('a cancel wins, and shows who was suppressed', async () => {
    await world();
    await rig.run(async () => {
      const { handle } = await later();
      await env.sleep(MINUTE);
      expect(outcomes(await suppress(handle, [numberOf(0)]))).toEqual(['suppressed']);
      const now = await env.currentTimeMs();
      rig.simulator.addFault({ during: [now, now + MINUTE], action: { status: 503 } });
      await rig.cancel(handle);
      await expect(suppress(handle, [numberOf(1)])).rejects.toMatchObject({
        cause: { message: expect.stringMatching(/asked to cancel already/) },
      });
      await expect(handle.result()).rejects.toThrow();
      expect((await rig.memoResult(handle)).outcomes).toEqual({ suppressed: 1, 'not-called': 2 });
      expect(dialled()).toEqual([]);
    });
  });
});
