import metadata from 'libphonenumber-js/max/metadata';

/** A numbering plan as the library's metadata holds it, by place: what is empty is 0 or missing. */
type Plan = readonly unknown[];

/** The numbers of one country, as patterns of what follows its calling code. */
interface Country {
  /** Decides, where countries share a calling code, that a number is this one's. */
  leadingDigits: RegExp | undefined;
  lengths: readonly number[];
  whole: RegExp;
  /** Mobile, fixed line, toll-free and so on: a valid number is of one of them. */
  types: readonly { charge: Charge; lengths: readonly number[]; whole: RegExp }[];
}

interface CallingCode {
  /** What is dialled in front of a number of another country, such as 00 or 011. */
  international: RegExp | undefined;
  /** What the library may take for a trunk prefix, and leave out or rewrite. */
  prefix: RegExp | undefined;
  /** What the library puts in its place, where it found a part of the number behind the prefix. */
  rewrite: string | undefined;
  /** In the order in which the library asks them. */
  countries: readonly Country[];
}

/** Places in a plan, of the version of the metadata that is known here. */
const VERSION = 4;
const CALLING_CODE = 0;
const INTERNATIONAL_PREFIX = 1;
const WHOLE = 2;
const LENGTHS = 3;
const NATIONAL_PREFIX = 5;
const PREFIX_FOR_PARSING = 7;
const PREFIX_REWRITE = 8;
const LEADING_DIGITS = 10;
const TYPES = 11;
/** Mobile before fixed line, as the commoner one. */
const TYPE_ORDER = [1, 0, 2, 8, 3, 9, 4, 6, 7, 5];
const PREMIUM_RATE = 3;

/** Whether a valid number charges whoever calls it. */
export type Charge = 'premium' | 'ordinary';

const PLAIN = /^\+[1-9]\d{6,14}$/;

/**
 * Whether a number that is written as `+` and digits is valid as it stands: then the library says so too, only fifty times as
 * slowly, since it compiles its patterns anew for each number. Of any other number this says nothing. The metadata is read without the library,
 * which takes longer to load than Node to start.
 */
export function isSurelyValid(number: string): boolean {
  return chargeOf(number) !== undefined;
}

/** What calling a number costs, where {@link isSurelyValid} knows it; undefined for any other. */
export function chargeOf(number: string): Charge | undefined {
  if (!PLAIN.test(number)) return undefined;
  // No calling code is the beginning of another.
  for (let digits = 1; digits <= 3; digits++) {
    const code = callingCode(number.slice(1, 1 + digits));
    if (code) return nationalCharge(number.slice(1 + digits), code);
  }
  return undefined;
}

/** The calling code that the digits of an international number begin with, if there is one. */
export function callingCodeOf(digits: string): string | undefined {
  const { country_calling_codes: codes, nonGeographic } = metadata as unknown as World;
  for (let length = 1; length <= 3; length++) {
    const code = digits.slice(0, length);
    if (Object.hasOwn(codes, code) || Object.hasOwn(nonGeographic, code)) return code;
  }
  return undefined;
}

/** The calling code of a country, such as `91` for `IN`. */
export function callingCodeIn(country: string): string | undefined {
  return (metadata as unknown as World).countries[country]?.[CALLING_CODE] as string | undefined;
}

/** What is wrong with a country that a person has named, in a sentence; undefined where there is one of that code. */
export function countryFault(country: string): string | undefined {
  return callingCodeIn(country) === undefined
    ? `There is no country ${country}: give its two letters, as in IN or US.`
    : undefined;
}

/** Whether a number behind a calling code has a length that the main country of this code uses. */
export function isPossibleNational(code: string, national: string): boolean {
  const length = national.length;
  // 15 digits are the most that E.164 allows, whatever the metadata says.
  if (code.length + length > 15) return false;
  const { nonGeographic } = metadata as unknown as World;
  // The other countries' own lengths are those of a few services: 7 digits in Canada.
  const lengths = callingCode(code)?.countries[0]?.lengths ?? nonGeographic[code]?.[LENGTHS];
  return Array.isArray(lengths) && lengths.includes(length);
}

