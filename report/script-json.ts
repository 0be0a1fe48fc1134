/**
 * A value as JSON that may stand in a script element: no tag and no comment can begin in it, and no line end that older
 * scripts do not know. Read back with `JSON.parse` it is the same value.
 */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
