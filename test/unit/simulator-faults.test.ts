import { parseFault } from '../../simulator/fault-spec';
import type { FaultAction } from '../../simulator/faults';
import type { RecordedRequest } from '../../simulator/records';
import { AGENT, csvOf, HOUR, MINUTE, SimulatorRig, until } from '../support/simulator';

let rig: SimulatorRig;
afterEach(() => rig.close());

async function start(action: FaultAction): Promise<void> {
  rig = await SimulatorRig.start({ faults: [{ endpoint: 'create', nth: 1, action }] });
}

/** How many batches the first upload really made, and what it was told. */
async function firstUpload(): Promise<[told: number | string, made: number]> {
  const told = await rig.upload(csvOf(1)).then(
    (reply) => reply.status,
    (error: Error & { cause?: { code?: string } }) => error.cause?.code ?? error.name,
  );
  return [told, rig.simulator.batches().length];
}

test('a status leaves the work undone, and the next request is well', async () => {
  await start({ status: 503 });
  expect(await firstUpload()).toEqual([503, 0]);
  expect(await firstUpload()).toEqual([201, 1]);
});

test('a status after the work hides a batch that was made', async () => {
  await start({ status: 502, after: true });
  expect(await firstUpload()).toEqual([502, 1]);
});

test('Retry-After and a body of any kind can be ordered', async () => {
  await start({ status: 429, retryAfter: 30, body: 'slow down' });
  const reply = await rig.upload(csvOf(1));
  expect([reply.headers.get('retry-after'), reply.text]).toEqual(['30', 'slow down']);
});

test('a reset before the work makes no batch', async () => {
  await start({ reset: 'before' });
  expect(await firstUpload()).toEqual(['ECONNRESET', 0]);
});

test('a reset after the work makes a batch that nobody is told of', async () => {
  await start({ reset: 'after' });
  expect(await firstUpload()).toEqual(['ECONNRESET', 1]);
});

test('a truncated body ends the connection in the middle of the answer', async () => {
  await start({ truncate: 10 });
  await expect(rig.upload(csvOf(1))).rejects.toThrow();
  expect(rig.simulator.batches()).toHaveLength(1);
});

test('an empty body comes with 200 and a batch made', async () => {
  await start({ emptyBody: true });
  const reply = await rig.upload(csvOf(1));
  expect([reply.status, reply.text, rig.simulator.batches().length]).toEqual([200, '', 1]);
});

test('a web page comes with 200', async () => {
  await start({ html: true });
  const reply = await rig.upload(csvOf(1));
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/html']);
  expect(reply.text).toContain('<html>');
});

test.each([
  ['before', 0],
  ['after', 1],
] as const)('a hang %s the work never answers and makes %i batches', async (hang, made) => {
  await start({ hang });
  const settled = jest.fn();
  const upload = rig.upload(csvOf(1)).then(settled, settled);
  await until(() => rig.simulator.requests[0]?.fault !== undefined);
  await rig.get('/user/me');
  expect(settled).not.toHaveBeenCalled();
  expect(rig.simulator.batches()).toHaveLength(made);
  await rig.simulator.close();
  await upload;
  expect(settled).toHaveBeenCalledTimes(1);
});

test('a delay after the work answers late about what is done already', async () => {
  await start({ delayMs: 50, after: true });
  const upload = firstUpload();
  await until(() => rig.simulator.batches().length > 0);
  expect(rig.simulator.requests.find((request) => request.endpoint === 'create')?.status).toBeUndefined();
  expect(await upload).toEqual([201, 1]);
});

test('a delay before the work answers well in the end', async () => {
  await start({ delayMs: 5 });
  expect(await firstUpload()).toEqual([201, 1]);
});

test('an outage lasts from one time of the clock to another, for all endpoints', async () => {
  rig = await SimulatorRig.start();
  const from = rig.clock.now() + HOUR;
  rig.simulator.addFault({ during: [from, from + 6 * HOUR], action: { status: 503 } });
  const seen: number[] = [];
  for (const wait of [0, HOUR, 5 * HOUR, HOUR]) {
    rig.clock.pass(wait);
    seen.push((await rig.get('/user/me')).status);
  }
  expect(seen).toEqual([200, 503, 503, 200]);
});

test('a range of requests of one endpoint fails, others do not count', async () => {
  rig = await SimulatorRig.start({ faults: [{ endpoint: 'list', from: 2, to: 3, action: { status: 500 } }] });
  const seen: number[] = [];
  for (let request = 0; request < 4; request++) {
    await rig.get('/user/me');
    seen.push((await rig.get(`/batches/${AGENT}/all`)).status);
  }
  expect(seen).toEqual([200, 500, 500, 200]);
});

