import fc from 'fast-check';
import { readNumber } from '../../contacts/number';

const numberOf = (typed: string) => {
  const verdict = readNumber(typed);
  return verdict.ok ? verdict.number : `rejected: ${verdict.reason}`;
};
const reasonOf = (typed: string) => {
  const verdict = readNumber(typed);
  return verdict.ok ? `called as ${verdict.number}` : verdict.reason;
};

test.each([
  ['spaces', '+1 202 555 0123'],
  ['dashes', '+1-202-555-0123'],
  ['typographic dashes', '+1–202−555‑0123'],
  ['dots', '+1.202.555.0123'],
  ['parentheses', '+1 (202) 555 0123'],
  ['a parenthesis before the +', '(+1) 202 555 0123'],
  ['no-break spaces', '+1\u00a0202\u00a0555\u00a00123'],
  ["a spreadsheet's apostrophe", "'+12025550123"],
  ["a spreadsheet's tab", '\t+12025550123'],
  ["an address book's invisible marks", '\u202a+12025550123\u202c'],
  ['full-width digits', '＋１（２０２）５５５－０１２３'],
  ['Devanagari digits', '+१ २०२ ५५५ ०१२३'],
  ['Arabic digits', '+١٢٠٢٥٥٥٠١٢٣'],
])('a number written with %s is the same number', (_how, typed) => {
  expect(readNumber(typed)).toEqual({ ok: true, number: '+12025550123' });
});

test('a trunk 0 after the country code is left out', () => {
  expect(numberOf('+91 (0)98765 43210')).toBe('+919876543210');
});

test('a number in no known range is called as typed, with a note', () => {
  expect(readNumber('+44 7700 900123')).toEqual({
    ok: true,
    number: '+447700900123',
    note: 'possible but in no range the metadata knows',
  });
  expect(numberOf('+910000000000')).toBe('+910000000000');
});

test.each([
  ['', 'the number is empty'],
  ['   ', 'the number is empty'],
  ["'", 'the number is empty'],
  ['9876543210', 'has no + and country code; write it as +91…'],
  ['919876543210', 'has no +, and perhaps lacks only that; write + in front if its first digits are the country code'],
  ['12025550123', 'has no +, and perhaps lacks only that'],
  ['099887766554', 'has no + and country code; write it as +91…'],
  ['00919876543210', 'starts with 00; write + instead of 00'],
  ['+9999876543210', 'no country has this country code'],
  ['+0919876543210', 'no country has this country code'],
  ['+1202555012', 'has too few digits for its country'],
  ['+91', 'has too few digits for its country'],
  ['+120255501234', 'has too many digits for its country'],
  ['+12025550123456789', 'has too many digits; a phone number has 15 at most'],
  ['+12025550123 ext. 12', 'has an extension'],
  ['+12025550123x12', 'has an extension'],
  ['+12025550123;ext=12', 'has an extension'],
  ['+12025550123#12', 'has an extension'],
  ['+12025550123,,12', 'has an extension'],
  ['(202) 555-0123 ext 5', 'has an extension'],
  ['+1 900 555 0123', 'is a premium-rate number'],
  ['+1 (900) 555-0123', 'is a premium-rate number'],
  ['+44 909 879 0123', 'is a premium-rate number'],
  ['9.19877E+11', 'the spreadsheet has rounded the number'],
  ['9,19877E+11', 'the spreadsheet has rounded the number'],
  ['+9.19877e11', 'the spreadsheet has rounded the number'],
  ['+919876543210.0', 'the number ends in a decimal .0'],
  ['+12025550123/+12025550124', 'holds more than one number'],
  ['+12025550123 or 12025550124', 'holds more than one number'],
  ['+12025550123 or 0124', 'holds more than one number'],
  ['+1 202 555 0123, 0124', 'holds more than one number'],
  ['+12025550123/24', 'holds more than one number'],
  ['call me', 'is not a phone number'],
  ['+', 'is not a phone number'],
  ['++12025550123', 'is not a phone number'],
  ['tel:+12025550123', 'is not a phone number'],
  ['+1202555012O', 'is not a phone number'],
])('%j is not called, for it %s', (typed, reason) => {
  expect(reasonOf(typed)).toContain(reason);
});

test('a rounded number says how to keep the spreadsheet from rounding', () => {
  expect(reasonOf('9.19877E+11')).toContain('format the column as text');
});

test('whatever is typed, a verdict comes out, in E.164 or with a reason that repeats no digits of it', () => {
  const typed = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'+0123456789 -.()E') }),
    fc.tuple(fc.constantFrom('+91', '+1', '00', ''), fc.stringMatching(/^\d{4,16}$/)).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(typed, (value) => {
      const verdict = readNumber(value);
      if (verdict.ok) expect(verdict.number).toMatch(/^\+[1-9]\d{4,14}$/);
      else expect(verdict.reason).not.toMatch(/\d{3}/);
    }),
    { numRuns: 2000 },
  );
});

test('a number that is called is called the same when it is read again', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\+(91|1|44|49|39|54|55)0?\d{6,11}$/), (typed) => {
      const once = readNumber(typed);
      fc.pre(once.ok);
      expect(numberOf(once.number)).toBe(once.number);
    }),
  );
});

describe('numbers as they are dialled in a country', () => {
  test.each([
    ['IN', '98765 43210', '+919876543210'],
    ['IN', '098765-43210', '+919876543210'],
    ['IN', '919876543210', '+919876543210'],
    ['IN', '0091 98765 43210', '+919876543210'],
    ['GB', '(020) 7946 0018', '+442079460018'],
    ['GB', '2079460018', '+442079460018'],
    ['US', '(202) 555-0123', '+12025550123'],
    ['US', '1 202 555 0123', '+12025550123'],
    ['IN', '+1 202 555 0123', '+12025550123'],
  ] as const)('in %s, %s is %s', (country, typed, number) => {
    expect(readNumber(typed, country)).toEqual({ ok: true, number });
  });

  test.each([
    // A number of another country that has lost its +.
    ['IN', '12025550123', 'is no number of India; write it with + and the country code it has'],
    ['US', '919876543210', 'is no number of United States; write it with + and the country code it has'],
    ['IN', '100', 'is no number of India'],
    ['IN', '9.19877E+11', 'the spreadsheet has rounded the number'],
    ['IN', '98765 43210 / 98765 43211', 'holds more than one number'],
    ['IN', 'Asha', 'is not a phone number'],
    ['IN', '', 'the number is empty'],
  ] as const)('in %s, %s is not called', (country, typed, reason) => {
    expect(readNumber(typed, country)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });
});
