import { askedWait } from '../../activities/asked-wait';

const NOW = Date.parse('2026-06-23T07:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** An attempt at a step that has three days in all, some of them past. */
function step(past = 0, attempt = 1) {
  return {
    attempt,
    retryPolicy: { initialInterval: 5_000, backoffCoefficient: 3, maximumInterval: 15 * MINUTE },
    scheduledTimestampMs: NOW - past,
    currentAttemptScheduledTimestampMs: NOW,
    scheduleToCloseTimeoutMs: 3 * DAY,
    startToCloseTimeoutMs: MINUTE,
  };
}

test.each([
  ['7200', 2 * HOUR],
  ['Tue, 23 Jun 2026 09:00:00 GMT', 2 * HOUR],
  ['6', 6_000],
  ['31536000', DAY],
  ['9'.repeat(400), undefined],
  ['0', undefined],
  ['5', undefined],
  ['Tue, 23 Jun 2026 06:00:00 GMT', undefined],
  ['soon', undefined],
  ['-5', undefined],
  ['', undefined],
  [undefined, undefined],
])('"%s" puts off by %s', (header, wait) => {
  expect(askedWait(header, NOW, step())).toBe(wait);
});

test('what is later tried more seldom by itself is not tried sooner', () => {
  expect(askedWait('600', NOW, step(DAY, 100))).toBeUndefined();
  expect(askedWait('1200', NOW, step(DAY, 100))).toBe(20 * MINUTE);
});

test('leaves time for one last attempt, after which there is none', () => {
  expect(askedWait('86400', NOW, step(3 * DAY - 2 * HOUR))).toBe(2 * HOUR - 2 * MINUTE);
  expect(askedWait('86400', NOW, step(3 * DAY - 2 * MINUTE))).toBeUndefined();
  expect(askedWait('86400', NOW, step(3 * DAY + HOUR))).toBeUndefined();
});

test("a clock that is behind the server's does not put off for longer", () => {
  const late = step(3 * DAY - 2 * HOUR);
  expect(askedWait('86400', NOW - DAY, late)).toBe(2 * HOUR - 2 * MINUTE);
  expect(askedWait('86400', NOW + HOUR, late)).toBe(HOUR - 2 * MINUTE);
});

test('a server that does not tell the policy has the one that Temporal has', () => {
  const { retryPolicy: _, ...untold } = step(0, 4);
  expect(askedWait('8', NOW, untold)).toBeUndefined();
  expect(askedWait('9', NOW, untold)).toBe(9_000);
});
