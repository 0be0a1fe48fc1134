import { csvOf, numberOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

describe('a campaign from file to results', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.skipping();
  });
  afterAll(() => env.teardown());
  afterEach(() => rig.close());

  test('calls every valid number once and accounts for every row', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const csv = `${csvOf(3)}not a number,Nobody\n${numberOf(0)},Again\n`;
      const handle = await rig.begin({ contacts: { csv } });
      const result = await handle.result();
      expect(result.status).toBe('completed');
      expect(result.contacts).toEqual({ total: 5, valid: 3, rejected: 1, duplicates: 1 });
      expect(
        rig.simulator
          .dials()
          .map((dial) => dial.number)
          .sort(),
      ).toEqual([0, 1, 2].map(numberOf));
      expect(Object.values(result.outcomes).reduce((a, b) => a + b, 0)).toBe(5);
      const rows = await rig.rows(handle.workflowId);
      expect(rows).toHaveLength(6);
    });
  });
});
