import fc from 'fast-check';
import {
  bolnaRules,
  formatScheduledAt,
  parseTime,
  roundedStart,
  schedulableFrom,
  startInState,
  startToRequest,
} from '../../bolna/start-time';

const at = (text: string) => Date.parse(text);
const MINUTE = 60_000;
const BOLNA = bolnaRules();
const instants = fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2100-01-01T00:00:00Z') });

describe('rounding', () => {
  test('12:02 runs at 12:10', () => {
    expect(roundedStart(at('2026-06-23T12:02:00Z'), BOLNA)).toBe(at('2026-06-23T12:10:00Z'));
  });

  test('a time on a mark stays there', () => {
    expect(roundedStart(at('2026-06-23T12:10:00Z'), BOLNA)).toBe(at('2026-06-23T12:10:00Z'));
  });

  test('a millisecond past a mark is the next one', () => {
    expect(roundedStart(at('2026-06-23T12:10:00.001Z'), BOLNA)).toBe(at('2026-06-23T12:20:00Z'));
  });

  test('is never early, less than ten minutes late, and on a mark', () => {
    fc.assert(
      fc.property(instants, (wish) => {
        const start = roundedStart(wish, BOLNA);
        expect(start - wish).toBeGreaterThanOrEqual(0);
        expect(start - wish).toBeLessThan(10 * MINUTE);
        expect(start % (10 * MINUTE)).toBe(0);
      }),
    );
  });

  test('follows the speed of a simulator', () => {
    expect(roundedStart(at('2026-06-23T12:00:01Z'), bolnaRules(60))).toBe(at('2026-06-23T12:00:10Z'));
  });
});

describe('what to ask for', () => {
  const now = at('2026-06-23T12:00:00Z');

  test('the wish, where it is far enough ahead', () => {
    expect(startToRequest(now, now + 5 * MINUTE, 150_000)).toBe(now + 5 * MINUTE);
  });

  test.each([
    ['near', 1000],
    ['past', -3_600_000],
  ])('the nearest start possible, where the wish is %s', (_, ahead) => {
    expect(startToRequest(now, now + ahead, 150_000)).toBe(now + 150_000);
  });

  test('as soon as possible, where there is no wish', () => {
    expect(startToRequest(now, undefined, 150_000)).toBe(now + 150_000);
  });

  test('a start within 30 days can be sent now, with an hour to spare for clocks that differ', () => {
    const start = now + 40 * 24 * 60 * MINUTE;
    expect(start - schedulableFrom(start, BOLNA)).toBe((30 * 24 - 1) * 60 * MINUTE);
  });
});

describe('times on the wire', () => {
  test('carry a numeric offset and never a Z, to which Bolna answers 500', () => {
    expect(formatScheduledAt(at('2026-06-23T07:00:00Z'))).toBe('2026-06-23T07:00:00+00:00');
    fc.assert(
      fc.property(instants, (time) => {
        const text = formatScheduledAt(time);
        expect(text).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+00:00$/);
        // Cut-off fractions would ask for a moment earlier than was meant.
        expect(at(text)).toBeGreaterThanOrEqual(time);
        expect(at(text) - time).toBeLessThan(1000);
      }),
    );
  });

  test.each([
    ['2026-06-23T07:00:00+00:00', '2026-06-23T07:00:00Z'],
    ['2026-06-23T07:00:00Z', '2026-06-23T07:00:00Z'],
    ['2026-06-23T07:00:00.123456+00:00', '2026-06-23T07:00:00.123Z'],
    ['2026-06-23T12:30:00+05:30', '2026-06-23T07:00:00Z'],
    ['2026-06-23T07:00:00', '2026-06-23T07:00:00Z'],
  ])('%s is read', (text, meant) => {
    expect(parseTime(text)).toBe(at(meant));
  });

  test.each([null, undefined, '', 'soon', '2026-06-23T07:00:89+00:00'])('%s is no time', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });

  test('the start is found in the state of a schedule answer', () => {
    expect(startInState('scheduled at 2026-06-23T07:00:00+00:00')).toBe(at('2026-06-23T07:00:00Z'));
    expect(startInState('scheduled')).toBeUndefined();
    expect(startInState(undefined)).toBeUndefined();
  });
});
