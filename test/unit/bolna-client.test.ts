import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { BolnaClient } from '../../bolna/client';
import type { BolnaError, BolnaErrorKind } from '../../bolna/errors';
import type { FaultAction } from '../../simulator/faults';
import { type Simulator, startSimulator } from '../../simulator/simulator';

const AGENT = '8b4b1a58-1d3c-4a7e-9f64-5a1f3a3c2b10';
const START = Date.parse('2026-06-23T07:00:00Z');
const CSV = 'contact_number,customer_name\n+12025550101,Ben\n+12025550102,Eva\n';

let simulator: Simulator;
let client: BolnaClient;
let now = START;

beforeEach(async () => {
  now = START;
  simulator = await startSimulator({ clock: { now: () => now } });
  client = new BolnaClient({ apiKey: 'bn-test', baseUrl: simulator.url, timeoutMs: 300 });
});
afterEach(async () => {
  await client.close();
  await simulator.close();
});

function create(csv = CSV) {
  const bytes = Buffer.from(csv);
  return client.createBatch({
    agentId: AGENT,
    fileName: 'morning-0123456789abcdef.csv',
    csv: Readable.from([bytes]),
    csvBytes: bytes.length,
    fromPhoneNumbers: ['+12025550199', '+12025550198'],
    retryConfig: { enabled: true, max_retries: 2 },
    webhookUrl: 'https://example.com/hook',
  });
}

async function errorOf(work: Promise<unknown>): Promise<BolnaError> {
  return work.then(
    () => {
      throw new Error('it succeeded');
    },
    (error) => error,
  );
}

async function collect(batchId: string): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const { executions } of client.executions(batchId)) all.push(...executions);
  return all;
}

describe('each call', () => {
  test('create sends every field, the file under its name, and gives the ID', async () => {
    const { batchId } = await create();
    expect(simulator.batch(batchId)).toBeDefined();
    const [request] = simulator.requests;
    expect(request?.file?.name).toBe('morning-0123456789abcdef.csv');
    expect(request?.fields).toMatchObject({
      agent_id: [AGENT],
      from_phone_numbers: ['+12025550199', '+12025550198'],
      retry_config: ['{"enabled":true,"max_retries":2}'],
      webhook_url: ['https://example.com/hook'],
    });
  });

  test('schedule gives the start that Bolna names', async () => {
    const { batchId } = await create();
    const { startsAt } = await client.scheduleBatch(batchId, START + 123_000, { bypassCallGuardrails: true });
    expect(startsAt).toBe(START + 600_000);
    expect(simulator.requests.at(-1)?.fields).toMatchObject({
      scheduled_at: ['2026-06-23T07:02:03+00:00'],
      bypass_call_guardrails: ['true'],
    });
  });

  test('get, list, delete and the account', async () => {
    const { batchId } = await create();
    expect(await client.getBatch(batchId)).toMatchObject({ batchId, phase: 'created', validContacts: 2 });
    expect((await client.listBatches(AGENT, batchId)).map((batch) => batch.batchId)).toEqual([batchId]);
    expect((await client.listBatches(AGENT, 'morning-')).map((batch) => batch.batchId)).toEqual([batchId]);
    expect(await client.listBatches(AGENT, 'evening-')).toEqual([]);
    expect(await client.account()).toMatchObject({
      concurrency: { max: 10 },
      wallet: { amount: 10_000, told: 1_000_000, unit: 'cents' },
    });
    await client.deleteBatch(batchId);
    expect((await errorOf(client.getBatch(batchId))).kind).toBe('not-found');
  });

  test('a wallet is what a setting says that Bolna counts in, and unknown where Bolna does not say', async () => {
    const connection = { apiKey: 'bn-test', baseUrl: simulator.url, timeoutMs: 300, walletUnit: 'units' as const };
    const inUnits = new BolnaClient(connection);
    try {
      simulator.addFault({ endpoint: 'me', action: { status: 200, body: { wallet: '42.42' } } });
      expect((await inUnits.account()).wallet).toEqual({ amount: 42.42, told: 42.42, unit: 'units' });
      simulator.clearFaults();
      simulator.addFault({ endpoint: 'me', action: { status: 200, body: { wallet: 'much' } } });
      expect((await inUnits.account()).wallet).toBeUndefined();
    } finally {
      await inUnits.close();
    }
  });

  test('stop ends a running batch; where nothing runs its 404 is passed on', async () => {
    const { batchId } = await create();
    expect((await errorOf(client.stopBatch(batchId))).kind).toBe('not-found');
    await client.scheduleBatch(batchId, START + 150_000);
    now = START + 601_000;
    await client.stopBatch(batchId);
    expect((await client.getBatch(batchId)).phase).toBe('stopped');
  });
});

