import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { SuppressionError, UnreadableEntriesError } from '../../contacts/errors';
import { isSuppressedReason } from '../../contacts/judge';
import { numbersMeant } from '../../contacts/list-entry';
import { readNumberList } from '../../contacts/number-list';
import { NumberSet } from '../../contacts/number-set';
import { findSuppressed, type SuppressionList } from '../../contacts/suppression';
import { validateContacts } from '../../contacts/validate';
import { Sheet } from '../support/sheets';

const from = (text: string | Buffer) => Readable.from([Buffer.from(text)]);

async function read(text: string | Buffer) {
  const numbers: number[] = [];
  const read = (typed: string) => numbersMeant(typed, ['1']);
  const list = await readNumberList(from(text), read, (number) => numbers.push(number));
  return { list, numbers };
}

describe('a suppression list', () => {
  const BOTH = [12025550101, 919876543210];

  test.each([
    ['a CSV with a column of numbers', 'name,contact_number\nAsha,+12025550101\nRavi,+919876543210\n'],
    [
      'its header in another spelling',
      '\ufeff"Contact Number" ,name\r\n+1 (202) 555-0101,Asha\r\n+919876543210,Ravi\r\n',
    ],
    ['a number a line', '+12025550101\n+919876543210\n'],
    ['a number a line, as people write them', "+1 202 555 0101\n\n'+91-98765-43210"],
    ['a number a line, with commas a spreadsheet left', '+12025550101,\n+919876543210,,\n'],
    ['a number a line, under a header of any name', 'phone\n+12025550101\n+919876543210\n'],
    ['formulas that keep a spreadsheet from rounding', 'contact_number\n="+12025550101"\n="+919876543210"\n'],
    ['such formulas, one a line', '="+12025550101"\r\n="+919876543210"\r\n'],
    ['tel: addresses', 'tel:+1-202-555-0101;ext=5\ntel:+91-98765-43210\n'],
    ['two columns of numbers', 'Phone,name,Mobile\n+12025550101,Asha,+919876543210\n'],
    ['two columns, each for some people', 'Phone,Mobile\n+12025550101,\n,+919876543210\n'],
    ['a column in which some cells are blank', 'name,contact_number\nAsha,+12025550101\nBen,\nRavi, +919876543210\n'],
    ['rows of another width than the header', 'contact_number,name\n+12025550101\n+919876543210,Ravi,one more\n'],
  ])('may be %s', async (_, text) => {
    expect(await read(text)).toEqual({ list: { entries: 2, unreadable: 0, firstUnreadable: [] }, numbers: BOTH });
  });

  test.each([
    ['', 0],
    ['contact_number\n', 0],
    ['\n\n', 0],
    ['phone\n', 0],
  ])('may be empty: %j', async (text, entries) => {
    expect(await read(text)).toEqual({ list: { entries, unreadable: 0, firstUnreadable: [] }, numbers: [] });
  });

  test.each(['John Smith', '# comment', 'garbage'])(
    'tells of a first line %j that is taken for a header',
    async (line) => {
      const { list, numbers } = await read(`${line}\n+12025550101\n+919876543210\n`);
      expect(list).toEqual({
        entries: 2,
        unreadable: 0,
        firstUnreadable: [],
        takenForHeader: { line: 1, typed: line },
      });
      expect(numbers).toEqual(BOTH);
    },
  );

  test.each([
    'Mobile,+12025550101\n+919876543210,\n',
    'Phone 1 2 0 2 5 5 5 0 1 0 1\n+919876543210\n',
    '+①②⓪②⑤⑤⑤⓪①⓪①\n+919876543210\n',
    'contact_number;Added 2024-06-30;tel:+1 202 555 0101\n+919876543210;;\n',
  ])('takes the number in a first line that names columns, or looks as if it did: %j', async (text) => {
    expect(await read(text)).toEqual({ list: { entries: 2, unreadable: 0, firstUnreadable: [] }, numbers: BOTH });
  });

  test('has its entries counted that cannot be read, and the first three kept', async () => {
    const { list, numbers } = await read('contact_number\n+12025550101\n555-0102\n9.19E+11\nAsha\nnone\n');
    expect(numbers).toEqual([12025550101]);
    expect(list).toMatchObject({ entries: 5, unreadable: 4 });
    expect(list.firstUnreadable).toEqual([
      { line: 3, typed: '555-0102', reason: expect.stringMatching(/^has no \+ and country code/) },
      { line: 4, typed: '9.19E+11', reason: expect.stringMatching(/rounded the number/) },
      { line: 5, typed: 'Asha', reason: expect.stringMatching(/is not a phone number/) },
    ]);
  });

  test('may call its column of numbers as people do', async () => {
    const { numbers } = await read('name;Mobile number\nAsha;+12025550101\n');
    expect(numbers).toEqual([12025550101]);
  });

  test('whose lines hold more than one value cannot be read there', async () => {
    const { list } = await read('+12025550101\n+12025550102,+12025550103\n');
    expect(list).toMatchObject({ entries: 2, unreadable: 1, firstUnreadable: [{ line: 2 }] });
  });

  test.each([
    [
      'columns of which none is that of the numbers',
      'who,name\n+12025550101,Asha\n',
      /several columns.*contact_number/,
    ],
    ['a quote that is never closed', 'contact_number\n"+12025550101\n', /quote is opened/],
    ['another encoding', Buffer.from('contact_number,name\n+12025550101,Jos\u0081', 'latin1'), /not UTF-8/],
    ['a workbook', Buffer.from('504b0304deadbeef', 'hex'), /workbook/],
  ])('is refused for %s', async (_, text, why) => {
    await expect(read(text)).rejects.toThrow(why);
  });
});

