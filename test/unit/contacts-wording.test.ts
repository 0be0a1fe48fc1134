import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type AskedOfContacts, checkContacts } from '../../client/campaign/check-contacts';
import { ContactsRefusedError } from '../../client/errors';
import { csvOfRows } from '../../contacts/csv-line';
import { rejectedByRows, validateContacts } from '../../contacts/validate';
import { TYPED, Wording } from '../../contacts/wording';
import { reconcile } from '../../results/reconcile';
import { Sheet } from '../support/sheets';

const SENT = new Wording(true, 'http');
const HTTP = new Wording(false, 'http');

function csv(rows: readonly Record<string, string>[]): string {
  return csvOfRows([...new Set(rows.flatMap(Object.keys))], rows);
}

const from = (content: string) => Readable.from([Buffer.from(content)]);

async function refusal(file: string, asked: AskedOfContacts): Promise<ContactsRefusedError> {
  const error = await checkContacts('c', from(file), asked).catch((error: unknown) => error);
  if (!(error instanceof ContactsRefusedError)) throw error;
  return error;
}

/** What a caller is told who gave these rows, and has never seen a file. */
const ofRows = (rows: Record<string, string>[], asked = {}) => refusal(csv(rows), { ...asked, wording: SENT });

test('names a row by its place, also behind a value of several lines', async () => {
  const { faults } = await ofRows([
    { contact_number: '12', note: 'one\ntwo' },
    { contact_number: '34', note: 'three' },
  ]);
  expect(faults.map(({ line, row, column }) => [line, row, column])).toEqual([
    [undefined, 1, 'contact_number'],
    [undefined, 2, 'contact_number'],
  ]);
});

test('counts a blank row as one', async () => {
  const { faults } = await ofRows([{ contact_number: '' }, { contact_number: '12' }]);
  expect(faults).toMatchObject([{ row: 2 }]);
});

const RESULTS = { line: '2', contact_number: '12', result: 'busy', reason: '', execution_id: '' };

test.each([
  ['no number', [{ name: 'the file, line 1' }], {}],
  ['no keys', [{}], {}],
  ['a number as a key', [{ '+12025550101': 'Asha' }], {}],
  ['a value under an empty key', [{ '': 'x', contact_number: '12' }], {}],
  ['a NUL in a key', [{ 'contact_number\0': '12' }], {}],
  ['what looks like JSON', [{ '{"contact_number': '12' }], {}],
  ['blank rows', [{ contact_number: '' }], {}],
  ['a long row', [{ contact_number: '12', note: 'x'.repeat(2 ** 20) }], {}],
  ['an unknown number column', [{ name: 'Asha' }], { numberColumn: 'Mobile' }],
  ['two number columns', [{ Mobile: 'Asha', Phone: 'x' }], {}],
  ['one column twice', [{ contact_number: '12', Mobile: '34' }], { numberColumn: 'Mobile' }],
  ['one column twice by its spelling', [{ contact_number: '12', 'Contact Number': '34' }], {}],
  ['no required column', [{ contact_number: '12' }], { requireVariables: ['city'] }],
  ['a sheet', [{ contact_number: '12' }], { sheet: 'People' }],
  ['none valid', [{ contact_number: '12' }], {}],
])('speaks of no file, header, line or flag where there is %s', async (_, rows, asked) => {
  const { message, faults } = await ofRows(rows as Record<string, string>[], asked);
  const all = [message, ...faults.flatMap(({ reason, mend = '' }) => [reason, mend])].join('\n');
  expect(all).not.toMatch(/\b(?:file|header|lines?)\b|--/i);
});

test("leaves the caller's own words as they are", async () => {
  expect((await ofRows([{ 'line 7 of the file': 'Asha' }])).message).toContain('"line 7 of the file"');
});

test.each([
  ['numberColumn', 'name\nAsha\n', {}, '--number-column'],
  [
    'GET /campaigns/ID/results?only=no-answer,busy',
    '{"id":1}\n',
    {},
    'bolna-campaigns results ID --only no-answer,busy',
  ],
  ['sheet', 'contact_number\n12\n', { sheet: 'People' }, '--sheet'],
  [
    'GET /campaigns/ID/results?only=no-answer,busy',
    csv([RESULTS]),
    {},
    'bolna-campaigns results ID --only no-answer,busy -o FILE',
  ],
])('a reader over HTTP is told of %s, and one at a terminal of a flag', async (sent, file, asked, typed) => {
  expect((await refusal(file, { ...asked, wording: HTTP })).message).toContain(sent);
  expect((await refusal(file, { ...asked, wording: HTTP })).message).not.toContain(typed);
  expect((await refusal(file, { ...asked, wording: TYPED })).message).toContain(typed);
  const toAnyone = (await refusal(file, asked)).message;
  expect([toAnyone.includes(sent), toAnyone.includes(typed)]).toEqual([true, true]);
});

test('what a campaign leaves of JSON rows counts rows, from 1', async () => {
  const rows = [
    { contact_number: '+12025550101', note: 'one\ntwo' },
    { contact_number: '12', note: '=1+1' },
    { contact_number: '+12025550101', note: '' },
    { contact_number: '+12025550102', note: '' },
  ];
  const [contacts, rejected, sheet] = [new Sheet(), new Sheet(), new Sheet()];
  const options = { wording: new Wording(true) };
  await validateContacts(from(csv(rows)), { contacts, rejected }, undefined, options);
  // Releases before 0.5 read these lines, and nothing behind the reason.
  expect(rejected.text).toMatch(
    /^line,column,value,reason,row\n4,contact_number,12,.*,2\n5,.*,duplicate of row 1,3\n$/,
  );
  expect(await text(Readable.from(rejectedByRows(from(rejected.text))))).toMatch(
    /^line,column,value,reason\n2,contact_number,12,.*\n3,contact_number,\+12025550101,duplicate of row 1\n$/,
  );
  const summary = await reconcile(
    {
      input: from(csv(rows)),
      contacts: from(contacts.text),
      rejected: from(rejected.text),
      batches: [{ rows: 2, executions: async () => undefined, mayStillCall: false }],
    },
    sheet,
  );
  expect(sheet.text).toMatch(/\n1,.*,"one\ntwo"\n2,12,rejected,.*\n3,.*,duplicate,duplicate of row 1,.*\n4,/);
  expect(summary).toMatchObject({ addsUp: true, areRows: true });
});

test('the refusal of JSON rows by a worker names the row', async () => {
  const sinks = { contacts: new Sheet(), rejected: new Sheet() };
  const file = from(csv([{ contact_number: '12' }]));
  await expect(validateContacts(file, sinks, undefined, { wording: new Wording(true) })).rejects.toThrow(
    /^No number in the contacts can be called\. The only row is rejected; row 1: /,
  );
});
