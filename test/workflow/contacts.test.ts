import { Readable } from 'node:stream';
import type { CampaignInput } from '../../workflows/input';
import { csvOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';
import { workbook } from '../support/workbooks';

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

  test('may be a sheet of a workbook, with a column of numbers and a country that the input names', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const people = [
        ['name', 'Mobile', 'Phone', 'due'],
        ['Asha', { number: 9876543210 }, 'none', { number: 46_000, format: 14 }],
        ['Ben', '+1 202 555 0101'],
        ['Cy', 'none'],
      ];
      const sheets = { Old: [['x']], People: people };
      await rig.storage.write('leads/today.xlsx', Readable.from([workbook({ sheets })]));
      const contacts = { uri: rig.storage.uriOf('leads/today.xlsx') };
      const handle = await rig.begin({ contacts, sheet: 'People', numberColumn: 'Mobile', country: 'IN' });
      expect(await handle.result()).toMatchObject({ status: 'completed', contacts: { valid: 2, rejected: 1 } });
      const [header = '', ...rows] = await rig.rows(handle.workflowId);
      expect(header).toMatch(/,name,Phone,due$/);
      expect(rows.map((row) => row.split(',').slice(0, 2).join())).toEqual([
        '2,+919876543210',
        '3,+12025550101',
        '4,none',
      ]);
      expect(rows[2]).toMatch(/^4,none,rejected,/);
      expect(rows[0]).toMatch(/,Asha,none,2025-12-09$/);
      expect(rig.simulator.batches().map(({ csv }) => csv)).toEqual([
        'contact_number,name,Phone,due\n+919876543210,Asha,none,2025-12-09\n+12025550101,Ben,,\n',
      ]);
    });
  });

  test('that cannot be read as a person has said end the campaign before anyone is called', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const csv = 'Phone,Mobile\n+12025550101,+12025550102\n';
      const cases: [asked: Partial<CampaignInput>, why: RegExp][] = [
        [{}, /Several columns can hold the numbers/],
        [{ country: 'XX', numberColumn: 'Phone' }, /There is no country XX/],
        [{ sheet: 'A', numberColumn: 'Phone' }, /no Excel workbook/],
      ];
      for (const [asked, why] of cases) {
        const handle = await rig.begin({ contacts: { csv }, ...asked });
        await expect(handle.result()).rejects.toMatchObject({ cause: { message: expect.stringMatching(why) } });
      }
      expect(rig.simulator.batches()).toEqual([]);
    });
  });
});
