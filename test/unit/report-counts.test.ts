import fc from 'fast-check';
import { DURATION_LABELS, Durations } from '../../report/durations';
import { GROUPS, groupOf, OUTCOMES } from '../../report/outcomes';
import { STYLE } from '../../report/page/style';
import { Reasons } from '../../report/reasons';
import type { ResultRow } from '../../report/rows';
import { Selection } from '../../report/selection';
import { Tally } from '../../report/tally';
import { Timeline } from '../../report/timeline';
import { Transcripts } from '../../report/transcripts';

const row = (line: number, result: string, more: Partial<ResultRow> = {}): ResultRow => ({
  ...{
    line,
    number: `+1202555${1000 + line}`,
    result,
    reason: '',
    terminationReason: '',
    executionId: `e-${line}`,
    recordingUrl: '',
  },
  ...{ seconds: undefined, cost: undefined, retries: undefined, extracted: '', values: [], ...more },
});

function tallyOf(rows: readonly ResultRow[]): Tally {
  const tally = new Tally();
  for (const each of rows) tally.add(each);
  return tally;
}

test('rows are counted by outcome, with what they cost and how long they took', () => {
  const tally = tallyOf([
    row(2, 'completed', { cost: 0.1, seconds: 60, retries: 1 }),
    row(3, 'completed', { cost: 0.2, seconds: 4 }),
    row(4, 'no-answer', { retries: 3, reason: 'No Answer' }),
    row(5, 'rejected', { reason: 'has too few digits' }),
    row(6, 'duplicate', { reason: 'duplicate of line 2' }),
    row(7, 'brand-new'),
  ]);
  expect(tally.outcomes).toEqual([
    { outcome: 'completed', rows: 2, cost: 0.3, seconds: 64 },
    { outcome: 'no-answer', rows: 1, cost: 0, seconds: 0 },
    { outcome: 'rejected', rows: 1, cost: 0, seconds: 0 },
    { outcome: 'duplicate', rows: 1, cost: 0, seconds: 0 },
    { outcome: 'other', rows: 1, cost: 0, seconds: 0 },
  ]);
  expect([tally.rows, tally.cost, tally.seconds, tally.allRetries]).toEqual([6, 0.3, 64, 4]);
  expect(tally.retries).toEqual([1, 1, 0, 1, 0]);
  expect(tally.refused.top(9).reasons.map(({ reason }) => reason)).toEqual([
    'has too few digits',
    'the number of an earlier row',
  ]);
  expect(tally.incomplete.top(9).reasons.map(({ reason }) => reason)).toEqual(['No Answer', 'no reason was given']);
});

test('a voicemail is a call that reached nobody', () => {
  const tally = tallyOf([row(2, 'voicemail', { cost: 1, seconds: 5, reason: 'answered by voicemail' })]);
  expect(tally.outcomes).toEqual([{ outcome: 'voicemail', rows: 1, cost: 1, seconds: 5 }]);
  expect(tally.incomplete.top(9).reasons).toEqual([{ reason: 'answered by voicemail', rows: 1 }]);
  expect([groupOf('voicemail'), tally.durations.calls]).toEqual(['not reached', 1]);
});

test('each outcome has a colour for light and for dark', () => {
  for (const outcome of OUTCOMES) expect(STYLE.split(`--${outcome}:#`).length).toBeGreaterThanOrEqual(3);
});

test('durations stand in the bar that names them, and percentiles are those of the sorted calls', () => {
  const seconds = fc.array(fc.oneof(fc.integer({ min: 0, max: 900 }), fc.constantFrom(4.9, 5, 59.9, 60, 600)));
  fc.assert(
    fc.property(seconds, (calls) => {
      const durations = new Durations();
      for (const call of calls) durations.add(call);
      const spoken = calls.filter((call) => call > 0).sort((a, b) => a - b);
      const within = (low: number, high: number) => spoken.filter((call) => call >= low && call < high).length;
      expect(durations.bars[DURATION_LABELS.indexOf('under 5 s')]).toBe(within(0, 5));
      expect(durations.bars[DURATION_LABELS.indexOf('1–2 min')]).toBe(within(60, 120));
      expect(durations.bars[DURATION_LABELS.indexOf('10 min +')]).toBe(within(600, Number.POSITIVE_INFINITY));
      expect(durations.bars.reduce((sum, bar) => sum + bar, 0)).toBe(spoken.length);
      expect(durations.silent).toBe(calls.length - spoken.length);
      const half = spoken[Math.max(0, Math.ceil(spoken.length / 2) - 1)];
      expect(durations.percentile(0.5)).toBe(half === undefined ? undefined : Math.round(half));
    }),
  );
});

test('no call is lost between bars, however long the campaign lasts, and there are never more than 60', () => {
  const time = fc.oneof(
    fc.integer({ min: Date.UTC(2026, 5, 23), max: Date.UTC(2026, 5, 24) }),
    fc.integer({ min: Date.UTC(2020), max: Date.UTC(2100) - 1 }),
  );
  fc.assert(
    fc.property(fc.array(time, { minLength: 1, maxLength: 50 }), (times) => {
      const timeline = new Timeline();
      for (const at of times) timeline.add(at, 'failed');
      const { bars, stepMs } = timeline;
      expect(bars.length).toBeLessThanOrEqual(60);
      for (const { from, calls } of bars)
        expect(calls[GROUPS.indexOf('failed')]).toBe(times.filter((at) => at >= from && at < from + stepMs).length);
      expect(bars.reduce((sum, { calls }) => sum + calls.reduce((some, each) => some + each, 0), 0)).toBe(times.length);
    }),
  );
});

