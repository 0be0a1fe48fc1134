import { makeAttributes } from '../../worker/search-attributes';
import { CALLED_ONCE, CSV, PEOPLE, Scene } from '../support/crash';
import { DevServer, freePort } from '../support/dev-server';
import { until } from '../support/processes';
import { alerts, panels, Scrape, selectorsOf } from '../support/promql';
import { AGENT } from '../support/rig';

/** What a worker tells Prometheus after a campaign, and whether what we look at by is among it. */

let server: DevServer;
let scene: Scene;
let first: Scrape;
let second: Scrape;
beforeAll(async () => {
  server = await DevServer.start();
  await makeAttributes((await server.client()).connection, 'default');
  scene = await Scene.start(server, { faults: [{ endpoint: 'schedule', nth: 1, action: { status: 503 } }] });
  const [one, other] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  await scene.startWorker({ env: { CAMPAIGN_METRICS: one } });
  await scene.startCampaign();
  await scene.campaigns.start('nobody', { agentId: AGENT, contacts: scene.storedContacts('contact_number\nnone\n') });
  expect(await scene.result()).toMatchObject({ status: 'completed', outcomes: CALLED_ONCE.outcomes });
  expect((await scene.campaigns.result('nobody')).status).toBe('failed');
  const startAt = new Date(Date.now() + 3_600_000).toISOString();
  await scene.campaigns.start('later', { agentId: AGENT, contacts: { csv: CSV }, startAt });
  first = await Scrape.of(one);
  const counted = async (query: string) => (await (await server.client()).workflow.count(query)).count;
  await until(
    () => 'one that waits',
    async () => (await counted("CampaignState = 'waiting'")) === 1,
  );
  await scene.worker?.end('SIGTERM');
  const client = await server.client();
  await until(
    () => 'both campaigns in the list',
    async () => (await counted("ExecutionStatus != 'Running'")) === 2,
  );
  await scene.startWorker({ env: { CAMPAIGN_METRICS: other } });
  // Answered from its whole history, by a worker that has not seen any of it.
  await client.workflow.getHandle(scene.campaignId).query('progress');
  await scene.until('a wallet', async () => (await Scrape.of(other)).sum('bolna_wallet') !== undefined);
  await scene.until('a count of campaigns', async () => (await Scrape.of(other)).sum('campaigns') === 3);
  await scene.until('a count of stages', async () => (await Scrape.of(other)).sum('campaigns_under_way') === 1);
  second = await Scrape.of(other);
});
afterAll(async () => {
  await scene.close();
  await server.stop();
});

test('what has become of the rows is counted once, and by no replay', () => {
  // The row of the campaign in which nobody can be called counts as well.
  expect(first.by('outcome', 'campaign_calls_total')).toEqual({ ...CALLED_ONCE.outcomes, rejected: 2 });
  expect(first.sum('campaign_rows_settled_total')).toBe(PEOPLE);
  expect([second.sum('campaign_calls_total'), second.sum('campaign_rows_settled_total')]).toEqual([
    undefined,
    undefined,
  ]);
});

test('the time from the last call to our having seen it is measured in seconds', () => {
  expect(first.by('retries', 'campaign_end_delay_seconds_count')).toEqual({ no: 1 });
  // Looks are half a second apart, and times on the wire are of whole seconds.
  expect(first.by('retries', 'campaign_end_delay_seconds_sum').no).toBeLessThan(60);
  expect(first.text).toContain('le="21600"');
});

test('campaigns are counted by state and stage, and the wallet is told', () => {
  const none = { canceled: 0, terminated: 0, 'timed-out': 0 };
  expect(second.by('state', 'campaigns')).toEqual({ ...none, running: 1, completed: 1, failed: 1 });
  expect(second.by('stage', 'campaigns_under_way')).toMatchObject({ waiting: 1, running: 0, collecting: 0 });
  expect(second.by('account', 'bolna_wallet')).toEqual({ default: expect.any(Number) });
  expect(second.sum('bolna_wallet')).toBeGreaterThan(9_000);
  expect(second.sum('bolna_wallet')).toBeLessThanOrEqual(10_000);
});

test('a step that failed is counted, and one that waits for news is not', () => {
  const failed = first.by('activity_type', 'temporal_activity_execution_failed_total');
  expect(Object.keys(failed).sort()).toEqual(['scheduleBatch', 'validateContacts']);
});

test('no label names a campaign, a person or a key', () => {
  for (const { text } of [first, second]) expect(text).not.toMatch(/\+?1202555|bn-test|nobody/);
  expect(first.text).not.toContain(scene.campaignId);
});

test.each([
  ...alerts().map(({ alert, expr }) => [`alert ${alert}`, expr]),
  ...panels().flatMap(({ title, targets }) => targets.map(({ expr }) => [`panel "${title}"`, expr])),
])('%s asks for what a worker tells', (_, expr) => {
  const selectors = selectorsOf(expr);
  expect(selectors.length).toBeGreaterThan(0);
  expect(selectors.filter((selector) => !first.has(selector) && !second.has(selector))).toEqual([]);
});
