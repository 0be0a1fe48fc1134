import { Readable } from 'node:stream';
import type { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { ActivityContext } from '../../activities/context';
import { nextReading } from '../../activities/pacing';
import { watchSpending } from '../../activities/spending';
import type { Spent, WatchSpending } from '../../activities/types';
import { BolnaClient } from '../../bolna/client';
import type { Execution } from '../../bolna/schemas';
import { bolnaRules } from '../../bolna/start-time';
import { Outside } from '../../egress/outside';
import type { SimulatorOptions } from '../../simulator/options';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import { LocalStorage } from '../../storage/local';
import { AGENT, csvOf, MINUTE } from '../support/rig';

const LINES = 10;
const CENTS_A_MINUTE = 6;
/** A minute of conversation for each call, and 20 s around it. */
const steady = () => ({ status: 'completed', ringSeconds: 20, talkSeconds: 60, postProcessingSeconds: 120 }) as const;

let now = Date.parse('2026-06-23T06:00:00Z');
let simulator: Simulator;
let context: ActivityContext;

/** Batches of so many rows each, all of them begun. */
async function calling(rows: number[], options: SimulatorOptions = {}): Promise<void> {
  simulator = await startSimulator({
    clock: { now: () => now },
    rules: { concurrency: LINES, centsPerMinute: CENTS_A_MINUTE },
    outcomes: steady,
    ...options,
  });
  const bolna = new BolnaClient({ apiKey: 'bn-test', baseUrl: simulator.url, timeoutMs: 5_000 });
  context = {
    bolna,
    outside: new Outside(),
    storage: new LocalStorage('/nowhere'),
    rules: bolnaRules(),
    leadMs: 150_000,
    polling: { minMs: 5_000, maxMs: 10 * MINUTE },
    account: 'default',
    accounts: [],
    now: () => now,
  };
  for (const [at, count] of rows.entries()) {
    const csv = csvOf(count);
    const fileName = `spending-0123456789abcdef-000${at + 1}.csv`;
    const file = { csv: Readable.from([csv]), csvBytes: Buffer.byteLength(csv) };
    const { batchId } = await bolna.createBatch({ agentId: AGENT, fileName, ...file });
    await bolna.scheduleBatch(batchId, now + 10 * MINUTE);
  }
  now += 10 * MINUTE;
}

afterEach(async () => {
  await context.bolna.close();
  await simulator.close();
});

const costNow = () =>
  simulator
    .batches()
    .flatMap((batch) => batch.executions)
    .reduce((sum, { costCents }) => sum + costCents, 0);

interface Watched {
  spent: Spent | undefined;
  /** What each attempt that brought nothing said. */
  said: string[];
  /** Milliseconds between the last two readings. */
  lastWait: number;
}

/** Attempt after attempt, as Temporal makes them. @param until gives up where nothing can be spent any more */
async function watched(ask: Partial<WatchSpending> & { maxCost: number }, until?: () => boolean): Promise<Watched> {
  const whole: WatchSpending = {
    campaignId: 'spending',
    agentId: AGENT,
    polling: { minMs: undefined, maxMs: undefined },
    ...ask,
  };
  const said: string[] = [];
  let heartbeatDetails: unknown;
  let lastWait = 0;
  for (;;) {
    const environment = new MockActivityEnvironment({ heartbeatDetails });
    environment.on('heartbeat', (details) => {
      heartbeatDetails = structuredClone(details);
    });
    try {
      const spent = (await environment.run(() => watchSpending(context, whole))) as Spent;
      return { spent, said, lastWait };
    } catch (error) {
      const { message, nextRetryDelay, category } = error as ApplicationFailure;
      if (category === undefined || nextRetryDelay === undefined) throw error;
      said.push(message);
      if (until?.()) return { spent: undefined, said, lastWait };
      lastWait = Number(nextRetryDelay);
      now += lastWait;
    }
  }
}

/** Halts all batches, and lets what is on the line end. @returns what all of it has cost then */
async function halt(): Promise<number> {
  for (const { id, status } of simulator.batches()) if (status === 'running') await context.bolna.stopBatch(id);
  now += 60 * MINUTE;
  await simulator.sync();
  return costNow();
}

test('what is spent beyond a budget is what is on the line and one short wait', async () => {
  await calling([800]);
  const began = now;
  const { spent, said, lastWait } = await watched({ maxCost: 1200 });
  expect(spent?.soFar).toBeGreaterThanOrEqual(1200);
  expect(spent?.soFar).toBe(costNow());
  // Sixteen pages, at a hundred a minute, are 10 s; and the lines of this simulator all hang up at a time.
  expect(lastWait).toBeLessThanOrEqual(30_000);
  const onTheLine = LINES * CENTS_A_MINUTE;
  const inOneWait = (lastWait / 80_000 + 1) * LINES * CENTS_A_MINUTE;
  expect(await halt()).toBeLessThanOrEqual(1200 + onTheLine + inOneWait);
  // Far from the budget there are few readings, and never more than a tenth of what Bolna allows.
  const pages = simulator.requests.filter(({ endpoint }) => endpoint === 'executions').length;
  expect(pages / ((now - began) / MINUTE)).toBeLessThanOrEqual(100);
  expect(said.length).toBeLessThan(40);
});

test('calls that become dear all at once are found out about within ten minutes', async () => {
  const dear = ({ row }: { row: number }) =>
    row <= 400
      ? ({ status: 'no-answer', ringSeconds: 30 } as const)
      : ({ status: 'completed', ringSeconds: 5, talkSeconds: 600 } as const);
  await calling([1000], { outcomes: dear });
  const { lastWait } = await watched({ maxCost: 6000 });
  expect(lastWait).toBeLessThanOrEqual(10 * MINUTE);
  // A call that is under way may be one of ten minutes, and so may each that begins meanwhile.
  const aCall = 10 * CENTS_A_MINUTE;
  expect(await halt()).toBeLessThanOrEqual(6000 + 3 * LINES * aCall);
});

test('calls that are dear at first and cheap later stop nothing: nothing is extrapolated', async () => {
  const outcomes = ({ row }: { row: number }) =>
    row <= 50 ? ({ ...steady(), talkSeconds: 600 } as const) : ({ status: 'busy', ringSeconds: 10 } as const);
  await calling([500], { outcomes });
  // Fifty calls of 60 cents are one page; five hundred would be ten times as much.
  const { spent, said } = await watched({ maxCost: 3100 }, () => simulator.batches()[0]?.open === 0);
  expect(spent).toBeUndefined();
  expect(said.at(-1)).toBe('30.00 of 31.00 spent');
  expect(await halt()).toBe(3000);
});

test('what all batches of a campaign cost counts, those that have ended and no others', async () => {
  await calling([30, 30, 30]);
  const csv = csvOf(50);
  const other = { agentId: AGENT, fileName: 'other-0123456789abcdef.csv' };
  const { batchId } = await context.bolna.createBatch({
    ...other,
    csv: Readable.from([csv]),
    csvBytes: Buffer.byteLength(csv),
  });
  await context.bolna.scheduleBatch(batchId, now + 10 * MINUTE);
  const { spent } = await watched({ maxCost: 400 });
  const [first, second] = simulator.batches();
  expect(first?.status).toBe('completed');
  expect(second?.status).toBe('completed');
  expect(spent?.soFar).toBeGreaterThanOrEqual(400);
  // One more call on each line is what a wait costs.
  expect(spent?.soFar).toBeLessThanOrEqual(400 + LINES * CENTS_A_MINUTE);
});

test('a call that is listed twice, since others were added while the pages were read, counts once', async () => {
  await calling([120]);
  now += 60 * MINUTE;
  const { bolna } = context;
  const listed = bolna.executions.bind(bolna);
  // Each page begins with the last three of the page before.
  jest.spyOn(bolna, 'executions').mockImplementation(async function* (...ask) {
    let last: Execution[] = [];
    for await (const page of listed(...ask)) {
      yield { ...page, executions: [...last, ...page.executions] };
      last = page.executions.slice(-3);
    }
  });
  await simulator.sync();
  const all = costNow();
  expect((await watched({ maxCost: all })).spent?.soFar).toBe(all);
  const { said } = await watched({ maxCost: all + 1 }, () => true);
  expect(said).toEqual([`${(all / 100).toFixed(2)} of ${((all + 1) / 100).toFixed(2)} spent`]);
});

test('a batch that shows nothing new is not read again, unless a retry may have come', async () => {
  await calling([3], { outcomes: () => ({ status: 'no-answer', ringSeconds: 5 }) });
  const reads = () => simulator.requests.filter(({ endpoint }) => endpoint === 'executions').length;
  const retry = { enabled: true, max_retries: 1, retry_intervals_minutes: [30] };
  await watched({ maxCost: 100 }, () => reads() > 0 && simulator.batches()[0]?.open === 0);
  const before = reads();
  let looks = 0;
  await watched({ maxCost: 100 }, () => ++looks > 5);
  expect(reads()).toBe(before + 1);
  looks = 0;
  await watched({ maxCost: 100, retry }, () => ++looks > 5);
  expect(reads()).toBe(before + 1 + 6);
});

test('what was read stays read when Bolna fails in the middle, and the slot is given back after half a minute', async () => {
  await calling([120, 120]);
  now += 30 * MINUTE;
  simulator.addFault({ endpoint: 'executions', nth: 5, action: { status: 503 } });
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const heartbeats: unknown[] = [];
  environment.on('heartbeat', (details) => heartbeats.push(structuredClone(details)));
  const ask = { campaignId: 'spending', agentId: AGENT, maxCost: 1, polling: { minMs: undefined, maxMs: undefined } };
  await expect(environment.run(() => watchSpending(context, ask))).rejects.toMatchObject({ type: 'BolnaUnavailable' });
  const reads = () => simulator.requests.filter(({ endpoint }) => endpoint === 'executions').length;
  const before = reads();

  // From now on half a minute passes with each page.
  let passed = 0;
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => {
    passed += 31_000;
    return 1e12 + passed;
  });
  let heartbeatDetails = heartbeats.at(-1);
  const turns: string[] = [];
  let spent: unknown;
  while (spent === undefined) {
    const again = new MockActivityEnvironment({ heartbeatDetails });
    again.on('heartbeat', (details) => {
      heartbeatDetails = structuredClone(details);
    });
    spent = await again
      .run(() => watchSpending(context, ask))
      .catch(({ type, message }: ApplicationFailure) => void turns.push(`${type}: ${message}`));
  }
  clock.mockRestore();
  expect(turns).toEqual(['NotYetAll: No error: it is being read what the calls have cost.']);
  expect(spent).toMatchObject({ soFar: costNow() });
  // The two pages that are left of one batch, and what was asked for ahead; none of the other for a second time.
  expect(reads() - before).toBeLessThanOrEqual(4);
});

describe('the wait until the next reading', () => {
  const pace = {
    now: 60 * MINUTE,
    since: 0,
    left: 1000,
    rate: 1000 / (60 * MINUTE),
    requests: 10,
    minuteMs: MINUTE,
    minMs: 5_000,
    maxMs: 10 * MINUTE,
  };

  test.each([
    ['a quarter of the time that the rest lasts', { left: 500 }, 7.5 * MINUTE],
    ['no longer than the longest wait', { left: 100_000 }, 10 * MINUTE],
    ['no shorter than the shortest', { left: 0.01, requests: 1 }, 5_000],
    ['as long as a tenth of the requests of an account take', { left: 1, requests: 200 }, 2 * MINUTE],
    ['half of what has passed, where nothing has cost anything', { rate: 0, now: 2 * MINUTE }, MINUTE],
  ])('is %s', (_, change, wait) => {
    expect(nextReading({ ...pace, ...change })).toBe(wait);
  });
});
