import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { AnswerError, ForbiddenAddressError, TooLargeError, UnusableAddressError } from '../../egress/errors';
import type { Resolve } from '../../egress/guarded-agent';
import { Outside, type OutsideOptions } from '../../egress/outside';
import { parseNetwork } from '../../egress/public-address';

const servers: Server[] = [];
const outsides: Outside[] = [];
afterEach(async () => {
  for (const outside of outsides.splice(0)) await outside.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** What was asked of a server on this machine, by path. */
async function serverOf(listener: RequestListener): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, asked };
}

function outsideOf(options: OutsideOptions = {}): Outside {
  const outside = new Outside(options);
  outsides.push(outside);
  return outside;
}

const HERE = [parseNetwork('127.0.0.1') ?? never()];
const MB = 2 ** 20;

/** A system's resolver that knows these names; each look gives the next of its answers. */
function namesOf(names: Record<string, string[][]>): Resolve {
  return (hostname, _options, callback) => {
    const answers = names[hostname] ?? [];
    const addresses = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
    process.nextTick(
      callback,
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

describe('what leads to this machine is not asked', () => {
  const hosts = [
    '127.0.0.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::]',
    'localhost',
    'LOCALHOST',
  ];
  test.each(hosts)('%s', async (host) => {
    const { port, asked } = await serverOf((_, response) => response.end());
    const outside = outsideOf();
    await expect(outside.post(`http://${host}:${port}/`, '{}', {})).rejects.toThrow(ForbiddenAddressError);
    await expect(outside.get(`http://${host}:${port}/`, MB)).rejects.toThrow(ForbiddenAddressError);
    expect(asked).toEqual([]);
  });

  test('a name of which only one address of several is of this machine', async () => {
    const { port, asked } = await serverOf((_, response) => response.end());
    const outside = outsideOf({ resolve: namesOf({ 'shop.example': [['93.184.215.14', '127.0.0.1']] }) });
    await expect(outside.post(`http://shop.example:${port}/`, '{}', {})).rejects.toThrow(ForbiddenAddressError);
    expect(asked).toEqual([]);
  });

  test('a name that has another address at each look is connected to at the one that was checked', async () => {
    const { port, asked } = await serverOf((_, response) => response.end());
    const looks: string[] = [];
    const rebinding: Resolve = (hostname, options, callback) => {
      looks.push(hostname);
      // First one that may be reached, then this machine.
      const answers = [['127.0.0.9'], ['127.0.0.1']];
      namesOf({ [hostname]: [answers[looks.length - 1] ?? []] })(hostname, options, callback);
    };
    const allowed = [parseNetwork('127.0.0.9') ?? never()];
    const outside = outsideOf({ resolve: rebinding, allowed });
    // Nobody listens at the address that was checked.
    await expect(outside.post(`http://shop.example:${port}/`, '{}', {})).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    expect(looks).toEqual(['shop.example']);
    await expect(outside.post(`http://shop.example:${port}/`, '{}', {})).rejects.toThrow(ForbiddenAddressError);
    expect(asked).toEqual([]);
  });

  test('a redirect to it, whether as an address or by a name', async () => {
    const inside = await serverOf((_, response) => response.end('secret'));
    const { port } = await serverOf(({ url }, response) => {
      const host = url === '/name' ? 'inside.example' : '127.0.0.2';
      response.writeHead(302, { location: `http://${host}:${inside.port}/secret` }).end();
    });
    const resolve = namesOf({ 'inside.example': [['127.0.0.2']] });
    const outside = outsideOf({ resolve, allowed: HERE });
    for (const path of ['address', 'name']) {
      await expect(outside.get(`http://127.0.0.1:${port}/${path}`, MB)).rejects.toThrow(ForbiddenAddressError);
    }
    expect(inside.asked).toEqual([]);
  });

  test('any other protocol, also behind a redirect', async () => {
    const { port } = await serverOf((_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end());
    const outside = outsideOf({ allowed: HERE });
    await expect(outside.get('file:///etc/passwd', MB)).rejects.toThrow(ForbiddenAddressError);
    await expect(outside.get(`http://127.0.0.1:${port}/`, MB)).rejects.toThrow(ForbiddenAddressError);
  });
});

test('a refusal names the host, and nothing of the address that may be a secret', () => {
  expect(() => outsideOf().check('http://user:hush@10.0.0.1/hush?hush')).toThrow(/^10\.0\.0\.1 is/);
  expect(() => outsideOf().check('http://user:hush@10.0.0.1/hush?hush')).not.toThrow(/hush/);
});

test.each([
  'https://user:hush@files.example.com/',
  'https://user@files.example.com/',
  'https://:hush@files.example.com/',
])('a password that would not be sent is refused, and not told (%s)', (address) => {
  const check = () => outsideOf().check(address);
  expect(check).toThrow(UnusableAddressError);
  expect(check).not.toThrow(/hush|user@/);
});

test.each([
  ['an address', (outside: Outside) => outside.get('https://files.example.com:99999/hush', MB)],
  ['a redirect', (outside: Outside, port: number) => outside.get(`http://127.0.0.1:${port}/?hush`, MB)],
])('%s that cannot be read is refused, and is no part of the error', async (_, get) => {
  const { port } = await serverOf((_, response) => response.writeHead(302, { location: 'http://[hush' }).end());
  const error: Error = await get(outsideOf({ allowed: HERE }), port).then(never, (error) => error);
  expect(error).toBeInstanceOf(UnusableAddressError);
  expect(inspect(error)).not.toContain('hush');
});

test('a post follows no redirect, and gives the status', async () => {
  const { port, asked } = await serverOf((_, response) => response.writeHead(307, { location: '/other' }).end());
  expect(await outsideOf({ allowed: HERE }).post(`http://127.0.0.1:${port}/`, '{}', {})).toMatchObject({ status: 307 });
  expect(asked).toEqual(['/']);
});

test('an endless answer to a post is not read to its end, and its status counts', async () => {
  let sent = 0;
  const { port } = await serverOf((request, response) => {
    const pour = () => {
      while (!response.destroyed && response.write('x'.repeat(64 * 1024))) sent++;
    };
    response.on('drain', pour);
    request.resume();
    pour();
  });
  expect(await outsideOf({ allowed: HERE }).post(`http://127.0.0.1:${port}/`, '{}', {})).toMatchObject({ status: 200 });
  expect(sent).toBeLessThan(1_000);
});

test('a post that gets no answer is given up in time', async () => {
  const { port } = await serverOf(() => {});
  const outside = outsideOf({ allowed: HERE, postTimeoutMs: 200 });
  await expect(outside.post(`http://127.0.0.1:${port}/`, '{}', {})).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('an answer that drips does not hold a post up', async () => {
  const { port } = await serverOf((_, response) => {
    response.write('a');
  });
  const outside = outsideOf({ allowed: HERE, postTimeoutMs: 200 });
  expect(await outside.post(`http://127.0.0.1:${port}/`, '{}', {})).toMatchObject({ status: 200 });
});

test('a file is read through redirects, and no further than through five of them', async () => {
  const { port } = await serverOf(({ url }, response) => {
    const left = Number(url?.slice(1));
    if (left === 0) response.end('contact_number\n');
    else response.writeHead(302, { location: `/${left - 1}` }).end();
  });
  const outside = outsideOf({ allowed: HERE });
  expect(await text(await outside.get(`http://127.0.0.1:${port}/5`, MB))).toBe('contact_number\n');
  await expect(outside.get(`http://127.0.0.1:${port}/6`, MB)).rejects.toThrow(AnswerError);
});

test.each([202, 204, 206, 404, 500])('a file that is answered with %d is none', async (status) => {
  const { port } = await serverOf((_, response) => response.writeHead(status).end('no'));
  await expect(outsideOf({ allowed: HERE }).get(`http://127.0.0.1:${port}/`, MB)).rejects.toMatchObject({ status });
});

test('a file that is too long fails, also where it does not say how long it is', async () => {
  const { port } = await serverOf((_, response) => {
    response.write('x'.repeat(600));
    response.end('x'.repeat(600));
  });
  const file = await outsideOf({ allowed: HERE }).get(`http://127.0.0.1:${port}/`, 1_000);
  await expect(text(file)).rejects.toThrow(TooLargeError);
});

test('a file that says that it is too long is not begun', async () => {
  const { port } = await serverOf((_, response) => {
    response.writeHead(200, { 'content-length': 2_000 }).write('x');
  });
  const outside = outsideOf({ allowed: HERE, getTimeoutMs: 200 });
  await expect(outside.get(`http://127.0.0.1:${port}/`, 1_000)).rejects.toThrow(TooLargeError);
});

test.each([
  ['is told', { 'content-length': 100 }],
  ['is not told', {}],
])('a file that is cut short, where its length %s, is not taken for the whole', async (_, headers) => {
  const { port } = await serverOf((_, response) => {
    response.writeHead(200, headers);
    response.write('contact_number\n', () => response.destroy());
  });
  await expect(outsideOf({ allowed: HERE }).get(`http://127.0.0.1:${port}/`, MB).then(text)).rejects.toThrow();
});

test('what is packed is not unpacked: however little of it there is, it stays so little', async () => {
  const packed = gzipSync('0'.repeat(MB));
  const { port } = await serverOf((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
  });
  const file = await outsideOf({ allowed: HERE }).get(`http://127.0.0.1:${port}/`, MB);
  expect(await buffer(file)).toEqual(packed);
});

/** Sends a byte now and then, for as long as anybody listens. */
function drip(response: ServerResponse): void {
  const dripping = setInterval(() => response.write('a'), 20);
  response.on('close', () => clearInterval(dripping));
}

test.each([200, 302])('a file that drips (%d) is given up in time', async (status) => {
  const { port } = await serverOf((_, response) => {
    response.writeHead(status, { location: '/' });
    drip(response);
  });
  const outside = outsideOf({ allowed: HERE, getTimeoutMs: 300 });
  await expect(outside.get(`http://127.0.0.1:${port}/`, MB).then(text)).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('a file that stands still is given up', async () => {
  const { port } = await serverOf((_, response) => {
    response.write('x');
  });
  const file = await outsideOf({ allowed: HERE, stillTimeoutMs: 200 }).get(`http://127.0.0.1:${port}/`, MB);
  await expect(text(file)).rejects.toMatchObject({ code: 'UND_ERR_BODY_TIMEOUT' });
});

function never(): never {
  throw new Error('It is an address.');
}
