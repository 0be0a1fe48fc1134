import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { type OutgoingHttpHeaders, request } from 'node:http';
import { gatewayCheck } from '../../client/preflight/gateway';
import { LocalStorage } from '../../storage/local';
import { readConfig } from '../../worker/config';
import { GatewayRig } from '../support/gateway-rig';
import { until } from '../support/processes';
import { AGENT, csvOf, HOUR, numberOf } from '../support/rig';

/** The gateway over HTTP, on a real server with a real worker. */

const PEOPLE = 3;
let rig: GatewayRig;
let n = 0;
let id: string;

beforeAll(async () => {
  // The simulator's storage of recordings is on this machine.
  rig = await GatewayRig.start({}, {}, { env: { CAMPAIGN_ALLOW_PRIVATE_ADDRESSES: '127.0.0.1' } });
});
beforeEach(() => {
  id = `gateway-${++n}`;
});
afterAll(() => rig?.close());

const ask: GatewayRig['ask'] = (...request) => rig.ask(...request);
const start = (campaign: object, campaignId = id) =>
  ask('POST', '/campaigns', { headers: { 'idempotency-key': campaignId }, body: campaign });
const rows = (count = PEOPLE) =>
  Array.from({ length: count }, (_, i) => ({ contact_number: numberOf(i), customer_name: `Person ${i}` }));
const later = () => new Date(Date.now() + HOUR).toISOString();

