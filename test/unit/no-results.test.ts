import type { LiveProgress } from '../../client/live-progress';
import { noResultsText } from '../../client/rows/none';

const known = (more: object, progress: Partial<LiveProgress> | null = null) => ({
  campaignId: 'a',
  state: 'running' as const,
  endedAt: null,
  shown: {},
  progress: progress as LiveProgress | null,
  ...more,
});
const contacts = { valid: 9 } as LiveProgress['contacts'];

test.each([
  [known({}, { settled: 3, contacts, startsAt: null }), 'running, 3 of 9 done'],
  [known({ shown: { settled: 2, rows: 9 } }), 'running, 2 of 9 done'],
  [known({ state: 'unknown' }), 'unknown'],
  [
    known({ state: 'waiting' }, { startsAt: '2026-06-23T07:00:00Z' }),
    /waiting, calls begin 2026-06-23 07:00 UTC \(.*\)/,
  ],
  [known({ state: 'waiting', shown: { startsAt: new Date('2026-06-23T07:00:00Z') } }), /waiting, .*07:00 UTC \(.*\)/],
])('a campaign that has not ended: where it stands, and what to do', (campaign, standing) => {
  const stands = typeof standing === 'string' ? standing : standing.source;
  expect(noResultsText(campaign, '/data')).toMatch(
    new RegExp(
      `^Campaign a has not ended \\(${stands}\\)\\. Its results are written at the end\\. "bolna-campaigns watch a" waits for that, "bolna-campaigns status a" shows`,
    ),
  );
});

test('one that ended before it had any: why', () => {
  const result = { reason: 'No row can be called.' } as NonNullable<LiveProgress['result']>;
  const ended = { endedAt: '2026-06-23T08:00:00Z' };
  expect(noResultsText(known(ended, { result }), '/data')).toBe(
    'Campaign a has ended without results: No row can be called. "bolna-campaigns status a" shows how it ended.',
  );
  expect(noResultsText(known(ended), '/data')).toContain('has ended without results. "bolna-campaigns status a"');
});

test('one that left them elsewhere: where', () => {
  const result = { files: { results: 'file:///there/a/results.csv' } } as NonNullable<LiveProgress['result']>;
  expect(noResultsText(known({ endedAt: '2026-06-23T08:00:00Z' }, { result }), '/data or /b')).toBe(
    'The results of campaign a are not in /data or /b. Its worker wrote them to /there/a/results.csv: set CAMPAIGN_DATA to that place.',
  );
});
