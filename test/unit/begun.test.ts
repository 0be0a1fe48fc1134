import { createHash } from 'node:crypto';
import { campaignFiles } from '../../storage/campaign-files';
import { readText } from '../../storage/storage';
import { LoneSteps } from '../support/lone-steps';
import { AGENT, HOUR } from '../support/rig';

/**
 * What version 0.4.0 wrote of a file with a premium-rate number, a row that lacks its last cell, and a formula that is held as text:
 * it called the first, rejected the second, and gave Bolna the third without its apostrophe.
 */
const INPUT = `contact_number,customer_name,note
+12025550101,Asha,first
+19002345678,Prem,old
+12025550102,Ben
+12025550101,Asha again,
nonsense,Nobody,x
+12025550103,Cy,'=1+1
`;
const CONTACTS = `contact_number,customer_name,note
+12025550101,Asha,first
+19002345678,Prem,old
+12025550103,Cy,=1+1
`;
const REJECTED = `line,column,value,reason
4,,"'+12025550102,Ben","has 2 values where the header has 3; leave missing values empty, commas kept"
5,contact_number,+12025550101,duplicate of line 2
6,contact_number,nonsense,"is not a phone number; write it as + and digits, as in +91…"
`;
const FILE_NAME = 'lone-b7c29a6a990a3ea9.csv';
const EDITION = '0177c90f';
const files = campaignFiles('lone');
const CALLED = ['+12025550101', '+12025550103', '+19002345678'];

let steps: LoneSteps;
let batchId: string;
beforeEach(async () => {
  steps = await LoneSteps.start();
  const { bolna, storage } = steps.context;
  const { contacts, rejected } = files.edition(EDITION);
  await storage.write(contacts, CONTACTS);
  await storage.write(rejected, REJECTED);
  const csv = await storage.read(contacts);
  ({ batchId } = await bolna.createBatch({ agentId: AGENT, fileName: FILE_NAME, csv, csvBytes: CONTACTS.length }));
  const roundedStart = steps.now + HOUR;
  const requestedStart = roundedStart - 450_000;
  const record = { batchId, fileName: FILE_NAME, account: 'default', requestedStart, roundedStart, deleting: false };
  await storage.claim(files.schedule(1), JSON.stringify({ ...record, nonce: 'dd9a3188' }));
  await bolna.scheduleBatch(batchId, requestedStart, {});
  // Another attempt, which came to nothing, and one of a release that named none.
  await storage.write(files.edition('00000000').contacts, 'contact_number\n+12025550199\n');
  await storage.write(files.edition(undefined).contacts, CONTACTS);
});
afterEach(() => steps.close());

test('a campaign that an earlier release began goes on with the rows as they were taken then, and has its results', async () => {
  const contacts = await steps.validate(INPUT);
  expect(contacts).toMatchObject({
    ...{ fileName: FILE_NAME, edition: EDITION, begun: true },
    ...{ total: 6, valid: 3, rejected: 2, duplicates: 1, flagged: 0 },
    notes: [expect.stringContaining('goes on with the rows as they were taken then')],
  });
  expect(await steps.create(contacts)).toMatchObject({ batchId, adopted: true });
  await steps.schedule(contacts, batchId);
  await steps.pass(3 * HOUR);
  expect(steps.dialled()).toEqual(CALLED);
  await steps.persist('collectExecutions', { campaignId: 'lone', agentId: AGENT, batchId });
  const { outcomes } = await steps.persist('reconcileResults', {
    ...{ campaignId: 'lone', batchId, input: contacts.input, contacts, status: 'completed', reason: undefined },
    ...{ startsAt: undefined, mayStillCall: false, notCalledReason: undefined, collected: true, notes: [] },
  });
  const { rejected, duplicate, unsettled = 0, ...called } = outcomes;
  expect([rejected, duplicate, unsettled]).toEqual([2, 1, 0]);
  expect(Object.values(called).reduce((sum, n) => sum + n)).toBe(3);
});

test.each([
  ['another value', INPUT.replace('Prem', 'Pam')],
  ['another person whose number ends alike', INPUT.replace('+12025550103', '+12125550103')],
  ['a row more', `${INPUT}+12025550104,Di,new\n`],
  ['a row less', INPUT.replace("+12025550103,Cy,'=1+1\n", '')],
  ['its rejected row mended', INPUT.replace('nonsense', '+12025550104')],
])('a file with %s is other contacts', async (_, csv) => {
  await expect(steps.validate(csv)).rejects.toMatchObject({ type: 'OtherContacts', nonRetryable: true });
});

test('a file of which this release would call nobody is the one that was begun with all the same', async () => {
  const { storage } = steps.context;
  const csv = 'contact_number\n+19002345678\n';
  const { contacts, rejected } = files.edition('11111111');
  await storage.write(contacts, csv);
  await storage.write(rejected, 'line,column,value,reason\n');
  const hash = createHash('sha256').update(csv).digest('hex');
  const record = JSON.parse(await readText(storage, files.schedule(1)));
  const begun = { ...record, fileName: `lone-${hash.slice(0, 16)}.csv` };
  await storage.claim(files.schedule(2), JSON.stringify(begun));
  expect(await steps.validate(csv)).toMatchObject({ edition: '11111111', valid: 1, rejected: 0 });
});

test('one of several batches goes on in those batches', async () => {
  const { storage } = steps.context;
  const parts = campaignFiles('parts');
  const fileName = FILE_NAME.replace('lone', 'parts');
  await storage.write(parts.edition(EDITION).contacts, CONTACTS);
  await storage.write(parts.edition(EDITION).rejected, REJECTED);
  const split = { fileName, rowsPerBatch: 2, offsets: [34, 84], bytes: CONTACTS.length };
  await storage.claim(parts.split(1), JSON.stringify(split));
  const record = { batchId, fileName: fileName.replace('.csv', '-0001.csv'), account: 'default' };
  const times = { requestedStart: steps.now, roundedStart: steps.now };
  await storage.claim(campaignFiles('parts', 1).schedule(1), JSON.stringify({ ...record, ...times }));
  const contacts = await steps.validate(INPUT, { campaignId: 'parts', maxRowsPerBatch: 3 });
  expect(contacts).toMatchObject({ edition: EDITION, fileName, split: { batches: 2, rowsPerBatch: 2 } });
});
