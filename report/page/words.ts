/** 1234567 as "1,234,567". */
export function count(n: number): string {
  return n.toLocaleString('en');
}

/** "1 row", "1,200 rows". */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** Cents of the account's currency as an amount of it: 123456 as "1,234.56". */
export function amount(cents: number): string {
  if (cents > 0 && cents < 0.5) return '<0.01';
  return (cents / 100).toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** A part of a whole: "44%", "3.2%", "less than 0.1%". */
export function share(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0%';
  const percent = (100 * part) / whole;
  if (percent < 0.1) return '<0.1%';
  if (percent > 99.9 && part < whole) return '>99.9%';
  return `${percent.toLocaleString('en', { maximumFractionDigits: percent < 10 ? 1 : 0 })}%`;
}

/** "45 s", "2 min 30 s", "1 h 12 min". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ''}`;
  const minutes = Math.round(whole / 60);
  return `${count(Math.floor(minutes / 60))} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
}

const DAY = { day: 'numeric', month: 'short', timeZone: 'UTC' } as const;
const CLOCK = { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' } as const;
const DAY_OF_YEAR = new Intl.DateTimeFormat('en-GB', DAY);
const TIME_OF_DAY = new Intl.DateTimeFormat('en-GB', CLOCK);
const TIME = new Intl.DateTimeFormat('en-GB', { ...DAY, year: 'numeric', ...CLOCK });

/** "24 Nov 2026, 00:25 UTC"; what is no time stays as it is. */
export function utc(time: string): string {
  const at = Date.parse(time);
  return Number.isNaN(at) ? time : `${TIME.format(at)} UTC`;
}

export function dayOf(at: number): string {
  return DAY_OF_YEAR.format(at);
}

export function timeOf(at: number): string {
  return TIME_OF_DAY.format(at);
}

/** "10 minutes", "3 hours", "7 days". */
export function stepText(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 60) return counted(minutes, 'minute');
  return minutes < 1440 ? counted(minutes / 60, 'hour') : counted(minutes / 1440, 'day');
}
