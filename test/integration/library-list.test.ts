/** @waits 40 */
import { getEventListeners } from 'node:events';
import type { Client } from '@temporalio/client';
import type { ListedCampaign, ListOptions } from '../../client/campaign/list';
import { CampaignClient } from '../../client/campaigns';
import { Scene } from '../support/crash';
import { DevServer } from '../support/dev-server';
import { endAll, until } from '../support/processes';
import { AGENT, csvOf } from '../support/rig';

/** Lists of campaigns in a namespace that holds these and nothing else. They follow upon each other. */

const OTHER_AGENT = '00000000-0000-4000-8000-00000000000A';
const INPUT = { agentId: AGENT, contacts: { csv: csvOf(2) } };
const LATER = { ...INPUT, startAt: new Date(Date.now() + 600_000).toISOString() };

let server: DevServer;
let scene: Scene;
let client: Client;
let campaigns: CampaignClient;
/** After the first campaigns, and before the later ones. */
let between: Date;
beforeAll(async () => {
  server = await DevServer.start();
  client = await server.client();
  scene = await Scene.start(server);
  await scene.startWorker();
  campaigns = scene.campaigns;

  await campaigns.start('done', INPUT);
  await campaigns.result('done');
  await campaigns.start('bad', { ...INPUT, contacts: scene.storedContacts('name\nAsha\n') });
  await campaigns.result('bad');
  await campaigns.start('again', { ...INPUT, contacts: scene.storedContacts('name\nAsha\n') });
  await campaigns.result('again');
  between = new Date();
  await campaigns.start('again', LATER);
  await campaigns.start('halted', { ...LATER, agentId: OTHER_AGENT });
  await campaigns.cancel('halted');
  await campaigns.result('halted');
  // As another client would: it says nothing of the agent but in the input.
  const other = { ...LATER, agentId: OTHER_AGENT };
  const { taskQueue } = scene;
  await client.workflow.start('campaignWorkflow', { workflowId: 'python', taskQueue, args: [other] });
  await client.workflow.start('somethingElse', { workflowId: 'else', taskQueue: 'other', args: [] });
  await until(
    () => 'both wait for their start',
    async () => (await list({ state: 'waiting' })).length === 2,
  );
});
afterAll(async () => {
  await scene.close();
  await endAll();
  await server.stop();
});

async function list(options?: ListOptions): Promise<ListedCampaign[]> {
  const found: ListedCampaign[] = [];
  for await (const campaign of campaigns.list(options)) found.push(campaign);
  return found;
}

async function ids(options?: ListOptions): Promise<string[]> {
  return (await list(options)).map(({ campaignId }) => campaignId);
}

test('every campaign is there once, with its latest run: those that run first, then the latest that ended', async () => {
  const found = await list();
  expect(found.map(({ campaignId, state }) => [campaignId, state])).toEqual([
    ['python', 'waiting'],
    ['again', 'waiting'],
    ['halted', 'canceled'],
    ['bad', 'failed'],
    ['done', 'completed'],
  ]);
  const [python, , , bad, done] = found;
  expect(python).toMatchObject({ agentId: OTHER_AGENT, endedAt: null, progress: { contacts: { valid: 2 } } });
  expect(bad?.progress).toMatchObject({ state: 'failed', lastError: expect.stringContaining('contact_number') });
  expect(done).toMatchObject({ agentId: AGENT, progress: { settled: 2, counts: { completed: 2 } } });
  expect(done?.progress?.result).toEqual(await campaigns.result('done'));
  expect(Date.parse(done?.startedAt ?? '')).toBeLessThan(Date.parse(done?.endedAt ?? ''));
});

test.each<[ListOptions, string[]]>([
  [{ state: 'active' }, ['python', 'again']],
  [{ state: 'ended' }, ['halted', 'bad', 'done']],
  [{ state: 'waiting' }, ['python', 'again']],
  [{ state: 'running' }, []],
  [{ state: 'failed' }, ['bad']],
  [{ state: 'canceled' }, ['halted']],
  [{ state: 'stopped' }, []],
  [{ agent: OTHER_AGENT.toLowerCase() }, ['python', 'halted']],
  [{ agent: AGENT, state: 'ended' }, ['bad', 'done']],
  [{ limit: 2 }, ['python', 'again']],
  [{ limit: 1, state: 'ended', agent: AGENT }, ['bad']],
])('%j lists %j', async (options, expected) => {
  expect(await ids(options)).toEqual(expected);
});

test('since a time, an instant or its text, only later starts are listed', async () => {
  expect(await ids({ since: between })).toEqual(['python', 'again', 'halted']);
  expect(await ids({ since: between.toISOString(), state: 'ended' })).toEqual(['halted']);
  expect(await ids({ since: new Date() })).toEqual([]);
  await expect(list({ since: 'yesterday' })).rejects.toThrow(RangeError);
});

test('nothing is left on the signal', async () => {
  const { signal } = new AbortController();
  expect((await list({ signal })).length).toBeGreaterThan(0);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('a signal ends it with its reason', async () => {
  await expect(list({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
});

test('where no worker answers, the state of what runs is listed as unknown, and what has ended as before', async () => {
  await endAll();
  const found = await list();
  expect(found.map(({ campaignId, state, progress }) => [campaignId, state, progress?.state])).toEqual([
    ['python', 'unknown', undefined],
    ['again', 'unknown', undefined],
    ['halted', 'canceled', 'canceled'],
    ['bad', 'failed', 'failed'],
    ['done', 'completed', 'completed'],
  ]);
  expect(await ids({ state: 'active', limit: 1 })).toEqual(['python']);
  expect(await ids({ state: 'running' })).toEqual([]);
});

test('many campaigns that nobody answers for are listed in the time that a few take', async () => {
  const unattended = new CampaignClient(client, { taskQueue: 'nobody-works-here' });
  const many = Array.from({ length: 60 }, (_, i) => `many-${i}`);
  await Promise.all(many.map((id) => unattended.start(id, INPUT)));
  await until(
    () => 'Temporal lists all of them',
    async () => (await client.workflow.count("TaskQueue = 'nobody-works-here'")).count === many.length,
  );
  const begun = performance.now();
  const found = await ids({ state: 'active' });
  expect(new Set(found)).toEqual(new Set([...many, 'python', 'again']));
  // One time-out for those that are asked at once, and a second one for those that were being asked meanwhile.
  expect(performance.now() - begun).toBeLessThan(25_000);
});
