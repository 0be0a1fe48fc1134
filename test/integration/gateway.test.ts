import { appendFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gateway } from '../../gateway/app';
import type { Gateway } from '../../gateway/options';
import { newToken, type Role, Tokens } from '../../gateway/tokens';
import { LocalStorage } from '../../storage/local';
import { Scene } from '../support/crash';
import { DevServer } from '../support/dev-server';
import { removeFolder, temporaryFolder } from '../support/folders';
import { endAll } from '../support/processes';
import { AGENT, csvOf, HOUR, numberOf } from '../support/rig';

/** The gateway over HTTP, on a real server with a real worker. */

const PEOPLE = 3;
const MAX_BODY_BYTES = 100_000;
let server: DevServer;
let scene: Scene;
let app: Gateway;
let folder: string;
let tokens: string;
let url: string;
const held: Partial<Record<Role, string>> = {};
let n = 0;
let id: string;

beforeAll(async () => {
  server = await DevServer.start();
  scene = await Scene.start(server);
  await scene.startWorker();
  folder = temporaryFolder('gateway-');
  tokens = join(folder, 'tokens.txt');
  for (const role of ['reader', 'operator'] as const) held[role] = give(role, role);
  app = await gateway({
    campaigns: scene.campaigns,
    storage: new LocalStorage(scene.path('..')),
    tokens: new Tokens(tokens),
    ready: async () => undefined,
    version: '0',
    maxBodyBytes: MAX_BODY_BYTES,
    requestsPerMinute: 10_000,
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
beforeEach(() => {
  id = `gateway-${++n}`;
});
afterAll(async () => {
  await app?.close();
  await scene.close();
  await endAll();
  await server.stop();
  removeFolder(folder);
});

/** Adds a token to the file. @returns it */
function give(name: string, role: Role): string {
  const { token, line } = newToken({ name, role });
  appendFileSync(tokens, `${line}\n`);
  return token;
}

interface Ask {
  token?: string | undefined;
  headers?: Record<string, string>;
  body?: object | FormData;
}

async function ask(method: string, path: string, { token = held.operator, headers = {}, body }: Ask = {}) {
  const isForm = body instanceof FormData;
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && !isForm && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: isForm ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const type = answer.headers.get('content-type') ?? '';
  return { status: answer.status, type, text, headers: answer.headers, json: () => JSON.parse(text) };
}

const start = (campaign: object, campaignId = id) =>
  ask('POST', '/campaigns', { headers: { 'idempotency-key': campaignId }, body: campaign });
const rows = (count = PEOPLE) =>
  Array.from({ length: count }, (_, i) => ({ contact_number: numberOf(i), customer_name: `Person ${i}` }));
const later = () => new Date(Date.now() + HOUR).toISOString();

test('a campaign is started once, followed to its end, and leaves its rows and its report', async () => {
  const campaign = { agentId: AGENT, contacts: { rows: rows() } };
  const first = await start(campaign);
  expect([first.status, first.json(), first.headers.get('location')]).toEqual([
    201,
    { campaignId: id, started: true },
    `/campaigns/${id}`,
  ]);
  const again = await start(campaign);
  expect([again.status, again.json()]).toEqual([200, { campaignId: id, started: false }]);
  const other = await start({ ...campaign, contacts: { rows: rows(PEOPLE + 1) } });
  expect([other.status, other.type]).toEqual([409, expect.stringContaining('application/problem+json')]);
  expect(other.json()).toMatchObject({
    type: 'urn:bolna-campaigns:problem:campaign-conflict',
    status: 409,
    differs: ['contacts'],
  });

  const events = await ask('GET', `/campaigns/${id}/events`, { token: held.reader });
  expect(events.type).toContain('text/event-stream');
  const last = events.text.trim().split('\n\n').at(-1) ?? '';
  expect(last).toMatch(/^id: [0-9a-f]{32}\nevent: finished\ndata: \{.*"state":"completed"/);
  const resumed = await ask('GET', `/campaigns/${id}/events`, { headers: { 'last-event-id': last.slice(4, 36) } });
  expect(resumed.text).toBe('');

  expect((await ask('GET', `/campaigns/${id}`, { token: held.reader })).json()).toMatchObject({
    state: 'completed',
    settled: PEOPLE,
  });
  const csv = await ask('GET', `/campaigns/${id}/results`, { headers: { accept: 'text/csv' } });
  expect(csv.text.trimEnd().split('\n')).toHaveLength(PEOPLE + 1);
  const lines = await ask('GET', `/campaigns/${id}/results`, { headers: { accept: 'application/jsonl' } });
  expect(
    lines.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject(rows().map(({ contact_number }) => ({ contactNumber: contact_number, result: 'completed' })));
  expect((await ask('GET', `/campaigns/${id}/results`, { headers: { accept: 'image/png' } })).status).toBe(406);
  const report = await ask('GET', `/campaigns/${id}/report`);
  expect([report.type, report.text.slice(0, 15)]).toEqual([expect.stringContaining('text/html'), '<!doctype html>']);
  expect(report.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(scene.simulator.dials().length).toBe(PEOPLE);
});

test('a file is streamed into the storage, and one that is too large leaves nothing', async () => {
  const form = (csv: string) => {
    const parts = new FormData();
    parts.append('campaign', JSON.stringify({ agentId: AGENT, startAt: later() }));
    parts.append('contacts', new Blob([csv], { type: 'text/csv' }), 'leads.csv');
    return parts;
  };
  const headers = { 'idempotency-key': id };
  expect((await ask('POST', '/campaigns', { headers, body: form(csvOf(PEOPLE)) })).status).toBe(201);
  expect((await ask('POST', '/campaigns', { headers, body: form(csvOf(PEOPLE)) })).status).toBe(200);
  const large = await ask('POST', '/campaigns', { headers: { 'idempotency-key': 'large' }, body: form(csvOf(10_000)) });
  expect(large.status).toBe(413);
  const stored = scene.path('../large');
  expect(existsSync(stored) ? readdirSync(stored) : []).toEqual([]);
  const halted = await ask('POST', `/campaigns/${id}/stop`, { body: { reason: 'wrong list' } });
  expect([halted.status, halted.json()]).toEqual([202, { campaignId: id, ordered: 'stop' }]);
  expect(await scene.campaigns.result(id)).toMatchObject({
    status: 'stopped',
    reason: expect.stringContaining('operator'),
  });
  expect((await ask('POST', `/campaigns/${id}/cancel`)).json()).toMatchObject({
    status: 409,
    title: 'The campaign has ended',
  });
});

test.each([
  ['no key', {}, { agentId: AGENT, contacts: { rows: rows() } }, 400],
  ['a key that is no campaign ID', { 'idempotency-key': '../x' }, { agentId: AGENT, contacts: { rows: rows() } }, 400],
  ['an agent that is none', { 'idempotency-key': 'bad' }, { agentId: 'Asha', contacts: { rows: rows() } }, 400],
  [
    'a field that there is not',
    { 'idempotency-key': 'bad' },
    { agentId: AGENT, contacts: { rows: rows() }, colour: 'red' },
    400,
  ],
  ['nobody to call', { 'idempotency-key': 'bad' }, { agentId: AGENT, contacts: { rows: [] } }, 400],
])('%s is refused with a problem, and nothing is made', async (_, headers, body, status) => {
  const answer = await ask('POST', '/campaigns', { headers, body });
  expect([answer.status, answer.type]).toEqual([status, expect.stringContaining('application/problem+json')]);
  expect(answer.json()).toMatchObject({ status, detail: expect.any(String) });
  expect((await ask('GET', '/campaigns/bad')).status).toBe(404);
});

test('every route but those of health asks for a token, and a reader may only look', async () => {
  const document = (await ask('GET', '/openapi.json', { token: '' })).json();
  expect(document.openapi).toBe('3.1.0');
  const routes = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => [method.toUpperCase(), path] as const),
  );
  expect(routes.length).toBeGreaterThan(6);
  for (const [method, path] of routes) {
    const open = ['/healthz', '/readyz'].includes(path);
    const at = path.replace('{id}', 'nobody');
    const status = async (token: string | undefined) => (await ask(method, at, { token })).status;
    expect([method, path, await status('')]).toEqual([method, path, open ? 200 : 401]);
    expect([method, path, await status('bc_wrong')]).toEqual([method, path, open ? 200 : 401]);
    const reader = await status(held.reader);
    if (method === 'GET') expect([path, [200, 404].includes(reader)]).toEqual([path, true]);
    else expect([path, reader]).toEqual([path, 403]);
  }
});

test('tokens are given and taken back without a restart', async () => {
  const token = give('late', 'reader');
  expect((await ask('GET', '/campaigns/nobody', { token })).status).toBe(404);
  const lines = [held.reader, held.operator].map(() => '');
  writeFileSync(tokens, lines.join(''));
  // A file that holds none is taken for one in the middle of a change.
  expect((await ask('GET', '/campaigns/nobody', { token })).status).toBe(404);
  for (const role of ['reader', 'operator'] as const) held[role] = give(role, role);
  expect((await ask('GET', '/campaigns/nobody', { token })).status).toBe(401);
  expect((await ask('GET', '/campaigns/nobody')).status).toBe(404);
});
