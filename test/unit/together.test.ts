import { workTogether } from '../../worker/together';

const FORCE_MS = 10_000;

/** Works until it is told to end, or fails by itself; then it takes leave. */
function worker(how: { fails?: Promise<never>; leaves?: () => Promise<void> } = {}) {
  return {
    async runUntil<T>(end: Promise<T> | (() => Promise<T>)): Promise<T> {
      const result = await Promise.race([typeof end === 'function' ? end() : end, ...(how.fails ? [how.fails] : [])]);
      await how.leaves?.();
      return result;
    },
  };
}

test('all end at the same time, and what ended them is given', async () => {
  let leaving = 0;
  let all = () => {};
  const together = new Promise<void>((resolve) => {
    all = resolve;
  });
  // None is through before each of them has begun to leave.
  const leaves = () => {
    if (++leaving === 3) all();
    return together;
  };
  const workers = [worker({ leaves }), worker({ leaves }), worker({ leaves })];
  expect(await workTogether(workers, Promise.resolve('told to'), FORCE_MS)).toBe('told to');
});

test('what the end rejects with is what they reject with', async () => {
  const lost = new Error('the server was lost');
  await expect(workTogether([worker(), worker()], Promise.reject(lost), FORCE_MS)).rejects.toBe(lost);
});

test('one that fails ends the others, and its error is thrown once they have left', async () => {
  const broken = new Error('no such task queue');
  let left = false;
  const leaves = async () => {
    left = true;
  };
  const other = {
    async runUntil<T>(end: Promise<T> | (() => Promise<T>)): Promise<T> {
      return worker({}).runUntil(end).finally(leaves);
    },
  };
  const never = new Promise<never>(() => {});
  await expect(workTogether([other, worker({ fails: Promise.reject(broken) })], never, FORCE_MS)).rejects.toBe(broken);
  expect(left).toBe(true);
});

test('one that fails while it leaves is no success', async () => {
  const broken = new Error('out of memory');
  const leaves = () => Promise.reject(broken);
  await expect(workTogether([worker(), worker({ leaves })], Promise.resolve(), FORCE_MS)).rejects.toBe(broken);
});
