import { bolnaRules } from '../../bolna/start-time';
import type { SimulatorOptions } from '../../simulator/options';
import type { DialectName } from '../../simulator/rules';
import { progressQuery, rescheduleUpdate } from '../../workflows/messages';
import { atRequest, haltBy } from '../support/moments';
import { expectEachCalledOnce, expectNobodyCalled, requestsTo, standingBatches } from '../support/once';
import { csvOf, DAY, HOUR, MINUTE, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';
import { ask } from '../support/updates';

const ROWS = 4;
const contacts = { csv: csvOf(ROWS) };
const DIALECTS: DialectName[] = ['documented', 'older', 'strange'];
/** The outcomes of all calls, by the words in which Bolna shows their ends: nobody can say how an unknown one ended. */
function outcomesOf({ simulator }: Rig): Record<string, number> {
  const outcomes: Record<string, number> = {};
  for (const { deleted, executions } of simulator.batches()) {
    for (const execution of deleted ? [] : executions) {
      const { status } = execution;
      const outcome = simulator.endsUnclear(execution) ? 'unsettled' : status === 'stopped' ? 'not-called' : status;
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  }
  return outcomes;
}

const answered = () => ({ status: 'completed', talkSeconds: 60, voicemail: false }) as const;
const iso = (at: number) => new Date(at).toISOString();

/** The CSV is parsed before anything else is asked, so that each campaign sees the batch as `processed`, or as whatever that is called. */
const parsed = (dialect: DialectName) => ({ dialect, parseSeconds: 0 });
/** By which the call of the third row ends in a word that nobody knows, in the dialect `strange`. */
const SEED = 's2';

describe.each(DIALECTS)('a Bolna that speaks the dialect "%s"', (dialect) => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.skipping();
  });
  afterAll(() => env.teardown());
  afterEach(() => rig.close());

  const world = async (options: Partial<SimulatorOptions> = {}) => {
    const { rules, ...more } = options;
    rig = await Rig.start({ env, seed: SEED, outcomes: answered, rules: { ...parsed(dialect), ...rules }, ...more });
    return Math.ceil((await env.currentTimeMs()) / DAY) * DAY + DAY;
  };

  test('calls each person once, at the start that was asked for', async () => {
    const startAt = await world();
    await rig.run(async () => {
      const result = await (await rig.begin({ contacts, startAt: iso(startAt) })).result();
      expect(result).toMatchObject({
        status: 'completed',
        startsAt: iso(startAt),
        outcomes: outcomesOf(rig),
        contacts: { valid: ROWS },
      });
      expect(result.outcomes.unsettled ?? 0).toBe(dialect === 'strange' ? 1 : 0);
    });
    expectEachCalledOnce(rig, ROWS);
    expect(requestsTo(rig, 'schedule')).toHaveLength(1);
  });

  test('retries those who were not reached, and nobody else', async () => {
    await world({
      outcomes: ({ row }, attempt) => (row === 1 && attempt < 3 ? { status: 'no-answer' } : answered()),
    });
    const retry = {
      enabled: true,
      max_retries: 2,
      retry_intervals_minutes: [30],
      retry_on_statuses: ['no-answer' as const],
    };
    const result = await rig.run(async () => (await rig.begin({ contacts, retry })).result());
    expect(result).toMatchObject({ status: 'completed', outcomes: outcomesOf(rig) });
    const attempts = rig.simulator.dials().map(({ number, attempt }) => `${number} ${attempt}`);
    expect(attempts).toHaveLength(ROWS + 2);
    expect(new Set(attempts).size).toBe(ROWS + 2);
  });

  test('takes over the batch of a create whose answer was lost', async () => {
    await world({ faults: [{ endpoint: 'create', nth: 1, action: { reset: 'after' } }] });
    const result = await rig.run(async () => (await rig.begin({ contacts })).result());
    expect(result).toMatchObject({ status: 'completed', outcomes: outcomesOf(rig) });
    expect(rig.simulator.batches()).toHaveLength(1);
    expectEachCalledOnce(rig, ROWS);
  });

  test('does not schedule a second time after a lost answer', async () => {
    await world({ faults: [{ endpoint: 'schedule', nth: 1, action: { reset: 'after' } }] });
    const result = await rig.run(async () => (await rig.begin({ contacts })).result());
    expect(result).toMatchObject({ status: 'completed', outcomes: outcomesOf(rig) });
    expect(requestsTo(rig, 'schedule')).toHaveLength(1);
    expectEachCalledOnce(rig, ROWS);
  });

  test.each(['signal stop', 'signal cancel'] as const)('calls nobody after a %s before the start', async (way) => {
    const startAt = await world();
    await rig.run(async () => {
      const handle = await rig.begin({ contacts, startAt: iso(startAt) });
      await env.sleep(HOUR);
      await haltBy(way, handle);
      const result = await handle.result().catch(async () => rig.memoResult(handle));
      expect(result).toMatchObject({
        status: way === 'signal stop' ? 'stopped' : 'canceled',
        outcomes: { 'not-called': ROWS },
      });
    });
    expect(standingBatches(rig)).toEqual([]);
    await rig.simulator.sync();
    expectNobodyCalled(rig);
  });

  test('calls nobody after a stop before the start is sent', async () => {
    await world();
    await rig.run(async () => {
      // Bolna takes no start for more than 30 days ahead: the batch is there, and has none.
      const handle = await rig.begin({ contacts, startAt: iso((await env.currentTimeMs()) + 40 * DAY) });
      await env.sleep(DAY);
      await haltBy('signal stop', handle);
      expect(await handle.result()).toMatchObject({ status: 'stopped', outcomes: { 'not-called': ROWS } });
    });
    expect(requestsTo(rig, 'schedule')).toEqual([]);
    expect(standingBatches(rig)).toEqual([]);
  });

  test('moves the start of a scheduled campaign', async () => {
    const startAt = await world();
    await rig.run(async () => {
      const handle = await rig.begin({ contacts, startAt: iso(startAt) });
      await env.sleep(HOUR);
      const asked = await ask(handle, rescheduleUpdate, { startAt: iso(startAt + 5 * HOUR) });
      await env.sleep(20 * MINUTE);
      // Where nothing says that the new batch has no start, it is polled for minutes first, and the answer does not wait for that.
      const startsAt = dialect === 'strange' ? null : iso(startAt + 5 * HOUR);
      expect(await asked.result()).toMatchObject({ startsAt });
      expect(await handle.result()).toMatchObject({ status: 'completed', startsAt: iso(startAt + 5 * HOUR) });
    });
    expect(Math.min(...rig.simulator.dials().map(({ at }) => at))).toBeGreaterThanOrEqual(startAt + 5 * HOUR);
    expectEachCalledOnce(rig, ROWS);
  });

  test('asks a person to act when a start has passed by 15 minutes and nobody was dialled', async () => {
    const startAt = await world({ rules: { concurrency: 0 } });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts, startAt: iso(startAt) });
      const attention = async () => (await handle.query(progressQuery)).attention;
      const dialled =
        dialect === 'strange' ? 'does not show whether anybody has been dialled' : 'nobody has been dialled';
      await env.sleep(startAt + 14 * MINUTE - (await env.currentTimeMs()));
      expect(await attention()).toBeUndefined();
      await env.sleep(2 * MINUTE);
      expect(await attention()).toEqual({
        kind: 'not-started',
        text: expect.stringMatching(`${dialled}.*limit of simultaneous calls is 0.*dashboard`),
      });
      await haltBy('signal stop', handle);
      expect(await handle.result()).toMatchObject({ status: 'stopped' });
    });
    expectNobodyCalled(rig);
  });

  test('asks a person to act where a start did not get through in time and nothing says so', async () => {
    await world({ faults: [{ endpoint: 'schedule', action: { reset: 'before' } }] });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts, startBy: iso((await env.currentTimeMs()) + HOUR) });
      // Words that are known show that there is no start, and that it is too late for one.
      if (dialect !== 'strange') return expect(await handle.result()).toMatchObject({ status: 'missed' });
      await env.sleep(HOUR);
      expect((await handle.query(progressQuery)).attention).toEqual({
        kind: 'not-started',
        text: expect.stringMatching('Bolna has shown no start for 15 minutes.*dashboard'),
      });
      // It polls for days.
      return handle.terminate();
    });
    expectNobodyCalled(rig);
  });

  test('names the guardrails that moved all calls, until they are made', async () => {
    const guardrail = { opensAtMs: 9 * HOUR, closesAtMs: 20 * HOUR, share: 1 };
    const startAt = (await world({ rules: { guardrail } })) - HOUR;
    await rig.run(async () => {
      const handle = await rig.begin({ contacts, startAt: iso(startAt) });
      const attention = async () => (await handle.query(progressQuery)).attention;
      await env.sleep(startAt + 20 * MINUTE - (await env.currentTimeMs()));
      const text =
        dialect === 'strange' ? /does not show whether anybody has been dialled/ : /guardrails moved 4 calls/;
      expect(await attention()).toEqual({ kind: 'not-started', text: expect.stringMatching(text) });
      expect(await handle.result()).toMatchObject({ status: 'completed', outcomes: outcomesOf(rig) });
      expect((await attention())?.kind).toBe(dialect === 'strange' ? 'rows-unsettled' : undefined);
    });
    expectEachCalledOnce(rig, ROWS);
  });
});

