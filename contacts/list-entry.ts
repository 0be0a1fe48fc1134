import { plainDigits } from './digits';
import {
  callingCodeOf,
  isPossibleNational,
  isSurelyValid,
  withoutInternationalPrefix,
  withoutTrunkPrefix,
} from './number-rules';

/** Far above any phone number with its label. Cells are hostile: no pattern is held against a longer one. */
const MAX_ENTRY = 256;
/** As many digits as a number may have with the longest prefixes in front. */
const MAX_DIGITS = 24;
/** Fewer digits behind a number are its extension. */
const LEAST_DIGITS = 7;

/** Dialled before the country code nearly everywhere, and in North America. */
const INTERNATIONAL_PREFIXES = ['00', '011'];
/** Digits, with what people put between them for the eye. */
const RUN = /(?:\+[ (]*)?\d[\d \t.()/\-\u2010-\u2015\u2212]*/g;
/** What stands between a number and another ending of it. A comma twice is a pause before an extension. */
const OR = /^\s*([,;&|]|or|and)\s*$/i;
/** As spreadsheets show a long number: its last digits are lost. */
const ROUNDED = /^\W*\d+(?:[.,]\d+)?E[+-]?\d+\W*$/i;
/** The decimal that spreadsheets add to what they take for an amount. */
const ADDED_DECIMAL = /^(\+?\d{7,})\.0+[ \t]*$/;

/**
 * Finds the numbers that an entry of a suppression list can mean, as the digits of their E.164 forms.
 *
 * An entry is read as generously as it can be, since a number too many keeps one person from being called, and a number too few
 * calls someone who must not be called. It may lack its +, begin with 00, 011 or a trunk prefix, have a label, a scheme (`tel:`), an
 * extension, quotes of a spreadsheet, or digits of another script. Several numbers in an entry all count. An entry that begins with + means an
 * international number only; any other one is also read as a national number of each calling code.
 *
 * @param typed as the list has it
 * @param callingCodes of the numbers that the entry is compared with, and of the country that a person has named
 * @returns numbers of possible lengths, those of a part of the entry also where another part cannot be a phone number
 */
export function numbersMeant(typed: string, callingCodes: readonly string[]): EntryReading {
  if (isSurelyValid(typed)) return { numbers: [Number(typed)], isReadable: true };
  if (typed.length > MAX_ENTRY) return UNREADABLE;
  const text = plainDigits(typed);
  if (ROUNDED.test(text)) return UNREADABLE;
  const numbers = new Set<number>();
  let isReadable = true;
  let before: RegExpExecArray | undefined;
  for (const run of text.matchAll(RUN)) {
    const isShort = digitsOf(run[0]).length < LEAST_DIGITS;
    const whole = before && isShort ? otherEnding(text, before, run) : run[0];
    if (isShort && before && whole === undefined) continue;
    before ??= run;
    for (const meant of meantBy(whole ?? run[0], callingCodes)) {
      for (const number of meant) numbers.add(number);
      if (meant.length === 0 && !isShort) isReadable = false;
    }
  }
  return { numbers: [...numbers], isReadable: isReadable && numbers.size > 0 };
}

/**
 * The number that a short run behind another means where it is that one with another ending, as in "+1 202 555 0104 or 0105";
 * undefined where it is an extension or a label.
 */
function otherEnding(text: string, before: RegExpExecArray, run: RegExpExecArray): string | undefined {
  const between = text.slice(before.index + before[0].length, run.index);
  if (!OR.test(between)) return undefined;
  const [number, ending] = [before[0].trimEnd(), digitsOf(run[0])];
  return (number.startsWith('+') ? '+' : '') + digitsOf(number).slice(0, -ending.length) + ending;
}

export interface EntryReading {
  /** Each number that the entry can mean. */
  numbers: readonly number[];
  /** Whether it says of everyone it names who that is. */
  isReadable: boolean;
}

const UNREADABLE: EntryReading = { numbers: [], isReadable: false };

function digitsOf(run: string): string {
  return run.replace(/\D/g, '');
}

/** What a run means; what each of its parts means where slashes stand between numbers, and not inside of one (030/123456). */
function meantBy(run: string, callingCodes: readonly string[]): number[][] {
  const meant = readingsOf(run, callingCodes);
  if (meant.length > 0 || !run.includes('/')) return [meant];
  const parts = run.split('/').filter((part) => /\d/.test(part));
  return parts.map((part) => readingsOf(part, callingCodes));
}

function readingsOf(run: string, callingCodes: readonly string[]): number[] {
  const digits = digitsOf(run.replace(ADDED_DECIMAL, '$1'));
  if (digits.length > MAX_DIGITS) return [];
  const meant = international(digits);
  for (const prefix of INTERNATIONAL_PREFIXES) {
    if (digits.startsWith(prefix)) meant.push(...international(digits.slice(prefix.length)));
  }
  if (run.startsWith('+')) return meant;
  for (const code of callingCodes) {
    const abroad = withoutInternationalPrefix(code, digits);
    if (abroad !== undefined) meant.push(...international(abroad));
    meant.push(...national(code, digits));
    // A trunk prefix in front of the whole number, as in 091 98765 43210.
    const inland = withoutTrunkPrefix(code, digits);
    if (inland !== digits && inland.startsWith(code)) meant.push(...national(code, inland.slice(code.length)));
  }
  return meant;
}

function international(digits: string): number[] {
  const code = callingCodeOf(digits);
  return code === undefined ? [] : national(code, digits.slice(code.length));
}

/** A number behind its calling code, with or without its trunk prefix, as in +44 (0)20. */
function national(code: string, digits: string): number[] {
  const whole = `+${code}${digits}`;
  if (isSurelyValid(whole)) return [Number(whole)];
  const forms = new Set([digits, withoutTrunkPrefix(code, digits)]);
  return [...forms].filter((form) => isPossibleNational(code, form)).map((form) => Number(code + form));
}
