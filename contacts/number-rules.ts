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
  types: readonly { lengths: readonly number[]; whole: RegExp }[];
}

interface CallingCode {
  /** What the library may take for a trunk prefix, and leave out or rewrite. */
  prefix: RegExp | undefined;
  /** In the order in which the library asks them. */
  countries: readonly Country[];
}

/** Places in a plan, of the version of the metadata that is known here. */
const VERSION = 4;
const WHOLE = 2;
const LENGTHS = 3;
const NATIONAL_PREFIX = 5;
const PREFIX_FOR_PARSING = 7;
const LEADING_DIGITS = 10;
const TYPES = 11;
/** Mobile before fixed line, as the commoner one. */
const TYPE_ORDER = [1, 0, 2, 8, 3, 9, 4, 6, 7, 5];

const PLAIN = /^\+[1-9]\d{6,14}$/;

/**
 * Whether a number that is written as `+` and digits is valid as it stands: then the library says so too, only fifty times as
 * slowly, since it compiles its patterns anew for each number. Of any other number this says nothing. The metadata is read without the library,
 * which takes longer to load than Node to start.
 */
export function isSurelyValid(number: string): boolean {
  if (!PLAIN.test(number)) return false;
  // No calling code is the beginning of another.
  for (let digits = 1; digits <= 3; digits++) {
    const code = callingCode(number.slice(1, 1 + digits));
    if (code) return isNationalNumber(number.slice(1 + digits), code);
  }
  return false;
}

function isNationalNumber(national: string, { prefix, countries }: CallingCode): boolean {
  const stripped = prefix?.exec(national)?.[0] ?? '';
  if (stripped !== '') return false;
  for (const country of countries) {
    if (country.leadingDigits === undefined) {
      if (isOfType(national, country)) return country.lengths.includes(national.length);
    } else if (country.leadingDigits.test(national)) {
      return country.lengths.includes(national.length) && isOfType(national, country);
    }
  }
  return false;
}

function isOfType(national: string, { whole, types }: Country): boolean {
  return (
    whole.test(national) && types.some((type) => type.lengths.includes(national.length) && type.whole.test(national))
  );
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
    prefix: prefix === undefined ? undefined : new RegExp(`^(?:${prefix})`),
    // A country that has its calling code to itself is not asked for leading digits.
    countries: plans.map((plan) => countryOf(plan, plans.length > 1 ? textAt(plan, LEADING_DIGITS) : undefined)),
  };
}

interface World {
  version: number;
  country_calling_codes: Readonly<Record<string, readonly string[]>>;
  countries: Readonly<Record<string, Plan>>;
}

/** Whether a plan has what every number is held against. */
function isWhole(plan: Plan | undefined): plan is Plan {
  return plan !== undefined && Array.isArray(plan[LENGTHS]) && typeof plan[WHOLE] === 'string';
}

function countryOf(plan: Plan, leadingDigits: string | undefined): Country {
  const lengths = plan[LENGTHS] as number[];
  const types = (plan[TYPES] || []) as readonly ([pattern: string, lengths?: number[]] | 0 | undefined)[];
  return {
    leadingDigits: leadingDigits === undefined ? undefined : new RegExp(`^(?:${leadingDigits})`),
    lengths,
    whole: entirely(textAt(plan, WHOLE) ?? ''),
    types: TYPE_ORDER.flatMap((place) => {
      const [pattern, own = lengths] = types[place] || [];
      return pattern ? [{ lengths: own || lengths, whole: entirely(pattern) }] : [];
    }),
  };
}

function textAt(plan: Plan, place: number): string | undefined {
  return (plan[place] || undefined) as string | undefined;
}

function entirely(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`);
}
