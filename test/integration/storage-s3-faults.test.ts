import { Readable } from 'node:stream';
import { S3Storage } from '../../storage/s3';
import { s3Client } from '../../storage/s3-client';
import { readText, StorageError } from '../../storage/storage';
import { CutLine, LOST, s3Error } from '../support/cut-line';
import { BUILD_LIMIT_MS } from '../support/go-program';
import { until } from '../support/processes';
import { S3Server } from '../support/s3-server';
import { megabytes } from '../support/storage-contract';

/** What goes wrong between a worker and its object storage. Each test has a server of its own. */

const MEGABYTE = 1024 * 1024;
/** What a silent server is waited for by who has no patience. */
const SILENCE_MS = 500;

let server: S3Server;
let line: CutLine;
let storage: S3Storage;
let impatient: S3Storage;
beforeEach(async () => {
  server = await S3Server.start();
  line = await CutLine.to(server.url);
  Object.assign(process.env, server.env, { AWS_ENDPOINT_URL_S3: line.url });
  const place = { bucket: server.bucket, prefix: 'p/' };
  storage = new S3Storage(place);
  impatient = new S3Storage(place, s3Client(SILENCE_MS));
}, BUILD_LIMIT_MS);
afterEach(async () => {
  await line.close();
  await server.stop();
});

async function failure(work: Promise<unknown>): Promise<StorageError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason) => reason,
  );
  if (!(error instanceof StorageError)) throw new Error(`No StorageError but ${error}`);
  return error;
}

describe('a claim', () => {
  test('whose answers are all lost is known by what stands', async () => {
    line.order(/^PUT/, LOST, LOST);
    expect(await storage.claim('c/schedule.json', 'ours')).toBe('ours');
    expect(line.requests.filter((request) => request.startsWith('PUT'))).toHaveLength(2);
    expect(await server.text('p/c/schedule.json')).toBe('ours');
  });

  test('whose answer is lost is told who was first', async () => {
    await storage.claim('c/schedule.json', 'theirs');
    line.order(/^PUT/, LOST, LOST);
    expect(await storage.claim('c/schedule.json', 'ours')).toBe('theirs');
  });

  test('that met another one halfway is made again', async () => {
    line.order(/^PUT/, s3Error(409, 'ConditionalRequestConflict'), s3Error(409, 'ConditionalRequestConflict'));
    expect(await storage.claim('c/schedule.json', 'ours')).toBe('ours');
  });

  test('that was refused by one which is then forgotten is made again', async () => {
    line.order(/^PUT/, s3Error(412, 'PreconditionFailed'));
    expect(await storage.claim('c/schedule.json', 'ours')).toBe('ours');
  });

  test('that meets others without end is given up, to be tried again later', async () => {
    line.order(/^PUT/, ...Array.from({ length: 50 }, () => s3Error(409, 'ConditionalRequestConflict')));
    expect(await failure(storage.claim('c/schedule.json', 'ours'))).toMatchObject({ trouble: 'failed' });
    expect(await server.objects()).toEqual([]);
  });

  test('in a silent server grants nobody else what it may yet get', async () => {
    await server.freeze();
    expect(await failure(impatient.claim('c/schedule.json', 'ours'))).toMatchObject({ trouble: 'unreachable' });
    await server.thaw();
    const told = [await storage.claim('c/schedule.json', 'theirs'), await storage.claim('c/schedule.json', 'ours')];
    expect(new Set([...told, await server.text('p/c/schedule.json')]).size).toBe(1);
  });
});

describe('a reader', () => {
  test('goes on where it was when its connection breaks', async () => {
    await storage.write('c/large', Readable.from(megabytes(20)));
    const reader = await storage.read('c/large', { start: MEGABYTE, end: 20 * MEGABYTE });
    const chunks: Buffer[] = [];
    for await (const chunk of reader) {
      if (chunks.length % 50 === 0) line.cut();
      chunks.push(chunk);
    }
    expect(Buffer.concat(chunks).equals(Buffer.concat([...megabytes(20)].slice(1)))).toBe(true);
    expect(line.requests.filter((request) => request.startsWith('GET')).length).toBeGreaterThan(2);
  });

  test('gets no mixture when its connection breaks and the file was replaced meanwhile', async () => {
    await storage.write('c/large', Readable.from(megabytes(20)));
    const reader = await storage.read('c/large');
    const reading = async () => {
      let chunks = 0;
      for await (const _ of reader) {
        if (++chunks > 1) continue;
        await storage.write('c/large', 'after');
        line.cut();
      }
    };
    expect(await failure(reading())).toMatchObject({ code: 'PreconditionFailed' });
  });

  test('is told of a server that does not come back', async () => {
    await storage.write('c/large', Readable.from(megabytes(20)));
    const reader = await storage.read('c/large');
    const reading = async () => {
      let chunks = 0;
      for await (const _ of reader) if (++chunks === 1) await server.kill();
    };
    expect(await failure(reading())).toMatchObject({ trouble: 'unreachable' });
  });

  test('that is given up before it has begun lets go of its connection', async () => {
    await storage.write('c/large', Readable.from(megabytes(20)));
    line.cut();
    const reader = await storage.read('c/large');
    expect(line.open).toBeGreaterThan(0);
    reader.destroy();
    await until(
      () => 'the connection is closed',
      () => line.open === 0,
      10_000,
    );
  });

  test('that is left unread for long disturbs nobody, and can go on', async () => {
    await storage.write('c/large', Readable.from(megabytes(20)));
    line.cut();
    const reader = await impatient.read('c/large');
    // Our own time-out for silence closes the connection, as a server would.
    await until(
      () => 'the connection is closed',
      async () => line.open === 0,
    );
    let bytes = 0;
    for await (const chunk of reader) bytes += chunk.length;
    expect(bytes).toBe(20 * MEGABYTE);
  });
});

