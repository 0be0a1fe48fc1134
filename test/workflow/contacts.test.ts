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

  test('are called only where they have a value in each column that is required', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const csv = 'contact_number,name\n+12025550101,N/A\n+12025550102,Ben\n+12025550101,Asha\n+12025550103,\n';
      const handle = await rig.begin({ contacts: { csv }, requireVariables: ['name'] });
      expect(await handle.result()).toMatchObject({
        status: 'completed',
        contacts: { total: 4, valid: 2, rejected: 2, duplicates: 0 },
        outcomes: { rejected: 2 },
      });
      expect(rig.simulator.dials().map(({ number }) => number)).toEqual(['+12025550102', '+12025550101']);
      const [, first] = await rig.rows(handle.workflowId);
      expect(String(first)).toContain('rejected');
      const without = await rig.begin({ contacts: { csv }, requireVariables: ['company'] });
      await expect(without.result()).rejects.toMatchObject({
        cause: { message: expect.stringContaining('no column "company"') },
      });
    });
  });
});
