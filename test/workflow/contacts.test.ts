import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CampaignClient } from '../../client/campaigns';
import { marked } from '../../contacts/byte-order-mark';
import { RESULT_COLUMNS, type RowResult } from '../../results/columns';
import type { CampaignInput } from '../../workflows/input';
import { csvOf, numberOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';
import { workbook } from '../support/workbooks';

/** All columns of ours that a contacts file may have: with an `execution_id` as well, it is taken for the results of a campaign. */
const COLLIDING = RESULT_COLUMNS.filter((column) => column !== 'contact_number' && column !== 'execution_id');
const MARK = '\uFEFF';

describe('contacts', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.skipping();
  });
  afterAll(() => env.teardown());
  afterEach(() => rig.close());

  test('that are named by their address may be changed or deleted by their owner once the campaign has read them', async () => {
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

  test('of a second round have the numbers and variables of the first, also where columns are called like ours', async () => {
    rig = await Rig.start({ env });
    const campaigns = new CampaignClient(env.client, { storage: rig.storage });
    const line = (i: number) => [...COLLIDING.map((column) => `${column} ${i}`), `Zoë ${i}`, '=1+1'].join(',');
    const header = `contact_number,${COLLIDING},name,sum`;
    const csv = `${header}\n${[0, 1, 2, 3, 4, 5].map((i) => `${numberOf(i)},${line(i)}\n`).join('')}none,${line(9)}\n`;
    await rig.run(async () => {
      const first = await rig.begin({ contacts: { csv } });
      const { outcomes } = await first.result();
      const only = (Object.keys(outcomes) as RowResult[]).filter((outcome) => outcome !== 'rejected');
      expect(await rig.file(first.workflowId, 'results.csv')).toMatch(
        new RegExp(`^${MARK}call_line,contact_number,call_result,call_reason,.*,line,result,reason,`),
      );
      expect(await rig.file(first.workflowId, 'rejected.csv')).toMatch(new RegExp(`^${MARK}line,.*\n8,`));

      const again = await campaigns.nextRound(first.workflowId, { only });
      await rig.storage.write('second.csv', Readable.from(marked(again)));
      const second = await rig.begin({ contacts: { uri: rig.storage.uriOf('second.csv') } });
      await second.result();
      const [one, two] = rig.simulator.batches();
      expect(one?.csv.split('\n')[1]).toBe(`${numberOf(0)},${line(0)}`);
      expect(two?.csv).toBe(one?.csv);

      // Where nobody is to be called again, nobody can be by mistake.
      const nobody = await text(await campaigns.nextRound(first.workflowId, { only: ['unsettled'] }));
      expect(nobody).toBe(`${header}\n`);
      for await (const row of campaigns.results(first.workflowId, { only: ['unsettled'] })) expect(row).toBeUndefined();
    });
  });

  test('of whom nobody can be called: the campaign fails, and each row ends with why', async () => {
    rig = await Rig.start({ env });
    await rig.storage.write('list.txt', `${numberOf(1)}\n`);
    await rig.run(async () => {
      const csv = `contact_number,name\n12,Asha\n${numberOf(1)},Ben\nnone,Cy\n`;
      const handle = await rig.begin({ contacts: { csv }, suppress: rig.storage.uriOf('list.txt') });
      await expect(handle.result()).rejects.toThrow();
      const { workflowId: id } = handle;
      const contacts = { total: 3, valid: 0, rejected: 2, duplicates: 0, suppressed: 1 };
      const end = {
        status: 'failed',
        errorType: 'InvalidContacts',
        contacts,
        outcomes: { rejected: 2, suppressed: 1 },
      };
      expect(await rig.memoResult(handle)).toMatchObject(end);
      expect((await rig.progress(handle)).contacts).toEqual(contacts);
      expect(await rig.rows(id)).toEqual([
        expect.any(String),
        expect.stringMatching(/^2,12,rejected,.*,Asha$/),
        expect.stringMatching(/^3,\+12025550101,suppressed,.*,Ben$/),
        expect.stringMatching(/^4,none,rejected,.*,Cy$/),
      ]);
      expect((await rig.file(id, 'rejected.csv')).trimEnd().split('\n')).toHaveLength(4);
      expect(JSON.parse(await rig.file(id, 'summary.json'))).toMatchObject({ status: 'failed', contacts });
      expect(await rig.file(id, 'report.html')).toContain(id);
      expect(rig.simulator.requests).toEqual([]);
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
