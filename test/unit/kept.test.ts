import { closeSync, fstatSync, openSync } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { kept } from '../../client/run/kept';

const CONTENT = Buffer.alloc(300 * 1024, 'contact_number,name\n');

/** Reads a piece and leaves, as the reader of a header does. */
async function leaveEarly(source: Readable): Promise<void> {
  for await (const _piece of source) break;
}

test('what is kept can be read to its end after any number of readers that left early', async () => {
  const open = await kept(Readable.from([CONTENT]));
  for (let reader = 0; reader < 3; reader += 1) await leaveEarly(open());
  open().destroy();
  expect(CONTENT.equals(await buffer(open()))).toBe(true);
  expect(CONTENT.equals(await buffer(open()))).toBe(true);
});

test('readers at the same time do not disturb each other', async () => {
  const open = await kept(Readable.from([CONTENT]));
  const [whole, , again] = await Promise.all([buffer(open()), leaveEarly(open()), buffer(open())]);
  expect([whole, again].map((read) => CONTENT.equals(read))).toEqual([true, true]);
});

test('a reader that leaves closes no file of others, and gives its number to none', async () => {
  const open = await kept(Readable.from([CONTENT]));
  const left = open();
  await leaveEarly(left);
  await buffer(open());
  const other = openSync(__filename, 'r');
  try {
    left.destroy();
    await leaveEarly(open());
    expect(fstatSync(other).size).toBeGreaterThan(0);
    expect(CONTENT.equals(await buffer(open()))).toBe(true);
  } finally {
    closeSync(other);
  }
});
