import type { CountryCode, PhoneNumber } from 'libphonenumber-js/max';
import { plainDigits } from './digits';
import { type Charge, chargeOf, isSurelyValid } from './number-rules';

export type NumberVerdict =
  | {
      ok: true;
      /** E.164, as `+919876543210`. */
      number: string;
      /** Set when the number is called but looks odd. */
      note?: string;
    }
  | {
      ok: false;
      /** For a person with a spreadsheet; never holds the number, since reasons travel further than rows. */
      reason: string;
    };

export const UNKNOWN_RANGE = 'possible but in no range the metadata knows';

/** Loaded for the first number that is not plainly valid: that takes longer than Node takes to start. */
const library = () => require('libphonenumber-js/max') as typeof import('libphonenumber-js/max');

const AS_TEXT = 'format the column as text and enter the number again';
/** Spaces, dots, parentheses and every kind of dash: written for the eye. */
const FOR_THE_EYE = /[\s.()\-\u2010-\u2015\u2212]/g;

/**
 * Judges a phone number as somebody typed it.
 *
 * Nothing is guessed: a number without its country code is refused, since a wrong guess calls a stranger.
 *
 * @param country whose numbers those without a + are, where a person has said so
 */
export function readNumber(typed: string, country?: string): NumberVerdict {
  const charge = chargeOf(typed);
  if (charge !== undefined) return ofCharge(typed, charge);
  const shown = plainDigits(typed).trim().replace(/^'/, '').trim();
  const problem = problemOf(shown);
  if (problem !== undefined) return { ok: false, reason: problem };

  const number = shown.replace(FOR_THE_EYE, '');
  const known = chargeOf(number);
  if (known !== undefined) return ofCharge(number, known);
  if (country !== undefined && !number.startsWith('+')) return readLocal(number, country);
  const unplaced = withoutCountry(number) ?? wrongLength(number);
  if (unplaced !== undefined) return { ok: false, reason: unplaced };

  const parsed = library().parsePhoneNumberWithError(number);
  // The library drops a trunk 0, as in +44 (0)20…; only where a known number comes out is that more than a guess.
  if (parsed.isValid()) return ofCharge(parsed.number, chargeIn(parsed));
  // Metadata ages and customers' numbers do not, so what may exist is called.
  return { ok: true, number, note: UNKNOWN_RANGE };
}

const PREMIUM =
  'is a premium-rate number, which charges whoever calls it; leave it out, or enter another number of this person';

/** The verdict on a number that is valid. */
function ofCharge(number: string, charge: Charge): NumberVerdict {
  return charge === 'premium' ? { ok: false, reason: PREMIUM } : { ok: true, number };
}

function chargeIn(parsed: PhoneNumber): Charge {
  return parsed.getType() === 'PREMIUM_RATE' ? 'premium' : 'ordinary';
}

const SEVERAL = 'holds more than one number; put one number in each row';
/** Behind a whole number: its extension, or a pause and what is dialled then. */
const EXTENSION = /\d[\s;,.]*(ext|extn|extension|x|#|,\s*,|p|w)[\s.:=#]*\d{1,7}$/i;
/** Between two numbers, of which the second may be only another ending of the first. */
const BETWEEN_NUMBERS = /[+/|;,&]|\b(?:or|and)\b/i;

/** What is wrong with the way the number is written. */
function problemOf(shown: string): string | undefined {
  if (shown === '') return 'the number is empty';
  if (/^\+?\d+([.,]\d+)?E[+-]?\d+$/i.test(shown)) {
    return `the spreadsheet has rounded the number (as in 9.2E+11) and its last digits are lost; ${AS_TEXT}`;
  }
  // As a dot for the eye it would add a digit and call somebody else.
  if (/^\+?\d{7,}[.,]0+$/.test(shown)) return `the number ends in a decimal .0 that a spreadsheet added; ${AS_TEXT}`;
  if (digitsIn(shown) >= LEAST_DIGITS && EXTENSION.test(shown)) {
    return 'has an extension, which cannot be dialled; leave only the number';
  }
  if (holdsSeveral(shown)) return SEVERAL;
  if (/[^+\d]/.test(shown.replace(FOR_THE_EYE, '')) || !/\d/.test(shown) || /.\+/.test(shown.replace(/^\(/, ''))) {
    return 'is not a phone number; write it as + and digits, as in +91…';
  }
  return undefined;
}

/** Fewer digits are no whole number. */
const LEAST_DIGITS = 7;

function digitsIn(text: string): number {
  return text.match(/\d/g)?.length ?? 0;
}

/** Whether another number, or another ending of the first, stands behind the first. */
function holdsSeveral(shown: string): boolean {
  const parts = shown.split(BETWEEN_NUMBERS).filter((part) => digitsIn(part) > 0);
  return parts.length > 1 && parts.some((part) => digitsIn(part) >= LEAST_DIGITS);
}

function withoutCountry(number: string): string | undefined {
  if (number.startsWith('+')) return undefined;
  if (number.startsWith('00')) return 'starts with 00; write + instead of 00, as in +91…';
  if (isSurelyValid(`+${number}`)) {
    return 'has no +, and perhaps lacks only that; write + in front if its first digits are the country code';
  }
  return 'has no + and country code; write it as +91… with the country code of the number';
}

/**
 * Judges the digits of a number as they are dialled in a country. Stricter than for numbers with a +: one that is in no range of
 * the country's may well be another country's, whose code has lost its +.
 */
function readLocal(digits: string, country: string): NumberVerdict {
  if (library().validatePhoneNumberLength(digits, country as CountryCode) === undefined) {
    const parsed = library().parsePhoneNumberWithError(digits, country as CountryCode);
    // 15 digits are the most that E.164 allows, whatever the metadata says.
    if (parsed.isValid() && parsed.number.length <= 16) return ofCharge(parsed.number, chargeIn(parsed));
  }
  return { ok: false, reason: `is no number of ${nameOf(country)}; write it with + and the country code it has` };
}

let countryNames: Intl.DisplayNames | undefined;

function nameOf(country: string): string {
  // Made for the first number that needs it: that takes half as long as Node takes to start.
  countryNames ??= new Intl.DisplayNames('en', { type: 'region' });
  return countryNames.of(country) ?? country;
}

function wrongLength(number: string): string | undefined {
  // E.164 itself ends at 15 digits; that some metadata allows more is of no use to a caller.
  if (number.length > 16) return 'has too many digits; a phone number has 15 at most';
  switch (library().validatePhoneNumberLength(number)) {
    case undefined:
      return undefined;
    case 'INVALID_COUNTRY':
      return 'no country has this country code; check the digits after the +';
    case 'TOO_SHORT':
      return 'has too few digits for its country; check that none is missing';
    case 'TOO_LONG':
      return 'has too many digits for its country; check that none is extra';
    default:
      return 'has a number of digits that its country does not use; check that none is missing or extra';
  }
}
