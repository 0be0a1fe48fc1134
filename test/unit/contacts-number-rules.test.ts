import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberWithError,
  validatePhoneNumberLength,
} from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { isSurelyValid } from '../../contacts/number-rules';
import { fuzzRuns, fuzzTimeout } from '../support/fuzz';

const NUMBERS = fuzzRuns(60_000);

/** Whether the library takes a number as it stands. */
function libraryTakes(number: string): boolean {
  if (number.length > 16 || validatePhoneNumberLength(number) !== undefined) return false;
  const parsed = parsePhoneNumberWithError(number);
  return parsed.isValid() && parsed.number === number;
}

const exampleOf = (country: CountryCode) => `+${getCountryCallingCode(country)}${examples[country]}`;
const EXAMPLES = getCountries().map(exampleOf);
const NON_GEOGRAPHIC = ['800', '808', '870', '878', '881', '882', '883', '888', '979'];
const CODES = [...new Set(getCountries().map((country) => getCountryCallingCode(country))), ...NON_GEOGRAPHIC];

const below = (end: number) => Math.floor(Math.random() * end);
const digits = (count: number) => Array.from({ length: count }, () => below(10)).join('');
const oneOf = <T extends string>(values: readonly T[]) => values[below(values.length)] ?? '';

/** Numbers near the borders of what is valid: few of the digits at random are. */
function anyNumber(): string {
  const example = oneOf(EXAMPLES);
  const kept = 3 + below(example.length - 2);
  switch (below(4)) {
    case 0:
      return `+${oneOf(CODES)}${digits(4 + below(9))}`;
    case 1:
      return example.slice(0, kept) + digits(example.length - kept);
    case 2:
      // What may be a trunk prefix or another area.
      return `+${oneOf(CODES)}${oneOf(['0', '1', '8', '06', '15', '90', '180020', '268', '7'])}${example.slice(kept)}`;
    default:
      return example.slice(0, kept) + digits(below(4)) + example.slice(kept);
  }
}

test(
  'what the rules take the library takes, and as it stands',
  () => {
    let taken = 0;
    let missed = 0;
    for (let i = 0; i < NUMBERS; i++) {
      const number = anyNumber();
      const sure = isSurelyValid(number);
      const takes = libraryTakes(number);
      if (sure && !takes) throw new Error(`The rules take ${number}, and the library does not.`);
      if (sure) taken += 1;
      else if (takes) missed += 1;
    }
    // Rules that take nothing would be right as well.
    expect(taken).toBeGreaterThan(NUMBERS / 10);
    expect(missed).toBeLessThan(taken / 50);
  },
  fuzzTimeout(NUMBERS),
);

test("the rules take every country's example", () => {
  const left = EXAMPLES.filter((number) => libraryTakes(number) && !isSurelyValid(number));
  expect(left).toEqual([]);
  expect(EXAMPLES.filter(isSurelyValid).length).toBeGreaterThan(200);
});

test.each(['', '+', '12025550123', '+0912345678', '+1 2025550123', '+12025550123 ', '+1202555012٣', '++12025550123'])(
  'the rules leave %j to others: it is not + and digits',
  (typed) => {
    expect(isSurelyValid(typed)).toBe(false);
  },
);