describe('rows of people on the list', () => {
  async function judged(csv: string, ...numbers: number[]) {
    const [contacts, rejected] = [new Sheet(), new Sheet()];
    const summary = await validateContacts(from(csv), { contacts, rejected }, new NumberSet(numbers));
    return { summary, contacts: contacts.text, rejected: rejected.text };
  }

  test('are not called, whatever way their number is written, and each row of theirs says so', async () => {
    const csv = 'contact_number\n+12025550101\n+1 (202) 555-0102\n+12025550102\n+12025550101\nnone\n';
    const { summary, contacts, rejected } = await judged(csv, 12025550102);
    expect(summary).toMatchObject({ total: 5, valid: 1, suppressed: 2, duplicates: 1, rejected: 1 });
    expect(contacts).toBe('contact_number\n+12025550101\n');
    expect(rejected.split('\n').slice(1, 4)).toEqual([
      "3,contact_number,'+1 (202) 555-0102,is on a suppression list",
      '4,contact_number,+12025550102,is on a suppression list',
      '5,contact_number,+12025550101,duplicate of line 2',
    ]);
  });

  test.each([
    ['contact_number\n+12025550101\n', 'The only row is on the suppression list.'],
    ['contact_number\n+12025550101\n+12025550101\n', 'All 2 rows are on the suppression list.'],
    [
      'contact_number\n+12025550101\n123\n',
      '1 of 2 rows are rejected, the others are on the suppression list; line 3: ',
    ],
  ])('leave nobody to be called: %j', async (csv, why) => {
    await expect(judged(csv, 12025550101)).rejects.toThrow(`No number in the file can be called. ${why}`);
  });
});

