import { Readable } from 'node:stream';
import { cut } from '../../contacts/cut';
import { ContactsError } from '../../contacts/errors';
import { readContacts, refuseResultsFile } from '../../contacts/read';
import { RESULT_COLUMNS } from '../../results/columns';

async function read(bytes: string | Buffer, chunk = bytes.length || 1) {
  const whole = Buffer.from(bytes);
  const chunks = [];
  for (let at = 0; at < whole.length; at += chunk) chunks.push(whole.subarray(at, at + chunk));
  return readAll(Readable.from(chunks));
}

async function readAll(source: Readable) {
  const { columns, rows } = await readContacts(source);
  const all = [];
  for await (const row of rows) all.push(row);
  return { columns, rows: all };
}

async function refusal(bytes: string | Buffer, chunk?: number): Promise<ContactsError> {
  const error = await read(bytes, chunk).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ContactsError)) throw new Error('the file was not refused', { cause: error });
  return error;
}

/** The beginning of a zip archive: the header of its first file, its name and what is in it. */
function zip(name: string, content: string): Buffer {
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 'latin1');
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name + content)]);
}

const A = '+12025550101';
const B = '+12025550102';

test.each([' contact_number ', 'Contact_Number', 'CONTACT NUMBER', 'contact-number', '"contact_number"'])(
  'the header %j is the number column',
  async (header) => {
    const { columns, rows } = await read(`name,${header}\nAsha,${A}\n`);
    expect(columns).toEqual(['name', 'contact_number']);
    expect(rows).toMatchObject([{ verdict: 'valid', number: A }]);
  },
);

test.each([
  ['commas', 'contact_number,name', `${A},"Asha; Pune"`],
  ['semicolons', 'contact_number;name', `${A};"Asha; Pune"`],
  ['semicolons, all in quotes', '"name";"contact_number"', `"Asha; Pune";"${A}"`],
  ['semicolons, with commas in the header', 'contact_number;name;"due, date"', `${A};"Asha; Pune";1,5`],
  ['tabs', 'contact_number\tname', `${A}\tAsha; Pune`],
  ['bars', '\n \ncontact_number|name', `${A}|Asha; Pune`],
])('columns between %s are told by the header', async (_what, header, row) => {
  for (const chunk of [undefined, 1]) {
    const { rows } = await read(`${header}\n${row}\n`, chunk);
    expect(rows).toMatchObject([{ verdict: 'valid', number: A, columns: { name: 'Asha; Pune' } }]);
  }
});

test('the line that tells Excel the delimiter is none of the file, but is counted', async () => {
  const { rows, columns } = await read(`\ufeffsep=;\r\ncontact_number;name\r\n${A};Asha\r\n12;x\r\n`, 1);
  expect(columns).toEqual(['contact_number', 'name']);
  expect(rows.map(({ line, verdict }) => [line, verdict])).toEqual([
    [3, 'valid'],
    [4, 'rejected'],
  ]);
});

test('a comma counts before any other delimiter, as it always did', async () => {
  const { columns } = await read(`a;contact_number,contact_number\n1,${A}\n`);
  expect(columns).toEqual(['a;contact_number', 'contact_number']);
});

test('other columns are trimmed and keep their case, since prompts name them', async () => {
  const { columns } = await read(`contact_number, Customer Name ,customer name\n${A},x,y\n`);
  expect(columns).toEqual(['contact_number', 'Customer Name', 'customer name']);
});

test('a row has all its columns, with the number as it was typed', async () => {
  const { rows } = await read('contact_number,name\n+1 (202) 555-0101, Asha \n');
  expect(rows).toEqual([
    { line: 2, verdict: 'valid', number: A, columns: { contact_number: '+1 (202) 555-0101', name: 'Asha' } },
  ]);
});

test('spaces around a value are dropped, also before its quote; those inside the quotes stay', async () => {
  const { rows } = await read(`contact_number, name, city\n${A}, Asha ,\t" Pune, West " \n`);
  expect(rows).toMatchObject([{ verdict: 'valid', columns: { name: 'Asha', city: ' Pune, West ' } }]);
});

