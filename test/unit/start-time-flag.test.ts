import { spawnSync } from 'node:child_process';
import { timezone } from '../../client/options/values';
import { parseAt, refusePast } from '../../client/run/start-time';
import { inBothZones } from '../../client/terminal/both-zones';

test.each([
  ['2026-06-23T12:30:00+05:30', '2026-06-23T07:00:00.000Z'],
  ['2026-06-23 12:30+0530', '2026-06-23T07:00:00.000Z'],
  ['2026-06-23 9:03Z', '2026-06-23T09:03:00.000Z'],
  ['2026-06-23T9:03:30+05:30', '2026-06-23T03:33:30.000Z'],
  ['2026-06-23T07:00:00Z', '2026-06-23T07:00:00.000Z'],
  ['2026-06-23t07:00:00.500z', '2026-06-23T07:00:00.500Z'],
  ['2026-06-23T12:30:00-14:00', '2026-06-24T02:30:00.000Z'],
  ['2028-02-29T00:00:00+00:00', '2028-02-29T00:00:00.000Z'],
])('%s is understood', (text, instant) => {
  expect(new Date(parseAt(text)).toISOString()).toBe(instant);
});

test.each([
  'soon',
  'tomorrow',
  'yesterday 9:00',
  'tomorrow 24:00',
  'tomorrow 9',
  '9:60',
  'mo 9:00',
  '',
  '2026-06-23',
  '2026-06-23 9:3Z',
  '23.06.2026 12:30+05:30',
  '2026-02-30T10:00:00Z',
  '2027-02-29T10:00:00Z',
  '2026-06-23T25:00:00Z',
  '2026-06-23T12:61:00Z',
  '2026-06-23T12:30:00+99:00',
  '2026-06-23T12:30:00+05:99',
  '2026-06-23T12:30:00 IST',
  '2026-06-23T12:30:00Z and so on',
  '\u001b[2J',
])('"%s" is no time, and the answer shows how one is written', (text) => {
  expect(() => parseAt(text)).toThrow(
    /^--at \P{Cc}* is no time: write it as 2026-06-23T12:30:00\+05:30, as "2026-06-23 12:30" with .* or as "tomorrow 9:00"\.$/u,
  );
});

test('a time without an offset is asked for one', () => {
  expect(() => parseAt('2026-06-23T12:30')).toThrow(/has no offset.*2026-06-23T12:30\+05:30, or Z.*--timezone/);
});

/** Tuesday, 13:00 in India and 09:30 in Germany. */
const NOW = Date.parse('2026-06-23T07:30:00Z');

test.each([
  ['2026-06-23 09:00', 'Asia/Kolkata', '2026-06-23T03:30:00.000Z'],
  ['2026-06-23T09:00:30.5', 'Asia/Kolkata', '2026-06-23T03:30:30.500Z'],
  ['2026-06-23 09:00', 'America/St_Johns', '2026-06-23T11:30:00.000Z'],
  ['2026-01-23 09:00', 'Europe/Berlin', '2026-01-23T08:00:00.000Z'],
  // An offset says more than a zone.
  ['2026-06-23 09:00+01:00', 'Asia/Kolkata', '2026-06-23T08:00:00.000Z'],
  ['9:00', 'Asia/Kolkata', '2026-06-23T03:30:00.000Z'],
  ['today 17:30', 'Asia/Kolkata', '2026-06-23T12:00:00.000Z'],
  ['tomorrow 9:00', 'Asia/Kolkata', '2026-06-24T03:30:00.000Z'],
  ['Tomorrow  09:00', 'Pacific/Kiritimati', '2026-06-23T19:00:00.000Z'],
  ['today 1:00', 'Pacific/Pago_Pago', '2026-06-22T12:00:00.000Z'],
  ['tuesday 17:30', 'Europe/Berlin', '2026-06-23T15:30:00.000Z'],
  ['Mon 9:00', 'Europe/Berlin', '2026-06-29T07:00:00.000Z'],
  ['friday 23:59', 'UTC', '2026-06-26T23:59:00.000Z'],
])('%s in %s is %s', (text, timezone, instant) => {
  expect(new Date(parseAt(text, { timezone, now: NOW })).toISOString()).toBe(instant);
});

