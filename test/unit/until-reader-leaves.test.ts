import { PassThrough, Writable } from 'node:stream';
import { untilReaderLeaves } from '../../client/terminal/until-reader-leaves';

/** Fails at the chunk of this number, as a pipe does whose other end is closed. */
function failing(at: number, code: string): Writable {
  let n = 0;
  return new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) =>
      setImmediate(() => done(++n < at ? null : Object.assign(new Error(code), { code }))),
  });
}

let made = 0;
async function* lines(): AsyncGenerator<string> {
  for (made = 0; made < 1000; ) yield `line ${++made}\n`;
}

test.each([1, 5, 1000])('all of it is made where the reader leaves at line %d', async (at) => {
  await untilReaderLeaves(lines(), failing(at, 'EPIPE'));
  expect(made).toBe(1000);
});

test('a reader that has left before anything was written is none', async () => {
  const gone = failing(1, 'EPIPE').destroy();
  await untilReaderLeaves(lines(), gone);
  expect(made).toBe(1000);
});

test('all of it is written to a reader that stays, and nothing is closed', async () => {
  const to = new PassThrough();
  const read = (async () => (await to.take(1000 * 9).toArray()).join(''))();
  await untilReaderLeaves(lines(), to);
  expect(to.writableEnded).toBe(false);
  to.end();
  expect((await read).split('\n')).toHaveLength(1001);
});

test.each([1, 1000])('what else writing fails with at line %d is thrown', async (at) => {
  await expect(untilReaderLeaves(lines(), failing(at, 'ENOSPC'))).rejects.toThrow('ENOSPC');
});

test('so is what the content fails with', async () => {
  async function* broken(): AsyncGenerator<string> {
    yield 'a';
    throw new Error('damaged');
  }
  await expect(untilReaderLeaves(broken(), new PassThrough().resume())).rejects.toThrow('damaged');
});
