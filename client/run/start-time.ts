import { format, formatDistanceStrict, isValid, parseISO } from 'date-fns';
import { UserError } from '../user-error';

/** Reads --at. @returns milliseconds since the epoch @throws UserError */
export function parseAt(text: string): number {
  if (!/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text) || !isValid(parseISO(text.replace(' ', 'T')))) {
    throw new UserError(`--at ${text} is no time: write it as 2026-06-23T12:30:00+05:30.`);
  }
  if (!/(Z|[+-]\d{2}:?\d{2})$/i.test(text)) {
    throw new UserError(
      `--at ${text} has no offset, so its time zone is unknown: add one, as in ${text}+05:30, or Z for UTC.`,
    );
  }
  return parseISO(text.replace(' ', 'T')).getTime();
}

/** @throws UserError for a start that is over */
export function refusePast(at: number, now: number): void {
  if (at >= now) return;
  const ago = formatDistanceStrict(at, now);
  throw new UserError(
    `--at ${new Date(at).toISOString()} is in the past (by ${ago}): give a later time, or leave it out to start as soon as possible.`,
  );
}

/** "2026-06-23 07:00 UTC (Tue 23 Jun 2026, 12:30 +05:30 here)". */
export function inBothZones(at: number): string {
  const utc = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  return `${utc} UTC (${format(at, 'EEE d MMM yyyy, HH:mm xxx')} here)`;
}
