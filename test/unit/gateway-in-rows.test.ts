import { Readable } from 'node:stream';
import { checkContacts } from '../../client/campaign/check-contacts';
import { ContactsRefusedError } from '../../client/errors';
import { inRows } from '../../client/gateway/in-rows';
import { csvOfRows } from '../../contacts/csv-line';

/** What a caller is told who gave these rows, and has never seen a file. */
async function refusal(rows: Record<string, string>[], asked = {}): Promise<ContactsRefusedError> {
  const csv = csvOfRows([...new Set(rows.flatMap(Object.keys))], rows);
  const error = await checkContacts('c', Readable.from([Buffer.from(csv)]), asked).catch((error: unknown) => error);
  if (!(error instanceof ContactsRefusedError)) throw error;
  return inRows(error, rows);
}

test('names a row by its place, also behind a value of several lines', async () => {
  const { faults } = await refusal([
    { contact_number: '12', note: 'one\ntwo' },
    { contact_number: '34', note: 'three' },
  ]);
  expect(faults.map(({ line, row, column }) => [line, row, column])).toEqual([
    [undefined, 1, 'contact_number'],
    [undefined, 2, 'contact_number'],
  ]);
});

test.each([
  ['no number', [{ name: 'the file, line 1' }], {}],
  ['an unknown number column', [{ name: 'Asha' }], { numberColumn: 'Mobile' }],
  ['two number columns', [{ Mobile: 'Asha', Phone: 'x' }], {}],
  ['one column twice', [{ contact_number: '12', Mobile: '34' }], { numberColumn: 'Mobile' }],
  ['no required column', [{ contact_number: '12' }], { requireVariables: ['city'] }],
  ['none valid', [{ contact_number: '12' }], {}],
])('speaks of no file, header, line or flag where there is %s', async (_, rows, asked) => {
  const { message, faults } = await refusal(rows as Record<string, string>[], asked);
  const all = [message, ...faults.flatMap(({ reason, mend = '' }) => [reason, mend])].join('\n');
  expect(all).not.toMatch(/\b(?:file|header|lines?)\b|--/i);
});

test("leaves the caller's own words as they are", async () => {
  expect((await refusal([{ 'line 7 of the file': 'Asha' }])).message).toContain('"line 7 of the file"');
});