/** The digits behind the trunk prefix of the main country of a calling code: the same ones where there is no prefix. */
export function withoutTrunkPrefix(code: string, national: string): string {
  const { prefix, rewrite } = callingCode(code) ?? {};
  const found = prefix?.exec(national);
  if (!prefix || !found) return national;
  const isRewritten = rewrite !== undefined && found.length > 1 && found[found.length - 1] !== undefined;
  return isRewritten ? national.replace(prefix, rewrite) : national.slice(found[0].length);
}

/** The digits behind what a calling code's main country dials before other countries' numbers; undefined without it. */
export function withoutInternationalPrefix(code: string, digits: string): string | undefined {
  const found = callingCode(code)?.international?.exec(digits);
  return found ? digits.slice(found[0].length) : undefined;
}

function nationalCharge(national: string, { prefix, countries }: CallingCode): Charge | undefined {
  const stripped = prefix?.exec(national)?.[0] ?? '';
  if (stripped !== '') return undefined;
  for (const country of countries) {
    if (country.leadingDigits === undefined) {
      const charge = chargeIn(national, country);
      if (charge !== undefined) return country.lengths.includes(national.length) ? charge : undefined;
    } else if (country.leadingDigits.test(national)) {
      return country.lengths.includes(national.length) ? chargeIn(national, country) : undefined;
    }
  }
  return undefined;
}

function chargeIn(national: string, { whole, types }: Country): Charge | undefined {
  if (!whole.test(national)) return undefined;
  return types.find((type) => type.lengths.includes(national.length) && type.whole.test(national))?.charge;
}

const known = new Map<string, CallingCode | null>();

/** The rules of a calling code, put together when its first number comes by; null where it is no country's. */
function callingCode(digits: string): CallingCode | null {
  let code = known.get(digits);
  if (code === undefined) {
    code = rulesOf(digits);
    known.set(digits, code);
  }
  return code;
}

function rulesOf(digits: string): CallingCode | null {
  const { version, country_calling_codes: codes, countries } = metadata as unknown as World;
  // Of metadata in another form nothing is sure: the library judges every number.
  if (version !== VERSION) return null;
  const plans = (codes[digits] ?? []).map((country) => countries[country]).filter(isWhole);
  const [main] = plans;
  if (!main || plans.length !== codes[digits]?.length) return null;
  const prefix = textAt(main, PREFIX_FOR_PARSING) ?? textAt(main, NATIONAL_PREFIX);
  return {
    international: beginning(textAt(main, INTERNATIONAL_PREFIX)),
    prefix: beginning(prefix),
    rewrite: textAt(main, PREFIX_REWRITE),
    // A country that has its calling code to itself is not asked for leading digits.
    countries: plans.map((plan) => countryOf(plan, plans.length > 1 ? textAt(plan, LEADING_DIGITS) : undefined)),
  };
}

interface World {
  version: number;
  country_calling_codes: Readonly<Record<string, readonly string[]>>;
  countries: Readonly<Record<string, Plan>>;
  /** Plans of calling codes that are no country's, such as 800. */
  nonGeographic: Readonly<Record<string, Plan>>;
}

/** Whether a plan has what every number is held against. */
function isWhole(plan: Plan | undefined): plan is Plan {
  return plan !== undefined && Array.isArray(plan[LENGTHS]) && typeof plan[WHOLE] === 'string';
}

function countryOf(plan: Plan, leadingDigits: string | undefined): Country {
  const lengths = plan[LENGTHS] as number[];
  const types = (plan[TYPES] || []) as readonly ([pattern: string, lengths?: number[]] | 0 | undefined)[];
  return {
    leadingDigits: beginning(leadingDigits),
    lengths,
    whole: entirely(textAt(plan, WHOLE) ?? ''),
    types: TYPE_ORDER.flatMap((place) => {
      const [pattern, own = lengths] = types[place] || [];
      const charge = place === PREMIUM_RATE ? 'premium' : 'ordinary';
      return pattern ? [{ charge, lengths: own || lengths, whole: entirely(pattern) }] : [];
    }),
  };
}

function textAt(plan: Plan, place: number): string | undefined {
  return (plan[place] || undefined) as string | undefined;
}

function beginning(pattern: string | undefined): RegExp | undefined {
  return pattern === undefined ? undefined : new RegExp(`^(?:${pattern})`);
}

function entirely(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`);
}
