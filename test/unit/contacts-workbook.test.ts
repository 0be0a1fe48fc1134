import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { asCsv } from '../../contacts/as-csv';
import { until } from '../support/processes';
import { workbook, zip } from '../support/workbooks';

const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('bolna-campaigns-workbook-'));
const before = left();

/** In pieces, as files come. */
function from(bytes: Buffer): Readable {
  return Readable.from([bytes.subarray(0, 10), bytes.subarray(10, 500), bytes.subarray(500)]);
}

async function csvOf(bytes: Buffer, sheet?: string, mostBytes?: { ofFile: number; ofSheet: number }) {
  const { content, notes } = await asCsv(from(bytes), sheet, mostBytes && { mostBytes });
  return { csv: await text(content), notes };
}

/** What the cells of one row come to. */
async function shown(...cells: Parameters<typeof workbook>[0]['sheets'][string][number] & object) {
  const { csv } = await csvOf(workbook({ sheets: { A: [['x', ...cells]] } }));
  return csv.trimEnd().split(',').slice(1);
}

const A = '+12025550101';

afterAll(async () => {
  const more = () => left().filter((name) => !before.includes(name));
  const isGone = () => more().length === 0;
  await until(() => `${more()} is gone`, isGone, 4_000);
});

test('a sheet becomes a CSV whose lines are its rows', async () => {
  const rows = [
    ['contact_number', 'name', 'due'],
    [A, 'Ann "A", ltd', { number: 46_000, format: 'd mmm yyyy' }],
    undefined,
    [undefined, '', { xml: '<c t="s"/>' }],
    ['+12025550102', 'two\r\nlines', undefined, ' '],
  ];
  expect(await csvOf(workbook({ sheets: { People: rows } }))).toEqual({
    csv: `contact_number,name,due\n${A},"Ann ""A"", ltd",9 Dec 2025\n\n\n+12025550102,two lines,," "\n`,
    notes: [],
  });
});

test('numbers are shown as Excel shows them, and those that may be phone numbers with all their digits', async () => {
  expect(
    await shown(
      { number: 919876543210 },
      { number: 919876543210, format: 11 },
      { number: 919876543210, format: 49 },
      { number: 9876543210, format: '"+91 "0' },
      { number: 7, format: '000' },
      { number: 0.1 + 0.2 },
      { number: 1234.5, format: 2 },
      { number: 0.125, format: '0.0%' },
      { number: 5, format: '_-* 0_-' },
      { number: 5, format: '[[broken' },
      // Names that numfmt finds in its own cache, and a format that is longer than Excel takes.
      { number: 5, format: 'constructor' },
      { number: 5, format: '__proto__' },
      { number: 5, format: '0'.repeat(256) },
      { number: 5, format: '0'.repeat(255) },
    ),
  ).toEqual([
    '919876543210',
    '919876543210',
    '919876543210',
    '+91 9876543210',
    '007',
    '0.3',
    '1234.50',
    '12.5%',
    '5',
    '5',
    '5',
    '5',
    '5',
    '5'.padStart(255, '0'),
  ]);
});

test('dates are shown by their format; that of each machine as the year, the month and the day', async () => {
  const noon = 46_000.5;
  const formats = [14, 22, 15, 'dd/mm/yyyy', '[$-409]d mmmm yyyy;@', 'h:mm AM/PM'];
  const dates = formats.map((format) => ({ number: noon, format }));
  const wanted = ['2025-12-09', '2025-12-09 12:00', '9-Dec-25', '09/12/2025', '9 December 2025', '12:00 PM'];
  expect(await shown(...dates)).toEqual(wanted);
  const from1904 = { sheets: { A: [[{ number: 46_000 - 1462, format: 14 }, { number: 7 }]] }, startsIn1904: true };
  expect((await csvOf(workbook(from1904))).csv).toBe('2025-12-09,7\n');
});

test('texts, truth values, errors and what formulas came to are read', async () => {
  expect(
    await shown(
      { xml: '<c t="inlineStr"><is><t>a</t><r><t>b&amp;</t></r></is></c>' },
      { xml: '<c t="str"><f>A1&amp;"x"</f><v>ax</v></c>' },
      { xml: '<c><f>1+1</f><v>2</v></c>' },
      { xml: '<c t="b"><v>1</v></c>' },
      { xml: '<c t="e"><v>#REF!</v></c>' },
      { xml: '<c t="d"><v>2026-06-23</v></c>' },
      'a_x005F_b',
    ),
  ).toEqual(['ab&', 'ax', '2', 'TRUE', '#REF!', '2026-06-23', 'a_b']);
});

