import { ApplicationFailure } from '@temporalio/common';
import {
  type CampaignInput,
  checkCampaignId,
  checkInput,
  MAX_INLINE_CSV_BYTES,
  retryFault,
} from '../../workflows/input';

const AGENT = '8b4b1a58-1d3c-4a7e-9f64-5a1f3a3c2b10';
const NOW = Date.parse('2026-06-23T07:00:00Z');
const HOUR = 3_600_000;
const good: CampaignInput = { agentId: AGENT, contacts: { uri: 'file:///data/leads.csv' } };

const check = (changes: object = {}) => checkInput('morning', { ...good, ...changes }, NOW);

function refusal(changes: object): string {
  try {
    check(changes);
  } catch (error) {
    if (error instanceof ApplicationFailure && error.type === 'InvalidInput' && error.nonRetryable)
      return error.message;
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(changes)}`);
}

test('a retry that is not switched on is a fault, unless it says so itself', () => {
  expect(retryFault({ ...good, retry: { max_retries: 2 } })).toMatch(
    /Bolna retries nothing\. Set retry\.enabled to true/,
  );
  for (const input of [good, { ...good, retry: { enabled: true } }, { ...good, retry: { enabled: false } }])
    expect(retryFault(input)).toBeUndefined();
});

describe('what is accepted', () => {
  test('agent and contacts alone, with every default', () => {
    expect(check()).toMatchObject({
      startAt: undefined,
      startBy: NOW + 8 * HOUR,
      giveUpAfterMs: 7 * 24 * HOUR,
      polling: { minMs: undefined, maxMs: undefined },
    });
  });

  test('every field, with times and durations in milliseconds', () => {
    const plan = check({
      contacts: { csv: 'contact_number\n+12025550101\n' },
      startAt: '2026-06-23T14:30:00+05:30',
      startBy: '2026-06-23T10:00:00Z',
      giveUpAfter: '2 days',
      fromPhoneNumbers: ['+12025550199'],
      retry: {
        enabled: true,
        max_retries: 3,
        retry_on_statuses: ['no-answer', 'busy'],
        retry_on_voicemail: false,
        retry_intervals_minutes: [30, 60, 120],
      },
      webhookUrl: 'https://example.com/hook',
      callbackUrl: 'https://example.com/told',
      bypassCallGuardrails: true,
      polling: { min: '10s', max: 60_000 },
      suppress: ['file:///data/dnc.csv'],
      maxCost: 5000,
      minWallet: 12.5,
    });
    expect(plan).toMatchObject({
      startAt: Date.parse('2026-06-23T09:00:00Z'),
      startBy: Date.parse('2026-06-23T10:00:00Z'),
      giveUpAfterMs: 48 * HOUR,
      polling: { minMs: 10_000, maxMs: 60_000 },
      suppress: ['file:///data/dnc.csv'],
      maxCost: 5000,
      minWallet: 12.5,
    });
  });

  test('one suppression list, without making a list of it', () => {
    expect(check({ suppress: 'file:///data/dnc.csv' }).suppress).toBe('file:///data/dnc.csv');
  });

  test('a start counts its window from itself', () => {
    expect(check({ startAt: '2026-07-01T09:00:00Z' }).startBy).toBe(Date.parse('2026-07-01T17:00:00Z'));
  });
});

describe('what is refused names the field and says what to do', () => {
  test.each<[string, object, RegExp]>([
    ['an agent that is no UUID', { agentId: 'agent-7' }, /agentId must be the UUID/],
    ['no agent', { agentId: undefined }, /agentId/],
    ['no contacts', { contacts: undefined }, /contacts: must be either \{"uri"\}/],
    [
      'contacts both ways',
      { contacts: { uri: 'file:///a', csv: 'contact_number\n' } },
      /contacts: must be either \{"uri"\}/,
    ],
    [
      'a start without an offset',
      { startAt: '2026-06-23T12:30:00' },
      /^startAt: must be an ISO 8601 time with an offset, such as \S+\.$/,
    ],
    ['a start that is no time', { startAt: 'tomorrow' }, /^startAt: must be an ISO 8601 time/],
    ['a start in another millennium', { startAt: '9999-12-31T12:00:00Z' }, /startAt.*year/],
    ['a startBy before the start', { startAt: '2026-06-23T12:00:00Z', startBy: '2026-06-23T11:00:00Z' }, /startBy/],
    ['a duration that is none', { giveUpAfter: 'a while' }, /giveUpAfter.*duration/],
    ['a duration without a word', { giveUpAfter: '' }, /giveUpAfter.*duration/],
    ['a look without a word', { polling: { min: '' } }, /polling.*duration/],
    ['a duration of nothing', { giveUpAfter: '0s' }, /giveUpAfter/],
    ['a duration that no date can hold', { giveUpAfter: Number.MAX_SAFE_INTEGER }, /giveUpAfter.*year/],
    ['a duration of two years', { giveUpAfter: '2 years' }, /giveUpAfter.*year/],
    ['a negative duration', { giveUpAfter: -5 }, /giveUpAfter.*duration/],
    ['a duration that is a list', { polling: { max: ['5m'] } }, /polling\.max.*duration/],
    ['a number that is not E.164', { fromPhoneNumbers: ['12025550199'] }, /fromPhoneNumbers.*E\.164/],
    ['no numbers to call from', { fromPhoneNumbers: [] }, /fromPhoneNumbers/],
    ['four retries', { retry: { max_retries: 4 } }, /retry\.max_retries/],
    ['no retries, said as a number', { retry: { max_retries: 0 } }, /retry\.max_retries/],
    ['a retry on completed', { retry: { retry_on_statuses: ['completed'] } }, /retry\.retry_on_statuses/],
    ['an interval of no minutes', { retry: { retry_intervals_minutes: [0] } }, /retry\.retry_intervals_minutes/],
    ['an unknown field of retry', { retry: { retries: 2 } }, /retry.*retries/],
    ['a webhook that is not http', { webhookUrl: 'ftp://example.com' }, /webhookUrl.*http/],
    ['a callback that is not http', { callbackUrl: 'file:///etc/passwd' }, /callbackUrl.*http/],
    ['a guardrail flag in words', { bypassCallGuardrails: 'yes' }, /bypassCallGuardrails/],
    ['a floor above the ceiling', { polling: { min: '10m', max: '5m' } }, /polling\.min/],
    ['no suppression list, said as a list', { suppress: [] }, /suppress/],
    ['more lists than anybody has', { suppress: Array(21).fill('file:///a') }, /suppress.*20/],
    ['a list that is no address', { suppress: { uri: 'file:///a' } }, /suppress.*address/],
    ['a budget of nothing', { maxCost: 0 }, /maxCost.*more than 0/],
    ['a budget in words', { maxCost: '50' }, /maxCost/],
    ['a wallet that may be in debt', { minWallet: -1 }, /minWallet.*more than 0/],
    ['a misspelt field', { startsAt: '2026-06-23T12:00:00Z' }, /startsAt/],
  ])('%s', (_, changes, sentence) => {
    expect(refusal(changes)).toMatch(sentence);
  });

  test('a CSV over 256 KB, counted in bytes and not in characters', () => {
    const csv = 'é'.repeat(MAX_INLINE_CSV_BYTES / 2);
    expect(() => check({ contacts: { csv } })).not.toThrow();
    expect(refusal({ contacts: { csv: `${csv}x` } })).toMatch(/256 KB.*uri/);
  });

  test('several faults are all named at once', () => {
    const message = refusal({ agentId: 'x', giveUpAfter: 'x' });
    expect(message).toMatch(/agentId/);
    expect(message).toMatch(/giveUpAfter/);
  });
});

describe('campaign IDs', () => {
  test.each(['a', 'morning-2026_06.23', '...a', 'A'.repeat(120)])('%s is one', (id) => {
    expect(() => checkCampaignId(id)).not.toThrow();
  });

  // They become folders and file names: these would lead elsewhere.
  test.each(['', '.', '..', '...', 'a/b', 'a\\b', 'a b', 'é', 'a\n', 'A'.repeat(121)])('%j is none', (id) => {
    expect(() => checkCampaignId(id)).toThrow(/1 to 120 letters, digits/);
  });
});
