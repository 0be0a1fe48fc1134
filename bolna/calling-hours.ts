import type { CallingHours } from './agent';

/** What becomes of a call that is due at a certain moment. */
export type CallAt =
  /** It is made. */
  | 'now'
  /** It waits until the window opens, later on the same day. */
  | 'later-today'
  /** It waits until the window opens on the next day. */
  | 'tomorrow'
  /** The person may be in one of several time zones, which differ in this. */
  | 'depends'
  /** No time zone is known. */
  | 'unknown';

/**
 * What the agent's hours make of a call. Bolna compares the hour where the person is (`guides/outbound/calling-guardrails`); a call in
 * the hour of the end itself counts as too late here, which the documentation leaves open.
 * @param zones in which the person may be
 * @param at milliseconds since the epoch
 */
export function callAt(hours: CallingHours, zones: readonly string[], at: number): CallAt {
  const [first, ...others] = new Set(zones.map((zone) => inZone(hours, zone, at)));
  if (first === undefined) return 'unknown';
  return others.length === 0 ? first : 'depends';
}

function inZone({ startHour, endHour }: CallingHours, zone: string, at: number): CallAt {
  const hour = hourIn(zone, at);
  if (hour === undefined) return 'unknown';
  if (hour < startHour) return 'later-today';
  return hour < endHour ? 'now' : 'tomorrow';
}

/** The hour of the day in a time zone, 0 to 23; undefined for a zone that this runtime does not know. */
function hourIn(timeZone: string, at: number): number | undefined {
  try {
    return Number(new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' }).format(at));
  } catch {
    return undefined;
  }
}