describe('of several sheets', () => {
  const sheets = { Old: [['a']], People: [['b']], 'Do & not': [['c']] };

  test('the first one that is not hidden is read, with a note', async () => {
    const { csv, notes } = await csvOf(workbook({ sheets, hidden: ['Old'] }));
    expect(csv).toBe('b\n');
    expect(notes).toEqual([expect.stringMatching(/^The workbook has 2 sheets; .* first one, "People"\. .* --sheet/)]);
  });

  test('the one that is named is read', async () => {
    expect(await csvOf(workbook({ sheets }), 'Do & not')).toEqual({ csv: 'c\n', notes: [] });
    await expect(csvOf(workbook({ sheets }), 'people')).rejects.toMatchObject({
      code: 'no-such-sheet',
      message: expect.stringMatching(
        /it has "Old", "People", "Do & not"\. Name one of them with sheet \(on the command line, --sheet\)/,
      ),
    });
  });

  test('their names are cut, and say no number', async () => {
    const named = workbook({ sheets: { 'Ann +1 202-555-0101': [['a']], [`${'x'.repeat(60_000)}\ny`]: [['b']] } });
    expect((await csvOf(named)).notes).toEqual([expect.stringContaining('the first one, "Ann +[number]". ')]);
    await expect(csvOf(named, 'z')).rejects.toMatchObject({
      message: expect.stringContaining(`it has "Ann +[number]", "${'x'.repeat(40)}…". `),
    });
  });
});

test('any other file stays as it is, and has no sheets', async () => {
  const csv = `contact_number\n${A}\n`;
  expect(await csvOf(Buffer.from(csv))).toEqual({ csv, notes: [] });
  const source = from(Buffer.from(csv));
  await expect(asCsv(source, 'People')).rejects.toMatchObject({ code: 'no-such-sheet' });
  expect(source.destroyed).toBe(true);
  const [unread, unwanted] = [from(Buffer.from(csv)), from(workbook({ sheets: { A: [['a']] } }))];
  for (const each of [unread, unwanted]) (await asCsv(each)).content.destroy();
  await new Promise(setImmediate);
  expect(unread.destroyed).toBe(true);
});

const sheetOf = (rows: string, strings = '') => {
  const relations =
    '<Relationships><Relationship Id="a" Type="x/worksheet" Target="sheet.xml"/><Relationship Id="b" Type="x/sharedStrings" Target="strings.xml"/></Relationships>';
  return [
    { name: 'xl/workbook.xml', content: Buffer.from('<workbook><sheets><sheet name="A" id="a"/></sheets></workbook>') },
    { name: 'xl/_rels/workbook.xml.rels', content: Buffer.from(relations) },
    { name: 'xl/sheet.xml', content: Buffer.from(`<worksheet><sheetData>${rows}</sheetData></worksheet>`) },
    { name: 'xl/strings.xml', content: Buffer.from(`<sst><si><t>${strings}</t></si></sst>`) },
  ];
};
const ok = sheetOf('<row><c><v>1</v></c></row>');
const row = (cells: string) => `<row>${cells}</row>`;
const cell = (text: string) => row(`<c t="str"><v>${text}</v></c>`);
const texts = (count: number) => '<c t="s"><v>0</v></c>'.repeat(count);
const shared = (count: number) => row(texts(count));
/** In the last column that there can be. */
const LAST = '<c r="XFD1"><v>1</v></c>';
const LONGEST = 64 * 1024;
const [LONG_CELL, LONG_ROW] = [
  /^Row 1 of the sheet has a cell of more than 65,536 characters: shorten its text\.$/,
  /^Row 1 of the sheet is longer than 1 MB: shorten it\.$/,
];

test('a workbook of the least that there can be is read', async () => {
  expect((await csvOf(zip(ok))).csv).toBe('1\n');
});