/** Bolna's minute is 600 ms, on a real clock: the time-skipping server mishandles a halt of a look under way. */
const SPEED = 100;

describe('a stop while calls run', () => {
  let env: TestServer;
  beforeAll(async () => {
    env = await TestServer.real();
  });
  afterAll(() => env.teardown());

  test.each(DIALECTS)('keeps those from being called who wait, in the dialect "%s"', async (dialect) => {
    const rig = await Rig.start({
      env,
      seed: SEED,
      speed: SPEED,
      rules: { ...parsed(dialect), concurrency: 2 },
      outcomes: ({ row }) => ({ status: row === 1 ? 'no-answer' : 'completed', talkSeconds: 600, voicemail: false }),
      context: { rules: bolnaRules(SPEED), leadMs: 3_000, polling: { minMs: 100, maxMs: 500 } },
    });
    try {
      await rig.run(async () => {
        const counts = () => rig.simulator.batches()[0]?.counts;
        const isRunning = () => counts()?.get('no-answer') === 1 && counts()?.get('in-progress') === 2;
        atRequest('get', isRunning)(rig, () => haltBy('signal stop', rig.latest));
        const result = await (await rig.begin({ contacts })).result();
        expect(result).toMatchObject({ status: 'stopped', outcomes: outcomesOf(rig) });
        expect(result.outcomes).toMatchObject({ 'no-answer': 1, 'not-called': 1 });
      });
      expect(rig.simulator.dials()).toHaveLength(3);
    } finally {
      await rig.close();
    }
  });
});