test('a campaign is started once, followed to its end, and leaves its rows, its recordings and its report', async () => {
  const campaign = { agentId: AGENT, contacts: { rows: rows() }, recordings: true };
  const first = await start(campaign);
  expect([first.status, first.json(), first.headers.get('location')]).toEqual([
    201,
    { campaignId: id, started: true, contacts: { total: PEOPLE, valid: PEOPLE, rejected: 0, duplicates: 0 } },
    `/campaigns/${id}`,
  ]);
  const again = await start(campaign);
  expect([again.status, again.json()]).toEqual([200, expect.objectContaining({ campaignId: id, started: false })]);
  const other = await start({ ...campaign, contacts: { rows: rows(PEOPLE + 1) } });
  expect([other.status, other.type]).toEqual([409, expect.stringContaining('application/problem+json')]);
  expect(other.json()).toMatchObject({
    type: 'urn:bolna-campaigns:problem:campaign-conflict',
    status: 409,
    differs: ['contacts'],
  });

  const events = await ask('GET', `/campaigns/${id}/events`, { token: rig.held.reader });
  expect(events.type).toContain('text/event-stream');
  const last = events.text.trim().split('\n\n').at(-1) ?? '';
  expect(last).toMatch(/^id: [0-9a-f]{32}\nevent: finished\ndata: \{.*"state":"completed"/);
  const resumed = await ask('GET', `/campaigns/${id}/events`, { headers: { 'last-event-id': last.slice(4, 36) } });
  expect(resumed.text).toBe('');

  expect((await ask('GET', `/campaigns/${id}`, { token: rig.held.reader })).json()).toMatchObject({
    state: 'completed',
    settled: PEOPLE,
  });
  const csv = await ask('GET', `/campaigns/${id}/results`, { headers: { accept: 'text/csv' } });
  expect(csv.text.trimEnd().split('\n')).toHaveLength(PEOPLE + 1);
  const lines = await ask('GET', `/campaigns/${id}/results`, { headers: { accept: 'application/jsonl' } });
  const [{ recording }] = lines.text.split('\n').map((line) => (line === '' ? {} : JSON.parse(line))) as [
    { recording: string },
  ];
  const sound = await ask('GET', `/campaigns/${id}/${recording}`, { token: rig.held.reader });
  expect([sound.status, sound.type, sound.text.slice(0, 4)]).toEqual([200, 'audio/wav', 'RIFF']);
  expect(sound.headers.get('content-disposition')).toMatch(/^attachment; filename="[\w-]+\.wav"$/);
  for (const other of ['none.wav', 'results.csv', '..%2Fresults.csv'])
    expect((await ask('GET', `/campaigns/${id}/recordings/${other}`)).status).toBe(404);
  expect(
    lines.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject(rows().map(({ contact_number }) => ({ contactNumber: contact_number, result: 'completed' })));
  expect((await ask('GET', `/campaigns/${id}/results`, { headers: { accept: 'image/png' } })).status).toBe(406);
  const only = (outcomes: string, accept: string) =>
    ask('GET', `/campaigns/${id}/results?only=${outcomes}`, { headers: { accept } });
  const [header = '', ...people] = (await only('busy,completed', 'text/csv')).text.trimEnd().split('\n');
  expect([header.split(',')[0], people.length]).toEqual(['contact_number', PEOPLE]);
  const none = await only('busy', 'text/csv');
  expect([none.status, none.text]).toEqual([200, `${header}\n`]);
  const noLines = await only('busy', 'application/jsonl');
  expect([noLines.status, noLines.text]).toEqual([200, '']);
  expect((await only('sleepy', 'text/csv')).json()).toMatchObject({
    status: 400,
    detail: expect.stringContaining('busy'),
  });
  const report = await ask('GET', `/campaigns/${id}/report`);
  expect([report.type, report.text.slice(0, 15)]).toEqual([expect.stringContaining('text/html'), '<!doctype html>']);
  expect(report.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(rig.scene.simulator.dials().length).toBe(PEOPLE);
});

test('a campaign in which nobody can be called says what became of each row', async () => {
  const client = await rig.server.client();
  const csv = 'contact_number,name\n12,Zoë\nnone,Ben\n';
  const args = [{ agentId: AGENT, contacts: { csv } }];
  await client.workflow.start('campaignWorkflow', { workflowId: id, taskQueue: rig.scene.taskQueue, args });
  const early = await ask('GET', `/campaigns/${id}/rejected`);
  if (early.status !== 200)
    expect(early.json()).toMatchObject({ status: 409, type: expect.stringMatching(/not-ended$/) });
  await expect(rig.scene.campaigns.result(id)).resolves.toMatchObject({ status: 'failed' });
  expect((await ask('GET', `/campaigns/${id}`)).json()).toMatchObject({
    state: 'failed',
    contacts: { total: 2, valid: 0, rejected: 2 },
    result: { outcomes: { rejected: 2 }, errorType: 'InvalidContacts' },
  });
  const rejected = await ask('GET', `/campaigns/${id}/rejected`, { token: rig.held.reader });
  expect([rejected.status, rejected.type]).toEqual([200, 'text/csv; charset=utf-8']);
  expect(rejected.text).toMatch(/^line,column,value,reason\n2,contact_number,12,.*\n3,contact_number,none,/);
  expect((await ask('GET', `/campaigns/${id}/results`)).text).toMatch(/\n2,12,rejected,.*,Zoë\n3,none,rejected,/);
});

test('a file is streamed into the storage, and one that is too large leaves nothing', async () => {
  const startAt = later();
  const form = (csv: string) => {
    const parts = new FormData();
    parts.append('campaign', JSON.stringify({ agentId: AGENT, startAt }));
    parts.append('contacts', new Blob([csv], { type: 'text/csv' }), 'leads.csv');
    return parts;
  };
  const headers = { 'idempotency-key': id };
  expect((await ask('POST', '/campaigns', { headers, body: form(csvOf(PEOPLE)) })).status).toBe(201);
  expect((await ask('POST', '/campaigns', { headers, body: form(csvOf(PEOPLE)) })).status).toBe(200);
  const large = await ask('POST', '/campaigns', { headers: { 'idempotency-key': 'large' }, body: form(csvOf(10_000)) });
  expect(large.status).toBe(413);
  const stored = rig.scene.path('../large');
  expect(existsSync(stored) ? readdirSync(stored) : []).toEqual([]);
  const halted = await ask('POST', `/campaigns/${id}/stop`, { body: { reason: 'wrong list' } });
  expect([halted.status, halted.json()]).toEqual([202, { campaignId: id, ordered: 'stop', warning: null }]);
  expect(await rig.scene.campaigns.result(id)).toMatchObject({
    status: 'stopped',
    reason: expect.stringContaining('operator'),
  });
  expect((await ask('POST', `/campaigns/${id}/cancel`)).json()).toMatchObject({
    status: 409,
    title: 'The campaign has ended',
  });
});

describe('the agent of a campaign is compared with its contacts', () => {
  let other: Awaited<ReturnType<GatewayRig['another']>>;
  beforeAll(async () => {
    const { simulator } = rig.scene;
    simulator.setAgent({ agent_welcome_message: 'Hi {customer_name} of {company}' });
    const config = readConfig({ BOLNA_API_KEY: 'bn-test', BOLNA_BASE_URL: simulator.url });
    other = await rig.another({ checkAgent: gatewayCheck(config) });
  });
  afterAll(async () => {
    rig.scene.simulator.setAgent({});
    await other.app.close();
  });

  const post = async (campaign: object) => {
    const answer = await fetch(`${other.url}/campaigns`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${rig.held.operator}`,
        'idempotency-key': id,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ agentId: AGENT, startAt: later(), ...campaign }),
    });
    return { status: answer.status, body: (await answer.json()) as { notes?: string[] } };
  };
  const csv = 'contact_number,customer_name,city\n+919876543210,Asha,Pune\n+12025550101,N/A,Rome\n';

  test('and refused for a variable without a column, in every form of contacts; nothing is left', async () => {
    const storage = new LocalStorage(rig.scene.path('..'));
    await storage.write('leads/agent.csv', csv);
    const uri = storage.uriOf('leads/agent.csv');
    for (const contacts of [{ csv }, { rows: rows() }, { uri }]) {
      expect(await post({ contacts })).toEqual({
        status: 422,
        body: {
          type: 'urn:bolna-campaigns:problem:variables-missing',
          title: 'The agent uses variables without a column',
          status: 422,
          detail: expect.stringMatching(/\{company\} \(the welcome message\).*"allowMissing": true/),
          missing: ['company'],
        },
      });
    }
    const stored = rig.scene.path(`../${id}`);
    expect(existsSync(stored) ? readdirSync(stored) : []).toEqual([]);
    expect((await ask('GET', `/campaigns/${id}`)).status).toBe(404);
  });

  test('which can be allowed; what else was found stands in the answer, once', async () => {
    const campaign = { contacts: { csv }, allowMissing: true, requireVariables: ['customer_name'] };
    const startAt = later();
    const first = await post({ ...campaign, startAt });
    expect(first).toEqual({
      status: 201,
      body: {
        campaignId: id,
        started: true,
        contacts: { total: 2, valid: 1, rejected: 1, duplicates: 0 },
        notes: expect.arrayContaining([expect.stringMatching(/\{company\} .*: add it\.$/)]),
        welcome: ['Hi Asha of {company}'],
      },
    });
    expect(first.body.notes).toContainEqual(expect.stringMatching(/^1 row has no value .* and will not be called\.$/));
    rig.scene.simulator.setAgent({ agent_welcome_message: 'Hi {someone}' });
    const { allowMissing: _, ...strict } = campaign;
    expect(await post({ ...strict, startAt })).toMatchObject({ status: 200, body: { campaignId: id, started: false } });
    await ask('POST', `/campaigns/${id}/cancel`);
    expect(await rig.scene.campaigns.result(id)).toMatchObject({ contacts: { total: 2, valid: 1, rejected: 1 } });
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
    // The one of webhooks has its token in the address.
    if (path === '/webhooks/bolna/{token}') continue;
    const open = ['/healthz', '/readyz'].includes(path);
    const at = path.replace('{id}', 'nobody');
    const status = async (token: string | undefined) => (await ask(method, at, { token })).status;
    expect([method, path, await status('')]).toEqual([method, path, open ? 200 : 401]);
    expect([method, path, await status('bc_wrong')]).toEqual([method, path, open ? 200 : 401]);
    const reader = await status(rig.held.reader);
    if (method === 'GET') expect([path, [200, 404].includes(reader)]).toEqual([path, true]);
    else expect([path, reader]).toEqual([path, 403]);
  }
});

test('tokens are given and taken back without a restart', async () => {
  const token = rig.give('late', 'reader');
  expect((await ask('GET', '/campaigns/nobody', { token })).status).toBe(404);
  writeFileSync(rig.tokens, '');
  // A file that holds none is taken for one in the middle of a change.
  expect((await ask('GET', '/campaigns/nobody', { token })).status).toBe(404);
  for (const role of ['reader', 'operator'] as const) rig.held[role] = rig.give(role, role);
  expect((await ask('GET', '/campaigns/nobody', { token })).status).toBe(401);
  expect((await ask('GET', '/campaigns/nobody')).status).toBe(404);
});

test('campaigns are listed by pages, whatever begins and ends between two of them', async () => {
  const agentId = '00000000-0000-4000-8000-00000000000a';
  const ids = Array.from({ length: 5 }, (_, i) => `${id}-${i}`);
  for (const one of ids)
    expect((await start({ agentId, contacts: { rows: rows() }, startAt: later() }, one)).status).toBe(201);
  const page = async (query = '') => {
    const answer = await ask('GET', `/campaigns?agent=${agentId}&limit=2${query}`, { token: rig.held.reader });
    expect(answer.status).toBe(200);
    const { campaigns, next } = answer.json();
    return {
      ids: campaigns.map((one: { campaignId: string }) => one.campaignId) as string[],
      next: next as string | null,
    };
  };
  // Lists come a moment after what they tell of.
  await until(
    () => 'all are listed',
    async () => (await ask('GET', `/campaigns?agent=${agentId}`)).json().campaigns.length === ids.length,
  );
  const first = await page();
  expect(first.ids).toEqual([ids[4], ids[3]]);
  // Of those told already one ends, and another one begins: neither moves the rest.
  await ask('POST', `/campaigns/${ids[4]}/cancel`);
  await rig.scene.campaigns.result(`${ids[4]}`);
  expect((await start({ agentId, contacts: { rows: rows() }, startAt: later() }, `${id}-late`)).status).toBe(201);
  const second = await page(`&cursor=${first.next}`);
  expect(second.ids).toEqual([ids[2], ids[1]]);
  const rest: string[] = [];
  for (let next = second.next; next !== null; ) {
    const more = await page(`&cursor=${next}`);
    rest.push(...more.ids);
    next = more.next;
  }
  // The one that has ended meanwhile is told once more, among those that have ended.
  await until(
    () => 'the canceled one is listed as such',
    async () => (await page('&state=canceled')).ids.length === 1,
  );
  expect(rest.filter((one) => one !== ids[4])).toEqual([ids[0]]);
  expect((await ask('GET', '/campaigns?cursor=eyJ9')).json()).toMatchObject({
    status: 400,
    detail: expect.stringContaining('front'),
  });
  for (const one of [...ids, `${id}-late`]) await ask('POST', `/campaigns/${one}/cancel`);
});

test('a gateway that ends ends its streams of events too', async () => {
  expect((await start({ agentId: AGENT, contacts: { rows: rows() }, startAt: later() })).status).toBe(201);
  const other = await rig.another({});
  const headers = { authorization: `Bearer ${rig.held.reader}` };
  const reader = (await fetch(`${other.url}/campaigns/${id}/events`, { headers })).body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('event: progress');
  const cutOff = reader?.read().then(
    ({ done }) => done,
    () => true,
  );
  await other.app.close();
  expect(await cutOff).toBe(true);
  await ask('POST', `/campaigns/${id}/cancel`);
});

test('without tokens it answers this machine, and no web page that is open in its browser', async () => {
  const open = await rig.another({ tokens: undefined });
  const { port } = new URL(open.url);
  const status = (headers: OutgoingHttpHeaders) =>
    new Promise<number | undefined>((resolve, reject) => {
      const asked = request(`${open.url}/campaigns/nobody/cancel`, { method: 'POST', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asked.once('error', reject).end();
    });
  expect(await status({})).toBe(404);
  expect(await status({ host: `localhost:${port}`, origin: `http://localhost:${port}` })).toBe(404);
  expect(await status({ origin: 'https://example.com' })).toBe(403);
  expect(await status({ origin: `http://127.0.0.1:${Number(port) + 1}` })).toBe(403);
  expect(await status({ host: `rebound.example.com:${port}` })).toBe(403);
  await open.app.close();
});

test('who asks too often is told when to ask again', async () => {
  const limited = await rig.another({ requestsPerMinute: 3 });
  const status = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${limited.url}/campaigns/nobody`, { headers });
    if (answer.status === 429) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    return answer.status;
  };
  const statuses = async (token: string) => [
    await status(token),
    await status(token),
    await status(token),
    await status(token),
  ];
  expect(await statuses(rig.held.reader)).toEqual([404, 404, 404, 429]);
  // Another token has requests of its own; guessing has its own limit.
  expect(await status(rig.held.operator)).toBe(404);
  expect(await statuses('bc_guess')).toEqual([401, 401, 401, 429]);
  await limited.app.close();
});
