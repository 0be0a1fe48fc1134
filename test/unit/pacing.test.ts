import fc from 'fast-check';
import { nextHookedWait, nextWait, type Pace } from '../../activities/pacing';

const MINUTE = 60_000;
const pace = (changes: Partial<Pace>): Pace => ({
  now: 10 * MINUTE,
  startsAt: 0,
  settled: 50,
  total: 100,
  stillSince: 10 * MINUTE,
  minMs: 5_000,
  maxMs: 5 * MINUTE,
  ...changes,
});

test('a third of the estimated time left is waited', () => {
  expect(nextWait(pace({ now: 6 * MINUTE, stillSince: 6 * MINUTE }))).toBe(2 * MINUTE);
});

test('the nearer the end, the sooner the next look, down to the floor', () => {
  expect(nextWait(pace({ settled: 90 }))).toBeLessThan(nextWait(pace({ settled: 50 })));
  expect(nextWait(pace({ settled: 100 }))).toBe(5_000);
});

test('a campaign that stands still is looked at ever less often, up to the ceiling', () => {
  const stragglers = (minutes: number) => nextWait(pace({ settled: 99, now: 10 * MINUTE + minutes * MINUTE }));
  expect(stragglers(4)).toBe(MINUTE);
  expect(stragglers(60)).toBe(5 * MINUTE);
});

test('who has waited for hours waits some seconds longer for the end', () => {
  const hours = (n: number) => pace({ now: n * 60 * MINUTE, stillSince: n * 60 * MINUTE, settled: 100 });
  expect(nextWait(hours(2))).toBe(15_000);
  expect(nextWait(hours(48))).toBe(30_000);
});

test('before the start there is one look, at the start', () => {
  expect(nextWait(pace({ now: 0, startsAt: 2 * MINUTE, stillSince: 0 }))).toBe(2 * MINUTE);
});

test('never shorter than the floor, never longer than the ceiling', () => {
  const time = fc.integer({ min: 0, max: 1e10 });
  const rows = fc.nat(1e6);
  fc.assert(
    fc.property(time, time, time, rows, rows, (now, startsAt, stillSince, settled, total) => {
      const wait = nextWait(pace({ now, startsAt, stillSince, settled, total }));
      expect(wait).toBeGreaterThanOrEqual(5_000);
      expect(wait).toBeLessThanOrEqual(5 * MINUTE);
    }),
  );
});

test('a campaign of two hours is looked at fewer than 50 times, and its end seen within 20 seconds', () => {
  const total = 1000;
  const end = 120 * MINUTE;
  let looks = 0;
  let now = 0;
  let stillSince = 0;
  let before = -1;
  while (now < end) {
    const settled = Math.floor((total * now) / end);
    if (settled !== before) stillSince = now;
    before = settled;
    now += nextWait(pace({ now, startsAt: 0, settled, total, stillSince }));
    looks++;
  }
  expect(looks).toBeLessThan(50);
  expect(now - end).toBeLessThan(20_000);
});

describe('where Bolna tells when there is news', () => {
  test('the end is waited for as it is estimated, up to the ceiling', () => {
    expect(nextHookedWait(pace({ settled: 80 }))).toBe(2.5 * MINUTE);
    expect(nextHookedWait(pace({ settled: 10 }))).toBe(5 * MINUTE);
  });

  test('a word that is lost costs a minute, or a twenty-fourth of the time', () => {
    expect(nextHookedWait(pace({ settled: 100 }))).toBe(MINUTE);
    expect(nextHookedWait(pace({ settled: 100, now: 48 * MINUTE }))).toBe(2 * MINUTE);
  });

  test('before any call is done, the next look is minutes later, and ever later', () => {
    const unknown = (now: number) => nextHookedWait(pace({ now, settled: 0, maxMs: 60 * MINUTE }));
    expect(unknown(0)).toBe(12 * MINUTE);
    expect(unknown(12 * MINUTE)).toBe(36 * MINUTE);
  });

  test('before the start there is one look, at the start', () => {
    expect(nextHookedWait(pace({ now: 0, startsAt: 2 * MINUTE, stillSince: 0 }))).toBe(2 * MINUTE);
  });

  test('never shorter than the floor, never longer than the ceiling', () => {
    const time = fc.integer({ min: 0, max: 1e10 });
    const rows = fc.nat(1e6);
    fc.assert(
      fc.property(time, time, rows, rows, (now, startsAt, settled, total) => {
        const wait = nextHookedWait(pace({ now, startsAt, settled, total }));
        expect(wait).toBeGreaterThanOrEqual(5_000);
        expect(wait).toBeLessThanOrEqual(5 * MINUTE);
      }),
    );
  });
});
