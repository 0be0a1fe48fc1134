import { CampaignClient } from '../../client/campaigns';
import type { KeyVerdict } from '../../simulator/exchange';
import { makeAttributes } from '../../worker/search-attributes';
import { GatewayRig } from '../support/gateway-rig';
import { until } from '../support/processes';
import { AGENT, csvOf, HOUR } from '../support/rig';

/** Campaigns that a person should look at, listed over HTTP, on a server that has the search attributes. */

let rig: GatewayRig;
let key: KeyVerdict = 'ok';
beforeAll(async () => {
  const outcomes = () => ({ status: 'completed', talkSeconds: 3_600 }) as const;
  rig = await GatewayRig.start({}, { keys: () => key, rules: { concurrency: 1 }, outcomes });
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
