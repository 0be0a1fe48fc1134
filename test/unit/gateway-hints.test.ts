import { Hints } from '../../client/gateway/hints';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** When which workflow was told, in milliseconds from the beginning. */
let told: [string, number][];
let hints: Hints;
let fails: boolean;
/** Milliseconds after which it is known whether a workflow was told. */
let takes: number;

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
  told = [];
  fails = false;
  takes = 0;
  hints = new Hints(async (workflowId) => {
    told.push([workflowId, Date.now()]);
    const failing = fails;
    if (takes > 0) await new Promise((resolve) => setTimeout(resolve, takes));
    if (failing) throw new Error('Temporal does not answer.');
  });
});
afterEach(async () => {
  const closed = hints.close();
  // What was under way, and what came meanwhile.
  await pass(2 * takes);
  await closed;
  jest.useRealTimers();
});

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

test('what comes together is told once, a moment later', async () => {
  for (let i = 0; i < 1_000; i++) hints.take('a');
  hints.take('b');
  await pass(DAY);
  expect(told).toEqual([
    ['a', 2 * SECOND],
    ['b', 2 * SECOND],
  ]);
});

test('the last one is never lost: it is told when its turn comes', async () => {
  hints.take('a');
  await pass(3 * SECOND);
  hints.take('a');
  await pass(DAY);
  expect(told.map(([, at]) => at)).toEqual([2 * SECOND, 63 * SECOND]);
});

test('one that comes long after the others does not wait', async () => {
  hints.take('a');
  await pass(10 * MINUTE);
  hints.take('a');
  await pass(2 * SECOND);
  expect(told.map(([, at]) => at)).toEqual([2 * SECOND, 10 * MINUTE + 2 * SECOND]);
});

/** Hints that come so far apart, in milliseconds, until `end`. */
async function comeUntil(end: number, gap: () => number, of: Hints[] = [hints]): Promise<void> {
  for (let i = 0; Date.now() < end; i++) {
    of[i % of.length]?.take('a');
    await pass(gap());
  }
}

test('while they keep coming nothing is told, and the last one is, once it is silent', async () => {
  await comeUntil(2 * 60 * MINUTE, () => 20 * SECOND);
  const last = Date.now() - 20 * SECOND;
  await pass(DAY);
  expect(told.map(([, at]) => at)).toEqual([2 * SECOND, last + MINUTE]);
});

test('of a busy batch a few are told, and its end some minutes after the last one', async () => {
  let gap = 7;
  // From none to two minutes, and the same ones at each run.
  await comeUntil(3 * 60 * MINUTE, () => {
    gap = (gap * 48_271) % 2_147_483_647;
    return gap % (2 * MINUTE);
  });
  expect(told.length).toBeLessThanOrEqual(6);
  const last = Date.now();
  await pass(DAY);
  expect(told.length).toBeLessThanOrEqual(7);
  expect((told.at(-1)?.[1] ?? 0) - last).toBeLessThan(4 * MINUTE);
});

test('of a flood that lasts a week, a workflow is told a few times, and of its end', async () => {
  await comeUntil(7 * DAY, () => 12 * SECOND);
  const during = told.length;
  expect(during).toBe(1);
  await pass(DAY);
  expect(told.length).toBe(2);
});

test('whoever waits for each silence is told of ever less often', async () => {
  let gap = MINUTE;
  await comeUntil(30 * DAY, () => {
    gap = Math.min(gap * 2, DAY);
    return gap;
  });
  expect(told.length).toBeLessThan(45);
  const hourly = told.length;
  await comeUntil(60 * DAY, () => 60 * MINUTE);
  expect(told.length).toBeLessThanOrEqual(hourly + 1);
});

