import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { csvOf, Rig, skippingServer } from '../support/rig';

describe('contacts that are named by their address', () => {
  let env: TestWorkflowEnvironment;
  let rig: Rig;
  beforeAll(async () => {
    env = await skippingServer();
  });
  afterAll(() => env.teardown());
  afterEach(() => rig.close());

  test('may be changed or deleted by their owner once the campaign has read them', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      await rig.storage.write('leads/today.csv', csvOf(3));
      const remove = rig.simulator.onRequest(async (phase, { endpoint }) => {
        if (phase !== 'before' || endpoint !== 'schedule') return;
        remove();
        await rig.storage.delete('leads/today.csv');
      });
      const handle = await rig.begin({ contacts: { uri: rig.storage.uriOf('leads/today.csv') } });
      expect(await handle.result()).toMatchObject({ status: 'completed', contacts: { valid: 3 } });
      expect(await rig.rows(handle.workflowId)).toHaveLength(4);
    });
  });
});
