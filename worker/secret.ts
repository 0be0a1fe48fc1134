import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigError } from './config-error';

/** What a variable of the environment holds, or the file that the same variable with `_FILE` at its end names. */
export interface Secret<T> {
  /** The variable that is set. */
  name: string;
  /** As it was when the environment was read. */
  first: T;
  /** As it is now: a file is read anew, so that a rotated secret is taken up. Rejects while the file holds none. */
  read: () => Promise<T>;
}

/**
 * @param parse what the text means; throws ConfigError, naming the variable, where it cannot be a secret
 * @returns undefined where neither variable is set
 * @throws ConfigError where both are, or the file cannot be read
 */
export function readSecret<T>(
  given: Readonly<Record<string, string | undefined>>,
  variable: string,
  parse: (text: string, name: string) => T,
): Secret<T> | undefined {
  const name = `${variable}_FILE`;
  const { [variable]: value, [name]: file } = given;
  if (value !== undefined && file !== undefined) {
    throw new ConfigError(`${variable} and ${name} are both set: take one of them away.`);
  }
  if (value !== undefined) {
    const first = parse(value, variable);
    return { name: variable, first, read: async () => first };
  }
  if (file === undefined) return undefined;
  const path = resolve(file);
  const first = parse(textOf(path, name), name);
  return { name, first, read: async () => parse(await readFile(path, 'utf8'), name) };
}

function textOf(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new ConfigError(`${name} names a file that cannot be read: ${path}.`);
  }
}
