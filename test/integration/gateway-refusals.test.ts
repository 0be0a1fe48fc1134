import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Writable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CampaignClient } from '../../client/campaigns';
import { webLists } from '../../client/web-lists';
import { LocalStorage } from '../../storage/local';
import { readConfig } from '../../worker/config';
import { freePort } from '../support/dev-server';
import { GatewayRig } from '../support/gateway-rig';
import { until } from '../support/processes';
import { AGENT, numberOf } from '../support/rig';

/** What a gateway answers to requests that are hardly any, and what it says of each. */

const log: string[] = [];
let rig: GatewayRig;
/** Suppression lists in the web. */
const lists = createServer(({ url }, answer) => {
  const list = { '/all.csv': numberOf(0), '/odd.csv': `${numberOf(1)}\nBen` }[url?.split('?')[0] ?? ''];
  answer.writeHead(list === undefined ? 404 : 200).end(list);
});
const ofWeb = webLists({ allowed: readConfig({ CAMPAIGN_ALLOW_PRIVATE_ADDRESSES: '127.0.0.1' }).allowedNetworks });
let web: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => lists.listen(0, '127.0.0.1', resolve));
  web = `http://127.0.0.1:${(lists.address() as AddressInfo).port}`;
  rig = await GatewayRig.start({
    webLists: ofWeb,
    log: new Writable({ write: (line, _, done) => done(void log.push(String(line))) }),
  });
});
beforeEach(() => log.splice(0));
afterAll(async () => {
  await rig?.close();
  await ofWeb.close();
  lists.close();
});

const start = (id: string, contacts: unknown) =>
  rig.ask('POST', '/campaigns', { headers: { 'idempotency-key': id }, body: { agentId: AGENT, contacts } });

/** Sends bytes, and waits until the gateway has hung up. */
function send(bytes: string): Promise<{ head: string; body: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(rig.url).port), '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.setEncoding('utf8').on('data', (data) => {
      text += data;
    });
    socket.once('error', reject).once('close', () => {
      const [head = '', body = ''] = text.split('\r\n\r\n');
      resolve({ head, body });
    });
  });
}

