import { tzOffset } from '@date-fns/tz/tzOffset';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * The instants at which clocks in a zone show a time: one, none for a time that a change of the clocks skips, or two, the earlier one
 * first, for a time that is shown again when clocks are put back.
 * @param local what the clocks show, as the milliseconds since the epoch that they would be in UTC
 * @param zone such as `Asia/Kolkata`
 * @returns milliseconds since the epoch
 */
export function instantsOf(local: number, zone: string): number[] {
  const offsets = [local - DAY_MS, local + DAY_MS].map((near) => offsetAt(near, zone));
  return [...new Set(offsets.map((offset) => local - offset))]
    .filter((at) => localAt(at, zone) === local)
    .sort((one, other) => one - other);
}

/** What clocks in a zone show at an instant, in the terms of {@link instantsOf}. */
export function localAt(at: number, zone: string): number {
  return at + offsetAt(at, zone);
}

/** "2026-06-23T12:30:00+05:30". */
export function isoIn(at: number, zone: string): string {
  return new Date(localAt(at, zone)).toISOString().slice(0, 19) + offsetText(at, zone);
}

/** "+05:30". */
export function offsetText(at: number, zone: string): string {
  const minutes = Math.round(offsetAt(at, zone) / MINUTE_MS);
  const two = (n: number) => String(n).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** The zone of this machine, such as `Asia/Kolkata`. */
export function zoneHere(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Milliseconds that clocks in a zone are ahead of UTC. */
function offsetAt(at: number, zone: string): number {
  return tzOffset(zone, new Date(at)) * MINUTE_MS;
}
