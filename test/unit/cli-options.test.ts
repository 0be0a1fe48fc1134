import { parseRetry } from '../../client/options/retry';
import { amount, since, variable, webAddress } from '../../client/options/values';

describe('--retry', () => {
  test.each([
    ['2', { max_retries: 2, retry_on_statuses: ['no-answer', 'busy'] }],
    ['failed:1', { max_retries: 1, retry_on_statuses: ['failed'] }],
    ['busy,voicemail:3', { max_retries: 3, retry_on_statuses: ['busy'], retry_on_voicemail: true }],
    [
      'no-answer,busy:2@30,60',
      { max_retries: 2, retry_on_statuses: ['no-answer', 'busy'], retry_intervals_minutes: [30, 60] },
    ],
  ])('%s', (text, retry) => {
    expect(parseRetry(text)).toEqual({ enabled: true, ...retry });
  });

  test.each([
    ['4', 'up to 3 times'],
    ['busy:2@', 'Write it as [WHEN,…:]TIMES[@MINUTES,…]'],
    ['asleep:2', 'asleep is nothing to retry after; there are no-answer, busy, failed, error and voicemail.'],
    ['busy:1@30,60', 'at most one interval for each of the 1, of 1 to 1440 minutes'],
    ['busy:1@2000', 'of 1 to 1440 minutes'],
    ['voicemail:2', 'Name one of no-answer, busy, failed, error beside voicemail.'],
  ])('%s is refused: %s', (text, why) => {
    expect(() => parseRetry(text)).toThrow(why);
  });
});

describe('--var', () => {
  test('is what stands before and after the first =', () => {
    expect(variable('offer=a=b', [{ name: 'city', value: '' }])).toEqual([
      { name: 'city', value: '' },
      { name: 'offer', value: 'a=b' },
    ]);
  });

  test.each([
    ['offer', 'Write it as name=value.'],
    ['=x', 'Write it as name=value.'],
    ['a\nb=x', 'A name is one line without control characters.'],
    ['city=Pune', 'city is given twice.'],
    ['note=a\nb', 'A value is one line'],
  ])('%j is refused', (text, why) => {
    expect(() => variable(text, [{ name: 'city', value: 'Delhi' }])).toThrow(why);
  });
});

test.each(['', '0', '0.004', '12.505', '-1', '1,50', '12.50 USD', 'Infinity', '1e3'])(
  '%j is no amount of money',
  (text) => {
    expect(() => amount(text)).toThrow('It must be an amount of money such as 12.50');
  },
);

test.each(['', '9999999y', 'soon', '2', 'ftp://x', '2026-13-01', '2026-06-23 12:30'])(
  '%j is no time to list from',
  (text) => {
    expect(() => since(text)).toThrow('It must be a time such as 2026-06-23');
  },
);

test('a time to list from is an instant, a day, or how long ago', () => {
  expect(since('2026-06-23T12:30:00+05:30').toISOString()).toBe('2026-06-23T07:00:00.000Z');
  expect(since('2026-06-23').toISOString()).toBe('2026-06-23T00:00:00.000Z');
  // The option's own clock is read first, or it could be a millisecond later.
  const twoHoursAgo = since('2h').getTime();
  const ago = Date.now() - twoHoursAgo;
  expect(ago).toBeGreaterThanOrEqual(7_200_000);
  expect(ago).toBeLessThan(7_260_000);
});

test.each(['', 'bolna.ai', 'ftp://bolna.ai/x', 'javascript:alert(1)'])('%j is no address for a webhook', (text) => {
  expect(() => webAddress(text)).toThrow('It must be an http(s) address');
});
