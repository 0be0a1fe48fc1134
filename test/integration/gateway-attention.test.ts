/** @waits 25 */
import { CampaignClient } from '../../client/campaigns';
import type { KeyVerdict } from '../../simulator/exchange';
import { makeAttributes } from '../../worker/search-attributes';
import { CallbackReceiver, SECRET } from '../support/callback-receiver';
import { CliRig } from '../support/cli';
import { GatewayRig } from '../support/gateway-rig';
import { until } from '../support/processes';
import { AGENT, csvOf, HOUR } from '../support/rig';

/** Campaigns that a person should look at, listed over HTTP, on a server that has the search attributes. */

let rig: GatewayRig;
let key: KeyVerdict = 'ok';
beforeAll(async () => {
  const outcomes = () => ({ status: 'completed', talkSeconds: 3_600 }) as const;
  const env = { CAMPAIGN_CALLBACK_SECRET: SECRET, CAMPAIGN_ALLOW_PRIVATE_ADDRESSES: '127.0.0.1' };
  rig = await GatewayRig.start({}, { keys: () => key, rules: { concurrency: 1 }, outcomes }, { env });
  await makeAttributes((await rig.server.client()).connection, 'default');
});
afterAll(() => rig?.close());

async function start(id: string, wishes: object): Promise<void> {
  const body = { agentId: AGENT, contacts: { csv: csvOf(60) }, ...wishes };
  const { status } = await rig.ask('POST', '/campaigns', { headers: { 'idempotency-key': id }, body });
  expect([id, status]).toEqual([id, 201]);
}

interface Listed {
  campaignId: string;
  needsAttention: string | null;
  progress: { attention?: { kind: string; text: string } } | null;
}

async function list(query: string): Promise<Listed[]> {
  const { status, json } = await rig.ask('GET', `/campaigns?${query}`, { token: rig.held.reader });
  expect(status).toBe(200);
  return json().campaigns;
}
const reasons = async (query: string) =>
  (await list(query)).map(({ campaignId, needsAttention }) => [campaignId, needsAttention]);

