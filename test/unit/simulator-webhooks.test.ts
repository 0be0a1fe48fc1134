import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ANSWERED, csvOf, DAY, HOUR, instant, MINUTE, SECOND, SimulatorRig } from '../support/simulator';

interface Hook {
  path: string;
  body: { id?: string; status: string; batch_id: string; execution_status?: Record<string, number> };
}

let receiver: Server;
let url: string;
let got: Hook[];
/** Statuses to answer with, one a delivery; 200 afterwards. */
let answers: number[];
let rig: SimulatorRig;

beforeEach(async () => {
  got = [];
  answers = [];
  receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    got.push({ path: request.url ?? '', body: JSON.parse(Buffer.concat(chunks).toString()) });
    response.writeHead(answers.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await rig.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

test('sends the batch at each change of its status and again when all its executions are terminal', async () => {
  rig = await SimulatorRig.start({ outcomes: () => ANSWERED });
  const upload = await rig.upload(csvOf(1), { webhook_url: `${url}/batch` });
  const { batch_id: id } = upload.json;
  const settled = async (ms: number) => {
    rig.clock.pass(ms);
    await rig.simulator.sync();
    await rig.simulator.webhooksIdle();
  };
  await settled(SECOND);
  await rig.schedule(id, instant(rig.clock.now() + 10 * MINUTE));
  await settled(0);
  await settled(20 * MINUTE - SECOND);
  await settled(2 * SECOND);
  await settled(HOUR);
  const sent = got.map(({ body }) => body.status);
  expect(sent.slice(0, 2)).toEqual(['processed', 'scheduled']);
  expect(sent.slice(2).sort()).toEqual(['completed', 'completed', 'queued', 'running']);
});

test('sends the batch in the older dialect when it was worked through and when all its executions are terminal', async () => {
  rig = await SimulatorRig.start({ outcomes: () => ANSWERED, rules: { dialect: 'older' } });
  const id = await rig.running(csvOf(1), { webhook_url: `${url}/batch` });
  rig.clock.pass(70 * SECOND);
  await rig.simulator.sync();
  await rig.simulator.webhooksIdle();
  rig.clock.pass(HOUR);
  await rig.simulator.sync();
  await rig.simulator.webhooksIdle();
  expect(got).toMatchObject([
    { path: '/batch', body: { batch_id: id, status: 'executed', execution_status: { 'call-disconnected': 1 } } },
    { path: '/batch', body: { batch_id: id, status: 'executed', execution_status: { completed: 1 } } },
  ]);
});

test('executions are sent twice each and out of order', async () => {
  rig = await SimulatorRig.start({ outcomes: () => ANSWERED, executionWebhookUrl: url });
  await rig.running(csvOf(2));
  rig.clock.pass(HOUR);
  await rig.simulator.sync();
  await rig.simulator.webhooksIdle();
  const order = ['queued', 'initiated', 'ringing', 'in-progress', 'call-disconnected', 'completed'];
  const counts = new Map<string, number>();
  for (const { body } of got)
    counts.set(`${body.id} ${body.status}`, (counts.get(`${body.id} ${body.status}`) ?? 0) + 1);
  expect(counts.size).toBe(2 * order.length);
  expect(new Set(counts.values())).toEqual(new Set([2]));
  const places = got.map(({ body }) => order.indexOf(body.status));
  expect(places).not.toEqual([...places].sort((a, b) => a - b));
});

test('a receiver that answers 500 gets it again', async () => {
  rig = await SimulatorRig.start({ outcomes: () => ({ status: 'busy' }), rules: { dialect: 'older' } });
  answers = [500];
  await rig.running(csvOf(1), { webhook_url: url });
  rig.clock.pass(MINUTE);
  await rig.simulator.sync();
  await rig.simulator.webhooksIdle();
  expect(got).toHaveLength(3);
});

test.each(['ftp://example.com/x', 'not a url', 'file:///etc/passwd'])(
  'the webhook_url %s is ignored silently',
  async (bad) => {
    rig = await SimulatorRig.start();
    const reply = await rig.upload(csvOf(1), { webhook_url: bad });
    expect(reply.status).toBe(201);
    const id = await rig.running(csvOf(1), { webhook_url: bad });
    rig.clock.pass(DAY);
    expect((await rig.batch(id)).status).toBe('completed');
    await rig.simulator.webhooksIdle();
  },
);

test('a receiver that never answers holds up neither a request nor the close', async () => {
  receiver.removeAllListeners('request');
  rig = await SimulatorRig.start({ outcomes: () => ({ status: 'busy' }) });
  const id = await rig.running(csvOf(1), { webhook_url: url });
  rig.clock.pass(DAY);
  expect((await rig.batch(id)).status).toBe('completed');
  await rig.close();
});
