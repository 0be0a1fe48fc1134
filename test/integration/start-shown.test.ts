import { CampaignClient } from '../../client/campaigns';
import { untilTold } from '../../client/run/until-told';
import { ATTRIBUTES } from '../../workflows/attributes';
import { callbackWorkflowId } from '../../workflows/callback-events';
import { until } from '../support/processes';
import { AGENT, csvOf } from '../support/rig';
import { TestServer } from '../support/test-server';

/** Starts on a real server that nobody works for. */

let env: TestServer;
beforeAll(async () => {
  env = await TestServer.real();
});
afterAll(() => env.teardown());

const INPUT = { agentId: AGENT, contacts: { csv: csvOf(2) } };
const shownOf = async (id: string) =>
  (await env.client.workflow.getHandle(id).describe()).typedSearchAttributes.get(ATTRIBUTES.state);

test('a callback that nobody tells is not waited for for ever, and one that was never begun not at all', async () => {
  const campaigns = new CampaignClient(env.client, { taskQueue: 'nobody' });
  await campaigns.start('untold', INPUT);
  const uncut = new Promise(() => undefined);
  expect(await untilTold(env.client, 'untold', 60_000, uncut)).toBe(true);
  const { firstRunId = '' } =
    (await env.client.workflow.getHandle('untold').describe()).raw.workflowExecutionInfo ?? {};
  const workflowId = callbackWorkflowId('untold', firstRunId ?? '');
  await env.client.workflow.start('callbackWorkflow', { workflowId, taskQueue: 'nobody' });
  expect(await untilTold(env.client, 'untold', 100, uncut)).toBe(false);
  expect(await untilTold(env.client, 'untold', 600_000, Promise.resolve())).toBe(false);
});

test('a start that the server refuses for attributes that it had a moment ago is repeated without them', async () => {
  const campaigns = new CampaignClient(env.client, { taskQueue: 'nobody' });
  await campaigns.start('with', INPUT);
  expect(await shownOf('with')).toBe('validating');
  const { name } = ATTRIBUTES.state;
  await env.connection.operatorService.removeSearchAttributes({ namespace: 'default', searchAttributes: [name] });
  let n = 0;
  await until(
    () => 'the server refuses the attribute',
    () =>
      env.client.workflow
        .start('campaignWorkflow', {
          workflowId: `plain-${++n}`,
          taskQueue: 'nobody',
          typedSearchAttributes: [{ key: ATTRIBUTES.state, value: 'validating' }],
        })
        .then(
          () => false,
          () => true,
        ),
  );
  expect(await campaigns.start('without', INPUT)).toMatchObject({ started: true });
  expect(await shownOf('without')).toBeUndefined();
  // It has forgotten what the server said, and asks again.
  expect(await campaigns.start('after', INPUT)).toMatchObject({ started: true });
});
