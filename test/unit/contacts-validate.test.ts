import { createHash } from 'node:crypto';
import { PassThrough, Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { original } from '../../contacts/formulas';
import { validateContacts } from '../../contacts/validate';

class Sheet extends Writable {
  readonly chunks: Buffer[] = [];
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk);
    // At a disk's pace rather than at once, so that waiting for it is tested too.
    setImmediate(done);
  }
  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

async function validate(...chunks: (string | Buffer)[]) {
  const sheets = { contacts: new Sheet(), rejected: new Sheet() };
  const summary = await validateContacts(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), sheets);
  return { summary, contacts: sheets.contacts.text, rejected: sheets.rejected.text };
}

test('splits a file into what Bolna gets and what it does not', async () => {
  const { summary, contacts, rejected } = await validate(
    '\ufeffname, Contact Number ,city\r\nAsha,+91 98765-43210,"Pune,\r\nWest"\r\n\r\nBen,"98,76",\r\nCy,+919876543210,x\r\nDi,+1 (202) 555.0123,"a ""b"""\r\nEm,+447700900123,\r\n',
  );
  expect(contacts).toBe(
    'contact_number,name,city\n+919876543210,Asha,"Pune,\r\nWest"\n+12025550123,Di,"a ""b"""\n+447700900123,Em,\n',
  );
  expect(rejected).toBe(
    [
      'line,column,value,reason',
      '5,contact_number,"98,76","is not a phone number; write it as + and digits, as in +91…"',
      '6,contact_number,+919876543210,duplicate of line 2',
      '',
    ].join('\n'),
  );
  expect(summary).toEqual({
    total: 5,
    valid: 3,
    rejected: 1,
    duplicates: 1,
    suppressed: 0,
    flagged: 1,
    columns: ['name', 'contact_number', 'city'],
    bytes: Buffer.byteLength(contacts),
    hash: createHash('sha256').update(contacts).digest('hex'),
    notes: [],
  });
});

test.each([
  ['\r', 'a carriage return'],
  ['\v', 'a vertical tab'],
  ['\x85', 'a next-line mark'],
  ['\u2028', 'a line separator'],
])('a value with %j is quoted, so that no reader begins a row at %s', async (mark) => {
  const { contacts } = await validate(`contact_number,note\n+12025550101,"x${mark}+12025550102"\n`);
  expect(contacts).toBe(`contact_number,note\n+12025550101,"x${mark}+12025550102"\n`);
});

test('a value too long to be shown is not cut inside a character', async () => {
  const { rejected } = await validate(`contact_number\n+12025550101\n${'x'.repeat(199)}😀😀\n`);
  expect(rejected).toContain(`\n3,contact_number,${'x'.repeat(199)}…,`);
});

test('the same contacts have the same hash, however the file writes them', async () => {
  const plain = await validate('contact_number,name\n+919876543210,Asha\n+12025550123,Ben\n');
  const dressed = await validate('\ufeff"Contact Number" ,name\r\n\r\n+91 98765 43210,"Asha"\r\n(+1) 202-555-0123,Ben');
  expect(dressed.summary.hash).toBe(plain.summary.hash);
});

test('another name is another file', async () => {
  const asha = await validate('contact_number,name\n+919876543210,Asha\n');
  const ben = await validate('contact_number,name\n+919876543210,Ben\n');
  expect(ben.summary.hash).not.toBe(asha.summary.hash);
});

test('without a valid row it fails, and the rejected rows can be looked at', async () => {
  const sheets = { contacts: new Sheet(), rejected: new Sheet() };
  const source = Readable.from([Buffer.from('contact_number\n\n12025550101\n12025550102\n')]);
  await expect(validateContacts(source, sheets)).rejects.toMatchObject({
    code: 'no-valid-row',
    message: expect.stringMatching(/All 2 rows are rejected; line 3: has no \+, and perhaps lacks only that/),
  });
  expect(sheets.rejected.writableFinished).toBe(true);
  expect(sheets.rejected.text.split('\n')).toHaveLength(4);
});

test('without a valid row, rejected rows that are still on their way to storage arrive', async () => {
  const [contacts, rejected] = [new PassThrough(), new PassThrough()];
  const arrived = Promise.all([text(contacts), text(rejected)]);
  const source = Readable.from([Buffer.from('contact_number\n1\n')]);
  await expect(validateContacts(source, { contacts, rejected })).rejects.toMatchObject({ code: 'no-valid-row' });
  expect((await arrived)[1]).toContain('\n2,contact_number,1,');
});

test('a file refused halfway leaves no half file behind', async () => {
  const sheets = { contacts: new Sheet(), rejected: new Sheet() };
  const source = Readable.from([Buffer.from('contact_number,n\n+12025550101,a\n'), Buffer.from('+12025550102,"b')]);
  await expect(validateContacts(source, sheets)).rejects.toMatchObject({ code: 'broken-quote' });
  for (const sheet of Object.values(sheets)) {
    expect(sheet.destroyed).toBe(true);
    expect(sheet.writableFinished).toBe(false);
  }
});

