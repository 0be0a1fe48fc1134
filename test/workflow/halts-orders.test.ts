import { atRequest, haltBy } from '../support/moments';
import { AGENT, csvOf, HOUR, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

const ROWS = 4;
const contacts = { csv: csvOf(ROWS) };
describe('stops and cancels that meet each other, or a Bolna that does not do as it is told', () => {
  let env: TestServer;
  let rig: Rig;
  beforeEach(async () => {
    env = await TestServer.skipping();
  });
  afterEach(async () => {
    await rig.close();
    await env.teardown();
  });

  const memo = () => rig.memoResult(rig.latest);

  test('a stop after a cancel changes nothing', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      atRequest('schedule')(rig, async () => {
        await haltBy('signal cancel', rig.latest);
        await rig.stop(rig.latest).catch(() => undefined);
      });
      await (await rig.begin({ contacts })).result().catch(() => undefined);
      expect(await memo()).toMatchObject({ status: 'canceled', outcomes: { 'not-called': ROWS } });
    });
  });

  test.each([
    ['stop', 'COMPLETED', 'stopped'],
    ['cancel', 'CANCELLED', 'canceled'],
  ])('a campaign started by its own %s calls nobody', async (signal, inTemporal, status) => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const handle = await rig.client.workflow.signalWithStart('campaignWorkflow', {
        workflowId: `with-${signal}-${rig.taskQueue}`,
        taskQueue: rig.taskQueue,
        args: [{ agentId: AGENT, contacts }],
        signal,
        signalArgs: [{ by: 'its starter' }],
      });
      await handle.result().catch(() => undefined);
      const { status: ended, memo: kept } = await handle.describe();
      expect(ended.name).toBe(inTemporal);
      expect(kept?.result).toMatchObject({ status });
      expect(rig.simulator.batches()).toEqual([]);
    });
  });

  test.each([
    ['words'],
    [null],
    [42],
    [['a list']],
    [{ reason: { deep: 1 }, by: ['x'] }],
    [{ reason: 'x'.repeat(9999) }],
  ])('whatever is sent with a stop, it is a stop: %j', async (why) => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      atRequest('schedule')(rig, () => haltBy('signal stop', rig.latest, why));
      const result = await (await rig.begin({ contacts })).result();
      expect(result).toMatchObject({ status: 'stopped', outcomes: { 'not-called': ROWS } });
      expect(result.reason?.length).toBeLessThan(700);
    });
  });

  test('an hour without Bolna does not make a stop forgotten', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const startAt = new Date((await env.currentTimeMs()) + 5 * HOUR).toISOString();
      atRequest('schedule')(rig, async () => {
        const now = await env.currentTimeMs();
        rig.simulator.addFault({ endpoint: 'list', during: [now, now + HOUR], action: { status: 503 } });
        await haltBy('signal stop', rig.latest);
      });
      const result = await (await rig.begin({ contacts, startAt })).result();
      expect(result).toMatchObject({ status: 'stopped', outcomes: { 'not-called': ROWS } });
      expect(rig.simulator.dials()).toEqual([]);
    });
  });

  test("a list that cannot be had does not keep the campaign's own batch from being deleted", async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const startAt = new Date((await env.currentTimeMs()) + 5 * HOUR).toISOString();
      atRequest('schedule')(rig, async () => {
        rig.simulator.addFault({ endpoint: 'list', to: 5, action: { status: 503 } });
        await haltBy('signal cancel', rig.latest);
      });
      const handle = await rig.begin({ contacts, startAt });
      await handle.result().catch(() => undefined);
      expect(await memo()).toMatchObject({ status: 'canceled', outcomes: { 'not-called': ROWS } });
      const { endpoint } = rig.simulator.requests.find(({ endpoint: of }) => of === 'delete' || of === 'stop') ?? {};
      expect(endpoint).toBe('delete');
      const order = rig.simulator.requests.filter(
        ({ endpoint: of, status }) => of === 'delete' || (of === 'list' && status === 503),
      );
      expect(order.findIndex(({ endpoint: of }) => of === 'delete')).toBe(1);
    });
  });
});
