import { Readable } from 'node:stream';
import { openContacts } from '../../contacts/read';

async function columnsOf(header: string, numberColumn?: string) {
  const { header: read, blocks, notes } = await openContacts(Readable.from([`${header}\n1,2,3\n`]), { numberColumn });
  await blocks.return(undefined);
  return { columns: read.columns, notes: notes() };
}

test.each([
  ...['Phone', 'Mobile number', 'contact no.', 'Telefon', 'Téléphone', 'mobileNumber', 'PHONE_NUMBER', 'Phone (work)'],
  ...['WhatsApp No', 'ContactNumber', 'Número de teléfono', 'Customer Phone', 'Handynummer', 'cell-phone'],
])('the column %j holds the numbers where no other can, with a note', async (name) => {
  expect(await columnsOf(`name,${name},city`)).toEqual({
    columns: ['name', 'contact_number', 'city'],
    notes: [`The numbers to call are read from the column "${name}".`],
  });
});

test.each(['phone verified', 'Phone type', 'emergency contact', 'telegram', 'number', 'Mobile carrier', 'fax'])(
  'the column %j is not taken for that of the numbers',
  async (name) => {
    await expect(columnsOf(`name,${name},city`)).rejects.toMatchObject({ code: 'no-contact-number' });
  },
);

test('contact_number is the column of the numbers whatever others there are', async () => {
  const { columns, notes } = await columnsOf('Phone,Contact Number,Mobile');
  expect(columns).toEqual(['Phone', 'contact_number', 'Mobile']);
  expect(notes).toEqual([]);
});

test('of several columns that can hold the numbers none is chosen', async () => {
  await expect(columnsOf('Phone,name,Mobile')).rejects.toMatchObject({
    code: 'several-number-columns',
    message: expect.stringMatching(
      /: "Phone", "Mobile"\. Name the right one with numberColumn \(on the command line, --number-column\)/,
    ),
  });
});

test.each([
  ['as it is written', 'Mobile'],
  ['in another case', 'MOBILE'],
])('the column that a person names %s holds the numbers, without a note', async (_how, asked) => {
  expect(await columnsOf('Phone,name,Mobile', asked)).toEqual({
    columns: ['Phone', 'name', 'contact_number'],
    notes: [],
  });
});

test.each([
  ['is not there', 'Phone,name', 'Mobile', 'no-contact-number', /no column "Mobile" .* has "Phone", "name"/],
  ['is there in two cases', 'PHONE,phone', 'Phone', 'several-number-columns', /"PHONE", "phone"/],
  ['stands beside contact_number', 'contact_number,Mobile', 'Mobile', 'duplicate-column', /beside "Mobile": rename/],
])('a column that a person names and that %s is refused', async (_what, header, asked, code, message) => {
  await expect(columnsOf(header, asked)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test('the file of a second round is read with the flags of the first, and a note', async () => {
  expect(await columnsOf('contact_number,Mobile,name', 'Phone')).toEqual({
    columns: ['contact_number', 'Mobile', 'name'],
    notes: ['The file has no column "Phone": the numbers to call are read from contact_number.'],
  });
  expect((await columnsOf('contact_number,name', 'Contact Number')).notes).toEqual([]);
  // Not as this product writes it.
  await expect(columnsOf('name,contact_number', 'Phone')).rejects.toMatchObject({ code: 'no-contact-number' });
});
