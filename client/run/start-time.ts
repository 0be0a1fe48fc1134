import { formatDistanceStrict } from 'date-fns/formatDistanceStrict';
import { isValid } from 'date-fns/isValid';
import { parseISO } from 'date-fns/parseISO';
import { UserError } from '../user-error';
import { printable } from './print';

const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?/i;
/** Up to 14 hours: what a clock somewhere on Earth shows. */
const OFFSET = /^(Z|[+-](0\d|1[0-4]):?[0-5]\d)$/i;

/** Reads a time given with an option. @returns milliseconds since the epoch @throws UserError */
export function parseAt(text: string, option = '--at'): number {
  const [local] = LOCAL_TIME.exec(text) ?? [''];
  const offset = text.slice(local.length);
  const at = parseISO(text.replace(' ', 'T').toUpperCase());
  if (local === '' || !isValid(at) || (offset !== '' && !OFFSET.test(offset))) {
    throw new UserError(`${option} ${printable(text)} is no time: write it as 2026-06-23T12:30:00+05:30.`);
  }
  if (offset === '') {
    throw new UserError(
      `${option} ${text} has no offset, so its time zone is unknown: add one, as in ${text}+05:30, or Z for UTC.`,
    );
  }
  return at.getTime();
}

/** @param cure what to do @throws UserError for a start that is over */
export function refusePast(
  at: number,
  now: number,
  option = '--at',
  cure = 'give a later time, or leave it out to start as soon as possible',
): void {
  if (at >= now) return;
  const ago = formatDistanceStrict(at, now);
  throw new UserError(`${option} ${new Date(at).toISOString()} is in the past (by ${ago}): ${cure}.`);
}
