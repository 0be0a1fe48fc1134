import type { z } from 'zod';

/** zod's names of types, in words. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'text, in quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
  undefined: 'left out',
  never: 'left out',
};

/** zod's names of formats, in words. */
const FORMATS: Readonly<Record<string, string>> = {
  url: 'an address such as https://example.com',
  guid: 'a UUID',
  uuid: 'a UUID',
  datetime: 'an ISO 8601 time such as 2026-06-23T12:30:00+05:30',
  date: 'a date such as 2026-06-23',
  email: 'an email address',
};

type Raw<Code extends z.core.$ZodRawIssue['code']> = Extract<z.core.$ZodRawIssue, { code: Code }>;

/**
 * What is wrong with a value and what it must be, for schemas that do not say it themselves. It follows the name of the field, as in
 * "retry.max_retries: must be 3 at most".
 * @param issue of any of zod's codes
 */
export function issueWords(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return ofType(issue);
    case 'too_small':
      return ofSize(issue, issue.minimum, issue.inclusive === false ? 'more than' : 'at least');
    case 'too_big':
      return ofSize(issue, issue.maximum, issue.inclusive === false ? 'less than' : 'at most');
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${quoted(issue.values[0])}`
        : `must be one of ${listed(issue.values)}`;
    case 'unrecognized_keys':
      return unknownFields(issue.keys);
    case 'invalid_format':
      return ofFormat(issue);
    case 'not_multiple_of':
      return issue.divisor === 1 ? 'must be a whole number' : `must be a multiple of ${issue.divisor}`;
    case 'invalid_key':
      return 'has a field with an invalid name';
    case 'invalid_element':
      return 'has an invalid value in it';
    case 'invalid_union':
      return 'is in none of the accepted forms';
    default:
      return 'is invalid';
  }
}

function unknownFields(keys: readonly string[]): string {
  const them = keys.length === 1 ? ['field', 'it'] : ['fields', 'them'];
  return `has the unknown ${them[0]} ${listed(keys, 'and')}: remove or correct ${them[1]}`;
}

function ofType({ expected, input }: Raw<'invalid_type'>): string {
  const wanted = TYPES[expected] ?? `a ${expected}`;
  return input === undefined ? `is missing: it must be ${wanted}` : `must be ${wanted}`;
}

const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: ['character', 'characters'],
  array: ['item', 'items'],
  set: ['item', 'items'],
};

function ofSize({ origin, exact }: Raw<'too_small' | 'too_big'>, bound: number | bigint, side: string): string {
  const limit = exact ? 'exactly' : side;
  const n = Number(bound);
  const unit = UNITS[origin];
  if (!unit) return `must be ${limit} ${n.toLocaleString('en-US')}`;
  return n === 1 && limit === 'at least'
    ? 'must not be empty'
    : `must have ${limit} ${n.toLocaleString('en-US')} ${n === 1 ? unit[0] : unit[1]}`;
}

function ofFormat(issue: Raw<'invalid_format'>): string {
  if (issue.format === 'starts_with') return `must begin with ${quoted(issue.prefix)}`;
  if (issue.format === 'ends_with') return `must end with ${quoted(issue.suffix)}`;
  if (issue.format === 'includes') return `must contain ${quoted(issue.includes)}`;
  const form = FORMATS[issue.format];
  return form === undefined ? 'is not in the expected form' : `must be ${form}`;
}

function listed(values: readonly unknown[], last: 'and' | 'or' = 'or'): string {
  const words = values.map(quoted);
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}` : `${words[0]}`;
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : String(value);
}
