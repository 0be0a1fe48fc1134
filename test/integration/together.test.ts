import { Worker } from '@temporalio/worker';
import { workTogether } from '../../worker/together';
import { prepared } from '../support/env';
import { AGENT } from '../support/rig';
import { TestServer } from '../support/test-server';

const GRACE_MS = 100;
const FORCE_MS = 1_000;

let env: TestServer;
beforeAll(async () => {
  env = await TestServer.real();
});
afterAll(() => env.teardown());

test('a step that hears nothing of its end is left to the next worker, and is no failure of this one', async () => {
  let begin = () => {};
  const begun = new Promise<string>((resolve) => {
    begin = () => resolve('told to');
  });
  const validateContacts = () => {
    begin();
    return new Promise<never>(() => {});
  };
  const common = {
    connection: env.nativeConnection,
    shutdownGraceTime: GRACE_MS,
    shutdownForceTime: FORCE_MS,
    activities: { validateContacts },
  };
  const workflowBundle = { codePath: prepared('TEST_WORKFLOW_BUNDLE') };
  const workers = [
    await Worker.create({ ...common, taskQueue: 'together', workflowBundle }),
    await Worker.create({ ...common, taskQueue: 'beside' }),
  ];
  const handle = await env.client.workflow.start('campaignWorkflow', {
    taskQueue: 'together',
    workflowId: 'left',
    args: [{ agentId: AGENT, contacts: { csv: 'contact_number\n+12025550100\n' } }],
  });
  expect(await workTogether(workers, begun, FORCE_MS)).toBe('told to');
  expect((await handle.describe()).status.name).toBe('RUNNING');
  await handle.terminate();
});