test.each([
  ['an address that is not encoded', 'GET /campaigns/%E0%A4%A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
  ['an address beyond all bounds', `GET /campaigns/${'a'.repeat(17_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
  ['what is no HTTP', 'Good morning\r\n\r\n', 400],
])('%s is refused with a problem', async (_, bytes, status) => {
  const { head, body } = await send(bytes);
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(head).toMatch(/^content-type: application\/problem\+json/im);
  expect(JSON.parse(body)).toMatchObject({
    type: expect.stringContaining('urn:bolna-campaigns:problem:'),
    status,
    detail: expect.stringMatching(/\.$/),
  });
});

test('text is no body that is read here', async () => {
  const answer = await rig.ask('POST', '/campaigns/nobody/stop', {
    headers: { 'content-type': 'text/plain' },
    body: {},
  });
  expect([answer.status, answer.type]).toEqual([415, expect.stringContaining('application/problem+json')]);
  expect(answer.json().detail).toContain('Content-Type: application/json');
});

test('whoever gives no ID is told which header takes it', async () => {
  const { status, json } = await rig.ask('POST', '/campaigns', { body: { agentId: AGENT, contacts: { csv: 'x' } } });
  expect([status, json().detail]).toEqual([400, expect.stringMatching(/idempotency-key is missing: send it/)]);
});

test.each([
  [{ agentId: 'Asha' }, 'In the body: agentId must be the UUID of a Bolna agent.'],
  [{ fromPhoneNumbers: [] }, 'In the body: fromPhoneNumbers must not be empty.'],
  [{ colour: 'red' }, 'In the body: it has the unknown field "colour": remove or correct it.'],
  [{ maxRowsPerBatch: 0, retry: { max_retries: 9 } }, 'retry.max_retries must be at most 3; maxRowsPerBatch must be'],
])('a campaign with %j is refused in words', async (wishes, says) => {
  const body = { agentId: AGENT, contacts: { csv: 'x' }, ...wishes };
  const answer = await rig.ask('POST', '/campaigns', { headers: { 'idempotency-key': 'words' }, body });
  expect([answer.status, answer.json().detail]).toEqual([400, expect.stringContaining(says)]);
});

test('a parameter of an address is named as it is written there', async () => {
  const answer = await rig.ask('GET', '/campaigns/any/results?only=late');
  expect([answer.status, answer.json().detail]).toEqual([
    400,
    expect.stringMatching(/^In the query: only must be one or several of /),
  ]);
});

test('a start that could only be missed is refused, and its ID is free', async () => {
  const contacts = { rows: [{ contact_number: numberOf(0) }] };
  const startBy = new Date(Date.now() + 60_000).toISOString();
  const ask = (more: object) =>
    rig.ask('POST', '/campaigns', {
      headers: { 'idempotency-key': 'late' },
      body: { agentId: AGENT, contacts, ...more },
    });
  for (const window of [{ startBy }, { startAt: '2020-06-23T09:00:00Z' }]) {
    const { status, json } = await ask(window);
    expect([status, json().detail]).toEqual([
      400,
      expect.stringMatching(/later than startBy .*Set startBy to \S+Z or later/),
    ]);
  }
  expect((await rig.ask('GET', '/campaigns/late')).status).toBe(404);
  expect((await ask({ startAt: new Date(Date.now() + 3_600_000).toISOString() })).status).toBe(201);
  await rig.ask('POST', '/campaigns/late/cancel');
});

test('a form whose campaign is no JSON is told so', async () => {
  const body = new FormData();
  body.append('campaign', '{agentId');
  body.append('contacts', new Blob(['contact_number\n'], { type: 'text/csv' }), 'leads.csv');
  const { status, json } = await rig.ask('POST', '/campaigns', { headers: { 'idempotency-key': 'form' }, body });
  expect([status, json().detail]).toEqual([400, 'The form has a part "campaign" that is no JSON.']);
});

test.each([
  [
    'a number without quotes',
    { rows: [{ contact_number: 919876543210 }] },
    'In the body: contacts.rows.0.contact_number must be text, in quotes.',
  ],
  ['two kinds of people', { rows: [], csv: '' }, 'one of "uri", "csv" and "rows"'],
  ['none of them', null, 'one of "uri", "csv" and "rows"'],
  ['an empty file', { csv: '' }, 'contacts.csv must not be empty'],
  ['a field too much', { uri: 'contacts.csv', colour: 'red' }, 'colour'],
])('people of %s are refused with the place and the cure', async (_, contacts, says) => {
  const answer = await start('people', contacts);
  expect([answer.status, answer.json().detail]).toEqual([400, expect.stringContaining(says)]);
});

/** An archive that begins as an .xlsx does, and is none. */
const ARCHIVE = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), Buffer.alloc(2_000, 7)]);
const upload = (id: string, contacts: Buffer | string) => {
  const body = new FormData();
  body.append('campaign', JSON.stringify({ agentId: AGENT }));
  body.append('contacts', new Blob([contacts]), 'leads.csv');
  return rig.ask('POST', '/campaigns', { headers: { 'idempotency-key': id }, body });
};
const nameless = { whom: numberOf(0), name: 'Ann' };
const short = [{ contact_number: '12' }, { contact_number: 'none' }];

test.each([
  ['an archive that is called leads.csv', () => upload('bad', ARCHIVE), 'CSV', 1],
  ['a file without a number column', () => upload('bad', 'name,city\nAnn,Pune\n'), 'contact_number', 1],
  ['rows without a number column', () => start('bad', { rows: [nameless] }), 'contact_number', 1],
  [
    'rows of which none is valid',
    () => start('bad', { rows: short }),
    'there is no rejected.csv: "faults" says what is wrong with each row.',
    2,
  ],
  ['an inline file with a header alone', () => start('bad', { csv: 'contact_number\n' }), 'no contacts', 1],
  [
    'an address where there is no file',
    () => start('bad', { uri: pathToFileURL(rig.scene.path('../none.csv')).href }),
    'no file',
    1,
  ],
  ['an address outside the storage', () => start('bad', { uri: 'file:///etc/passwd' }), 'CAMPAIGN_DATA', 1],
])('%s is refused with all faults before anything is started or stored', async (_, send, says, faults) => {
  const answer = await send();
  expect([answer.status, answer.json().detail]).toEqual([422, expect.stringContaining(says)]);
  expect(answer.json()).toMatchObject({ type: 'urn:bolna-campaigns:problem:contacts-unusable' });
  expect(answer.json().faults).toHaveLength(faults);
  expect(answer.text).not.toContain(numberOf(0));
  expect((await rig.ask('GET', '/campaigns/bad')).status).toBe(404);
  expect(existsSync(rig.scene.path('../bad'))).toBe(false);
});

test('a suppression list that cannot be used, or that leaves nobody to call, is refused, and the ID is free', async () => {
  const storage = new LocalStorage(rig.scene.path('..'));
  await storage.write('lists/all.csv', `${numberOf(0)}\n`);
  await storage.write('lists/odd.csv', `Asha\n${numberOf(1)}\nBen\n`);
  const uri = storage.uriOf('lists/all.csv');
  const contacts = { rows: [{ contact_number: numberOf(0) }] };
  const nowhere = `http://127.0.0.1:${await freePort()}/list.csv?token=secret`;
  for (const [list, says] of [
    [`${web}/all.csv?token=secret`, 'The only row is on a suppression list'],
    [`${web}/odd.csv`, `1 of 2 entries of the suppression list ${web}/odd.csv cannot be read as a phone number`],
    [`${web}/none.csv?token=secret`, `The suppression list ${web}/none.csv cannot be used: 127.0.0.1 answered 404`],
    [nowhere, `The suppression list ${nowhere.split('?')[0]} cannot be read now: ECONNREFUSED. Try again.`],
    ['http://10.0.0.1/list.csv', 'The suppression list http://10.0.0.1/list.csv cannot be used'],
    ['hello', 'is not in the campaign storage'],
    [fileURLToPath(uri), `is not an address: give ${uri}`],
    [uri, 'The only row is on a suppression list'],
    [storage.uriOf('lists/odd.csv'), 'cannot be read as a phone number'],
  ] as const) {
    const body = { agentId: AGENT, contacts, suppress: [list] };
    const answer = await rig.ask('POST', '/campaigns', { headers: { 'idempotency-key': 'listed' }, body });
    expect([answer.status, answer.json().detail]).toEqual([422, expect.stringContaining(says)]);
    expect(answer.json().faults).toHaveLength(1);
    expect(answer.text).not.toContain('secret');
  }
  expect((await rig.ask('GET', '/campaigns/listed')).status).toBe(404);
  expect(existsSync(rig.scene.path('../listed'))).toBe(false);
});

test('the library reads lists in the web before it starts anything, and leaves those at private addresses to the workers', async () => {
  const client = await rig.server.client();
  const contacts = { csv: `contact_number\n${numberOf(0)}\n` };
  const ask = (allowPrivateAddresses: string, list: string) =>
    new CampaignClient(client, { taskQueue: 'nobody', allowPrivateAddresses }).start('of-library', {
      ...{ agentId: AGENT, contacts },
      suppress: [`${web}/${list}?token=secret`],
    });
  await expect(ask('10.0.0.0/8, 127.0.0.1', 'all.csv')).rejects.toThrow('The only row is on a suppression list');
  const faulty = ask('127.0.0.1', 'none.csv');
  await expect(faulty).rejects.toMatchObject({
    name: 'ContactsRefusedError',
    message: `The suppression list ${web}/none.csv cannot be used: 127.0.0.1 answered 404.`,
  });
  expect((await rig.ask('GET', '/campaigns/of-library')).status).toBe(404);
  expect(await ask('', 'all.csv')).toMatchObject({ started: true });
  await client.workflow.getHandle('of-library').terminate('the test is over');
});

test('the fault of each row is listed with its place and the cure', async () => {
  const { faults } = (await start('bad', { rows: short })).json();
  expect(faults).toMatchObject([
    { row: 1, column: 'contact_number', reason: expect.any(String), mend: expect.any(String) },
    { row: 2, column: 'contact_number', reason: expect.any(String), mend: expect.any(String) },
  ]);
});

test('a file with some invalid rows is accepted, and the answer counts them', async () => {
  const answer = await start('some', { rows: [{ contact_number: numberOf(0) }, ...short] });
  expect([answer.status, answer.json().contacts]).toEqual([201, { total: 3, valid: 1, rejected: 2, duplicates: 0 }]);
  const early = await rig.ask('GET', '/campaigns/some/rejected');
  expect([early.status, early.json()]).toEqual([
    409,
    expect.objectContaining({
      type: 'urn:bolna-campaigns:problem:results-not-ended',
      detail: expect.stringMatching(/rejected\.csv is written at the end.*"contacts" of GET \/campaigns\/some counts/),
    }),
  ]);
  await rig.scene.campaigns.cancel('some');
});

test('rows with their keys in another order are the same contacts', async () => {
  const rows = [{ contact_number: numberOf(0), name: 'Ann', city: 'Pune' }, { contact_number: numberOf(1) }];
  const turned = [{ city: 'Pune', contact_number: numberOf(0), name: 'Ann' }, { contact_number: numberOf(1) }];
  expect((await start('keys', { rows })).status).toBe(201);
  expect((await start('keys', { rows: turned })).status).toBe(200);
  expect((await start('keys', { rows: rows.slice(0, 1) })).status).toBe(409);
  await rig.scene.campaigns.cancel('keys');
});

test('rows of a campaign that an earlier release has started are the same contacts still', async () => {
  const rows = [{ contact_number: numberOf(0), city: 'Pune' }];
  const csv = `contact_number,city\n${numberOf(0)},Pune\n`;
  await rig.scene.campaigns.start('earlier', { agentId: AGENT, contacts: { csv } });
  expect((await start('earlier', { rows })).status).toBe(200);
  await rig.scene.campaigns.cancel('earlier');
});

test('a retry that is not switched on is refused with what to do, and nothing is started', async () => {
  const campaign = { agentId: AGENT, contacts: { rows: [{ contact_number: numberOf(0) }] }, retry: { max_retries: 2 } };
  const answer = await rig.ask('POST', '/campaigns', { headers: { 'idempotency-key': 'retry' }, body: campaign });
  expect([answer.status, answer.json().detail]).toEqual([400, expect.stringMatching(/Set retry\.enabled to true/)]);
  expect((await rig.ask('GET', '/campaigns/retry')).status).toBe(404);
});

test('a form is refused in sentences with one full stop', async () => {
  const body = new FormData();
  body.append('campaign', JSON.stringify({ agentId: 'Asha' }));
  body.append('contacts', new Blob(['contact_number\n'], { type: 'text/csv' }), 'leads.csv');
  const answer = await rig.ask('POST', '/campaigns', { headers: { 'idempotency-key': 'form' }, body });
  expect([answer.status, answer.json().detail]).toEqual([400, expect.stringMatching(/[^.]\.$/)]);
});

test('a column is empty where a row does not have it, however it is called', async () => {
  const [one, two] = [numberOf(0), numberOf(1)];
  const row = { contact_number: one, constructor: 'x', toString: 'y' };
  const rows = [
    { ...row, note: 'one\ntwo' },
    { contact_number: '12' },
    { contact_number: one },
    { contact_number: two },
  ];
  expect((await start('columns', { rows })).status).toBe(201);
  await rig.scene.campaigns.result('columns');
  const { text } = await rig.ask('GET', '/campaigns/columns/results', { headers: { accept: 'application/jsonl' } });
  expect(text).toContain(two.slice(1));
  // Its caller has sent rows, and has seen no line.
  expect(text.match(/"line":\d/g)).toEqual(['"line":1', '"line":2', '"line":3', '"line":4']);
  expect((await rig.ask('GET', '/campaigns/columns/rejected')).text).toMatch(
    /^line,column,value,reason\n2,contact_number,12,.*\n3,.*,duplicate of row 1\n$/,
  );
  expect(text).not.toContain('native code');
  const called = rig.scene.simulator.batches().flatMap(({ executions }) => executions.map(({ contact }) => contact));
  expect(JSON.stringify(called)).toContain(two);
  expect(JSON.stringify(called)).not.toContain('native code');
});

test.each([
  [
    'a form',
    'multipart/form-data; boundary=x',
    `--x\r\n${'content-disposition: form-data; name="campaign"'}\r\n\r\n{"agentId":"${AGENT}"}\r\n--x\r\n${'content-disposition: form-data; name="contacts"; filename="leads.csv"'}\r\n\r\ncontact_number\n`,
  ],
  ['JSON', 'application/json', '{"agentId":'],
])(
  'a client that hangs up in the middle of %s is logged as that, and as no error of the gateway',
  async (_, type, part) => {
    const head = `POST /campaigns HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${rig.held.operator}\r\nIdempotency-Key: cut\r\nContent-Type: ${type}\r\nContent-Length: 100000\r\n\r\n`;
    const socket = connect(Number(new URL(rig.url).port), '127.0.0.1', () => socket.write(head + part));
    await until(
      () => 'the request has come in',
      async () => log.some((line) => line.includes('incoming request')),
    );
    socket.destroy();
    const done = () => log.map((line) => JSON.parse(line)).filter(({ res }) => res);
    await until(
      () => 'the request is over',
      async () => done().length > 0,
    );
    expect(done()).toMatchObject([{ level: 'info', res: { statusCode: 499 } }]);
    expect(log.map((line) => JSON.parse(line)).filter(({ level }) => level !== 'info')).toEqual([]);
    expect(existsSync(rig.scene.path('../cut'))).toBe(false);
  },
);

test('its log has the names of a worker, and says which campaign it was and who has asked', async () => {
  const levels = ['info', 'warn', 'error'];
  await start('logged', { rows: [{ contact_number: numberOf(0) }] });
  await rig.ask('GET', '/campaigns/logged', { token: rig.held.reader });
  const lines = log.map((line) => JSON.parse(line));
  for (const { level, time } of lines)
    expect([levels.includes(level), new Date(time).toISOString()]).toEqual([true, time]);
  const done = lines.filter(({ msg }) => msg === 'request completed');
  expect(done).toMatchObject([
    { campaignId: 'logged', holder: 'operator', res: { statusCode: 201 } },
    { campaignId: 'logged', holder: 'reader', res: { statusCode: 200 } },
  ]);
  // Of whoever has no token nothing is believed.
  await rig.ask('POST', '/webhooks/bolna/none', { token: '', headers: { 'idempotency-key': 'forged' }, body: {} });
  expect(log.join('')).not.toContain('forged');
  expect(log.join('')).not.toContain(numberOf(0));
  await rig.scene.campaigns.cancel('logged');
});