test('of two gateways, each is told of half, and a workflow of twice as few', async () => {
  const other = new Hints(async (workflowId) => void told.push([workflowId, Date.now()]));
  await comeUntil(2 * 60 * MINUTE, () => 20 * SECOND, [hints, other]);
  const last = Date.now();
  await pass(DAY);
  expect(told.length).toBeLessThanOrEqual(7);
  expect((told.at(-1)?.[1] ?? 0) - last).toBeLessThan(2 * MINUTE);
  await other.close();
});

test('what could not be told is told at its next turn', async () => {
  fails = true;
  hints.take('a');
  await pass(3 * SECOND);
  fails = false;
  await pass(DAY);
  expect(told.map(([, at]) => at)).toEqual([2 * SECOND, 62 * SECOND]);
});

/** An outage of Temporal from now on, while something happens. @returns when it was tried meanwhile */
async function outage(during: () => Promise<void>): Promise<number[]> {
  const before = told.length;
  fails = true;
  await during();
  fails = false;
  return told.slice(before).map(([, at]) => at);
}

test('after an outage of twenty minutes a workflow is told within one, and then as if it had been told once', async () => {
  const tries = await outage(async () => {
    hints.take('a');
    await pass(20 * MINUTE - 5 * SECOND);
    hints.take('a');
    await pass(5 * SECOND);
  });
  expect(tries.length).toBe(20);
  await pass(10 * SECOND);
  hints.take('a');
  await pass(DAY);
  // The second one comes soon after the hint of before, and waits for a minute's silence, not for hours of it.
  const since = told.slice(tries.length).map(([, at]) => at - 20 * MINUTE);
  expect(since).toEqual([2 * SECOND, 70 * SECOND]);
});

test('an outage is over within a minute of its end, however much was told before', async () => {
  await comeUntil(DAY, () => 2 * 60 * MINUTE);
  await pass(DAY);
  expect(told.length).toBeGreaterThan(5);
  const tries = await outage(async () => {
    hints.take('a');
    await pass(20 * MINUTE);
  });
  expect(tries.length).toBe(20);
  const before = told.length;
  await pass(MINUTE);
  expect(told.length).toBe(before + 1);
});

test.each([0, 10 * SECOND, 90 * SECOND])(
  'a flood during an outage makes one try for each silence, where each takes %i ms to fail',
  async (ms) => {
    takes = ms;
    const tries = await outage(() => comeUntil(20 * MINUTE, () => SECOND));
    expect(tries.length).toBeGreaterThanOrEqual((20 * MINUTE) / (MINUTE + ms) - 1);
    for (const [i, at] of tries.slice(1).entries()) expect(at - (tries[i] ?? 0)).toBeGreaterThanOrEqual(MINUTE);
    const before = told.length;
    await comeUntil(Date.now() + MINUTE + ms, () => SECOND);
    expect(told.length).toBe(before + 1);
  },
);

test('what comes while a workflow is being told is told once it is silent, and at the end at once', async () => {
  takes = 10 * SECOND;
  hints.take('a');
  await pass(5 * SECOND);
  hints.take('a');
  await pass(DAY);
  expect(told.map(([, at]) => at)).toEqual([2 * SECOND, 65 * SECOND]);
  const now = Date.now();
  hints.take('a');
  await pass(5 * SECOND);
  hints.take('a');
  const closed = hints.close();
  await pass(20 * SECOND);
  await closed;
  expect(told.slice(2).map(([, at]) => at - now)).toEqual([2 * SECOND, 12 * SECOND]);
});

test('at the end what waits is told at once, and nothing is taken any more', async () => {
  hints.take('a');
  fails = true;
  await hints.close();
  hints.take('a');
  await pass(DAY);
  expect(told).toEqual([['a', 0]]);
});

test('what is remembered has a bound', async () => {
  for (let i = 0; i < 30_000; i++) {
    hints.take(`campaign-${i}`);
    if (i % 1_000 === 0) await pass(3 * SECOND);
  }
  await pass(3 * SECOND);
  expect(told.length).toBe(30_000);
});