describe('a write', () => {
  test('to a server that dies in the middle is told so, and the earlier file stays', async () => {
    await storage.write('c/a.csv', 'before');
    async function* source() {
      yield* megabytes(20);
      await server.kill();
      yield* megabytes(20);
    }
    const refusal = await failure(storage.write('c/a.csv', Readable.from(source())));
    expect(refusal.trouble).toBe('unreachable');
    // The reason, and not that the upload was given up for it.
    expect(refusal.message).not.toMatch(/abort/i);
    await server.launch();
    expect(await readText(storage, 'c/a.csv')).toBe('before');
    await storage.write('c/a.csv', 'after');
    expect(await readText(storage, 'c/a.csv')).toBe('after');
  });

  test('to a server that has no room is told so, leaves the earlier file and nothing half', async () => {
    await storage.write('c/a.csv', 'before');
    await server.kill();
    await server.launch({ fileLimit: 4096 });
    const refusal = await failure(storage.write('c/a.csv', Buffer.alloc(8192).toString()));
    expect(refusal.message).toMatch(/answers with an error \(500 InternalError/);
    // Of a large file it may refuse the rest without an answer.
    const cut = await failure(storage.write('c/a.csv', Readable.from(megabytes(20))));
    expect(['failed', 'unreachable']).toContain(cut.trouble);
    expect(await readText(storage, 'c/a.csv')).toBe('before');
    expect(await server.unfinished()).toEqual([]);
  });

  test('to a server that has become read-only is refused', async () => {
    await server.kill();
    await server.launch({ readonly: true });
    const refusal = await failure(storage.write('c/a.csv', 'x'));
    expect(refusal).toMatchObject({ trouble: 'refused' });
    expect(refusal.message).toMatch(
      /refuses access to s3:\/\/campaigns\/p \(403 AccessDenied\): check AWS_ACCESS_KEY_ID/,
    );
  });

  test('to a server that is overloaded says so', async () => {
    line.order(/^PUT/, s3Error(503, 'SlowDown'), s3Error(503, 'SlowDown'));
    const refusal = await failure(storage.write('c/a.csv', 'x'));
    expect(refusal).toMatchObject({ trouble: 'throttled', code: 'SlowDown' });
    // The request was tried twice and no more: the rest of the waiting is Temporal's.
    expect(line.requests).toHaveLength(2);
  });

  test.each([
    [507, 'InsufficientStorage', 'full', /has no room for .*make room/],
    [403, 'QuotaExceeded', 'full', /has no room for .*make room/],
    [403, 'ExpiredToken', 'refused', /refuses access .*\(403 ExpiredToken\)/],
    [301, 'PermanentRedirect', 'refused', /is in another region .*AWS_REGION/],
    [500, 'InternalError', 'failed', /answers with an error \(500 InternalError/],
  ])('that is answered with %i %s is explained', async (status, code, trouble, sentence) => {
    line.order(/^PUT/, s3Error(status, code), s3Error(status, code));
    const refusal = await failure(storage.write('c/a.csv', 'x'));
    expect(refusal.trouble).toBe(trouble);
    expect(refusal.message).toMatch(sentence);
  });
});

test('a bucket that is gone is not taken for a missing file', async () => {
  const elsewhere = new S3Storage({ bucket: 'gone', prefix: '' });
  const asked = [
    () => elsewhere.size('c/a.csv'),
    () => elsewhere.read('c/a.csv'),
    () => elsewhere.claim('c/a.csv', 'x'),
    () => elsewhere.delete('c/a.csv'),
  ];
  for (const ask of asked) {
    expect(await failure(ask())).toMatchObject({
      trouble: 'missing',
      message: `The object storage at ${line.url} has no bucket gone: create it, or name another in CAMPAIGN_DATA.`,
    });
  }
});
