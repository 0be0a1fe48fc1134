/**
 * A phone number's text in ASCII digits and signs, and without what cannot be seen: people write it in full width, in the digits of
 * their own script, or copy it from an address book that puts direction marks around it.
 */
export function plainDigits(typed: string): string {
  if (/^[\x20-\x7e]*$/.test(typed)) return typed;
  return typed
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\p{Nd}/gu, digitOf);
}

/** The value of a decimal digit of any script: Unicode has each script's ten in a row, from 0 on. */
function digitOf(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let first = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return String((code - first) % 10);
}