test('those that a person should look at are listed alone, each with its reason', async () => {
  const startAt = new Date(Date.now() + HOUR).toISOString();
  await start('poor', { minWallet: 1e9 });
  await rig.scene.campaigns.result('poor');
  await start('quiet', { startAt });
  await start('refused', {});
  const state = async (id: string) => (await rig.scene.campaigns.get(id)).state;
  await rig.scene.until('it waits, and the other one calls', async () => {
    return (await state('quiet')) === 'waiting' && (await state('refused')) === 'running';
  });
  await until(
    () => 'the end in the list',
    async () => (await reasons('attention=true')).length > 0,
  );
  expect(await reasons('attention=true')).toEqual([['poor', 'wallet-low']]);

  key = 'unauthorized';
  await until(
    () => 'the refusal in the list',
    async () => (await reasons('attention=true')).length > 1,
  );
  const [refused] = await list('attention=true');
  expect(refused).toMatchObject({
    campaignId: 'refused',
    needsAttention: 'key-refused',
    progress: { attention: { kind: 'key-refused', text: expect.stringContaining('Bolna refused the API key') } },
  });
  expect(await reasons('attention=true&state=active')).toEqual([['refused', 'key-refused']]);
  expect(await reasons('attention=true&state=failed')).toEqual([['poor', 'wallet-low']]);
  const all = [
    ['refused', 'key-refused'],
    ['quiet', null],
    ['poor', 'wallet-low'],
  ];
  expect(await reasons('')).toEqual(all);
  expect(await reasons('attention=false')).toEqual(all);
  const first = await rig.ask('GET', '/campaigns?attention=true&limit=1');
  expect(first.json().campaigns).toMatchObject([{ campaignId: 'refused' }]);
  expect(await reasons(`attention=true&cursor=${first.json().next}`)).toEqual([['poor', 'wallet-low']]);

  // A stop that does not reach Bolna comes before all else, in every answer.
  expect((await rig.ask('POST', '/campaigns/refused/stop')).status).toBe(202);
  await until(
    () => 'the stop in the list',
    async () => (await reasons('state=active&attention=true'))[0]?.[1] === 'halt-unconfirmed',
  );
  const words = /^Bolna may still be calling\. Stop batch \w+ in Bolna's dashboard\./;
  expect((await list('state=active&attention=true'))[0]).toMatchObject({ warning: expect.stringMatching(words) });
  const shown = (await rig.ask('GET', '/campaigns/refused')).json();
  expect(Object.keys(shown).slice(0, 2)).toEqual(['campaignId', 'attention']);
  expect(shown.attention.text).toMatch(words);
  const stream = await fetch(`${rig.url}/campaigns/refused/events`, {
    headers: { authorization: `Bearer ${rig.held.reader}` },
  });
  const { value } = (await stream.body?.getReader().read()) ?? {};
  expect(Buffer.from(value ?? []).toString()).toMatch(
    /\ndata: {"campaignId":"refused","attention":{[^}]*"text":"Bolna may still be/,
  );

  key = 'ok';
  const unclear = await rig.ask('GET', '/campaigns?attention=maybe');
  expect([unclear.status, unclear.json().detail]).toEqual([400, expect.stringContaining('attention')]);
  for (const id of ['quiet', 'refused']) {
    await rig.scene.campaigns.cancel(id);
    await rig.scene.campaigns.result(id);
  }
});

test('of those that have ended, the others are not even read, and an ID counts by its latest run', async () => {
  const client = await rig.server.client();
  const input = { agentId: AGENT, contacts: { csv: csvOf(1) } };
  const campaigns = new CampaignClient(client, { taskQueue: rig.scene.taskQueue });
  await campaigns.start('mended', { ...input, minWallet: 1e9 });
  expect((await campaigns.result('mended')).status).toBe('failed');
  await campaigns.start('mended', input);
  expect((await campaigns.result('mended')).status).toBe('completed');
  await until(
    () => 'both ends in the list',
    async () => (await client.workflow.count("WorkflowId = 'mended' AND CloseTime IS NOT NULL")).count === 2,
  );
  let read = 0;
  const { list } = client.workflow;
  jest.spyOn(client.workflow, 'list').mockImplementation((options) => {
    const runs = list.call(client.workflow, options);
    const counted = async function* () {
      for await (const run of runs) {
        read++;
        yield run;
      }
    };
    return Object.assign(counted(), { intoHistories: runs.intoHistories });
  });
  const found: string[] = [];
  for await (const { campaignId } of campaigns.list({ attention: true })) found.push(campaignId);
  expect(found).toEqual(['poor']);
  // That one, and the first run of the other.
  expect(read).toBe(2);
});

test('a callback that nobody takes needs attention in lists and status, and is sent again on request', async () => {
  const id = 'untold';
  let isBack = false;
  const receiver = await CallbackReceiver.start(Date.now, ({ type }) =>
    type === 'campaign.progress' && !isBack ? { status: 503, retryAfter: '3600' } : 204,
  );
  const startAt = new Date(Date.now() + HOUR).toISOString();
  await start(id, { startAt, callbackUrl: receiver.url });
  const client = await rig.server.client();
  const { raw } = await client.workflow.getHandle(id).describe();
  const callbacks = client.workflow.getHandle(`${id}/callbacks/${raw.workflowExecutionInfo?.firstRunId}`);
  await until(
    () => 'the start is told',
    () => receiver.taken.length > 0,
  );
  // One that happened days ago is tried for a minute, and given up.
  const data = receiver.taken[0]?.data;
  await callbacks.signal('tell', { type: 'campaign.progress', timestamp: '2026-01-01T00:00:00.000Z', data });
  await until(
    () => 'it is given up and listed',
    async () => (await reasons('attention=true')).some(([campaignId]) => campaignId === id),
  );
  expect(await reasons('attention=true')).toContainEqual([id, 'callback-undelivered']);
  expect((await rig.ask('GET', `/campaigns/${id}`)).json().attention).toMatchObject({ kind: 'callback-undelivered' });
  const undelivered = [
    { type: 'campaign.progress', timestamp: '2026-01-01T00:00:00.000Z', reason: 'The callback answered 503.' },
  ];
  const told = await rig.ask('GET', `/campaigns/${id}/callbacks`, { token: rig.held.reader });
  expect(told.json()).toEqual({ campaignId: id, delivered: 1, gone: false, late: null, undelivered, trying: null });

  const cli = new CliRig({ TEMPORAL_ADDRESS: rig.server.address, CAMPAIGN_TASK_QUEUE: rig.scene.taskQueue });
  const shown = await cli.ask(['callbacks', id]);
  expect([shown.code, shown.stdout]).toEqual([
    3,
    expect.stringMatching(/campaign\.progress .*The callback answered 503/),
  ]);
  expect((await cli.ask(['status', id])).stdout).toMatch(
    /Attention +callback-undelivered: 1 callback was not delivered/,
  );
  expect((await cli.ask(['list', '--attention'])).stdout).toMatch(/untold .*callback-undelivered/);
  isBack = true;
  const resent = await cli.ask(['callbacks', id, '--resend', '--json']);
  const says = '1 callback is being sent again.';
  expect([resent.code, JSON.parse(resent.stdout)]).toEqual([0, { campaignId: id, events: 1, says }]);
  await until(
    () => 'it is taken',
    () => receiver.taken.length > 1,
  );
  const ids = receiver.received.filter(({ event }) => event.type === 'campaign.progress').map((one) => one.id);
  expect(new Set(ids).size).toBe(1);
  await until(
    () => 'nothing needs attention',
    async () => (await cli.ask(['callbacks', id])).code === 0,
  );
  const resend = async () => (await rig.ask('POST', `/campaigns/${id}/callbacks/resend`)).json();
  expect(await resend()).toMatchObject({ status: 409 });

  // One whose next attempt is an hour away is sent at once.
  isBack = false;
  await callbacks.signal('tell', {
    type: 'campaign.progress',
    timestamp: new Date().toISOString(),
    data: { ...data, settled: 7 },
  });
  const untold = `/campaigns/${id}/callbacks`;
  await until(
    () => 'it is refused',
    async () => (await rig.ask('GET', untold)).json().trying?.lastError?.includes('503'),
  );
  isBack = true;
  expect(await resend()).toEqual({ campaignId: id, events: 1, says: 'The next attempt at the callback is made now.' });
  await until(
    () => 'it is taken as well',
    () => receiver.taken.length > 2,
  );
  expect((await rig.ask('GET', '/campaigns/poor/callbacks')).json()).toMatchObject({
    type: 'urn:bolna-campaigns:problem:no-callback',
  });
  await rig.scene.campaigns.cancel(id);
  await cli.endAll();
  cli.close();
  await receiver.close();
});
