import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { SuppressionError } from '../../contacts/errors';
import { readNumberList } from '../../contacts/number-list';
import { NumberSet } from '../../contacts/number-set';
import { findSuppressed, type SuppressionList } from '../../contacts/suppression';
import { validateContacts } from '../../contacts/validate';
import { Sheet } from '../support/sheets';

const from = (text: string | Buffer) => Readable.from([Buffer.from(text)]);

async function read(text: string | Buffer) {
  const numbers: number[] = [];
  const list = await readNumberList(from(text), (number) => numbers.push(number));
  return { list, numbers };
}

describe('a do-not-call list', () => {
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
    ['rows of another width than the header', 'contact_number,name\n+12025550101\n+919876543210,Ravi,one more\n'],
  ])('may be %s', async (_, text) => {
    expect(await read(text)).toEqual({ list: { entries: 2, unreadable: 0 }, numbers: BOTH });
  });

  test.each([
    ['', 0],
    ['contact_number\n', 0],
    ['\n\n', 0],
  ])('may be empty: %j', async (text, entries) => {
    expect(await read(text)).toEqual({ list: { entries, unreadable: 0 }, numbers: [] });
  });

  test('has its entries counted that are no numbers, and the first told without what stands there', async () => {
    const { list, numbers } = await read('contact_number\n+12025550101\n2025550102\n9.19E+11\n');
    expect(numbers).toEqual([12025550101]);
    expect(list).toMatchObject({ entries: 3, unreadable: 2, firstUnreadable: { line: 3 } });
    expect(list.firstUnreadable?.reason).toMatch(/^has no \+ and country code/);
  });

  test('of another header in its only column has one such entry', async () => {
    expect((await read('phone\n+12025550101\n')).list).toMatchObject({ entries: 2, unreadable: 1 });
  });

  test.each([
    [
      'columns of which none is named contact_number',
      'phone,name\n+12025550101,Asha\n',
      /several columns.*contact_number/,
    ],
    ['no number in it', 'Asha\nRavi\n', /^None of its entries is a phone number; line 1: /],
    ['a quote that is never closed', 'contact_number\n"+12025550101\n', /quote is opened/],
    ['another encoding', Buffer.from('contact_number,name\n+12025550101,Jos\u00e9', 'latin1'), /not UTF-8/],
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
      "3,contact_number,'+1 (202) 555-0102,is on the do-not-call list",
      '4,contact_number,+12025550102,is on the do-not-call list',
      '5,contact_number,+12025550101,duplicate of line 2',
    ]);
  });

  test.each([
    ['contact_number\n+12025550101\n', 'The only row is on the do-not-call list.'],
    ['contact_number\n+12025550101\n+12025550101\n', 'All 2 rows are on the do-not-call list.'],
    [
      'contact_number\n+12025550101\n123\n',
      '1 of 2 rows are rejected, the others are on the do-not-call list; line 3: ',
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

  test('are told with what a person should know of the lists', async () => {
    const { notes } = await findSuppressed(contacts, [list('a', ''), list('b', '+12025550101\n2025550102\n')]);
    expect(notes).toEqual([
      'The do-not-call list a is empty.',
      expect.stringMatching(
        /^Do-not-call list b: 1 of 2 entries is no phone number and keeps nobody from being called; the first is in line 2: has no \+/,
      ),
    ]);
    expect(notes.join()).not.toContain('2025550102');
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
      await expect(refusal).rejects.toThrow(`The do-not-call list ${path} cannot be used: ${why}`);
    });

    test('from one that is no list, and the file is closed', async () => {
      const path = join(folder, 'x.csv');
      writeFileSync(path, 'phone,name\n+12025550101,Asha\n');
      let opened: Readable | undefined;
      const watched = { name: 'x', open: async () => (opened = (await open(path)).createReadStream()) };
      await expect(findSuppressed(contacts, [watched])).rejects.toThrow(
        /^The do-not-call list x cannot be used: It has/,
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
