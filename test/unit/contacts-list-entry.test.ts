import fc from 'fast-check';
import { getCountries, getCountryCallingCode, parsePhoneNumberWithError } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { numbersMeant } from '../../contacts/list-entry';

/** What an entry means for a campaign whose numbers begin with these calling codes. */
const meant = (typed: string, ...codes: string[]) => numbersMeant(typed, codes);

describe('an entry of a suppression list', () => {
  test.each([
    ['in E.164', '+12025550104'],
    ['with brackets and spaces', '+1 (202) 555-0104'],
    ['as a national number', '(202) 555-0104'],
    ['as a national number with its trunk prefix', '1-202-555-0104'],
    ['without its +', '12025550104'],
    ['with 00 in front', '0012025550104'],
    ['with 011 in front', '011 1 202 555 0104'],
    ['with + and 00 in front', '+0012025550104'],
    ['as a tel: address', 'tel:+1-202-555-0104'],
    ['as a tel: address with an extension', 'tel:+12025550104;ext=5'],
    ['as an encoded tel: address', 'tel:%2B12025550104'],
    ['with an extension, x5', '+12025550104 x5'],
    ['with an extension, ext. 5', '(202) 555-0104 ext. 5'],
    ['with an extension, #5', '202.555.0104#5'],
    ['with an extension behind a pause', '+12025550104,,5'],
    ['with a label in front', 'Mobile: +1 202 555 0104'],
    ['with a name behind', '+1 202 555 0104 (Asha)'],
    ['in full-width digits', '＋１（２０２）５５５－０１０４'],
    ['in Devanagari digits', '+१ २०२ ५५५ ०१०४'],
    ['in Arabic digits', '٢٠٢٥٥٥٠١٠٤'],
    ['as a formula of a spreadsheet', '="+12025550104"'],
    ['as a formula with curly quotes', '=“+12025550104”'],
    ['as a formula without quotes', '=+12025550104'],
    ['with an apostrophe in front', "'+12025550104"],
    ['with a decimal that a spreadsheet added', '12025550104.0'],
    ['with marks that cannot be seen', '\u202a+1 202\u200b 555 0104\u202c'],
    ['with spaces that do not break, and dashes', '+1\u00a0202\u2011555\u20130104'],
    ['in the + of brackets', '(+1) 202 555 0104'],
  ])('means the number %s', (_, typed) => {
    const { numbers, isReadable } = meant(typed, '1');
    expect(isReadable).toBe(true);
    // Digits without a + can also be a number in Egypt.
    expect(numbers.filter((number) => number !== 2025550104)).toEqual([12025550104]);
  });

  test.each([
    ['a trunk 0', '020 7183 8750', '44', 442071838750],
    ['a trunk 0 behind the country code', '+44 (0)20 7183 8750', '44', 442071838750],
    ['a trunk 0 behind 00 and the country code', '0044 (0)20 7183 8750', '1', 442071838750],
    ['a trunk 0 in front of the country code', '091 98765 43210', '91', 919876543210],
    ['a trunk 8', '8 (912) 345-67-89', '7', 79123456789],
    ['a trunk 06', '06 20 123 4567', '36', 36201234567],
    ['a slash', '030/123456', '49', 4930123456],
    ['a 0 that belongs to it', '06 1234 5678', '39', 390612345678],
    ['the trunk prefix and the 15 of mobile numbers', '011 15-2345-6789', '54', 5491123456789],
    ['the code of a carrier', '0 15 11 96123-4567', '55', 5511961234567],
    ['what a country dials before others', '810 1 202 555 0104', '7', 12025550104],
    ['no country', '+800 1234 5678', '1', 80012345678],
  ])('means the number with %s', (_, typed, code, number) => {
    const { numbers, isReadable } = meant(typed, code);
    expect(numbers).toContain(number);
    expect(isReadable).toBe(true);
  });

  test('means each of the people that it can mean', () => {
    expect(meant('2025550104', '1', '91').numbers).toEqual(expect.arrayContaining([12025550104, 912025550104]));
    expect(meant('+12025550104 / +12025550105', '1').numbers).toEqual([12025550104, 12025550105]);
    expect(meant('2025550104/2025550105', '1').numbers).toEqual(expect.arrayContaining([12025550104, 12025550105]));
    expect(meant('+12025550104\n2025550105', '1').numbers).toEqual(expect.arrayContaining([12025550104, 12025550105]));
  });

  test.each(['+1 202 555 0104 or 0105', '+1 202 555 0104, 05', '+1 202 555 0104; 5', '+1 202 555 0104 and 0105'])(
    'means the number with each of its endings: %s',
    (typed) => {
      expect(meant(typed, '1')).toEqual({ numbers: [12025550104, 12025550105], isReadable: true });
    },
  );

  test.each([
    ['another country, by its +', '+912025550104', ['1', '91'], 12025550104],
    ['a national number, by its +', '+2025550104', ['1'], 12025550104],
    ['another country, by its 00', '00912025550104', ['1', '91'], 12025550104],
    ['abroad, by the trunk 0 of its own country', '0151 23456789', ['1', '49'], 15123456789],
    ['the longer number that its extension would make', '+1202555010 x4', ['1'], 12025550104],
    ['the number without its last digit', '+120255501045', ['1'], 12025550104],
    ['the number without its area code', '555-0104', ['1'], 12025550104],
  ])('does not mean someone in %s', (_, typed, codes, other) => {
    expect(meant(typed, ...codes).numbers).not.toContain(other);
  });

  test.each([
    ['a name', 'Asha'],
    ['a date', '2026-06-23'],
    ['a number without its area code', '555-0104'],
    ['a number that a spreadsheet has rounded', '1.20255E+10'],
    ['a number that lacks a digit', '+1202555010'],
    ['a number that has a digit more', '+120255501045'],
    ['two numbers in a row', '2025550104 2025550105'],
    ['a country code that no country has', '+999 202 555 0104'],
    ['a very long text', `+12025550104${' '.repeat(300)}`],
    ['very many digits', '1'.repeat(200)],
  ])('cannot be read: %s', (_, typed) => {
    expect(meant(typed, '1').isReadable).toBe(false);
  });

  test('of which one number can be read counts, and cannot be read as a whole', () => {
    expect(meant('+12025550104/05', '1')).toEqual({ numbers: [12025550104], isReadable: false });
    expect(meant('+12025550104, 555-0105', '1')).toEqual({ numbers: [12025550104], isReadable: false });
  });

  test('takes no longer for a hostile text', () => {
    const pieces = ['+(', '(+ ', '1 ', '-', '0'.repeat(40), '/', '1.0', 'E+', '\u0661'];
    const began = process.cpuUsage();
    for (const piece of pieces) {
      for (const typed of [piece.repeat(128).slice(0, 256), piece.repeat(100_000)]) meant(typed, '1', '54', '55', '61');
    }
    expect(process.cpuUsage(began).user).toBeLessThan(1_000_000);
  });
});

