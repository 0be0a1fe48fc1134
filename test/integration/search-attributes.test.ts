/** @waits 25 */
import { type Simulator, startSimulator } from '../../simulator/simulator';
import { makeAttributes, standingOfAttributes } from '../../worker/search-attributes';
import { ATTRIBUTES } from '../../workflows/attributes';
import { CliRig, sentenceOf } from '../support/cli';
import { DevServer } from '../support/dev-server';
import { until } from '../support/processes';
import { AGENT, csvOf, HOUR } from '../support/rig';

/** A server that nobody has told of campaigns, and what becomes of it. The tests are one story, in their order. */

const NAMES = Object.values(ATTRIBUTES).map(({ name }) => name);
let server: DevServer;
let simulator: Simulator;
let rig: CliRig;
beforeAll(async () => {
  server = await DevServer.start();
  simulator = await startSimulator();
  rig = new CliRig({
    TEMPORAL_ADDRESS: server.address,
    BOLNA_API_KEY: 'bn-test',
    BOLNA_BASE_URL: simulator.url,
    BOLNA_AGENT_ID: AGENT,
  });
  rig.start(['worker']);
});
afterAll(async () => {
  await rig.endAll();
  await simulator.close();
  await server.stop();
  rig.close();
});

const later = new Date(Date.now() + 3 * HOUR).toISOString();

async function waits(id: string): Promise<void> {
  const csv = rig.file(`${id}.csv`, csvOf(2));
  await rig.run(['start', '--csv', csv, '--id', id, '--at', later]);
  await until(
    () => `${id} waits`,
    async () => JSON.parse((await rig.run(['status', id, '--json'])).stdout).state === 'waiting',
  );
}

const found = async (query: string) => {
  const ids: string[] = [];
  for await (const { workflowId } of (await server.client()).workflow.list({ query })) ids.push(workflowId);
  return ids;
};

test('a campaign runs where the attributes are missing, and doctor says what to do', async () => {
  await waits('before');
  const { stdout, code } = await rig.run(['doctor']);
  expect(stdout).toMatch(/! Search +no CampaignState, .*: run "bolna-campaigns setup"/);
  expect(code).toBe(0);
});

test('setup makes them, once', async () => {
  const first = await rig.run(['setup', '--json']);
  expect(JSON.parse(first.stdout)).toEqual({ namespace: 'default', made: NAMES, there: [] });
  const again = await rig.run(['setup']);
  expect(again.stdout.match(/: was there$/gm)).toHaveLength(NAMES.length);
  expect([first.code, again.code]).toEqual([0, 0]);
  expect((await rig.run(['doctor'])).stdout).toMatch(/✓ Search +7 search attributes are there/);
});

test('from then on campaigns are found by them, without a worker too, and those from before go on', async () => {
  await waits('after');
  await until(
    () => 'the campaign in the list',
    async () => (await found(`CampaignState = 'waiting' AND BolnaAgentId = '${AGENT}'`)).length > 0,
  );
  const query = `CampaignRows = 2 AND CampaignSettled = 0 AND CampaignStart > '${new Date().toISOString()}'`;
  expect(await found(`${query} AND CampaignNeedsAttention IS NULL`)).toEqual(['after']);
  await rig.endAll();
  const listed = (await rig.run(['list', '--json'])).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const states = Object.fromEntries(listed.map(({ campaignId, state }) => [campaignId, state]));
  expect(states).toEqual({ after: 'waiting', before: 'unknown' });
  rig.start(['worker']);
  for (const id of ['before', 'after']) await rig.run(['stop', id, '--yes']);
  await until(
    () => 'both end',
    async () => (await found("ExecutionStatus = 'Running'")).length === 0,
  );
  expect(await found("CampaignState = 'stopped'")).toEqual(['after']);
});

test('lists show a campaign from its start on, before any worker has seen it, and how it ends before its contacts are read', async () => {
  await rig.endAll();
  const csv = rig.file('unread.csv', csvOf(2));
  await rig.run(['start', '--csv', csv, '--id', 'unread', '--at', later]);
  await until(
    () => 'the campaign in the list',
    async () => (await found(`CampaignState = 'validating' AND BolnaAgentId = '${AGENT}'`)).length > 0,
  );
  const { workflow } = await server.client();
  await workflow.start('campaignWorkflow', {
    workflowId: 'unreadable',
    taskQueue: 'bolna-campaigns',
    args: [{ agentId: AGENT, contacts: { uri: 'nowhere.csv' } }],
    typedSearchAttributes: [{ key: ATTRIBUTES.state, value: 'validating' }],
  });
  rig.start(['worker']);
  await until(
    () => 'it has failed',
    async () => (await found("CampaignState = 'failed'")).length > 0,
  );
  expect(await found("CampaignState = 'failed'")).toEqual(['unreadable']);
  const { events } = await workflow.getHandle('unread').fetchHistory();
  const first = events?.findIndex((event) => event.upsertWorkflowSearchAttributesEventAttributes);
  const read = events?.findIndex((event) => event.activityTaskCompletedEventAttributes);
  expect(first === -1 || (first ?? 0) > (read ?? 0)).toBe(true);
  await rig.run(['stop', 'unread', '--yes']);
});

test('setup refuses names that somebody has made of another type, in one sentence', async () => {
  const { connection } = await server.client();
  const namespace = 'foreign';
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await until(
    () => 'the namespace is known',
    () =>
      connection.operatorService.addSearchAttributes({ namespace, searchAttributes: { CampaignRows: 2 } }).then(
        () => true,
        () => false,
      ),
  );
  const ended = await rig.run(['setup'], { TEMPORAL_NAMESPACE: namespace });
  expect(sentenceOf(ended)).toMatch(/another type than campaigns need: CampaignRows \(Int\)\. Remove them/);
  expect(ended.code).toBe(2);
  expect((await standingOfAttributes(connection, namespace)).missing).toHaveLength(NAMES.length - 1);
});

test('where the server refuses, setup says what somebody else may type', async () => {
  const { connection } = await server.client();
  await expect(makeAttributes(connection, 'nowhere')).rejects.toThrow(
    /refuses to make the search attributes in namespace "nowhere" .* temporal operator search-attribute create --namespace nowhere --name CampaignState --type Keyword/,
  );
});
