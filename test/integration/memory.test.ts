import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { prepared } from '../support/env';

/** Holds some 60 MB, replaces all of it again and again, and prints the most megabytes that the heap had. */
const CHURN = `
  const held = new Map();
  let most = 0;
  for (let i = 0; i < 400_000; i++) {
    held.set(i % 40_000, Array.from({ length: 100 }, (_, at) => ({ i, at })).map(({ i, at }) => i + at / 2));
    if (i % 1000 === 0) most = Math.max(most, process.memoryUsage().heapTotal / 1e6);
  }
  console.log(most);
`;

test('a worker keeps its heap at less than one that grows as V8 likes', () => {
  const most = (first: string) =>
    Number(execFileSync(process.execPath, ['-e', `${first};${CHURN}`], { encoding: 'utf8' }));
  const memory = JSON.stringify(join(prepared('TEST_BUILD'), 'worker/memory.js'));
  expect(most(`require(${memory}).keepHeapSmall()`)).toBeLessThan(0.8 * most(''));
});
