import { readFileSync, writeFileSync } from 'node:fs';
import { timeZonesOf } from '../../contacts/time-zones';
import { timeZoneTable } from '../support/time-zone-table';

const FILE = 'contacts/time-zone-data.ts';

test(`${FILE} is what the metadata says`, () => {
  if (process.env.UPDATE_DOCS) writeFileSync(FILE, timeZoneTable());
  expect(readFileSync(FILE, 'utf8')).toBe(timeZoneTable());
});

test.each([
  ['+919876543210', ['Asia/Calcutta']],
  ['+12025550101', ['America/New_York']],
  ['+13105550101', ['America/Los_Angeles']],
  ['+12085550101', ['America/Boise', 'America/Los_Angeles']],
  ['+447700900123', ['Europe/Guernsey', 'Europe/Isle_of_Man', 'Europe/London']],
  ['+61412345678', ['Australia/Sydney']],
])('the owner of %s may be in %j', (number, zones) => {
  expect(timeZonesOf(number)).toEqual(zones);
});

test('a number of no country is in no known zone', () => {
  expect(timeZonesOf('+999123456789')).toEqual([]);
});

test('the runtime knows each zone of the table', () => {
  const zones = new Set(timeZoneTable().match(/[A-Z][A-Za-z]+\/[A-Za-z_/-]+/g));
  const unknown = [...zones].filter((zone) => {
    try {
      return !new Intl.DateTimeFormat('en', { timeZone: zone });
    } catch {
      return true;
    }
  });
  expect(unknown.filter((zone) => !zone.startsWith('UPDATE'))).toEqual([]);
});
