import { TROUBLE_SIGNAL } from '../../activities/trouble-signal';
import { NamedStorage } from '../../client/campaign/named-storage';
import { recordedBatches } from '../../client/campaign/recorded-batches';
import type { KeyVerdict } from '../../simulator/exchange';
import { ATTRIBUTES } from '../../workflows/attributes';
import { stopSignal } from '../../workflows/messages';
import { stopInDashboard } from '../../workflows/words';
import { expectEachCalledOnce } from '../support/once';
import { type CampaignHandle, csvOf, HOUR, MINUTE, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

/** Half an hour on the line, one after the other. */
const longCalls = () => ({ status: 'completed', talkSeconds: 1800, voicemail: false }) as const;
const oneByOne = { rules: { concurrency: 1 }, outcomes: longCalls };

describe('a campaign that a person should look at', () => {
  let env: TestServer;
  let rig: Rig;
  beforeEach(async () => {
    env = await TestServer.skippingAfter(env);
  });
  afterAll(() => env.teardown());
  afterEach(() => rig.close());

  const attention = async (handle: CampaignHandle) =>
    (await handle.describe()).typedSearchAttributes.get(ATTRIBUTES.attention) ?? undefined;
  const details = async (handle: CampaignHandle) =>
    (await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata')).currentDetails ?? '';
  const signals = async (handle: CampaignHandle) =>
    (await handle.fetchHistory()).events?.filter((event) => event.workflowExecutionSignaledEventAttributes) ?? [];

  async function passes(ms: number): Promise<void> {
    await env.sleep(ms);
    await rig.simulator.sync();
  }

  /** Lets time pass, a minute at a time, until the campaign is so. @returns after how many minutes */
  async function until(kind: string | undefined, handle: CampaignHandle, most: number): Promise<number> {
    for (let minutes = 0; minutes <= most; minutes++) {
      if ((await attention(handle)) === kind) return minutes;
      await passes(MINUTE);
    }
    throw new Error(`After ${most} minutes it is ${await attention(handle)} and not ${kind}.`);
  }

  test('has its key refused, until the key is mended', async () => {
    let key: KeyVerdict = 'ok';
    rig = await Rig.start({ env, keys: () => key, ...oneByOne });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(12) } });
      await passes(20 * MINUTE);
      expect(await attention(handle)).toBeUndefined();
      key = 'unauthorized';
      await until('key-refused', handle, 20);
      expect(await details(handle)).toMatch(
        /\*\*Needs attention: key-refused\*\*[\s\S]*Bolna refused the API key.* The campaign goes on by itself once the key is mended\. Signal/,
      );
      expect((await rig.progress(handle)).attention).toMatchObject({ kind: 'key-refused' });
      await passes(10 * MINUTE);
      key = 'ok';
      await until(undefined, handle, 20);
      expect(await details(handle)).not.toContain('attention');
      expect(await signals(handle)).toHaveLength(2);
      expect((await handle.result()).status).toBe('completed');
      expect(await attention(handle)).toBeUndefined();
    });
    expectEachCalledOnce(rig, 12);
  });

  test('is asked to stop and Bolna does not show it: that Bolna may still be calling is said before all else', async () => {
    let key: KeyVerdict = 'ok';
    rig = await Rig.start({ env, keys: () => key, ...oneByOne });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(12) } });
      await passes(20 * MINUTE);
      key = 'unauthorized';
      await handle.signal(stopSignal);
      await until('halt-unconfirmed', handle, 5);
      const { batchId, ...progress } = await rig.progress(handle);
      const warning = stopInDashboard(batchId ?? '');
      expect(progress).toMatchObject({ state: 'halting', attention: { text: expect.stringContaining(warning) } });
      await passes(2 * MINUTE);
      const shown = await rig.progress(handle);
      expect(Object.keys(shown).slice(0, 2)).toEqual(['campaignId', 'attention']);
      expect(shown.attention?.text).toMatch(
        /^Bolna may still be calling\. Stop batch \w+ in Bolna's dashboard\. Bolna refused the API key/,
      );
      expect(await details(handle)).toMatch(
        /^\*\*Bolna may still be calling\. Stop batch \w+ in Bolna's dashboard\.\*\*\n\n\*\*Stopping/,
      );
      key = 'ok';
      await until(undefined, handle, 10);
      expect(await details(handle)).not.toContain('may still be calling');
      const result = await handle.result();
      expect([result.status, result.haltUnconfirmed, result.reason]).toEqual(['stopped', undefined, 'Stopped.']);
    });
  });

  test('is asked to stop in several batches: until Bolna shows it of all that are under way', async () => {
    let key: KeyVerdict = 'ok';
    rig = await Rig.start({ env, keys: () => key, ...oneByOne });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(4) }, maxRowsPerBatch: 2, maxBatchesAtOnce: 2 });
      await passes(20 * MINUTE);
      key = 'unauthorized';
      await handle.signal(stopSignal);
      await until('halt-unconfirmed', handle, 5);
      await passes(MINUTE);
      // Created side by side, told in the order of their rows.
      const recorded = await recordedBatches(new NamedStorage(rig.storage), handle.workflowId);
      expect([...recorded].sort()).toEqual(
        rig.simulator
          .batches()
          .map(({ id }) => id)
          .sort(),
      );
      const words = stopInDashboard(recorded);
      expect(words).toMatch(/batches \w+ and \w+ in/);
      expect((await details(handle)).split('\n')[0]).toBe(`**${words}**`);
      expect((await rig.progress(handle)).attention?.text).toBe(words);
      key = 'ok';
      await until(undefined, handle, 10);
      // The calls on the line may finish, which is no cause for alarm.
      const { batches } = await rig.progress(handle);
      expect(batches?.underWay).not.toEqual([]);
      expect((await handle.result()).status).toBe('stopped');
    });
  });

  test('meets the same error for an hour, until a step succeeds', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      rig.simulator.addFault({ endpoint: 'create', action: { status: 503 } });
      const handle = await rig.begin();
      const after = await until('same-error-for-an-hour', handle, 90);
      expect(after).toBeGreaterThanOrEqual(59);
      expect(await details(handle)).toMatch(/Bolna could not be reached/);
      await passes(2 * HOUR);
      rig.simulator.clearFaults();
      await until(undefined, handle, 20);
      expect(await signals(handle)).toHaveLength(1);
      expect((await handle.result()).status).toBe('completed');
    });
  });

  test('has several batches, and one of them needs it', async () => {
    rig = await Rig.start({ env, rules: { concurrency: 0 } });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(4) }, maxRowsPerBatch: 2, maxBatchesAtOnce: 2 });
      await until('not-started', handle, 60);
      expect(await details(handle)).toMatch(/Batch \d: .*nobody has been dialled/);
      await handle.signal(stopSignal);
      expect((await handle.result()).status).toBe('stopped');
      expect(await attention(handle)).toBeUndefined();
    });
  });

  test('has missed its start', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const now = await env.currentTimeMs();
      const at = (ms: number) => new Date(now + ms).toISOString();
      rig.simulator.addFault({ endpoint: 'schedule', action: { status: 503 } });
      const handle = await rig.begin({ startAt: at(10 * MINUTE), startBy: at(30 * MINUTE) });
      await passes(40 * MINUTE);
      rig.simulator.clearFaults();
      expect((await handle.result()).status).toBe('missed');
      expect(await attention(handle)).toBe('start-missed');
    });
  });

  test('has rows of which nobody can say whether they were called', async () => {
    rig = await Rig.start({ env, ...oneByOne });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(4) }, giveUpAfter: '40 minutes' });
      expect((await handle.result()).outcomes.unsettled).toBeGreaterThan(0);
      expect(await attention(handle)).toBe('rows-unsettled');
      expect(await details(handle)).toMatch(/results\.csv says which/);
    });
  });

  test('has run out of money', async () => {
    rig = await Rig.start({ env, ...oneByOne });
    await rig.run(async () => {
      const poor = await rig.begin({ minWallet: 1_000_000 });
      await expect(poor.result()).rejects.toThrow();
      expect(await attention(poor)).toBe('wallet-low');
      const handle = await rig.begin();
      await passes(20 * MINUTE);
      await rig.simulator.setWallet(0);
      expect((await handle.result()).outcomes['balance-low']).toBeGreaterThan(0);
      expect(await attention(handle)).toBe('wallet-low');
    });
  });

  test('is none that only waits: its pending step says so in a sentence', async () => {
    rig = await Rig.start({ env, ...oneByOne });
    await rig.run(async () => {
      const handle = await rig.begin();
      await passes(20 * MINUTE);
      const { raw } = await handle.describe();
      expect(raw.pendingActivities?.[0]?.lastFailure?.message).toMatch(
        /^No error: 0 of 3 calls are done, \d on the line; the next look is in \d+ (s|min)\.$/,
      );
      // Nor does an attempt of an earlier step of the same name make it one.
      const trouble = { kind: 'key-refused', message: 'Late.', since: 0 };
      await handle.signal(TROUBLE_SIGNAL, { step: 'awaitProgress', asked: 1, trouble });
      expect((await rig.progress(handle)).state).toBe('running');
      expect(await attention(handle)).toBeUndefined();
      await handle.result();
    });
  });

  test('is none for a signal that comes when its step is over, nor for what is no report', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const startAt = new Date((await env.currentTimeMs()) + 5 * HOUR).toISOString();
      const handle = await rig.begin({ startAt });
      await passes(10 * MINUTE);
      const trouble = { kind: 'key-refused', message: 'Late.', since: 0 };
      const asked = Number.MAX_SAFE_INTEGER;
      for (const said of [
        { step: 'scheduleBatch', asked, trouble },
        null,
        'x',
        { step: 'constructor', asked, trouble },
        {},
      ])
        await handle.signal(TROUBLE_SIGNAL, said);
      expect((await rig.progress(handle)).state).toBe('waiting');
      expect(await attention(handle)).toBeUndefined();
      expect((await handle.result()).status).toBe('completed');
    });
  });
});
