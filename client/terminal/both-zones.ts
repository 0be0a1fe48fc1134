/**
 * "2026-06-23 07:00 UTC (Tue 23 Jun 2026, 12:30 +05:30 here)". Made from what JavaScript itself shows, always in English: `format` of
 * date-fns takes half as long to load as Node takes to start.
 */
export function inBothZones(at: number): string {
  const here = new Date(at);
  const utc = here.toISOString().slice(0, 16).replace('T', ' ');
  const [weekday, month, day, year] = here.toDateString().split(' ');
  // "12:30:00 GMT+0530 (India Standard Time)"
  const [, time, hours, minutes] = /^(\d\d:\d\d):\d\d GMT([+-]\d\d)(\d\d)/.exec(here.toTimeString()) ?? [];
  return `${utc} UTC (${weekday} ${Number(day)} ${month} ${year}, ${time} ${hours}:${minutes} here)`;
}
