import { Hints } from '../../client/gateway/hints';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** When which workflow was told, in milliseconds from the beginning. */
let told: [string, number][];
let hints: Hints;
let fails: boolean;

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
  told = [];
  fails = false;
  hints = new Hints(async (workflowId) => {
    told.push([workflowId, Date.now()]);
    if (fails) throw new Error('Temporal does not answer.');
  });
});
afterEach(async () => {
  await hints.close();
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
  expect(told.length).toBeLessThanOrEqual(3);
  const last = Date.now();
  await pass(DAY);
  expect(told.length).toBeLessThanOrEqual(4);
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
  expect(told.length).toBeLessThanOrEqual(4);
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
