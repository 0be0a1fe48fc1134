import { setImmediate as turn } from 'node:timers/promises';
import { ahead } from '../../client/campaign/ahead';

async function* upTo(n: number, read: number[] = []): AsyncGenerator<number> {
  for (let i = 0; i < n; i++) {
    read.push(i);
    yield i;
  }
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

test('items come in their order, whichever is done first', async () => {
  let third: () => void = () => {};
  const until = new Promise<void>((resolve) => {
    third = resolve;
  });
  const slowFirst = async (n: number) => {
    if (n === 0) await until;
    if (n === 2) third();
    return n * 10;
  };
  expect(await all(ahead(upTo(5), 3, slowFirst))).toEqual([0, 10, 20, 30, 40]);
});

test('as many as allowed are under way at once, and never more', async () => {
  let now = 0;
  let most = 0;
  const count = async (n: number) => {
    most = Math.max(most, ++now);
    await turn();
    now--;
    return n;
  };
  expect(await all(ahead(upTo(20), 4, count))).toHaveLength(20);
  expect(most).toBe(4);
});

test('whoever takes one item has no more read than are under way', async () => {
  const read: number[] = [];
  for await (const _ of ahead(upTo(100, read), 3, async (n) => n)) break;
  expect(read).toEqual([0, 1, 2]);
});

test('a failure is told in its turn, after the items before it', async () => {
  const seen: number[] = [];
  const fail = async (n: number) => {
    if (n === 2) throw new Error('the third');
    return n;
  };
  const run = async () => {
    for await (const n of ahead(upTo(5), 5, fail)) seen.push(n);
  };
  await expect(run()).rejects.toThrow('the third');
  expect(seen).toEqual([0, 1]);
});
