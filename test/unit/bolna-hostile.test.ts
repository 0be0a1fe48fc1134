import { once } from 'node:events';
import { Readable } from 'node:stream';
import { ApplicationFailure, defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import { failureFrom } from '../../activities/failures';
import { BolnaClient } from '../../bolna/client';
import { type HostileServer, hostileServer } from '../support/hostile-server';

const KEY = 'bn-test-secret';
let server: HostileServer;
let client: BolnaClient;

beforeEach(async () => {
  server = await hostileServer();
  client = new BolnaClient({ apiKey: KEY, baseUrl: server.url, timeoutMs: 10_000 });
});
afterEach(async () => {
  await client.close();
  await server.close();
});

function answers(head: string, body: string, ending: 'end' | 'stall' = 'end'): void {
  const bytes = Buffer.from(`HTTP/1.1 ${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  server.answer = () => ({ bytes, when: 'early', ending });
}

async function read(): Promise<void> {
  for await (const _ of client.executions('b1'));
}

test.each(['stopBatch', 'deleteBatch'] as const)('a web page with status 200 is no %s', async (call) => {
  answers('200 OK', '<html>We will be back soon</html>');
  await expect(client[call]('b1')).rejects.toMatchObject({ kind: 'unavailable' });
});

test.each(['stopBatch', 'deleteBatch'] as const)('an answer without a body is a %s', async (call) => {
  answers('200 OK', '');
  await expect(client[call]('b1')).resolves.toBeUndefined();
});

test('a refusal whose words do not come to their end is a refusal', async () => {
  const bytes = Buffer.from('HTTP/1.1 403 No\r\ncontent-length: 500\r\n\r\nthis key may not');
  server.answer = () => ({ bytes, when: 'late', ending: 'end' });
  const kind = 'unauthorized';
  await expect(client.getBatch('b1')).rejects.toMatchObject({ kind, message: expect.stringContaining('may not') });
});

test('of a refusal without end only the beginning is read', async () => {
  const bytes = Buffer.from(`HTTP/1.1 422 No\r\ncontent-length: 900000000\r\n\r\n${'x'.repeat(100_000)}`);
  server.answer = () => ({ bytes, when: 'late', ending: 'stall' });
  await expect(read()).rejects.toMatchObject({ kind: 'refused' });
});

test('a key that is quoted by whoever answers is not repeated', async () => {
  answers('401 No', `{"message":"Bearer ${KEY} is no key"}`);
  await expect(client.account()).rejects.toMatchObject({ message: expect.stringContaining('Bearer [key] is no key') });
});

test.each(['..', 'a/b', 'a b', '\\ud800', ''])('a batch whose ID is %j has not been made', async (id) => {
  answers('201 Created', `{"batch_id":"${id}"}`);
  const batch = { agentId: 'a', fileName: 'a.csv', csv: Readable.from([Buffer.from('x')]), csvBytes: 1 };
  await expect(client.createBatch(batch)).rejects.toMatchObject({ kind: 'unavailable' });
});

test('a file whose upload is refused early is closed', async () => {
  answers('401 No', '{}');
  const csv = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(1024);
    })(),
    { objectMode: false },
  );
  const batch = { agentId: 'a', fileName: 'a.csv', csv, csvBytes: 1e9 };
  await expect(client.createBatch(batch)).rejects.toMatchObject({ name: 'BolnaError' });
  expect(csv.destroyed).toBe(true);
});

test('a list of executions that is wrong from its first piece on is left at once', async () => {
  const bytes = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 900000000\r\n\r\n[1, ');
  server.answer = () => ({ bytes, when: 'late', ending: 'stall' });
  await expect(read()).rejects.toMatchObject({ kind: 'unavailable' });
  await Promise.all([...server.open].map((socket) => socket.closed || once(socket, 'close')));
});

test('what Bolna sent is quoted in no failure, nor in what lies behind one', async () => {
  const said = 'transcript of +12025550101: my card is 4111';
  answers('200 OK', `[{"id":"1","user_number":"+12025550100" "${said}"}]`);
  const error: unknown = await read().catch((thrown: unknown) => thrown);
  const failure = failureFrom(error, { keyMayBeMended: true });
  expect(failure).toBeInstanceOf(ApplicationFailure);
  const written = JSON.stringify(defaultFailureConverter.errorToFailure(failure, defaultPayloadConverter));
  expect(written).toContain('not JSON');
  expect(written).not.toMatch(/1202555|4111/);
});