test.each<[string, Buffer, RegExp]>([
  ['is cut', workbook({ sheets: { A: [['a']] } }).subarray(0, -30), /damaged/],
  [
    'is an archive of something else',
    zip([{ name: 'photo.jpg', content: Buffer.from('x') }]),
    /another kind of archive/,
  ],
  ['has broken XML', zip(sheetOf('<row><c></row>')), /damaged/],
  ['has rows out of order', zip(sheetOf('<row r="2"/><row r="1"/>')), /damaged/],
  ['has more rows than Excel', zip(sheetOf('<row r="1048577"/>')), /damaged/],
  ['has more columns than Excel', zip(sheetOf('<row><c r="XFE1"/></row>')), /damaged/],
  ['is nested without end', zip(sheetOf('<a>'.repeat(1000))), /damaged/],
  ['has a tag without end', zip(sheetOf(`<row a="${'x'.repeat(3_000_000)}"/>`)), /damaged/],
  [
    'has endless attributes',
    zip(sheetOf(`<row${Array.from({ length: 999 }, (_, at) => ` a${at}=""`).join('')}/>`)),
    /damaged/,
  ],
  ['has a long cell', zip(sheetOf(cell('x'.repeat(LONGEST + 1)))), LONG_CELL],
  ['has a long shared text', zip(sheetOf(shared(1), 'x'.repeat(LONGEST + 1))), LONG_CELL],
  ['has a row over 1 MB by a shared text', zip(sheetOf(shared(16), 'x'.repeat(LONGEST))), LONG_ROW],
  ['has a row over 1 MB by empty cells', zip(sheetOf(row(`${texts(16)}${LAST}`), 'x'.repeat(65_000))), LONG_ROW],
  [
    'says that it is small',
    zip([...ok.slice(0, 2), ...ok.slice(3), { ...ok[2], content: Buffer.alloc(9_999, '<a/>'), claim: 99 } as never]),
    /damaged/,
  ],
  [
    'says that it is enormous',
    zip([...ok.slice(0, 2), ...ok.slice(3), { ...ok[2], claim: 2 ** 31 } as never]),
    /too large.*2048 MB/,
  ],
])('a workbook that %s is refused', async (_what, bytes, message) => {
  await expect(csvOf(bytes)).rejects.toMatchObject({ name: 'ContactsError', message: expect.stringMatching(message) });
});

const SMALL = { ofFile: 1_000_000, ofSheet: 10_000 };

test('a sheet that comes to a far longer CSV is refused', async () => {
  const bytes = zip(sheetOf(row(LAST)));
  expect((await csvOf(bytes)).csv).toBe(`${','.repeat(16_383)}1\n`);
  await expect(csvOf(bytes, undefined, SMALL)).rejects.toMatchObject({
    code: 'workbook-too-large',
    message: expect.stringMatching(/^The sheet is too large .*: delete the rows and columns that hold no contacts/),
  });
  await expect(csvOf(bytes, undefined, { ...SMALL, ofFile: 600 })).rejects.toMatchObject({
    message: expect.stringMatching(/^The workbook is larger than 256 MB/),
  });
});

test('a sheet whose cells share a long text comes in small pieces, and leaves room for others between them', async () => {
  const rows = 200;
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  const { content } = await asCsv(from(zip(sheetOf(shared(1).repeat(rows), 'x'.repeat(LONGEST)))));
  setImmediate(count);
  const lengths: number[] = [];
  for await (const piece of content) lengths.push((piece as Buffer).length);
  isOver = true;
  expect(lengths.reduce((sum, length) => sum + length)).toBe(rows * (LONGEST + 1));
  expect(Math.max(...lengths)).toBeLessThan(2 * LONGEST);
  expect(turns).toBeGreaterThan(rows / 2);
});

test('long cells of spaces are read at once, and lines of a cell put together', async () => {
  const spaces = ' '.repeat(LONGEST - 1);
  const { csv } = await csvOf(zip(sheetOf(`${shared(15)}${cell('a \r\n\n\t b  c')}`, `x${spaces}`)));
  expect(csv).toBe(`${Array(15).fill(`"x${spaces}"`).join(',')}\na b  c\n`);
});

test('a sheet may use 1000 formats of numbers, and a workbook have any number of them', async () => {
  const rows = (count: number) => Array.from({ length: count }, (_, at) => [{ number: 1, format: `0"f${at}"` }]);
  expect((await csvOf(workbook({ sheets: { A: rows(999), B: rows(1200) } }))).csv).toMatch(/^1f0\n.*\n1f998\n$/s);
  await expect(csvOf(workbook({ sheets: { A: rows(1200) } }))).rejects.toMatchObject({
    code: 'workbook-too-large',
    message: 'The sheet uses more than 1000 number formats: save it as "CSV UTF-8", and give that file.',
  });
});
