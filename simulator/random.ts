import { createHash } from 'node:crypto';

/** Everything that looks like chance here is a pure function of its parts, so that a test knows it and a restart repeats it. */
function digest(parts: readonly (string | number)[]): Buffer {
  return createHash('sha256').update(parts.join('\u0000')).digest();
}

/** A number from 0 (included) to 1 (excluded). */
export function draw(...parts: (string | number)[]): number {
  return digest(parts).readUIntBE(0, 6) / 2 ** 48;
}

/** A number of `range`, both ends included, in whole units. */
export function drawBetween(range: readonly [number, number], ...parts: (string | number)[]): number {
  const [low, high] = range;
  return Math.min(high, low + Math.floor(draw(...parts) * (high - low + 1)));
}

export function hexId(...parts: (string | number)[]): string {
  return digest(parts).toString('hex', 0, 16);
}

/** A UUID in shape; version and variant bits are set as random ones have them. */
export function uuid(...parts: (string | number)[]): string {
  const hex = hexId(...parts);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join('-');
}
