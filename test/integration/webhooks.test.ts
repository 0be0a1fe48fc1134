import { Writable } from 'node:stream';
import { webhookAddress, workflowOfToken } from '../../worker/webhooks';
import { GatewayRig } from '../support/gateway-rig';
import { until } from '../support/processes';
import { AGENT, HOUR, numberOf } from '../support/rig';

/** What a gateway takes as a webhook, over HTTP, and what a campaign's history has of it. */

const SECRET = 'what-only-the-tests-know-of-webhooks';
const RETIRED = 'what-only-the-tests-knew-of-webhooks';
const PACE = { gatherMs: 100, silenceMs: HOUR };
const workflowOf = (token: string) => workflowOfToken([SECRET], token);
type Body = string | Uint8Array<ArrayBuffer> | null;
let rig: GatewayRig;
let n = 0;
let id: string;
/** What the gateway has logged. */
const log: string[] = [];

beforeAll(async () => {
  rig = await GatewayRig.start({
    webhooks: { workflowOf, sources: [], pace: PACE },
    log: new Writable({ write: (line, _, done) => done(void log.push(String(line))) }),
  });
});
beforeEach(async () => {
  id = `hooked-${++n}`;
  const contacts = { rows: [{ contact_number: numberOf(0) }] };
  const startAt = new Date(Date.now() + HOUR).toISOString();
  await rig.ask('POST', '/campaigns', {
    headers: { 'idempotency-key': id },
    body: { agentId: AGENT, contacts, startAt },
  });
});
afterEach(() => rig.ask('POST', `/campaigns/${id}/cancel`));
afterAll(() => rig?.close());

const addressOf = (workflowId = id, secret = SECRET, base = rig.url) => webhookAddress(base, secret, workflowId);
const post = (address: string, body: Body = '{"status":"completed"}', headers: Record<string, string> = {}) =>
  fetch(address, { method: 'POST', body, headers });

async function hintsIn(workflowId: string): Promise<number> {
  const { events } = await (await rig.server.client()).workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'hint').length;
}

const standing = async () => (await rig.ask('GET', `/campaigns/${id}`)).json();

/** While a workflow is at work, what it is told stands in its history only once it is done. */
function untilItWaits(): Promise<void> {
  return until(
    () => 'it waits for its start',
    async () => (await standing()).state === 'waiting',
  );
}

test('a flood is one signal, and changes nothing of how the campaign stands', async () => {
  await untilItWaits();
  const before = await standing();
  const answers = await Promise.all(Array.from({ length: 300 }, () => post(addressOf())));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  await until(
    () => 'the campaign is told',
    async () => (await hintsIn(id)) > 0,
  );
  await Promise.all(Array.from({ length: 300 }, () => post(addressOf())));
  expect(await hintsIn(id)).toBe(1);
  expect(await standing()).toEqual(before);
});

test('of a flood at two gateways side by side, each passes one on', async () => {
  await untilItWaits();
  const other = await rig.another({ webhooks: { workflowOf, sources: [], pace: PACE } });
  const flood = async () =>
    Promise.all(Array.from({ length: 200 }, (_, i) => post(addressOf(id, SECRET, i % 2 ? rig.url : other.url))));
  await flood();
  await until(
    () => 'each has told the campaign',
    async () => (await hintsIn(id)) === 2,
  );
  await flood();
  expect(await hintsIn(id)).toBe(2);
  await other.app.close();
});

test('a hint that waits for its turn is passed on by a gateway that ends', async () => {
  await untilItWaits();
  const other = await rig.another({ webhooks: { workflowOf, sources: [], pace: { gatherMs: HOUR, silenceMs: HOUR } } });
  expect((await post(addressOf(id, SECRET, other.url))).status).toBe(202);
  expect(await hintsIn(id)).toBe(0);
  await other.app.close();
  expect(await hintsIn(id)).toBe(1);
});

