/**
 * "2026-06-23 07:00 UTC (Tue 23 Jun 2026, 12:30 +05:30 here)"; with a zone, "… in Asia/Kolkata)". Made from what JavaScript itself shows, always in English: `format` of
 * date-fns takes half as long to load as Node takes to start.
 */
export function inBothZones(at: number, zone?: string): string {
  const here = new Date(at);
  const utc = here.toISOString().slice(0, 16).replace('T', ' ');
  if (zone !== undefined) return `${utc} UTC (${inZone(at, zone)})`;
  const [weekday, month, day, year] = here.toDateString().split(' ');
  // "12:30:00 GMT+0530 (India Standard Time)"
  const [, time, hours, minutes] = /^(\d\d:\d\d):\d\d GMT([+-]\d\d)(\d\d)/.exec(here.toTimeString()) ?? [];
  return `${utc} UTC (${weekday} ${Number(day)} ${month} ${year}, ${time} ${hours}:${minutes} here)`;
}

function inZone(at: number, zone: string): string {
  const { localAt, offsetText } = require('./local-time') as typeof import('./local-time');
  // "Tue, 23 Jun 2026 12:30:00 GMT", which it is in UTC alone
  const [, date, time] = /^(.*\d{4}) (\d\d:\d\d):/.exec(new Date(localAt(at, zone)).toUTCString()) ?? [];
  return `${date?.replace(',', '').replace(/ 0/, ' ')}, ${time} ${offsetText(at, zone)} in ${zone}`;
}
