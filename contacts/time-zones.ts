import { TIME_ZONES } from './time-zone-data';

let zonesByPrefix: ReadonlyMap<string, readonly string[]> | undefined;
let longest = 0;

/**
 * The time zones in which the owner of a number may be, by the number alone: one in India, several where a country or an area code
 * spans them. Empty where the metadata knows none, as for satellite phones.
 * @param number E.164
 */
export function timeZonesOf(number: string): readonly string[] {
  zonesByPrefix ??= readTable();
  const digits = number.slice(1);
  for (let length = Math.min(longest, digits.length); length > 0; length--) {
    const zones = zonesByPrefix.get(digits.slice(0, length));
    if (zones) return zones;
  }
  return [];
}

/** Read where it is first asked for: most campaigns never are. */
function readTable(): Map<string, readonly string[]> {
  const table = new Map<string, readonly string[]>();
  for (const line of TIME_ZONES.trim().split('\n')) {
    const [names = '', ...prefixes] = line.split(' ');
    const zones = names.split(',');
    for (const prefix of prefixes) {
      table.set(prefix, zones);
      longest = Math.max(longest, prefix.length);
    }
  }
  return table;
}