test('a condition of the test chooses the request', async () => {
  rig = await SimulatorRig.start();
  const [first, second] = [await rig.created(csvOf(1)), await rig.created(csvOf(1))];
  rig.simulator.addFault({ endpoint: 'get', when: (request) => request.batchId === second, action: { status: 500 } });
  expect((await rig.get(`/batches/${first}`)).status).toBe(200);
  expect((await rig.get(`/batches/${second}`)).status).toBe(500);
  rig.simulator.clearFaults();
  expect((await rig.get(`/batches/${second}`)).status).toBe(200);
});

test('hooks stand before and after the work and see what was done', async () => {
  rig = await SimulatorRig.start();
  const seen: unknown[] = [];
  rig.simulator.onRequest((phase, request) => {
    seen.push([phase, request.endpoint, rig.simulator.batches().length]);
  });
  await rig.upload(csvOf(1));
  expect(seen).toEqual([
    ['before', 'create', 0],
    ['after', 'create', 1],
  ]);
});

test.each([
  ['before', 0],
  ['after', 1],
] as const)('a request dropped %s its work makes %i batches', async (at, made) => {
  rig = await SimulatorRig.start();
  const release = rig.simulator.onRequest((phase) => (phase === at ? 'drop' : undefined));
  await expect(rig.upload(csvOf(1))).rejects.toThrow();
  release();
  expect(rig.simulator.batches()).toHaveLength(made);
});

test('a client that leaves in the middle of its upload makes no batch', async () => {
  rig = await SimulatorRig.start();
  const leave = new AbortController();
  const upload = fetch(`${rig.simulator.url}/batches`, {
    method: 'POST',
    duplex: 'half',
    headers: { authorization: 'Bearer bn-test', 'content-type': 'multipart/form-data; boundary=x' },
    body: new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('--x\r\ncontent-disposition: form-data; na')),
    }),
    signal: leave.signal,
  } as RequestInit);
  await rig.get('/user/me');
  leave.abort();
  await expect(upload).rejects.toThrow();
  await rig.get('/user/me');
  expect(rig.simulator.batches()).toEqual([]);
});

test('requests are recorded with their fields and without their key', async () => {
  rig = await SimulatorRig.start();
  const id = await rig.created(csvOf(1), { webhook_url: 'https://example.com/hook' });
  rig.clock.pass(MINUTE);
  await rig.get(`/batches/${id}?x=1`);
  expect(rig.simulator.requests).toMatchObject([
    {
      number: 1,
      endpoint: 'create',
      fields: { agent_id: [AGENT], webhook_url: ['https://example.com/hook'] },
      file: { name: 'contacts.csv', bytes: csvOf(1).length },
      batchId: id,
      status: 201,
      worked: true,
    },
    { number: 2, endpoint: 'get', nth: 1, batchId: id, query: { x: '1' }, at: rig.clock.now(), status: 200 },
  ] satisfies Partial<RecordedRequest>[]);
  expect(JSON.stringify(rig.simulator.requests)).not.toContain('bn-test');
});

describe('the command line', () => {
  beforeEach(async () => {
    rig = await SimulatorRig.start();
  });

  test.each([
    ['create:1:reset-after', { endpoint: 'create', nth: 1, action: { reset: 'after' } }],
    ['get:3-5:503', { endpoint: 'get', from: 3, to: 5, action: { status: 503 } }],
    ['schedule:1:429:30', { endpoint: 'schedule', nth: 1, action: { status: 429, retryAfter: 30 } }],
    ['any:2-:hang', { endpoint: 'any', from: 2, action: { hang: 'before' } }],
    ['stop:*:502-after', { endpoint: 'stop', action: { status: 502, after: true } }],
    ['list:1:delay:2s', { endpoint: 'list', nth: 1, action: { delayMs: 2000 } }],
    ['executions:1:truncate:100', { endpoint: 'executions', nth: 1, action: { truncate: 100 } }],
  ])('orders %s', (spec, fault) => {
    expect(parseFault(spec)).toEqual(fault);
  });

  test.each([
    'create',
    'create:1',
    'nothing:1:503',
    'get:0:503',
    'get:5-3:503',
    'get:1:200',
    'get:1:delay:x',
    'a:b:c:d:e',
  ])('refuses %s', (spec) => {
    expect(() => parseFault(spec)).toThrow(spec.split(':')[0]);
  });
});
