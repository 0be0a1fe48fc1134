import { InvalidArgumentError } from 'commander';
import type { StringValue } from 'ms';

/** Readers of the values that options take. Each throws what commander tells with the option's name in front. */

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function agentId(text: string): string {
  if (UUID.test(text)) return text;
  throw new InvalidArgumentError('It must be the UUID of a Bolna agent.');
}

export function speed(text: string): number {
  const value = Number(text);
  if (value >= 1 && value <= 1000) return value;
  throw new InvalidArgumentError('It must be a number from 1 to 1000.');
}

/** A whole number from 1 on. */
export function count(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 on.');
}

/** An amount of money as it is shown, such as 12.50. */
export function amount(text: string): number {
  if (/^\d{1,12}(\.\d{1,2})?$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('It must be an amount of money such as 12.50, without a currency.');
}

/** The same, or "none". */
export function amountOrNone(text: string): number | null {
  return text === 'none' ? null : amount(text);
}

/** An E.164 number; the option may be given several times. */
export function numbers(text: string, before: string[] = []): string[] {
  if (/^\+[1-9]\d{6,14}$/.test(text)) return [...before, text];
  throw new InvalidArgumentError('It must be a number in E.164 form, such as +919876543210.');
}

/** Any text; the option may be given several times. */
export function several(text: string, before: string[] = []): string[] {
  return [...before, text];
}

export function webAddress(text: string): string {
  const { protocol } = URL.canParse(text) ? new URL(text) : { protocol: '' };
  if (/^https?:$/.test(protocol)) return text;
  throw new InvalidArgumentError('It must be an http(s) address.');
}

export function account(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,39}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be 1 to 40 small letters, digits or "-", as in BOLNA_ACCOUNTS.');
}

/** `name=value`; the option may be given several times. */
export function variable(text: string, before: readonly Variable[] = []): Variable[] {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(at, 0)).trim();
  if (name === '') throw new InvalidArgumentError('Write it as name=value.');
  if (/[\p{Cc}]/u.test(name)) throw new InvalidArgumentError('A name is one line without control characters.');
  if (before.some((other) => other.name === name)) throw new InvalidArgumentError(`${name} is given twice.`);
  const value = text.slice(at + 1);
  // Rows would get taller than they are in the file, and what is said of a line would be about another.
  if (/[\r\n]/.test(value)) throw new InvalidArgumentError('A value is one line; put what has several into the file.');
  return [...before, { name, value }];
}

/** A column that every row gets. */
export interface Variable {
  name: string;
  value: string;
}

/** A time zone of the tz database. Abbreviations are refused: IST is India's, Israel's and Ireland's. */
export function timezone(text: string): string {
  try {
    if (text.includes('/') || text === 'UTC') return new Intl.DateTimeFormat('en', { timeZone: text }) && text;
  } catch {
    // Of no zone that Node knows.
  }
  throw new InvalidArgumentError('It must be a time zone such as Asia/Kolkata, Europe/Berlin or UTC.');
}

/** An instant: ISO 8601 with an offset, or how long ago. */
export function since(text: string): Date {
  const ms = require('ms') as typeof import('ms');
  const ago = /^\d/.test(text) && text.length <= 20 ? ms(text as StringValue) : undefined;
  const then = new Date(ago === undefined || /^\d+$/.test(text) ? NaN : Date.now() - ago);
  if (then.getTime() > 0) return then;
  const at = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/i.test(text)
    ? Date.parse(text)
    : NaN;
  if (!Number.isNaN(at)) return new Date(at);
  throw new InvalidArgumentError(
    'It must be a time such as 2026-06-23 or 2026-06-23T12:30:00+05:30, or how long ago, such as 2h or 7d.',
  );
}

/** A duration such as 30s or 2m. @returns milliseconds */
export function duration(text: string): number {
  const ms = require('ms') as typeof import('ms');
  const value = text.length <= 100 ? ms(text as StringValue) : undefined;
  if (value !== undefined && value >= 0) return value;
  throw new InvalidArgumentError('It must be a duration such as 30s or 2m.');
}