test('a time that is none, or of another century, presses no other into one bar', () => {
  const timeline = new Timeline();
  for (const at of [undefined, 0, Number.NaN, Date.UTC(2300), Date.UTC(2026, 0, 1, 0, 1), Date.UTC(2026, 0, 1, 0, 2)])
    timeline.add(at, 'completed');
  expect([timeline.bars.length, timeline.calls, timeline.withoutTime]).toEqual([2, 2, 4]);
});

test('reasons beyond a thousand are counted as others', () => {
  const reasons = new Reasons();
  for (let i = 0; i < 3000; i++) reasons.add(`reason ${i}`);
  for (let i = 0; i < 5; i++) reasons.add('  reason 7 ');
  expect(reasons.top(1)).toEqual({ reasons: [{ reason: 'reason 7', rows: 6 }], others: 2999 });
  expect(reasons.all).toBe(3005);
});

test('where not all rows fit, each outcome has its first ones, and a rare outcome all of its', () => {
  const selection = new Selection(20_000);
  const all = Array.from({ length: 5000 }, (_, at) =>
    row(at, at % 1000 === 999 ? 'unsettled' : at % 3 ? 'completed' : 'busy'),
  );
  for (const each of all) selection.add(each);
  const { rows } = selection;
  expect(rows.reduce((bytes, { json }) => bytes + Buffer.byteLength(json) + 1, 0)).toBeLessThanOrEqual(20_000);
  const kept = new Map<string, number[]>();
  for (const { json } of rows) {
    const [line, , outcome] = JSON.parse(json);
    kept.set(outcome, [...(kept.get(outcome) ?? []), line]);
  }
  expect(kept.get('unsettled')).toEqual([999, 1999, 2999, 3999, 4999]);
  for (const outcome of ['completed', 'busy']) {
    const lines = kept.get(outcome) ?? [];
    expect(lines.length).toBeGreaterThan(50);
    expect(lines).toEqual(
      all
        .filter(({ result }) => result === outcome)
        .slice(0, lines.length)
        .map(({ line }) => line),
    );
  }
  expect(rows.map(({ line }) => line)).toEqual([...rows.map(({ line }) => line)].sort((a, b) => a - b));
});

const keptOf = (transcripts: Transcripts): Record<string, [string, number, string]> => JSON.parse(transcripts.json);

test('transcripts are whole as long as there is room, then all are cut at the same length, then the last are left out', () => {
  const text = (length: number) => 'x'.repeat(length);
  const roomy = new Transcripts(500_000);
  roomy.add(1, text(200_000), 'short');
  roomy.add(2, text(10), '');
  expect(keptOf(roomy)).toEqual({ 1: [text(200_000), 0, 'short'], 2: [text(10), 0, ''] });
  expect([roomy.shortened, roomy.leftOut]).toEqual([0, []]);

  const tight = new Transcripts(50_000);
  for (let at = 0; at < 10; at++) tight.add(at, text(20_000), '');
  const kept = Object.values(keptOf(tight));
  expect(kept.map(([, left]) => left > 0)).toEqual(Array(10).fill(true));
  expect(new Set(kept.map(([some]) => some.length)).size).toBe(1);
  expect(kept.every(([some, left]) => some.length + left === 20_000)).toBe(true);
  expect(tight.shortened).toBe(10);

  for (let at = 10; at < 100; at++) tight.add(at, text(20_000), '');
  expect(Object.keys(keptOf(tight)).length + tight.leftOut.length).toBe(100);
  expect(tight.leftOut.at(-1)).toBe(99);
  expect(Object.values(keptOf(tight)).every(([some]) => some.length >= 1500)).toBe(true);
});

test('transcripts never take more bytes than they may, whatever is in them', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 5000, minLength: 1000, size: 'max' }),
    fc.integer({ min: 1, max: 20_000 }).map((length) => '<'.repeat(length)),
    fc.integer({ min: 1, max: 20_000 }).map((length) => '😀\0'.repeat(length / 2)),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), text), { maxLength: 30 }), (told) => {
      const transcripts = new Transcripts(40_000);
      for (const [at, transcript] of told) transcripts.add(at, transcript, transcript.slice(0, 20));
      expect(Buffer.byteLength(transcripts.json)).toBeLessThanOrEqual(40_001);
      const kept = keptOf(transcripts);
      for (const [at, [some, left]] of Object.entries(kept)) {
        const whole = told.findLast(
          ([place, transcript]) => String(place) === at && transcript.length === some.length + left,
        );
        expect(whole?.[1].startsWith(some)).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});

test('of a call that is told twice, the later transcript is shown', () => {
  const transcripts = new Transcripts(1000);
  transcripts.add(1, 'user: first', '');
  transcripts.add(1, 'user: second', '');
  transcripts.add(1, '', '');
  expect(keptOf(transcripts)).toEqual({ 1: ['user: second', 0, ''] });
});
