import { hostname } from 'node:os';
import { Readable } from 'node:stream';
import { BolnaClient } from '../../bolna/client';
import { BolnaTime } from '../../bolna/time';
import { clockFinding } from '../../client/doctor/checks';
import { preflight } from '../../client/preflight/preflight';
import { warnOfClock as warnOfRun } from '../../client/run/begin';
import { startSimulator } from '../../simulator/simulator';
import { readConfig } from '../../worker/config';
import { warnOfClock } from '../../worker/worker';
import { LoneSteps } from '../support/lone-steps';
import { AGENT, csvOf, HOUR, MINUTE } from '../support/rig';

const ROWS = 3;
const START = Date.parse('2026-06-23T06:00:00Z');

describe("Bolna's time", () => {
  let clock: number;
  let told: number[];
  let time: BolnaTime;
  beforeEach(() => {
    clock = START;
    told = [];
    time = new BolnaTime(
      () => clock,
      (ahead) => told.push(Math.round(ahead / MINUTE) + 0),
    );
  });

  /** An answer that Bolna gives at `at` by its own clock; asking and answering take `took` milliseconds. */
  async function answered(at: number, took = 200, headers: object = {}): Promise<void> {
    const sentAt = await time.reading();
    clock += took;
    await time.note({ date: new Date(at).toUTCString(), ...headers }, sentAt);
  }

  test('is the time of this machine until an answer says otherwise', async () => {
    expect(await time.now()).toBe(START);
  });

  test.each([0, 400, 900])('leaves a clock alone that agrees to the second (%i ms)', async (ms) => {
    clock += ms;
    await answered(START + ms);
    expect(time.clockIsAhead).toBeCloseTo(0);
    expect(told).toEqual([]);
  });

  test.each([-15, -2, 2, 15, 29])('is right within two seconds where the clock is %i min off', async (minutes) => {
    clock += minutes * MINUTE;
    await answered(START);
    expect(Math.abs((await time.now()) - START)).toBeLessThan(2_000);
    expect(told).toEqual([minutes]);
  });

  test('follows a clock that is set, and says so once', async () => {
    clock -= 10 * MINUTE;
    await answered(START);
    await answered(START + 1_000);
    clock = START + 2_000;
    await answered(START + 2_000);
    expect(Math.abs(time.clockIsAhead)).toBeLessThan(2_000);
    expect(told).toEqual([-10, 0]);
  });

  test.each([
    ['a cache has kept', { age: '600' }],
    ['has no time', { date: undefined }],
    ['has a time that is none', { date: 'soon' }],
  ])('learns nothing from an answer that %s', async (_, headers) => {
    await answered(START - 10 * MINUTE, 200, headers);
    expect(time.clockIsAhead).toBeCloseTo(0);
  });

  test('learns nothing new from an answer that took as long as the difference', async () => {
    await answered(START + 30_000, 60_000);
    expect(time.clockIsAhead).toBeCloseTo(0);
  });

  test('never makes a start that has passed look as if it were ahead', async () => {
    await answered(Date.parse('1970-01-01T00:00:00Z'));
    expect(await time.now()).toBeGreaterThan(START - 31 * MINUTE);
  });
});