describe('executions', () => {
  async function ranBatch(rows: number, rules: Parameters<typeof startSimulator>[0] = {}): Promise<string> {
    await simulator.close();
    simulator = await startSimulator({ clock: { now: () => now }, ...rules });
    client = new BolnaClient({ apiKey: 'bn-test', baseUrl: simulator.url, timeoutMs: 2_000 });
    const numbers = Array.from({ length: rows }, (_, i) => `+1202555${String(100 + i).padStart(4, '0')}`);
    const { batchId } = await create(`contact_number\n${numbers.join('\n')}\n`);
    await client.scheduleBatch(batchId, START + 150_000);
    now = START + 12 * 3_600_000;
    return batchId;
  }

  test('are followed page by page', async () => {
    const batchId = await ranBatch(120);
    expect(await collect(batchId)).toHaveLength(120);
    expect(simulator.requests.filter((request) => request.endpoint === 'executions')).toHaveLength(3);
  });

  test('are read from the older address where the newer is missing, a bare array of any length', async () => {
    const batchId = await ranBatch(1200, { rules: { v2Path: 'missing' } });
    expect(await collect(batchId)).toHaveLength(1200);
  });

  test.each([
    ['the newer address answers with a bare array', { v2Path: 'bare' }],
    ['the older address answers with pages', { v2Path: 'missing', oldPath: 'paged' }],
  ] as const)('are whole where %s', async (_, rules) => {
    const batchId = await ranBatch(120, { rules });
    expect(await collect(batchId)).toHaveLength(120);
  });

  test('are kept as received, with every field', async () => {
    const batchId = await ranBatch(1);
    simulator.overrideExecutions(batchId, { a_new_field: { of: ['Bolna', 7] }, total_cost: '12.50' });
    expect(await collect(batchId)).toEqual([
      expect.objectContaining({ a_new_field: { of: ['Bolna', 7] }, total_cost: '12.50', agent_id: AGENT }),
    ]);
  });

  test('cut off in the middle are an error, and never a shorter list', async () => {
    const batchId = await ranBatch(1200, { rules: { v2Path: 'missing' } });
    simulator.addFault({
      endpoint: 'executions',
      when: ({ path }) => !path.startsWith('/v2'),
      action: { truncate: 90_000 },
    });
    expect((await errorOf(collect(batchId))).kind).toBe('unavailable');
  });

  test('of a batch that nobody knows are not found', async () => {
    expect((await errorOf(collect('0'.repeat(32)))).kind).toBe('not-found');
  });
});

