import { getEventListeners, once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { runInThisContext } from 'node:vm';
import { Client, Connection } from '@temporalio/client';
import { withSignal } from '../../client/campaign/watch';
import { untilTold } from '../../client/run/until-told';

/** What a signal of the caller's ends, at an address where requests arrive and are answered as each test says. */

const UNAVAILABLE = 14;
const NOT_FOUND = 5;

let server: Http2Server;
let connection: Connection;
let client: Client;
const sessions = new Set<ServerHttp2Session>();
let answer: (stream: ServerHttp2Stream) => void;

beforeAll(async () => {
  server = createServer()
    .on('session', (session) => void sessions.add(session))
    .on('stream', (stream) => {
      stream.on('error', () => undefined);
      answer(stream);
    })
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  connection = Connection.lazy({ address: `127.0.0.1:${(server.address() as AddressInfo).port}` });
  client = new Client({ connection });
});
afterAll(async () => {
  await connection.close();
  for (const session of sessions) session.destroy();
  server.close();
});

function refuse(stream: ServerHttp2Stream, code: number): void {
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(code) },
    { endStream: true },
  );
}

const ask = () => client.workflow.getHandle('campaign').describe();
const listenersOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

test('nothing is left on a signal, of however many requests, and nothing warns of too many', async () => {
  // The one that a test has is a copy, which is warned of nothing.
  const real: NodeJS.Process = runInThisContext('process');
  const warnings: Error[] = [];
  const heed = (warning: Error) => void warnings.push(warning);
  real.on('warning', heed);
  answer = (stream) => refuse(stream, NOT_FOUND);
  const { signal } = new AbortController();
  const many = () => Promise.allSettled(Array.from({ length: 20 }, ask));
  for (let i = 0; i < 20; i++) {
    await withSignal(client, signal, many);
    await expect(withSignal(client, signal, ask)).rejects.toThrow();
    expect(listenersOf(signal)).toBe(0);
  }
  await turn();
  real.off('warning', heed);
  expect(warnings).toEqual([]);
});

test('a request under way is canceled, and the reason of the signal is thrown', async () => {
  const arrived = new Promise<ServerHttp2Stream>((resolve) => {
    answer = resolve;
  });
  const controller = new AbortController();
  const asked = withSignal(client, controller.signal, ask);
  const stream = await arrived;
  expect(listenersOf(controller.signal)).toBe(1);
  const canceled = once(stream, 'close');
  controller.abort(new Error('enough'));
  await expect(asked).rejects.toThrow('enough');
  await canceled;
  expect(listenersOf(controller.signal)).toBe(0);
  await expect(withSignal(client, controller.signal, ask)).rejects.toThrow('enough');
});

test('so it is with a request that was made again, as when Temporal is replaced meanwhile', async () => {
  const again = new Promise<ServerHttp2Stream>((resolve) => {
    let n = 0;
    answer = (stream) => (++n === 1 ? refuse(stream, UNAVAILABLE) : resolve(stream));
  });
  const controller = new AbortController();
  let request: Promise<unknown> | undefined;
  const asked = withSignal(client, controller.signal, () => {
    request = ask();
    return request;
  });
  const stream = await again;
  controller.abort(new Error('enough'));
  await expect(asked).rejects.toThrow('enough');
  refuse(stream, NOT_FOUND);
  await expect(request).rejects.toThrow();
});

test('whoever waits for a callback no more takes the question back', async () => {
  const arrived = new Promise<ServerHttp2Stream>((resolve) => {
    answer = resolve;
  });
  let cut = (): void => undefined;
  const told = untilTold(
    client,
    'campaign',
    600_000,
    new Promise<void>((resolve) => {
      cut = resolve;
    }),
  );
  const closed = once(await arrived, 'close');
  cut();
  expect(await told).toBe(false);
  await closed;
});