describe('a worker whose clock is wrong', () => {
  let world: LoneSteps;
  const extra: BolnaClient[] = [];
  afterEach(async () => {
    for (const client of extra.splice(0)) await client.close();
    await world.close();
  });

  /** The steps of a worker whose clock is so far ahead of Bolna's (negative: behind). */
  async function withClock(aheadMs: number) {
    world = await LoneSteps.start({ outcomes: () => ({ status: 'completed', talkSeconds: 60 }) });
    const time = new BolnaTime(() => world.now + aheadMs);
    const bolna = new BolnaClient({ apiKey: 'bn-test', baseUrl: world.simulator.url, timeoutMs: 60_000, time });
    extra.push(bolna);
    Object.assign(world.context, { bolna, now: () => time.now(), clockIsAhead: () => time.clockIsAhead });
    const contacts = await world.validate(csvOf(ROWS));
    const { batchId } = await world.create(contacts);
    return { contacts, batchId };
  }

  test.each([-15, -10, 0, 15])('by %i min makes no second batch for people who were called', async (minutes) => {
    const { contacts, batchId } = await withClock(minutes * MINUTE);
    await world.schedule(contacts, batchId);
    await world.pass(11 * MINUTE);
    expect(world.dialled()).toHaveLength(ROWS);
    await world.simulator.deleteFromDashboard(batchId);
    await expect(world.create(contacts)).rejects.toMatchObject({ type: 'BatchLost' });
    await world.pass(HOUR);
    expect(world.dialled()).toHaveLength(ROWS);
  });

  test.each([-15, 15])('by %i min asks for a start that Bolna takes, at once', async (minutes) => {
    const { contacts, batchId } = await withClock(minutes * MINUTE);
    await world.schedule(contacts, batchId);
    expect(world.simulator.requests.filter(({ endpoint }) => endpoint === 'schedule')).toHaveLength(1);
    expect(world.simulator.batch(batchId)?.scheduledAt).toBe(START + 10 * MINUTE);
  });

  test.each([
    [-15, true],
    [15, true],
    [-31, false],
    [31, false],
  ])('by %i min schedules: %s', async (minutes, schedules) => {
    const { contacts, batchId } = await withClock(minutes * MINUTE);
    const attempt = world.attempt('scheduleBatch', world.toSchedule(contacts.fileName, batchId));
    if (schedules) await expect(attempt.outcome).resolves.toMatchObject({ outcome: 'scheduled' });
    else
      await expect(attempt.outcome).rejects.toMatchObject({
        type: 'ClockWrong',
        nonRetryable: false,
        message: expect.stringMatching(
          /The clock of worker \d+@\S+ is 31 min (ahead of|behind) Bolna's\. Nothing is scheduled/,
        ),
      });
    expect(world.simulator.batch(batchId)?.status === 'scheduled').toBe(schedules);
  });

  test('by 10 min does not delete a batch that begins within two minutes', async () => {
    const { contacts, batchId } = await withClock(-10 * MINUTE);
    await world.schedule(contacts, batchId);
    await world.pass(8.5 * MINUTE);
    await world.persist('haltBatches', { campaignId: 'lone', agentId: AGENT, batchId });
    expect(world.simulator.batch(batchId)).toMatchObject({ deleted: false, status: 'stopped' });
  });
});

describe('a person hears of a wrong clock', () => {
  /** How far this machine's clock is ahead, in minutes. */
  const CLOCKS = [
    [10, 'is 10 min ahead of'],
    [-10, 'is 10 min behind'],
    [40, 'is 40 min ahead of'],
  ] as const;

  test.each(CLOCKS)('in the log of the worker, by its name (%i min)', (minutes, off) => {
    const lines: string[] = [];
    const log = {
      warn: (line: string) => lines.push(`WARN ${line}`),
      info: (line: string) => lines.push(`INFO ${line}`),
    };
    warnOfClock(minutes * MINUTE, log);
    warnOfClock(0, log);
    const cure = minutes === 40 ? 'Nothing is scheduled until it is set' : "Bolna's is used. Set it";
    expect(lines).toEqual([
      `WARN The clock of worker ${process.pid}@${hostname()} ${off} Bolna's. ${cure}, for example by NTP.`,
      "INFO This machine's clock agrees with Bolna's again.",
    ]);
  });

  test.each(CLOCKS)('in doctor, also that nothing is scheduled (%i min)', (minutes) => {
    const { verdict, text } = clockFinding(minutes * MINUTE);
    expect([verdict, text]).toEqual(
      minutes === 40
        ? ['broken', "2400 s ahead of Bolna's: a worker here schedules nothing until it is set (NTP)"]
        : ['warning', expect.stringMatching(/^600 s (ahead of|behind) Bolna's: set it \(NTP\)/)],
    );
  });

  test('in one line of run, of a new campaign and of one that goes on, also where Bolna takes no key', async () => {
    const simulator = await startSimulator({ clock: { now: () => Date.now() - 10 * MINUTE } });
    const warning = "This machine's clock is 10 min ahead of Bolna's. Bolna's is used. Set it, for example by NTP.";
    const bolna = { apiKey: 'bn-test', baseUrl: simulator.url, timeoutMs: 5_000 };
    const open = async () => Readable.from([Buffer.from(csvOf(1))]);
    expect((await preflight({ agentId: AGENT, bolna, open, startsAt: 0 })).warnings).toEqual([warning]);
    let said = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
      said += String(chunk);
      return true;
    });
    const config = readConfig({ BOLNA_BASE_URL: simulator.url });
    await warnOfRun(config, { name: 'default', keyName: 'BOLNA_API_KEY', key: async () => 'none' });
    jest.restoreAllMocks();
    expect(said).toBe(`Warning: ${warning}\n`);
    await simulator.close();
  });
});