test.each([
  // The day before the clocks change is as long as any other by the clock on the wall.
  ['tomorrow 9:00', '2026-03-28T12:00:00Z', '2026-03-29T07:00:00.000Z'],
  ['tomorrow 9:00', '2026-10-24T12:00:00Z', '2026-10-25T08:00:00.000Z'],
  ['2026-03-29 01:59', '2026-03-28T12:00:00Z', '2026-03-29T00:59:00.000Z'],
  ['2026-03-29 03:00', '2026-03-28T12:00:00Z', '2026-03-29T01:00:00.000Z'],
  ['2026-10-25 01:59', '2026-03-28T12:00:00Z', '2026-10-24T23:59:00.000Z'],
  ['2026-10-25 03:00', '2026-03-28T12:00:00Z', '2026-10-25T02:00:00.000Z'],
])('beside a change of the clocks, %s is exact', (text, now, instant) => {
  const at = parseAt(text, { timezone: 'Europe/Berlin', now: Date.parse(now) });
  expect(new Date(at).toISOString()).toBe(instant);
});

test('a time that a change of the clocks skips or repeats is refused, with what would do', () => {
  const how = { timezone: 'Europe/Berlin', now: Date.parse('2026-03-28T12:00:00Z') };
  expect(() => parseAt('2026-03-29 02:30', how)).toThrow(/^--at 2026-03-29 02:30 does not exist in Europe\/Berlin/);
  expect(() => parseAt('tomorrow 2:00', { ...how, option: '--start-by' })).toThrow(
    /^--start-by tomorrow 2:00 does not/,
  );
  expect(() => parseAt('2026-10-25 02:30', how)).toThrow(
    /is twice in .*: 2026-10-25T02:30:00\+02:00 or 2026-10-25T02:30:00\+01:00\.$/,
  );
});

test('words are of the clock of this machine where no zone is named', () => {
  const { timeZone: timezone } = Intl.DateTimeFormat().resolvedOptions();
  expect(parseAt('tomorrow 9:00', { now: NOW })).toBe(parseAt('tomorrow 9:00', { now: NOW, timezone }));
});

test.each(['IST', 'CET', 'Mars/Olympus', '', '+05:30', 'asia'])('"%s" is no time zone', (text) => {
  expect(() => timezone(text)).toThrow(/Asia\/Kolkata/);
  expect(timezone('Asia/Kolkata')).toBe('Asia/Kolkata');
});

test('a time is shown in a zone that is named', () => {
  const at = Date.parse('2026-06-03T03:30:00Z');
  expect(inBothZones(at, 'Asia/Kolkata')).toBe('2026-06-03 03:30 UTC (Wed 3 Jun 2026, 09:00 +05:30 in Asia/Kolkata)');
  expect(inBothZones(at, 'America/St_Johns')).toMatch(/\(Wed 3 Jun 2026, 01:00 -02:30 in America\/St_Johns\)$/);
  expect(inBothZones(at, 'America/Los_Angeles')).toMatch(/\(Tue 2 Jun 2026, 20:30 -07:00 in/);
});

test('a start that is over is refused with how long ago it was; this very moment is not', () => {
  const now = Date.parse('2026-06-23T12:30:00Z');
  expect(() => refusePast(now - 3_600_000, now, { typed: '2026-06-23 17:00' })).toThrow(
    /^--at 2026-06-23 17:00 \(2026-06-23 11:30 UTC\) is in the past \(by 1 hour\): give a later time, or leave it out/,
  );
  expect(() => refusePast(now - 3_600_000, now, { option: '--start-by', cure: 'give a later time' })).toThrow(
    '--start-by 2026-06-23 11:30 UTC is in the past (by 1 hour): give a later time.',
  );
  expect(() => refusePast(now, now)).not.toThrow();
});

test('a time is shown in UTC and as the clock on the wall shows it', () => {
  expect(inBothZones(Date.parse('2026-06-23T07:00:00Z'))).toMatch(
    /^2026-06-23 07:00 UTC \(\w{3} 2\d Jun 2026, \d\d:\d0 [+-]\d\d:\d\d here\)$/,
  );
});

test.each(['UTC', 'Asia/Kolkata', 'America/St_Johns', 'Pacific/Apia', 'Europe/London'])(
  'in %s a time is shown as date-fns would show it',
  (zone) => {
    // A process has its time zone from the beginning.
    const script = `
      const { inBothZones } = require(require('node:path').join(process.env.TEST_BUILD, 'client/terminal/both-zones.js'));
      const { format } = require('date-fns/format');
      for (let at = Date.parse('2026-01-01T00:00:00Z'); at < Date.parse('2027-01-02T00:00:00Z'); at += 7_777_777) {
        const here = '(' + format(at, 'EEE d MMM yyyy, HH:mm xxx') + ' here)';
        if (!inBothZones(at).endsWith(here)) console.log(inBothZones(at), here);
      }`;
    const env = { ...process.env, TZ: zone };
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', env });
    expect([stdout, stderr]).toEqual(['', '']);
  },
);