test.each(['contacts', 'rejected'] as const)('a full disk under %s.csv is told as what it is', async (name) => {
  const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error('ENOSPC')) });
  const sheets = { contacts: new Sheet(), rejected: new Sheet(), [name]: full };
  const rows = Array.from({ length: 5000 }, (_, i) => `+1202555${String(i).padStart(4, '0')}\nx\n`);
  const source = Readable.from([Buffer.from(`contact_number\n${rows.join('')}`)]);
  await expect(validateContacts(source, sheets)).rejects.toThrow('ENOSPC');
  await new Promise(setImmediate);
  expect(source.destroyed).toBe(true);
});

test('ten thousand numbers in a row are told apart, and found again', async () => {
  const numbers = Array.from({ length: 10_000 }, (_, i) => `+9198765${String(i).padStart(5, '0')}`);
  const { summary, rejected } = await validate(['contact_number', ...numbers, ...numbers].join('\n'));
  expect(summary).toMatchObject({ valid: 10_000, duplicates: 10_000 });
  expect(rejected.trimEnd().split('\n').at(-1)).toMatch(/^20001,.*,duplicate of line 10001$/);
});

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
const cell = fc.string({
  unit: fc.oneof(fc.constantFrom(...',"\n\r \t;\'é😀\u2028'), fc.string({ maxLength: 1 })),
  maxLength: 8,
});
const typed = fc.oneof(
  fc.integer({ min: 0, max: 99 }).map((n) => `+1 (202) 555-01${String(n).padStart(2, '0')}`),
  fc.constantFrom('', 'x', '9.1E+11', '0012025550101', '+447700900123', '+919876543210'),
);
const clean = (text: string) => text.replaceAll('\0', '');
const sheet = fc.record({
  rows: fc.array(fc.tuple(typed, cell.map(clean), cell.map(clean)), { maxLength: 30 }),
  end: fc.constantFrom('\n', '\r\n', '\r'),
});
const bare = (cell: string) => (/[",\r\n]/.test(cell) ? quoted(cell) : cell);
const written = ({ rows, end }: { rows: string[][]; end: string }, write = quoted) =>
  [
    ['a', 'contact_number', 'b'],
    ['', '+12025550199', ''],
    ...rows.map(([number = '', a = '', b = '']) => [a, number, b]),
  ]
    .map((cells) => cells.map(write).join(',') + end)
    .join('');

test('every row is counted once, and another parser reads back the same values', async () => {
  await fc.assert(
    fc.asyncProperty(sheet, async (made) => {
      const { summary, contacts, rejected } = await validate(written(made));
      expect(summary.valid + summary.rejected + summary.duplicates).toBe(made.rows.length + 1);
      expect(summary.total).toBe(made.rows.length + 1);

      const back: string[][] = parse(contacts, { record_delimiter: '\n' });
      const refused: string[][] = parse(rejected, { record_delimiter: '\n' });
      expect(back).toHaveLength(summary.valid + 1);
      expect(refused).toHaveLength(summary.rejected + summary.duplicates + 1);
      // The rows of contacts.csv are those of the file, in order, less the others.
      const rest = made.rows.map(([, a, b]) => JSON.stringify([original(a), original(b)]));
      for (const [, a, b] of back.slice(2)) {
        const at = rest.indexOf(JSON.stringify([a, b]));
        expect(at).toBeGreaterThanOrEqual(0);
        rest.splice(0, at + 1);
      }
    }),
  );
});

test('how the file is cut into chunks changes nothing, not even inside a character', async () => {
  await fc.assert(
    fc.asyncProperty(sheet, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), async (made, sizes) => {
      const bytes = Buffer.from(`\ufeff${written(made, bare)}`);
      const chunks: Buffer[] = [];
      for (let at = 0, i = 0; at < bytes.length; i += 1) {
        const size = sizes[i % sizes.length] ?? 1;
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      expect(await validate(...chunks)).toEqual(await validate(bytes));
    }),
  );
});

describe('columns in which each row must have a value', () => {
  const CSV =
    'contact_number,name,city\n+12025550101,,Pune\n+12025550101,Ben,\n+12025550102,N/A,Rome\n,,\n+12025550103,Cy,#REF!\n+12025550104,Di,Oslo\n';

  async function requiring(...required: string[]) {
    const sheets = { contacts: new Sheet(), rejected: new Sheet() };
    const summary = await validateContacts(Readable.from([Buffer.from(CSV)]), sheets, undefined, { required });
    return { summary, contacts: sheets.contacts.text, rejected: sheets.rejected.text };
  }

  test('reject the rows without one, before a later row of the same person is a duplicate', async () => {
    const { summary, contacts, rejected } = await requiring('name');
    expect(summary).toMatchObject({ total: 6, valid: 3, rejected: 3, duplicates: 0 });
    expect(contacts).toBe('contact_number,name,city\n+12025550101,Ben,\n+12025550103,Cy,#REF!\n+12025550104,Di,Oslo\n');
    const reason = '"has no value, and each row must have one; enter it, or delete the row"';
    expect(rejected.split('\n').slice(1, 3)).toEqual([`2,name,,${reason}`, `4,name,N/A,${reason}`]);
  });

  test('may be several', async () => {
    const { summary } = await requiring('name', 'city');
    expect(summary).toMatchObject({ total: 6, valid: 1, rejected: 5 });
  });

  test('must be columns of the file', async () => {
    await expect(requiring('name', 'company')).rejects.toMatchObject({
      code: 'no-required-column',
      message: expect.stringContaining('The file has no column "company"'),
    });
  });
});
