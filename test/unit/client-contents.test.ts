import { hashOfInline, whatDiffers } from '../../client/campaign/contents';
import type { CampaignInput } from '../../workflows/input';
import { AGENT } from '../support/simulator';

/** When a start under a campaign ID that is taken is the same start once more, and when it is another one. */

const CSV = 'contact_number\n+919876543210\n';
const BASE: CampaignInput = { agentId: AGENT, contacts: { csv: CSV } };
const URI = 'file:///data/leads.csv';

const contents = (input: unknown, contactsHash?: string) => ({ input, contactsHash });
const between = (before: unknown, now: unknown) => whatDiffers('c', contents(before), contents(now));

test.each<[string, Partial<CampaignInput>, Partial<CampaignInput>]>([
  ['the start in another zone', { startAt: '2026-06-23T12:30:00+05:30' }, { startAt: '2026-06-23T07:00:00Z' }],
  ['a duration in other words', { giveUpAfter: '7 days' }, { giveUpAfter: 7 * 24 * 3_600_000 }],
  ['a default that is spelled out', {}, { account: 'default', maxRowsPerBatch: 10_000, giveUpAfter: '7d' }],
  ['the agent in capitals', {}, { agentId: AGENT.toUpperCase() }],
  ['a field that is undefined', {}, { webhookUrl: undefined } as Partial<CampaignInput>],
])('%s is no difference', (_, before, now) => {
  expect(between({ ...BASE, ...before }, { ...BASE, ...now })).toEqual([]);
});

test.each<[Partial<CampaignInput>, string[]]>([
  [{ agentId: '00000000-0000-4000-8000-000000000001' }, ['agentId']],
  [{ contacts: { csv: `${CSV}+919876543211\n` } }, ['contacts']],
  [{ contacts: { uri: URI } }, ['contacts']],
  [{ startAt: '2026-06-23T12:30:00+05:30' }, ['startAt']],
  [{ startBy: '2026-06-23T12:30:00+05:30' }, ['startBy']],
  [{ retry: { enabled: true }, webhookUrl: 'https://crm.example.com/done' }, ['retry', 'webhookUrl']],
  [{ polling: { min: '5s' } }, ['polling']],
  [{ contacts: { uri: URI }, maxRowsPerBatch: 5 }, ['contacts', 'maxRowsPerBatch']],
])('%j differs in %j', (changes, fields) => {
  expect(between(BASE, { ...BASE, ...changes })).toEqual(fields);
  expect(between({ ...BASE, ...changes }, BASE)).toEqual(fields);
});

test('another file under the same address differs, and the same file under another one does not', () => {
  const at = (uri: string, hash?: string) => contents({ ...BASE, contacts: { uri } }, hash);
  expect(whatDiffers('c', at(URI, 'a1'), at(URI, 'b2'))).toEqual(['contacts']);
  expect(whatDiffers('c', at(URI, 'a1'), at('file:///data/again.csv', 'a1'))).toEqual([]);
  expect(whatDiffers('c', contents(BASE, hashOfInline(BASE)), at(URI, hashOfInline(BASE)))).toEqual([]);
});

test('of a file whose content is not known on both sides, the address decides', () => {
  const at = (uri: string, hash?: string) => contents({ ...BASE, contacts: { uri } }, hash);
  expect(whatDiffers('c', at(URI), at(URI, 'a1'))).toEqual([]);
  expect(whatDiffers('c', at(URI), at('file:///data/others.csv', 'a1'))).toEqual(['contacts']);
});

test('what this release does not understand is compared as it is written', () => {
  const later = { ...BASE, voice: 'calm' };
  expect(between(later, BASE)).toEqual(['voice']);
  expect(between({ ...later, startAt: '2026-06-23T07:00:00Z' }, later)).toEqual(['startAt']);
  expect(between(later, { ...later })).toEqual([]);
  expect(between(undefined, BASE)).toEqual(['contacts', 'agentId']);
});
