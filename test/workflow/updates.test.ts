/** @waits 100 */
import { cancelUpdate, setMaxCostUpdate, stopUpdate } from '../../workflows/messages';
import { costlyRig } from '../support/costly-calls';
import { expectNobodyCalled, standingBatches } from '../support/once';
import { until } from '../support/processes';
import { csvOf, DAY, HOUR, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';
import { ask, refusal } from '../support/updates';

describe('updates before the start', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.skipping();
  });
  afterAll(() => env.teardown());
  beforeEach(async () => {
    rig = await Rig.start({ env });
  });
  afterEach(() => rig.close());

  const waiting = async () => {
    const startAt = new Date((await env.currentTimeMs()) + DAY).toISOString();
    const handle = await rig.begin({ startAt });
    await env.sleep(HOUR);
    expect((await rig.progress(handle)).state).toBe('waiting');
    return handle;
  };

  test.each([
    ['stop', stopUpdate],
    ['cancel', cancelUpdate],
  ])('%s is answered once Bolna shows that nobody is called', async (kind, update) => {
    await rig.run(async () => {
      const handle = await waiting();
      const asked = await ask(handle, update, { by: 'Asha', reason: 'wrong list, ask +12025550123' });
      await env.sleep('10 seconds');
      expect(await asked.result()).toEqual({
        says: 'Nobody was called, and nobody is.',
        state: expect.any(String),
        shown: true,
        calledNobody: true,
        onTheLine: 0,
      });
      expect(standingBatches(rig)).toEqual([]);
      await handle.result().catch(() => undefined);
      const result = await rig.memoResult(handle);
      expect(result.status).toBe(kind === 'stop' ? 'stopped' : 'canceled');
      expect(result.reason).toMatch(/by Asha: wrong list, ask \+…/);
      expectNobodyCalled(rig);
    });
  });

  test('a halt that Bolna does not show is answered all the same, and carried out later', async () => {
    await rig.run(async () => {
      const handle = await waiting();
      const now = await env.currentTimeMs();
      rig.simulator.addFault({ endpoint: 'delete', during: [now, now + HOUR], action: { status: 503 } });
      rig.simulator.addFault({ endpoint: 'stop', during: [now, now + HOUR], action: { status: 503 } });
      const asked = await ask(handle, stopUpdate);
      await env.sleep('2 minutes');
      expect(await asked.result()).toMatchObject({ state: 'halting', shown: false, calledNobody: null });
      expect((await handle.result()).status).toBe('stopped');
      expectNobodyCalled(rig);
    });
  });

  test('each refusal says what to mend, and changes nothing', async () => {
    await rig.run(async () => {
      const handle = await waiting();
      expect(await refusal(handle, stopUpdate, { why: 'wrong list' })).toMatch(/unknown field "why"/);
      expect(await refusal(handle, stopUpdate, 'wrong list')).toBe('The input must be an object.');
      expect(await refusal(handle, cancelUpdate, { by: 'x'.repeat(101) })).toBe('by: must be 100 characters at most.');
      expect(await refusal(handle, cancelUpdate, { reason: 'x'.repeat(501) })).toBe(
        'reason: must be 500 characters at most.',
      );
      expect(await refusal(handle, setMaxCostUpdate)).toBe('The input is missing: it must be an object.');
      expect(await refusal(handle, setMaxCostUpdate, {})).toBe('maxCost: must be a number.');
      expect(await refusal(handle, setMaxCostUpdate, { maxCost: 0 })).toBe('maxCost: must be more than 0.');
      expect(await refusal(handle, setMaxCostUpdate, { maxCost: '50' })).toBe('maxCost: must be a number.');
      expect(await refusal(handle, setMaxCostUpdate, { maxCost: 5, currency: 'INR' })).toMatch(/currency/);
      expect((await rig.progress(handle)).halt).toBeNull();

      await rig.cancel(handle);
      await env.sleep('1 second');
      await handle.result().catch(() => undefined);
    });
  });

  test('after a cancel nothing else can be asked', async () => {
    await rig.run(async () => {
      const handle = await waiting();
      const now = await env.currentTimeMs();
      rig.simulator.addFault({ endpoint: 'delete', during: [now, now + HOUR], action: { status: 503 } });
      rig.simulator.addFault({ endpoint: 'stop', during: [now, now + HOUR], action: { status: 503 } });
      await rig.cancel(handle);
      await env.sleep('1 second');
      expect(await refusal(handle, stopUpdate)).toMatch(/asked to cancel already/);
      expect(await refusal(handle, cancelUpdate)).toMatch(/asked to cancel already/);
      expect(await refusal(handle, setMaxCostUpdate, { maxCost: 5 })).toMatch(/Nobody else is called/);
      await handle.result().catch(() => undefined);
      expect((await rig.memoResult(handle)).status).toBe('canceled');
    });
  });

  test('all of them say what they do', async () => {
    await rig.run(async () => {
      const handle = await rig.begin();
      await handle.result();
      const { definition } = await handle.query<{
        definition: { updateDefinitions: { name: string; description: string }[] };
      }>('__temporal_workflow_metadata');
      const own = definition.updateDefinitions.filter(({ name }) => !name.startsWith('__'));
      expect(own.map(({ name }) => name).sort()).toEqual(['cancel', 'reschedule', 'setMaxCost', 'stop', 'suppress']);
      for (const { description } of own) expect(description.length).toBeGreaterThan(40);
    });
  });
});

