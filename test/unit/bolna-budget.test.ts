import { RequestBudget } from '../../bolna/budget';

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Takes `n` turns; the list fills with their names as they come. */
function queue(budget: RequestBudget, names: readonly string[], urgent = false): string[] {
  const served: string[] = [];
  for (const name of names) void budget.take(urgent, undefined).then(() => served.push(name));
  return served;
}

const many = (n: number) => Array.from({ length: n }, (_, i) => String(i));

test('in no minute are more requests sent than the budget and a burst', async () => {
  const budget = new RequestBudget(600, 60_000, Date.now);
  const sentAt: number[] = [];
  for (let i = 0; i < 3000; i++) void budget.take(false).then(() => sentAt.push(Date.now()));
  await jest.advanceTimersByTimeAsync(180_000);
  expect(sentAt.length).toBeGreaterThan(1790);
  for (const start of sentAt) {
    expect(sentAt.filter((at) => at >= start && at < start + 60_000).length).toBeLessThanOrEqual(610);
  }
});

test('an urgent request goes before all that wait', async () => {
  const budget = new RequestBudget(60, 60_000, Date.now);
  const waiting = queue(budget, many(50));
  await jest.advanceTimersByTimeAsync(2_000);
  const before = waiting.length;
  const urgent = queue(budget, ['stop'], true);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(urgent).toEqual(['stop']);
  expect(waiting.length).toBeLessThanOrEqual(before);
});

test('the others go in the order they came', async () => {
  const budget = new RequestBudget(60_000, 60_000, Date.now);
  const served = queue(budget, many(100));
  await jest.advanceTimersByTimeAsync(1_000);
  expect(served).toEqual(many(100));
});

test('a request that is given up costs nothing and holds nobody up', async () => {
  const budget = new RequestBudget(60, 60_000, Date.now);
  await budget.take(false);
  const giveUp = new AbortController();
  const given = budget.take(false, giveUp.signal);
  const next = queue(budget, ['next']);
  giveUp.abort(new Error('no longer wanted'));
  await expect(given).rejects.toThrow('no longer wanted');
  await jest.advanceTimersByTimeAsync(1_100);
  expect(next).toEqual(['next']);
  await expect(budget.take(false, giveUp.signal)).rejects.toThrow('no longer wanted');
});

test('a larger share serves those who wait at once', async () => {
  const budget = new RequestBudget(1, 60_000, Date.now);
  const served = queue(budget, many(10));
  await jest.advanceTimersByTimeAsync(1_000);
  expect(served).toHaveLength(1);
  budget.perMinute = 6_000;
  await jest.advanceTimersByTimeAsync(200);
  expect(served).toHaveLength(10);
});