describe('what goes wrong', () => {
  const faults: [string, FaultAction, BolnaErrorKind][] = [
    ['a connection reset before the work', { reset: 'before' }, 'unavailable'],
    ['a connection reset after the work', { reset: 'after' }, 'unavailable'],
    ['no answer in time', { hang: 'after' }, 'unavailable'],
    ['half an answer', { truncate: 5 }, 'unavailable'],
    ['an empty answer', { emptyBody: true }, 'unavailable'],
    ['a web page with status 200', { html: true }, 'unavailable'],
    ['a 503', { status: 503 }, 'unavailable'],
    ['a 429', { status: 429, retryAfter: 3 }, 'rate-limited'],
    ['a 422', { status: 422 }, 'refused'],
    ['a 401', { status: 401 }, 'unauthorized'],
  ];
  test.each(faults)('%s to a create', async (_, action, kind) => {
    simulator.addFault({ endpoint: 'create', action });
    expect((await errorOf(create())).kind).toBe(kind);
  });

  test('is tried once: only Temporal tries again', async () => {
    simulator.addFault({ endpoint: 'get', action: { status: 503 } });
    await errorOf(client.getBatch('0'.repeat(32)));
    expect(simulator.requests).toHaveLength(1);
  });

  test('an answer about another batch is no answer', async () => {
    const { batchId } = await create();
    simulator.override(batchId, { batch_id: 'f'.repeat(32) });
    expect((await errorOf(client.getBatch(batchId))).kind).toBe('unavailable');
  });

  test('a field that is not needed never fails an answer', async () => {
    const { batchId } = await create();
    const nonsense = { updated_at: 89, created_at: 'x', total_contacts: 'many', execution_status: [], scheduled_at: 5 };
    simulator.override(batchId, nonsense);
    expect(await client.getBatch(batchId)).toMatchObject({
      status: 'created',
      scheduledAt: undefined,
      createdAt: undefined,
    });
  });

  test('a request that its caller gives up ends with the reason the caller gave', async () => {
    simulator.addFault({ endpoint: 'get', action: { hang: 'before' } });
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    simulator.onRequest(() => controller.abort(reason));
    await expect(client.getBatch('0'.repeat(32), controller.signal)).rejects.toBe(reason);
  });

  test('the key stands in no error', async () => {
    const wrong = new BolnaClient({ apiKey: 'wrong-secret', baseUrl: simulator.url, timeoutMs: 300 });
    const error = await errorOf(wrong.account());
    await wrong.close();
    expect(error.kind).toBe('unauthorized');
    expect(JSON.stringify([error.message, error.stack, error.cause])).not.toContain('wrong-secret');
  });

  test('a file that cannot be read to its end fails the upload instead of leaving it open', async () => {
    async function* broken() {
      yield Buffer.from('contact_number\n');
      throw new Error('the storage is gone');
    }
    const upload = client.createBatch({
      agentId: AGENT,
      fileName: 'a.csv',
      csv: Readable.from(broken()),
      csvBytes: 500,
    });
    expect((await errorOf(upload)).kind).toBe('unavailable');
    expect(simulator.batches()).toHaveLength(0);
  });
});

describe('uploads', () => {
  let sink: Server;
  afterEach(() => new Promise((resolve) => sink.close(resolve)));

  test('are streamed: 100 MB go out without being held in memory', async () => {
    let received = 0;
    const take = (piece: Buffer) => {
      received += piece.length;
    };
    sink = createServer((request, response) => {
      request.on('data', take).on('end', () => response.writeHead(201).end('{"batch_id":"b"}'));
    });
    await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
    const streaming = new BolnaClient({ apiKey: 'bn-test', baseUrl, timeoutMs: 30_000 });
    const block = Buffer.alloc(64 * 1024, 'x');
    // What was read from the file and is not at the other end yet; how much memory is free again is the garbage collector's business.
    let ahead = 0;
    async function* large() {
      for (let i = 0; i < 1600; i++) {
        ahead = Math.max(ahead, i * block.length - received);
        yield block;
      }
    }
    const csv = Readable.from(large(), { objectMode: false });
    await streaming.createBatch({ agentId: AGENT, fileName: 'large.csv', csv, csvBytes: 1600 * block.length });
    await streaming.close();
    expect(ahead).toBeLessThan(30 * 1024 * 1024);
    expect(received).toBeGreaterThan(1600 * block.length);
  });
});
