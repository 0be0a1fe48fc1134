import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { marked, unmarked } from '../../contacts/byte-order-mark';

const MARK = '\uFEFF';
/** `toString` keeps a mark, where readers of text drop it. */
async function through(how: typeof marked, whole: string, size = 10): Promise<string> {
  const bytes = Buffer.from(whole);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  const chunks: Buffer[] = [];
  for await (const chunk of how(Readable.from(pieces))) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test.each([
  ['', ''],
  ['a,b\n1,2\n', 'a,b\n1,2\n'],
  ['name\nZoë\n', `${MARK}name\nZoë\n`],
  [`name\n${'Ben\n'.repeat(1_000)}आशा\n`, `${MARK}name\n${'Ben\n'.repeat(1_000)}आशा\n`],
])('a CSV for people has a mark where it is not ASCII: %j', async (csv, expected) => {
  expect(await through(marked, csv, 3)).toBe(expected);
  expect(await through(unmarked, expected, 1)).toBe(csv);
});

test('no more than a megabyte is held back: a longer file has a mark whatever follows', async () => {
  let taken = 0;
  function* lines() {
    for (;;) {
      taken += 64 * 1024;
      yield Buffer.alloc(64 * 1024, 'x');
    }
  }
  for await (const first of marked(Readable.from(lines(), { highWaterMark: 1 }))) {
    expect(first.toString()).toBe(MARK);
    break;
  }
  expect(taken).toBeLessThan(1.2 * 1024 * 1024);
});

test('what has no mark is left alone, however short', async () => {
  for (const csv of ['', 'a', 'ab', 'é', 'abc\n']) expect(await through(unmarked, csv, 1)).toBe(csv);
  expect(await text(Readable.from(unmarked(Readable.from([Buffer.from('x')]))))).toBe('x');
});
