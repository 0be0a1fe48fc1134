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
  expect(told.map(([, at]) => at)).toEqual([2 * SECOND, 62 * SECOND]);
});

test('one that comes long after the others does not wait', async () => {
  hints.take('a');
  await pass(10 * MINUTE);
  hints.take('a');
  await pass(2 * SECOND);
  expect(told.map(([, at]) => at)).toEqual([2 * SECOND, 10 * MINUTE + 2 * SECOND]);
});

test('of a flood that lasts a week, a workflow is told a few times', async () => {
  for (let i = 0; i < 7 * 24 * 60; i++) {
    for (let j = 0; j < 5; j++) hints.take('a');
    await pass(MINUTE);
  }
  expect(told.length).toBeLessThan(20);
  expect(told.length).toBeGreaterThan(8);
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
