import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ApplicationFailure, DefaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import { failureFrom } from '../../activities/failures';
import { stored } from '../../activities/stored';
import { explain } from '../../client/explain';
import { StorageError, StorageUnusableError } from '../../storage/storage';

const DOWN = new StorageError('It cannot be reached (ECONNREFUSED): check the network.', 'unreachable', 'ECONNREFUSED');
const CLOSED = Object.assign(new Error('Premature close'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });

test.each([
  ['unreachable', 'StorageUnavailable'],
  ['throttled', 'StorageThrottled'],
  ['refused', 'StorageRefused'],
  ['missing', 'StorageMissing'],
  ['full', 'StorageFull'],
  ['failed', 'StorageFailed'],
] as const)(
  'a storage that is %s is tried again as %s, and the operator told that nothing has to be started anew',
  (trouble, type) => {
    const failure = failureFrom(new StorageError('So it is: mend it.', trouble, 'X'), { keyMayBeMended: false });
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({
      type,
      nonRetryable: false,
      message: 'So it is: mend it. The campaign goes on by itself.',
    });
  },
);

test('a failure stays far below what the server cuts off, whatever lies behind it and however long its paths are', () => {
  const behind = new Error('AccessDenied');
  behind.stack = `Error: AccessDenied\n${'    at /a/very/long/path/to/node_modules/some.js:1:1\n'.repeat(100)}`;
  const error = new StorageError(`${'It is refused. '.repeat(20)}Mend it.`, 'refused', 'AccessDenied', {
    cause: behind,
  });
  const failure = new DefaultFailureConverter().errorToFailure(
    failureFrom(error, { keyMayBeMended: false }),
    defaultPayloadConverter,
  );
  expect(failure.message).toContain('Mend it. The campaign goes on by itself.');
  expect(JSON.stringify(failure).length).toBeLessThan(1000);
});

test('a storage that is unusable at the start is a setting to be mended', () => {
  expect(explain(new StorageUnusableError('There is none: make one.'))).toEqual({
    sentence: 'There is none: make one.',
    exitCode: 2,
  });
});

describe('of several failures around a file', () => {
  const fails = (error: unknown): Promise<never> => Promise.reject(error);
  const fileOf = (written: Promise<void>) => ({ sink: new PassThrough(), written });
  const wrong = new Error('The file has no header.');

  test.each([
    ['the write that failed by itself', [CLOSED, DOWN], DOWN],
    ['the write that failed by itself, after one that is only its consequence', [CLOSED, CLOSED, DOWN], DOWN],
    ['the source, when the writes only follow', [wrong, wrong, CLOSED], wrong],
  ])('%s is told', async (_, [source, ...writes], told) => {
    await expect(stored(fails(source), ...writes.map(fails).map(fileOf))).rejects.toBe(told);
  });

  test('the write is told where only it fails', async () => {
    await expect(stored(Promise.resolve(1), fileOf(fails(CLOSED)))).rejects.toBe(CLOSED);
  });

  test('and where none fails, what was made', async () => {
    expect(await stored(Promise.resolve('summary'), fileOf(Promise.resolve()))).toBe('summary');
  });

  test('a write that fails before it has read anything is told to whoever fills the file, and would wait for ever', async () => {
    const sink = new PassThrough();
    const filling = pipeline(Readable.from(Array.from({ length: 100 }, () => 'x'.repeat(10_000))), sink);
    await expect(stored(filling, { sink, written: fails(DOWN) })).rejects.toBe(DOWN);
  });
});
