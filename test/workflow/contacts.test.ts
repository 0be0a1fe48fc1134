import { csvOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

describe('contacts that are named by their address', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.skipping();
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