test('a column named like a part of JavaScript is a column like any other', async () => {
  const { rows } = await read(`contact_number,__proto__,constructor\n${A},x,y\n`);
  expect(Object.entries(rows[0]?.columns ?? {})).toEqual([
    ['contact_number', A],
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
});

test('a byte order mark is no part of the first column', async () => {
  expect((await read(`\ufeffcontact_number\n${A}\n`)).columns).toEqual(['contact_number']);
  expect((await read(`\ufeff"contact_number"\n${A}\n`, 1)).columns).toEqual(['contact_number']);
});

test.each([
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
])('lines that end with %s are counted as an editor does, past quoted newlines and blank lines', async (_name, end) => {
  const text = ['', 'contact_number,"no', 'te"', A, '', '   ', `${B},"one`, '', 'three"', 'bad,x', ''].join(end);
  const { rows } = await read(text.replace(A, `${A},`));
  expect(rows.map(({ line, verdict }) => [line, verdict])).toEqual([
    [4, 'valid'],
    [7, 'valid'],
    [10, 'rejected'],
  ]);
});

test('line endings may be mixed', async () => {
  const { rows } = await read(`contact_number,name\r\n${A},Asha\n${B},Ben\r\n`);
  expect(rows.map((row) => [row.line, row.columns.name])).toEqual([
    [2, 'Asha'],
    [3, 'Ben'],
  ]);
});

test('the last line needs no newline', async () => {
  expect((await read(`contact_number\n${A}`)).rows).toHaveLength(1);
});

test('a row of empty values is a row without a number', async () => {
  const { rows } = await read(`contact_number,name\n${A},Asha\n,\n`);
  expect(rows[1]).toMatchObject({ line: 3, verdict: 'rejected', reason: 'the number is empty' });
});

test('a row with a comma too many is rejected with what to do', async () => {
  const { rows } = await read(`contact_number,name\n${A},Asha, Pune\n${B},Ben\n`);
  expect(rows).toMatchObject([
    {
      line: 2,
      verdict: 'rejected',
      column: '',
      value: `${A},Asha,Pune`,
      reason: 'has 3 values where the header has 2; quote values that hold a comma',
    },
    { line: 3, verdict: 'valid' },
  ]);
});

test.each([
  ["Excel's ghost column", 'contact_number,name,', `${A},Asha,\n${B},Ben`],
  ['a ghost column in the middle', 'contact_number,,name', `${A},,Asha\n${B}, ,Ben`],
  ['more cells than the header, all empty', 'contact_number,name', `${A},Asha,,,\n${B},Ben,\t`],
  ['its empty last cells left out', 'contact_number,name,city', `${A},Asha\n${B},Ben,`],
])('a file with %s is read all the same', async (_what, header, lines) => {
  const { rows } = await read(`${header}\n${lines}\n`);
  expect(rows).toMatchObject([
    { verdict: 'valid', number: A, columns: { contact_number: A, name: 'Asha' } },
    { verdict: 'valid', number: B, columns: { contact_number: B, name: 'Ben' } },
  ]);
  expect(rows.map(({ columns }) => '' in columns)).toEqual([false, false]);
});

test('a value in a column without a name rejects its row, not the file', async () => {
  const { rows } = await read(`contact_number,,name\n${A},x\n${B},,Ben\n`);
  expect(rows).toMatchObject([
    {
      verdict: 'rejected',
      reason: 'has a value in column 2, which has no name in the header; name the column, or empty the cell',
    },
    { verdict: 'valid' },
  ]);
});

test.each([
  ['as it is', `="${A}"`],
  ['in quotes', `"=""${A}"""`],
])('a formula that keeps a number as a text, written %s, is read as the number', async (_how, cell) => {
  for (const chunk of [undefined, 1, 30]) {
    const { rows } = await read(
      `name,contact_number,code\n"=""x""",${cell},="007"\nBen, "${B}" ,b\n=,="${A}",c`,
      chunk,
    );
    expect(rows).toMatchObject([
      { line: 2, verdict: 'valid', number: A, columns: { name: 'x', code: '007' } },
      { line: 3, verdict: 'valid', number: B },
      { line: 4, verdict: 'duplicate', columns: { name: '=' } },
    ]);
  }
});

test.each([`=“${A}”`, `=”${A}“`, `=„${A}“`, `=${A}`, `'=${A}`])(
  'the formula %s is read as the number',
  async (cell) => {
    const { rows } = await read(`contact_number,name\n${cell},Al\n`);
    expect(rows).toMatchObject([{ verdict: 'valid', number: A }]);
  },
);

test.each(['=1+2', '=SUM(A1)', `=“${A}`])('the formula %s is none that holds a number', async (cell) => {
  const { rows } = await read(`contact_number,name\n${cell},Al\n`);
  expect(rows).toMatchObject([{ verdict: 'rejected', reason: expect.stringContaining('not a phone number') }]);
});

test('the first row with a number wins, however the others write it', async () => {
  const { rows } = await read(`contact_number\n\n${A}\n${B}\n+1 (202) 555-0101\n`);
  expect(rows[2]).toMatchObject({
    line: 5,
    verdict: 'duplicate',
    column: 'contact_number',
    value: '+1 (202) 555-0101',
    reason: 'duplicate of line 3',
  });
});

test('a rejected row does not make a later one a duplicate', async () => {
  const { rows } = await read(`contact_number,name\n${A},Asha,x\n${A},Asha\n`);
  expect(rows.map((row) => row.verdict)).toEqual(['rejected', 'valid']);
});

test.each<[string, string | Buffer, string, RegExp]>([
  ['is empty', '', 'empty', /The file is empty/],
  ['holds only blank lines', '\n  \r\n', 'empty', /The file is empty/],
  ['holds only a byte order mark', '\ufeff', 'empty', /The file is empty/],
  ['has only a header', 'contact_number,name\n', 'no-rows', /a header but no contacts/],
  ['has no number column', 'who,name\n1,2\n', 'no-contact-number', /has "who", "name"\): rename .*--number-column/],
  ['has no number column, between semicolons', 'who;name\n1;2\n', 'no-contact-number', /has "who", "name"\)/],
  ['has no header', `Asha,${A}\nBen,${B}\n`, 'no-contact-number', /has no header: put a line above line 1/],
  [
    'holds rejected rows',
    `line,column,value,reason\n2,contact_number,1,x\n`,
    'results-file',
    /what is wrong with rows .* results ID --only rejected -o FILE /,
  ],
  ['names a column twice', `contact_number,Name, Name\n${A},x,y\n`, 'duplicate-column', /"Name" .* twice/],
  ['has two number columns', `contact_number,Contact Number\n${A},${B}\n`, 'duplicate-column', /"contact_number"/],
  ['is a workbook that nobody has made a CSV of', zip('[Content_Types].xml', 'PK'), 'not-a-csv', /workbook.*CSV UTF-8/],
  ['is an old workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'not-a-csv', /Excel workbook \(an old \.xls/],
  [
    "is LibreOffice's",
    zip('mimetype', 'application/vnd.oasis.opendocument.spreadsheetPK'),
    'not-a-csv',
    /OpenDocument spreadsheet \(\.ods\).*Save As → "Text CSV"/,
  ],
  ["is Apple's", zip('Index/Document.iwa', 'x'), 'not-a-csv', /Numbers spreadsheet.*Export To → CSV/],
  ['is another archive', zip('photo.jpg', 'x'), 'not-a-csv', /a workbook or a zip archive.*CSV UTF-8/],
  ['is cut off in its name', Buffer.from('504b030414000600', 'hex'), 'not-a-csv', /workbook.*CSV UTF-8/],
  ['is a web page that is called .xls', '\ufeff\n<html><table><tr>', 'not-a-csv', /web page or XML.*CSV UTF-8/],
  ['is JSON', '{"id":"1","status":"completed"}\n', 'not-a-csv', /holds JSON, not a CSV\. .*executions\.jsonl/],
  ['is a list in JSON', '\ufeff[\n {"contact_number": 1}]', 'not-a-csv', /holds JSON/],
  ['has a header with a NUL', Buffer.from(`contact_number,na\0me\n${A},Al\n`), 'not-a-csv', /binary/],
  ['is a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'not-a-csv', /binary/],
  [
    'has a stray quote in its header',
    `contact_number,5" pipe\n${A},x\n`,
    'broken-quote',
    /^The header \(line 1\) has a quote/,
  ],
])('a file that %s is refused', async (_what, bytes, code, message) => {
  for (const chunk of [undefined, 1]) {
    const error = await refusal(bytes, chunk);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  }
});

test('the results of a campaign are no contacts: the refusal names the command that makes contacts of them', async () => {
  const results = `${RESULT_COLUMNS.join(',')},name\n2,${A},completed,,,1,1,0,,,Asha\n`;
  await expect(refuseResultsFile(Readable.from([results]))).rejects.toThrow(
    /^The file holds the results of a campaign, not contacts\. .* bolna-campaigns results ID --only no-answer,busy -o FILE /,
  );
  await expect(refuseResultsFile(Readable.from([`contact_number,line,result,reason\n${A},1,x,y\n`]))).resolves.toBe(
    undefined,
  );
});

test('a refusal never repeats a contact', async () => {
  expect((await refusal(`${A},Asha\n`)).message).not.toContain('Asha');
  expect((await refusal(`${A},Asha\n`)).message).not.toContain(A);
});

test('a refusal is one line, whatever the columns are called', async () => {
  const { message } = await refusal('"what\r\n\u2028\u0085number\u001b[31m",name\n');
  expect(message).toContain('"what number [31m", "name"');
});

test('a refusal repeats no number, in whatever digits and wherever it stands', async () => {
  expect((await refusal('Asha,+٩١٩٨٧٦٥٤٣٢١٠\n')).message).toContain('has no header');
  const twice = await refusal(`contact_number,Ben ${B},Ben ${B}\n${A},1,2\n`);
  expect(twice.message).toContain('The column "Ben +[number]" is in the header');
});

test('a quote that is never closed is told with the line it is in', async () => {
  const error = await refusal(`contact_number,name\n${A},Asha\n\n${B},"Ben\n+12025550103,Cy\n`);
  expect(error.code).toBe('broken-quote');
  expect(error.message).toMatch(/line 4 and never closed/);
});

test('a quote that closes nothing, lines below where it opens, is never closed: those lines may be people', async () => {
  const error = await refusal(`contact_number,name\n${A},"5 pipe\n${B},Ben\n+12025550103,"Cy"\n`, 1);
  expect(error.message).toMatch(/line 2 and never closed/);
});

const STRAY = 'has a quote in the wrong place; quote whole values only, and double ("") a quote inside one';
const NUL = 'holds a NUL, which is no character of a text; delete it, or export the file again';

test.each([
  ['a quote inside a value', `${A},5" pipe`, STRAY],
  ['text behind a closing quote', `${A},"Al" Bo`, STRAY],
  ['a closing quote too many', `${A},Al"`, STRAY],
  ['a delimiter inside of stray quotes', `${A},He said "hi, there"`, STRAY],
  ['a formula that goes on', `="${A}"5,Al`, STRAY],
  ['a stray quote before quoted lines', `${A} "x",""`, STRAY],
  ['a NUL', `${A},A\0l`, NUL],
  ['a block of zeros', `${A},${'\0'.repeat(4096)}`, NUL],
])('%s rejects its row alone', async (_what, row, reason) => {
  for (const chunk of [undefined, 1, 7]) {
    const { rows } = await read(`contact_number,name\n"${B}","a\nb"\n${row}\r\n+12025550103,"Ben"`, chunk);
    expect(rows).toMatchObject([
      { line: 2, verdict: 'valid' },
      { line: 4, verdict: 'rejected', column: '', reason, columns: { contact_number: '', name: '' } },
      { line: 5, verdict: 'valid', columns: { name: 'Ben' } },
    ]);
    expect(rows[1]).toMatchObject({ value: cut(row, 200).replaceAll('\0', '\u2400') });
  }
});

test('however many rows have a NUL, each is rejected alone, and the others are read', async () => {
  for (const encoding of ['utf8', 'utf16le'] as const) {
    const text = `contact_number,name\n${`${A},x\0y\n`.repeat(100)}${B},Ben\n`;
    for (const chunk of [undefined, 1, 1000]) {
      const { rows } = await read(Buffer.from(text, encoding), chunk);
      expect(rows.slice(0, 100).every((row) => row.verdict === 'rejected' && row.reason === NUL)).toBe(true);
      expect(rows.slice(100)).toMatchObject([{ line: 102, verdict: 'valid', columns: { name: 'Ben' } }]);
    }
  }
});

test('a row over 1 MB is refused before it fills the memory', async () => {
  let sent = 0;
  async function* endless() {
    yield Buffer.from(`contact_number,name\n${A},"`);
    for (; sent < 1000; sent += 1) yield Buffer.alloc(64 * 1024, 'x');
  }
  await expect(readAll(Readable.from(endless()))).rejects.toMatchObject({
    code: 'row-too-long',
    message: expect.stringContaining('line 2'),
  });
  expect(sent).toBeLessThan(100);
});

test('an error of the source is passed on as it is', async () => {
  async function* broken() {
    yield Buffer.from(`contact_number\n${A}\n`);
    throw new Error('the disk is gone');
  }
  await expect(readAll(Readable.from(broken()))).rejects.toThrow('the disk is gone');
});

test('leaving the rows early closes the source', async () => {
  const source = Readable.from([Buffer.from(`contact_number\n${A}\n${B}\n`)]);
  const { rows } = await readContacts(source);
  for await (const _ of rows) break;
  await new Promise(setImmediate);
  expect(source.destroyed).toBe(true);
});

test('a header that cannot be used closes the source', async () => {
  const source = Readable.from(
    (function* () {
      for (;;) yield Buffer.from('who,name\n'.repeat(1000));
    })(),
  );
  await expect(readContacts(source)).rejects.toMatchObject({ code: 'no-contact-number' });
  await new Promise(setImmediate);
  expect(source.destroyed).toBe(true);
});
