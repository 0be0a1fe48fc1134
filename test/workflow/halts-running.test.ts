/** @waits 120 */
import { bolnaRules } from '../../bolna/start-time';
import type { SimulatorOptions } from '../../simulator/options';
import type { SimulatorRules } from '../../simulator/rules';
import { atRequest, haltBy } from '../support/moments';
import { csvOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

const ROWS = 4;
const contacts = { csv: csvOf(ROWS) };
/** The first call is over soon, the next two are long, and the last one waits for them. */
const SLOW: Pick<SimulatorOptions, 'rules' | 'outcomes'> = {
  rules: { concurrency: 2 },
  outcomes: ({ row }) => ({
    status: row === 1 ? 'no-answer' : 'completed',
    talkSeconds: 600,
    postProcessingSeconds: 150,
  }),
};

/** The look that brings the news of the first call: the others are on the line. */
const running = (rig: Rig) =>
  rig.simulator.batches()[0]?.counts.get('no-answer') === 1 &&
  rig.simulator.batches()[0]?.counts.get('in-progress') === 2;

/** Bolna's minute is 600 ms, and the clock a real one: the time-skipping server mishandles a halt of a look under way. */
const SPEED = 100;

describe('halts while calls run', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.real();
  });
  afterAll(() => env.teardown());
  afterEach(() => rig.close());

  const memo = () => rig.memoResult(rig.latest);
  const start = (rules: Partial<SimulatorRules> = {}, outcomes: SimulatorOptions['outcomes'] = SLOW.outcomes) =>
    Rig.start({
      env,
      ...(outcomes && { outcomes }),
      rules: { ...SLOW.rules, ...rules },
      speed: SPEED,
      context: { rules: bolnaRules(SPEED), leadMs: 3_000, polling: { minMs: 100, maxMs: 500 } },
    });

  test('a stop said twice is one stop, and keeps the first reason', async () => {
    rig = await start();
    await rig.run(async () => {
      atRequest('get', running)(rig, async () => {
        await haltBy('signal stop', rig.latest, { reason: 'first', by: 'one' });
        atRequest('stop')(rig, () => haltBy('signal stop', rig.latest, { reason: 'second', by: 'another' }));
      });
      const handle = await rig.begin({ contacts });
      const result = await handle.result();
      expect(result).toMatchObject({ status: 'stopped', reason: expect.stringContaining('one: first') });
      expect(result.outcomes).toEqual({ 'no-answer': 1, completed: 2, 'not-called': 1 });
      expect(rig.simulator.requests.filter(({ endpoint }) => endpoint === 'stop')).toHaveLength(1);
    });
  });

  test('nobody is called whose call Bolna leaves prepared at a stop', async () => {
    rig = await start({ stoppedCalls: 'prepared' });
    await rig.run(async () => {
      atRequest('get', running)(rig, () => haltBy('signal stop', rig.latest));
      const handle = await rig.begin({ contacts });
      const { status, outcomes } = await handle.result();
      expect(rig.simulator.batches()[0]?.counts.get('prepared')).toBe(1);
      expect([status, outcomes]).toEqual(['stopped', { 'no-answer': 1, completed: 2, 'not-called': 1 }]);
      expect((await rig.rows(handle.workflowId)).at(-1)).toContain('not-called,the campaign was stopped');
    });
  });

  test('a cancel after a stop no longer waits for the calls on the line', async () => {
    rig = await start();
    await rig.run(async () => {
      atRequest('get', running)(rig, async () => {
        await haltBy('signal stop', rig.latest);
        atRequest('stop')(rig, () => haltBy('signal cancel', rig.latest, { by: 'the impatient' }));
      });
      await (await rig.begin({ contacts })).result().catch(() => undefined);
      const result = await memo();
      expect(result).toMatchObject({ status: 'canceled', reason: expect.stringContaining('the impatient') });
      expect(result.outcomes).toEqual({ 'no-answer': 1, unsettled: 2, 'not-called': 1 });
    });
  });

  test('a 404 on stop is not taken for done: the batch is looked at until it shows', async () => {
    // Calls of an hour: being refused three times takes ten seconds, and on a slow machine longer than a call of before.
    rig = await start({}, ({ row }) => ({ status: row === 1 ? 'no-answer' : 'completed', talkSeconds: 3600 }));
    await rig.run(async () => {
      rig.simulator.addFault({
        endpoint: 'stop',
        from: 1,
        to: 3,
        action: { status: 404, body: { message: 'Batch is not queued or running' } },
      });
      atRequest('get', running)(rig, () => haltBy('signal cancel', rig.latest));
      await (await rig.begin({ contacts })).result().catch(() => undefined);
      expect((await memo()).status).toBe('canceled');
      expect(rig.simulator.batches()[0]?.status).toBe('stopped');
      expect(rig.simulator.requests.filter(({ endpoint }) => endpoint === 'stop')).toHaveLength(4);
    });
  });

  test.each(['stop', 'cancel'] as const)('a %s while retries rest calls nobody else', async (kind) => {
    rig = await start({ stopResting: true });
    await rig.run(async () => {
      const resting = () => rig.simulator.batches()[0]?.executions.some(({ phase }) => phase === 'resting') === true;
      const completed = () => rig.simulator.batches()[0]?.status === 'completed';
      atRequest('get', () => resting() && completed())(rig, () => haltBy(`signal ${kind}`, rig.latest));
      const retry = {
        enabled: true,
        max_retries: 1,
        retry_on_statuses: ['no-answer' as const],
        retry_intervals_minutes: [60],
      };
      const handle = await rig.begin({ contacts, retry });
      await handle.result().catch(() => undefined);
      expect((await memo()).status).toBe(kind === 'stop' ? 'stopped' : 'canceled');
      const [batch] = rig.simulator.batches();
      expect(batch?.status).toBe('stopped');
      expect(batch?.executions.filter(({ phase }) => phase === 'resting' || phase === 'waiting')).toEqual([]);
      expect(rig.simulator.dials()).toHaveLength(ROWS);
    });
  });

  test('a scheduled batch that Bolna lets nobody stop or delete is stopped as soon as it runs', async () => {
    rig = await start({ stopScheduled: false, deleteScheduled: false });
    await rig.run(async () => {
      atRequest('get', () => rig.simulator.batches()[0]?.status === 'scheduled')(rig, () =>
        haltBy('signal stop', rig.latest),
      );
      const result = await (await rig.begin({ contacts: { csv: csvOf(40) } })).result();
      expect(result.status).toBe('stopped');
      // It is asked every 20 seconds at the longest: 33 of Bolna's minutes here, in which two lines make 7 calls or so.
      expect(result.outcomes['not-called']).toBeGreaterThan(20);
      expect(rig.simulator.dials().length).toBe(40 - (result.outcomes['not-called'] ?? 0));
    });
  });
});