describe('the numbers of a campaign that are on lists', () => {
  const contacts = async () => from('contact_number\n+12025550101\n+12025550102\n+12025550103\nnone\n');
  const list = (name: string, text: string): SuppressionList => ({ name, open: async () => from(text) });

  test('are found in all of them, and nothing else of them is kept', async () => {
    const lists = [list('a', '+12025550103\n+12025559999\n'), list('b', '+12025550101\n+12025550103\n')];
    const { numbers, notes } = await findSuppressed(contacts, lists);
    expect([...numbers.sorted()]).toEqual([12025550101, 12025550103]);
    expect(notes).toEqual([]);
  });

  test('are found however they are written, by the countries of the numbers in the file', async () => {
    const people = 'contact_number\n+12025550101\n+12025550102\n+12025550103\n+442071838750\n+919876543210\n';
    const entries = '(202) 555-0101\n+12025550102 x5\n020 7183 8750\n098765 43210\n030 123456\n+33123456789\n';
    const { numbers, notes } = await findSuppressed(async () => from(people), [list('a', entries)]);
    expect([...numbers.sorted()]).toEqual([12025550101, 12025550102, 442071838750, 919876543210]);
    expect(notes).toEqual([]);
  });

  test('are read by the country that a person names, in the file and in the list', async () => {
    const people = async () => from('contact_number\n2025550101\n+442071838750\n');
    const { numbers } = await findSuppressed(people, [list('a', '202 555 0101\n202 555 0103\n')], { country: 'US' });
    expect([...numbers.sorted()]).toEqual([12025550101]);
    // With no number of the country in the file, the country says that the entry is a number all the same.
    const abroad = async () => from('contact_number\n+442071838750\n');
    const entries = [list('a', '+442071838750\n(212) 555-0103\n')];
    await expect(findSuppressed(abroad, entries, { country: 'US' })).resolves.toMatchObject({ unreadable: 0 });
  });

  test('are told with what a person should know of the lists', async () => {
    expect((await findSuppressed(contacts, [list('a', '')])).notes).toEqual(['The suppression list a is empty.']);
  });

  test('are told with a first line that names no number, and is read as a header', async () => {
    const lists = [list('a', 'John Smith\n+12025550101\n')];
    const told = (line: string) =>
      `In the suppression list a, line 1 "${line}" has no digit and is read as the header: it keeps nobody from being called.`;
    expect((await findSuppressed(contacts, lists)).notes).toEqual([told('•••• •••••')]);
    expect((await findSuppressed(contacts, lists, { showEntries: true })).notes).toEqual([told('John Smith')]);
  });

  describe('from a list with entries that cannot be read', () => {
    const lists = [list('b', '+12025550101\n555-0102\nAsha Rao\n9.19E+11\n5550103\n+12025550103\n')];
    const told = '4 of 6 entries of the suppression list b cannot be read as phone numbers';

    test('are not found: the list is refused, with the lines and the shapes of the first entries', async () => {
      const refusal = findSuppressed(contacts, lists);
      await expect(refusal).rejects.toThrow(UnreadableEntriesError);
      await expect(refusal).rejects.toThrow(
        `${told} (line 2 "•••-••••", line 3 "•••• •••", line 4 "•.•••+••" and 1 more): the people they name could be called.`,
      );
      await expect(refusal).rejects.toThrow('--ignore-unreadable-suppressions');
    });

    test('are told as they stand there at a terminal', async () => {
      const refusal = findSuppressed(contacts, lists, { showEntries: true });
      await expect(refusal).rejects.toThrow('line 2 "555-0102", line 3 "Asha Rao", line 4 "9.19E+11"');
      const hostile = [list('b', `+12025550101\n\u001b[31m\u202e1${'x'.repeat(100)}\n`)];
      await expect(findSuppressed(contacts, hostile, { showEntries: true })).rejects.toThrow(
        `1 of 2 entries of the suppression list b cannot be read as a phone number (line 2 " [31m 1${'x'.repeat(33)}…"):`,
      );
    });

    test('are found without these where a person says so, with a note', async () => {
      const { numbers, unreadable, notes } = await findSuppressed(contacts, lists, { ignoreUnreadable: true });
      expect([...numbers.sorted()]).toEqual([12025550101, 12025550103]);
      expect(unreadable).toBe(4);
      expect(notes).toEqual([expect.stringMatching(/^4 of 6 entries .* The people they name may be called\.$/)]);
      expect(notes.join()).not.toMatch(/\d{3}|Asha/);
    });

    test('are not found where nothing in it is a number: it is the wrong file, whatever a person says', async () => {
      const wrong = [list('b', 'contact_number\nAsha\n555-0102\nRavi\n9.19E+11\n5550103\n')];
      const refusal = findSuppressed(contacts, wrong, { ignoreUnreadable: true });
      await expect(refusal).rejects.not.toThrow(UnreadableEntriesError);
      await expect(refusal).rejects.toThrow(
        'The suppression list b cannot be used: none of its 5 entries can be read as a phone number (line 2 "••••", line 3 "•••-••••", line 4 "••••" and 2 more). Line 2 is not a phone number; write it as + and digits, as in +91…. Give the file that holds the numbers',
      );
      const one = findSuppressed(contacts, [list('b', 'contact_number\nAsha\n')], { showEntries: true });
      await expect(one).rejects.toThrow('its only entry cannot be read as a phone number (line 2 "Asha").');
    });
  });

  describe('cannot be told', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lists-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const file = (path: string): SuppressionList => ({
      name: path,
      open: async () => (await open(path)).createReadStream(),
    });

    test.each([
      ['is not there', join(folder, 'none.csv'), 'there is no such file. Correct its name'],
      ['is a folder', folder, 'it is a folder. Correct its name'],
    ])('from a list that %s', async (_, path, why) => {
      const refusal = findSuppressed(contacts, [file(path)]);
      await expect(refusal).rejects.toThrow(SuppressionError);
      await expect(refusal).rejects.toThrow(`The suppression list ${path} cannot be used: ${why}`);
    });

    test('from one that is no list, and the file is closed', async () => {
      const path = join(folder, 'x.csv');
      writeFileSync(path, 'who,name\n+12025550101,Asha\n');
      let opened: Readable | undefined;
      const watched = { name: 'x', open: async () => (opened = (await open(path)).createReadStream()) };
      await expect(findSuppressed(contacts, [watched])).rejects.toThrow(
        /^The suppression list x cannot be used: It has/,
      );
      await new Promise(setImmediate);
      expect(opened?.destroyed).toBe(true);
    });

    test('for a passing trouble, which is thrown on as it is', async () => {
      const down = Object.assign(new Error('ECONNRESET'), { code: 'ECONNRESET' });
      const broken = { name: 'x', open: () => Promise.reject(down) };
      await expect(findSuppressed(contacts, [broken])).rejects.toBe(down);
    });
  });
});

test('a set of numbers is one, whatever they are', () => {
  const number = fc.oneof(
    fc.integer({ min: 1_000_000, max: 1_010_000 }),
    fc.bigInt({ min: 1n, max: 10n ** 15n - 1n }).map(Number),
  );
  fc.assert(
    fc.property(fc.array(number, { maxLength: 3000 }), fc.array(number), (added, others) => {
      const ours = new NumberSet(added);
      const theirs = new Set(added);
      expect(ours.size).toBe(theirs.size);
      expect([...ours.sorted()]).toEqual([...theirs].sort((a, b) => a - b));
      for (const one of [...added, ...others]) expect(ours.has(one)).toBe(theirs.has(one));
    }),
  );
});

test('a row on a suppression list is known by its reason, also as version 0.4 wrote it', () => {
  const reasons = ['is on a suppression list', 'is on the do-not-call list', 'is not a phone number'];
  expect(reasons.map(isSuppressedReason)).toEqual([true, true, false]);
});