describe('a limit of cost that is set while calls run', () => {
  const ROWS = 40;
  const contacts = { csv: csvOf(ROWS) };
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

  const sinceCalls = (n: number) =>
    until(
      () => `${n} calls`,
      async () => rig.simulator.dials().length >= n,
    );

  test('stops a campaign that had none', async () => {
    await rig.run(async () => {
      const handle = await rig.begin({ contacts });
      await sinceCalls(4);
      const answer = await handle.executeUpdate(setMaxCostUpdate, { args: [{ maxCost: 60, by: 'Asha' }] });
      expect(answer).toEqual({
        says: 'The calls may cost 0.60; before, it was any amount.',
        maxCost: 60,
        before: null,
      });
      const result = await handle.result();
      expect(result).toMatchObject({ status: 'stopped', reason: expect.stringMatching(/^The budget of 0\.60 was/) });
      expect(result.cost).toBeLessThan(ROWS * 6);
    });
  });

  test('stops a campaign that has cost more already', async () => {
    await rig.run(async () => {
      const handle = await rig.begin({ contacts, maxCost: 10_000 });
      await sinceCalls(6);
      await handle.executeUpdate(setMaxCostUpdate, { args: [{ maxCost: 1 }] });
      const result = await handle.result();
      expect(result).toMatchObject({ status: 'stopped', reason: expect.stringMatching(/^The budget of 0\.01 was/) });
      expect(result.cost).toBeLessThan(ROWS * 6);
    });
  });

  test.each([
    ['raised', 10_000],
    ['taken away', null],
  ])('lets a campaign go on when it is %s', async (_, maxCost) => {
    await rig.run(async () => {
      const handle = await rig.begin({ contacts, maxCost: 60 });
      await sinceCalls(2);
      await handle.executeUpdate(setMaxCostUpdate, { args: [{ maxCost }] });
      expect(await handle.result()).toMatchObject({ status: 'completed', cost: ROWS * 6 });
    });
  });

  test('a stop while calls are on the line says how many', async () => {
    await rig.run(async () => {
      const handle = await rig.begin({ contacts });
      await sinceCalls(4);
      await until(
        () => 'a call that is over',
        async () => (await rig.progress(handle)).settled > 0,
      );
      const answer = await handle.executeUpdate(stopUpdate, { args: [{ by: 'Asha' }] });
      expect(answer).toMatchObject({
        shown: true,
        calledNobody: false,
        says: expect.stringMatching(/^Nobody else is/),
      });
      expect((await handle.result()).status).toBe('stopped');
    });
  });
});
