import { Readable } from 'node:stream';
import fc from 'fast-check';
import { neutral, original } from '../../contacts/formulas';
import { validateContacts } from '../../contacts/validate';
import { fuzz } from '../support/fuzz';
import { hostileText } from '../support/hostile-csv';
import { readOurs, resultsOf, Sheet } from '../support/sheets';

/** What begins a formula in a spreadsheet, by OWASP; told here once more, so that a mistake in the product's list shows. */
const begins = (cell: string) => '=+-@\t\r\n＝＋－＠'.includes(cell.charAt(0)) && cell !== '';
/** What a spreadsheet reads as the number it is. */
const isNumber = (cell: string) => /^[+-]?[\d.,]+(e[+-]?\d+)?$/i.test(cell);
const harmless = (cell: string) => !begins(cell) || isNumber(cell);

test.each(['=1+1', '+1+1', '-1+1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1+1', "-2+3+cmd|' /C calc'!A0", '-', '+91…'])(
  'the cell %j is given an apostrophe, so that a spreadsheet runs nothing',
  (cell) => expect(neutral(cell)).toBe(`'${cell}`),
);

test.each(['', 'Asha', "O'Neill", "'quoted'", '+919876543210', '-3.5', '+5', '-1,234.5', '-1e-7', 'a=1', ' x'])(
  'the cell %j stays as it is',
  (cell) => expect(neutral(cell)).toBe(cell),
);

test('no cell begins a formula, and each can be read back, whatever is in it', () => {
  const cell = fc.oneof(
    hostileText,
    fc.stringMatching(/^'{0,3}[=+\-@\t\r＝]?[\d.'e+-]{0,6}$/),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(cell, (given) => {
      expect(harmless(neutral(given))).toBe(true);
      expect(original(neutral(given))).toBe(given);
    }),
    { numRuns: 2000 },
  );
});

test('a file full of formulas is matched with its calls, sent as it is, and shown without one', async () => {
  await fuzz(
    fc.asyncProperty(fc.array(fc.tuple(hostileText, hostileText), { minLength: 1, maxLength: 8 }), async (names) => {
      const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
      const number = (at: number) => `+1202555${String(100 + at).padStart(4, '0')}`;
      const rows = names.flatMap(([name, typed], at) => [
        `${number(at)},${quoted(`=${name}`)}`,
        `${quoted(`=${typed}`)},${quoted(`@${name}`)}`,
        `${number(at)},again`,
      ]);
      const input = ['contact_number,=cmd()', ...rows, ''].join('\n');
      const [contacts, rejected] = [new Sheet(), new Sheet()];
      await validateContacts(Readable.from([Buffer.from(input)]), { contacts, rejected });
      const executions = names.map((_, at) =>
        JSON.stringify({ id: `-e${at}`, status: 'completed', user_number: number(at), error_message: '@x' }),
      );
      const files = { input, contacts: contacts.text, rejected: rejected.text, executions: executions.join('\n') };
      const { csv, summary, header, rows: told } = await resultsOf(files, { mayStillCall: false });

      for (const text of [csv, rejected.text])
        expect(
          readOurs(text)
            .flat()
            .filter((cell) => !harmless(cell)),
        ).toEqual([]);
      expect(readOurs(contacts.text).map(([, name]) => name)).toEqual(['=cmd()', ...names.map(([name]) => `=${name}`)]);
      expect(header.at(-1)).toBe('=cmd()');
      expect(summary).toMatchObject({ addsUp: true, buckets: { completed: names.length, duplicate: names.length } });
      expect(told.filter(({ result }) => result === 'completed').map(({ reason }) => reason)).toEqual(
        names.map(() => '@x'),
      );
    }),
    100,
  );
});

test('what was written for a spreadsheet is read back as it was: the results of one campaign are contacts of the next', async () => {
  const read = async (text: string) => {
    const [contacts, rejected] = [new Sheet(), new Sheet()];
    await validateContacts(Readable.from([Buffer.from(text)]), { contacts, rejected });
    return contacts.text;
  };
  const plain = "contact_number,=cmd(),note\n+12025550101,=1+1,O'Neill\n+12025550102,@x,'quoted'\n";
  const shown = "contact_number,'=cmd(),note\n+12025550101,'=1+1,O'Neill\n+12025550102,'@x,'quoted'\n";
  expect(await read(shown)).toBe(plain);
  expect(await read(plain)).toBe(plain);
});
