import { z } from 'zod';
import { campaignInputSchema, checkInput } from '../../workflows/input';
import { AGENT } from '../support/rig';

/** What a caller reads of each kind of mistake that a schema can find. The configuration comes with the campaign input. */
campaignInputSchema();

const word = z.string();
/** Each of zod's codes, with the sizes and formats that our schemas use. */
const CASES: readonly [code: string, schema: z.ZodType, value: unknown, words: string][] = [
  ['invalid_type', z.int(), 1.5, 'must be a whole number'],
  ['invalid_type', z.number(), Number.NaN, 'must be a number'],
  ['invalid_type', word, 1, 'must be text, in quotes'],
  ['invalid_type', z.boolean(), 'yes', 'must be true or false'],
  ['invalid_type', z.array(word), {}, 'must be a list'],
  ['invalid_type', z.strictObject({}), [], 'must be an object'],
  ['invalid_type', z.record(word, word), null, 'must be an object'],
  ['invalid_type', z.number(), undefined, 'is missing: it must be a number'],
  ['too_small', z.array(word).min(1), [], 'must not be empty'],
  ['too_small', word.min(1), '', 'must not be empty'],
  ['too_small', z.array(word).min(2), ['a'], 'must have at least 2 items'],
  ['too_small', z.int().min(1), 0, 'must be at least 1'],
  ['too_small', z.number().positive(), 0, 'must be more than 0'],
  ['too_big', z.array(word).max(1), ['a', 'b'], 'must have at most 1 item'],
  ['too_big', word.max(2_000), 'a'.repeat(2_001), 'must have at most 2,000 characters'],
  ['too_big', z.int().max(100_000), 100_001, 'must be at most 100,000'],
  ['too_big', z.number().lt(5), 5, 'must be less than 5'],
  ['too_big', word.length(2), 'abc', 'must have exactly 2 characters'],
  ['invalid_value', z.enum(['busy', 'no-answer']), 'late', 'must be one of "busy" or "no-answer"'],
  ['invalid_value', z.literal(true), false, 'must be true'],
  ['unrecognized_keys', z.strictObject({}), { colour: 1 }, 'has the unknown field "colour": remove or correct it'],
  [
    'unrecognized_keys',
    z.strictObject({}),
    { a: 1, b: 1 },
    'has the unknown fields "a" and "b": remove or correct them',
  ],
  ['invalid_format', z.url(), 'x', 'must be an address such as https://example.com'],
  ['invalid_format', z.guid(), 'Asha', 'must be a UUID'],
  ['invalid_format', z.iso.datetime(), 'noon', 'must be an ISO 8601 time such as 2026-06-23T12:30:00+05:30'],
  ['invalid_format', word.regex(/^a$/), 'b', 'is not in the expected form'],
  ['invalid_format', word.startsWith('a'), 'b', 'must begin with "a"'],
  ['invalid_format', word.endsWith('a'), 'b', 'must end with "a"'],
  ['invalid_format', word.includes('a'), 'b', 'must contain "a"'],
  ['not_multiple_of', z.number().multipleOf(5), 3, 'must be a multiple of 5'],
  ['invalid_union', z.union([word, z.boolean()]), 1, 'is in none of the accepted forms'],
  ['invalid_key', z.record(word.max(1), word), { ab: 'a' }, 'has a field with an invalid name'],
  ['invalid_element', z.map(z.any(), word), new Map([[{}, 1]]), 'has an invalid value in it'],
  ['custom', word.refine(() => false), 'a', 'is invalid'],
];

test.each(CASES)('%s: %#', (code, schema, value, words) => {
  const { error } = schema.safeParse(value);
  expect(error?.issues.map((issue) => [issue.code, issue.message])).toEqual([[code, words]]);
});

test('every code that zod knows has its words', () => {
  const codes: Record<z.core.$ZodIssue['code'], true> = {
    ...{ invalid_type: true, too_big: true, too_small: true, invalid_format: true, not_multiple_of: true },
    ...{ unrecognized_keys: true, invalid_union: true, invalid_key: true, invalid_element: true, invalid_value: true },
    custom: true,
  };
  expect(new Set(CASES.map(([code]) => code))).toEqual(new Set(Object.keys(codes)));
});

test('a campaign input is refused in sentences that name the field', () => {
  const refused = (input: object) => {
    try {
      return checkInput('c', { agentId: AGENT, contacts: { csv: 'x' }, ...input }, 0) && '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(refused({ fromPhoneNumbers: [] })).toBe('fromPhoneNumbers: must not be empty.');
  expect(refused({ maxRowsPerBatch: 0 })).toBe('maxRowsPerBatch: must be at least 1.');
  expect(refused({ retry: { max_retries: 4 } })).toBe('retry.max_retries: must be at most 3.');
  expect(refused({ colour: 'red' })).toBe('The input has the unknown field "colour": remove or correct it.');
});