test('whatever the body is, it is taken and not read', async () => {
  const bodies: [Body, Record<string, string>][] = [
    [null, {}],
    ['{"status": "completed"', { 'content-type': 'application/json' }],
    ['a=b', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['<x/>', { 'content-type': 'text/xml; charset=utf-8' }],
    ['--x', { 'content-type': 'multipart/form-data; boundary=x' }],
    [new Uint8Array([0, 255]), {}],
  ];
  for (const [body, headers] of bodies)
    expect([headers, (await post(addressOf(), body, headers)).status]).toEqual([headers, 202]);
  const large = await post(addressOf(), 'x'.repeat(1_100_000));
  expect([large.status, large.headers.get('content-type')]).toEqual([
    413,
    expect.stringContaining('application/problem+json'),
  ]);
});

test('who does not know the address learns nothing, not even whether there is the campaign', async () => {
  const ofNobody = addressOf('nobody', RETIRED);
  const answers = [];
  for (const address of [addressOf(id, RETIRED), ofNobody, `${rig.url}/webhooks/bolna/${id}`, `${addressOf()}A`]) {
    const answer = await post(address);
    answers.push([answer.status, answer.headers.get('content-type'), await answer.json()]);
  }
  expect(answers[0]).toEqual([
    404,
    expect.stringContaining('application/problem+json'),
    expect.objectContaining({ type: 'urn:bolna-campaigns:problem:no-webhook' }),
  ]);
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  expect((await fetch(addressOf())).status).toBe(401);
  expect(await hintsIn(id)).toBe(0);
  // An address that was given out stays one, also when its campaign is over.
  expect((await post(addressOf('nobody'))).status).toBe(202);
  expect((await post(addressOf(`${'x'.repeat(120)}/0001`))).status).toBe(202);
});

test('of who does not know the address no body is waited for', async () => {
  // What is sent is longer than is taken, and never comes to its end.
  const body = new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(1_000)) });
  const endless = { method: 'POST', body, duplex: 'half' } as const;
  const answer = await fetch(addressOf(id, RETIRED), endless);
  expect(answer.status).toBe(404);
  await answer.body?.cancel();
});

test('they are taken only from the sources that are named, and behind a proxy from whom it names', async () => {
  const from = async (options: { sources: string[]; trustedProxies?: string[] }, forwarded?: string) => {
    const { app, url } = await rig.another({
      webhooks: { workflowOf, sources: options.sources, pace: PACE },
      trustedProxies: options.trustedProxies ?? [],
    });
    const { status } = await post(addressOf(id, SECRET, url), '', forwarded ? { 'x-forwarded-for': forwarded } : {});
    await app.close();
    return status;
  };
  const bolna = '13.203.39.153';
  expect(await from({ sources: ['127.0.0.0/8'] })).toBe(202);
  expect(await from({ sources: [bolna] })).toBe(403);
  // Whoever asks can say anything of where he is, unless it comes from a proxy of ours.
  expect(await from({ sources: [bolna] }, bolna)).toBe(403);
  const trustedProxies = ['127.0.0.1'];
  expect(await from({ sources: [bolna, '2001:db8::/32'], trustedProxies }, bolna)).toBe(202);
  expect(await from({ sources: [bolna, '2001:db8::/32'], trustedProxies }, '2001:db8::7')).toBe(202);
  expect(await from({ sources: [bolna], trustedProxies }, `${bolna}, 203.0.113.9`)).toBe(403);
});

test('they have a limit of their own', async () => {
  const limited = await rig.another({ webhooks: { workflowOf, sources: [], pace: PACE, requestsPerMinute: 2 } });
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await post(addressOf(id, SECRET, limited.url))).status);
  expect(statuses).toEqual([202, 202, 429]);
  const headers = { authorization: `Bearer ${rig.held.reader}` };
  expect((await fetch(`${limited.url}/campaigns/${id}`, { headers })).status).toBe(200);
  await limited.app.close();
});

test('no proof of an address stands in the log', async () => {
  const address = addressOf();
  const proof = address.slice(-43);
  const path = address.slice(rig.url.length);
  for (const way of [
    path,
    `${path}/`,
    `${path}?x=1`,
    path.replaceAll('~', '%7E'),
    path.replace('webhooks', '%77ebhooks'),
    `/x${path}`,
  ]) {
    await post(`${rig.url}${way}`);
  }
  await until(
    () => 'all is logged',
    () => log.filter((line) => line.includes(`${id}`)).length >= 6,
  );
  expect(log.join('')).not.toContain(proof);
  expect(log.join('')).toContain(`${id}~…`);
});
