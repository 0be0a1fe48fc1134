import { callAt } from '../../bolna/calling-hours';

const NINE_TO_NINE = { startHour: 9, endHour: 21 };
const INDIA = ['Asia/Calcutta'];

test.each([
  ['2026-06-23T03:29:00Z', 'later-today'],
  ['2026-06-23T03:30:00Z', 'now'],
  ['2026-06-23T15:29:00Z', 'now'],
  ['2026-06-23T15:30:00Z', 'tomorrow'],
  ['2026-06-22T18:30:00Z', 'later-today'],
])('of a call to India at %s it is: %s', (at, expected) => {
  expect(callAt(NINE_TO_NINE, INDIA, Date.parse(at))).toBe(expected);
});

test('zones that agree are one, others make it depend', () => {
  const at = Date.parse('2026-06-23T15:30:00Z'); // 9:30 in Denver, 8:30 in Los Angeles, 11:30 in New York
  expect(callAt(NINE_TO_NINE, ['America/Denver', 'America/New_York'], at)).toBe('now');
  expect(callAt(NINE_TO_NINE, ['America/Denver', 'America/Los_Angeles'], at)).toBe('depends');
});

test('the hour follows daylight saving time', () => {
  expect(callAt(NINE_TO_NINE, ['Europe/London'], Date.parse('2026-06-23T08:30:00Z'))).toBe('now');
  expect(callAt(NINE_TO_NINE, ['Europe/London'], Date.parse('2026-12-23T08:30:00Z'))).toBe('later-today');
});

test('without a zone, or with one that this runtime does not know, it is unknown', () => {
  expect(callAt(NINE_TO_NINE, [], 0)).toBe('unknown');
  expect(callAt(NINE_TO_NINE, ['Mars/Olympus'], 0)).toBe('unknown');
});
