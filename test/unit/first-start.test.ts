import assert from 'node:assert/strict';
import fc from 'fast-check';
import { emptyWindow } from '../../workflows/first-start';

const at = (time: string) => Date.parse(`2026-06-23T${time}:00Z`);
const NOW = at('07:00');
const MINUTE = 60_000;

test.each<[string, string | undefined, string, string, string | undefined]>([
  ['no mark follows', undefined, '07:05', '07:10', undefined],
  ['the mark is within the lead', undefined, '07:02', '07:10', undefined],
  ['it lies between two marks', '07:41', '07:49', '07:50', '07:40'],
  ['the start before it is within the lead', '07:02', '07:09', '07:10', undefined],
  ['it is past', '05:00', '06:00', '07:10', undefined],
])('a window has no start where %s', (_, startAt, startBy, first, last) => {
  const window = { startAt: startAt && at(startAt), startBy: at(startBy) };
  expect(emptyWindow({ ...window, startAt: window.startAt || undefined }, NOW)).toEqual({
    first: at(first),
    last: last && at(last),
  });
});

test('a window has a start exactly where a mark is in it, with the lead', () => {
  const minutes = fc.integer({ min: -120, max: 120 });
  fc.assert(
    fc.property(minutes, minutes, fc.integer({ min: 0, max: 600_000 }), (from, to, leadMs) => {
      const [startAt, startBy] = [NOW + from * MINUTE, NOW + to * MINUTE];
      const marks = Array.from({ length: 60 }, (_, i) => at('04:00') + i * 10 * MINUTE);
      const possible = marks.filter((mark) => mark >= NOW + leadMs && mark <= startBy);
      const empty = emptyWindow({ startAt, startBy }, NOW, { leadMs, roundUpToMs: 10 * MINUTE });
      assert.equal(
        empty === undefined,
        possible.some((mark) => mark >= startAt),
      );
      // What it says would do, does.
      if (empty) assert.equal(empty.last, possible.at(-1));
    }),
  );
});
