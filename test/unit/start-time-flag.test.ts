import { spawnSync } from 'node:child_process';
import { parseAt, refusePast } from '../../client/run/start-time';
import { inBothZones } from '../../client/terminal/both-zones';

test.each([
  ['2026-06-23T12:30:00+05:30', '2026-06-23T07:00:00.000Z'],
  ['2026-06-23 12:30+0530', '2026-06-23T07:00:00.000Z'],
  ['2026-06-23T07:00:00Z', '2026-06-23T07:00:00.000Z'],
  ['2026-06-23t07:00:00.500z', '2026-06-23T07:00:00.500Z'],
  ['2026-06-23T12:30:00-14:00', '2026-06-24T02:30:00.000Z'],
  ['2028-02-29T00:00:00+00:00', '2028-02-29T00:00:00.000Z'],
])('%s is understood', (text, instant) => {
  expect(new Date(parseAt(text)).toISOString()).toBe(instant);
});

test.each([
  'soon',
  '',
  '2026-06-23',
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
  expect(() => parseAt(text)).toThrow(/^--at \P{Cc}* is no time: write it as 2026-06-23T12:30:00\+05:30\.$/u);
});

test('a time without an offset is asked for one', () => {
  expect(() => parseAt('2026-06-23T12:30')).toThrow(/has no offset.*2026-06-23T12:30\+05:30, or Z/);
});

test('a start that is over is refused with how long ago it was; this very moment is not', () => {
  const now = Date.parse('2026-06-23T12:30:00Z');
  expect(() => refusePast(now - 3_600_000, now)).toThrow(/^--at 2026-06-23T11:30:00.000Z is in the past \(by 1 hour\)/);
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