test('the number of anyone in the world is meant by each form that people write it in', () => {
  const numbers = getCountries().map((country) =>
    parsePhoneNumberWithError(`+${getCountryCallingCode(country)}${examples[country]}`),
  );
  const codes = [...new Set(numbers.map((number) => String(number.countryCallingCode)))];
  const separator = fc.constantFrom('', ' ', '-', '.', '\u00a0', '\u2011');
  const extension = fc.constantFrom('', ' x5', ' ext. 12', ';ext=123');
  fc.assert(
    fc.property(fc.constantFrom(...numbers), separator, extension, fc.boolean(), (number, between, tail, isAlone) => {
      const digits = number.number.slice(1);
      const known = isAlone ? [String(number.countryCallingCode)] : codes;
      const forms = [
        number.number,
        digits,
        `00${digits}`,
        `011${digits}`,
        `tel:${number.number}`,
        number.formatInternational(),
        number.formatNational(),
        String(number.nationalNumber),
      ];
      for (const form of forms) {
        const typed = form.replaceAll(/[ -]/g, between) + tail;
        expect([typed, numbersMeant(typed, known).numbers]).toEqual([typed, expect.arrayContaining([Number(digits)])]);
      }
    }),
    { numRuns: 300 },
  );
});

test('a number with its + means that person alone', () => {
  const number = fc.integer({ min: 0, max: 99 }).map((last) => `+120255501${String(last).padStart(2, '0')}`);
  fc.assert(
    fc.property(number, (typed) => {
      expect(numbersMeant(typed, ['1', '91', '44']).numbers).toEqual([Number(typed)]);
    }),
  );
});
