import { formatDistanceStrict } from 'date-fns/formatDistanceStrict';
import { isValid } from 'date-fns/isValid';
import { parseISO } from 'date-fns/parseISO';
import { instantsOf, isoIn, localAt, zoneHere } from '../terminal/local-time';
import { UserError } from '../user-error';
import { printable } from './print';

const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?/i;
/** "2026-06-23 9:00": people write the hour so, ISO 8601 does not. */
const ONE_DIGIT_HOUR = /^(\d{4}-\d{2}-\d{2}[T ])(?=\d:)/i;
/** Up to 14 hours: what a clock somewhere on Earth shows. */
const OFFSET = /^(Z|[+-](0\d|1[0-4]):?[0-5]\d)$/i;
/** "tomorrow 9:00", "Monday 17:30", "9:00". */
const IN_WORDS = /^(?:([a-z]+)\s+)?([01]?\d|2[0-3]):([0-5]\d)$/i;
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

const DAY_MS = 24 * 3_600_000;

export interface Reading {
  /** By which the time was given. Default: `--at`. */
  option?: string;
  /** Whose clocks a time without an offset is of. Default: this machine's for times in words; other times need an offset then. */
  timezone?: string | undefined;
  /** Milliseconds since the epoch. Default: now. */
  now?: number;
}

/**
 * Reads a time given with an option: ISO 8601 with an offset; a date and a time in a zone; or `today`, `tomorrow`, or a weekday
 * (the next one, which may be today) before a time of the day. A time of the day alone is of today.
 *
 * A date without an offset or a zone is refused, since it may have been copied from anywhere. A time that a change of the clocks skips or
 * repeats is refused too: nobody is called an hour early or late by a guess.
 * @returns milliseconds since the epoch
 * @throws UserError
 */
export function parseAt(text: string, { option = '--at', timezone, now = Date.now() }: Reading = {}): number {
  const zone = timezone ?? zoneHere();
  const inWords = localInWords(text, localAt(now, zone));
  if (inWords !== undefined) return instantOf(inWords, zone, `${option} ${text}`);

  const padded = text.replace(ONE_DIGIT_HOUR, '$10');
  const [local] = LOCAL_TIME.exec(padded) ?? [''];
  const offset = padded.slice(local.length);
  const isoText = padded.replace(' ', 'T').toUpperCase();
  const at = parseISO(offset === '' ? `${isoText}Z` : isoText);
  if (local === '' || !isValid(at) || (offset !== '' && !OFFSET.test(offset))) {
    throw new UserError(
      `${option} ${printable(text)} is no time: write it as 2026-06-23T12:30:00+05:30, as "2026-06-23 12:30" with --timezone Asia/Kolkata, or as "tomorrow 9:00".`,
    );
  }
  if (offset !== '') return at.getTime();
  if (timezone !== undefined) return instantOf(at.getTime(), timezone, `${option} ${text}`);
  throw new UserError(
    `${option} ${text} has no offset, so its time zone is unknown: add one, as in ${text}+05:30, or Z for UTC, or name the zone, as in --timezone Asia/Kolkata.`,
  );
}

/** Whether a time is another one when it is given on another day. */
export function isInWords(text: string): boolean {
  return IN_WORDS.test(text.trim());
}

/** @param localNow and what is returned: see {@link instantsOf} */
function localInWords(text: string, localNow: number): number | undefined {
  const [, word = 'today', hours, minutes] = IN_WORDS.exec(text.trim()) ?? [];
  const days = daysUntil(word.toLowerCase(), new Date(localNow).getUTCDay());
  if (hours === undefined || days === undefined) return undefined;
  const midnight = Math.floor(localNow / DAY_MS) * DAY_MS;
  return midnight + days * DAY_MS + (Number(hours) * 60 + Number(minutes)) * 60_000;
}

function daysUntil(word: string, weekday: number): number | undefined {
  if (word === 'today') return 0;
  if (word === 'tomorrow') return 1;
  const named = WEEKDAYS.findIndex((name) => name === word || name.slice(0, 3) === word);
  return named < 0 ? undefined : (named - weekday + 7) % 7;
}

/** @throws UserError for a time that clocks do not show, or show twice */
function instantOf(local: number, zone: string, what: string): number {
  const [at, again] = instantsOf(local, zone);
  if (at !== undefined && again === undefined) return at;
  if (at !== undefined && again !== undefined) {
    throw new UserError(
      `${what} is twice in ${zone}, where clocks are put back then. Say which one: ${isoIn(at, zone)} or ${isoIn(again, zone)}.`,
    );
  }
  throw new UserError(
    `${what} does not exist in ${zone}, where clocks are put forward then. Choose an earlier or a later time, or give it with an offset.`,
  );
}

interface PastTime {
  /** As a person typed it. Default: the time in UTC alone. */
  typed?: string | undefined;
  /** By which it was given. Default: `--at`. */
  option?: string;
  /** What to do. Default: for a campaign that begins. */
  cure?: string;
}

/** @throws UserError for a start that is over */
export function refusePast(at: number, now: number, { typed, option = '--at', cure = SOONER }: PastTime = {}): void {
  if (at >= now) return;
  const utc = `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const shown = typed === undefined ? utc : `${printable(typed)} (${utc})`;
  throw new UserError(`${option} ${shown} is in the past (by ${formatDistanceStrict(at, now)}): ${cure}.`);
}

const SOONER = 'give a later time, or leave it out to start as soon as possible';
