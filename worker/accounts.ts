import { BolnaError } from '../bolna/errors';
import { DEFAULT_ACCOUNT } from '../workflows/account';
import { ConfigError } from './config-error';
import { readSecret } from './secret';

/** A Bolna account that the worker calls for. */
export interface Account {
  /** By which campaigns name it. */
  name: string;
  /** The variable that holds its key, or names the file of it. */
  keyName: string;
  /** The key; from a file it is read anew each time, so that a rotated one is taken up. @throws BolnaError */
  key: () => Promise<string>;
}

type Given = Readonly<Record<string, string | undefined>>;

const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

/**
 * The accounts of the environment: the default one (BOLNA_API_KEY or BOLNA_API_KEY_FILE), and those that BOLNA_ACCOUNTS names
 * (BOLNA_API_KEY_SALES or BOLNA_API_KEY_SALES_FILE for `sales`).
 * @throws ConfigError for a name without a key, two keys for one account, or a key that cannot be one
 */
export function readAccounts(given: Given): Account[] {
  const named = (given.BOLNA_ACCOUNTS ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== DEFAULT_ACCOUNT);
  const accounts = [...new Set(named)].map((name) => {
    if (!NAME.test(name)) {
      throw new ConfigError(
        `BOLNA_ACCOUNTS holds "${name}": an account's name is 1 to 40 small letters, digits or "-"; names are separated by commas.`,
      );
    }
    const variable = `BOLNA_API_KEY_${name.toUpperCase().replaceAll('-', '_')}`;
    const account = readAccount(given, name, variable);
    if (!account)
      throw new ConfigError(
        `${variable} is not set: put the key of account ${name} there, or a file in ${variable}_FILE.`,
      );
    return account;
  });
  const main = readAccount(given, DEFAULT_ACCOUNT, 'BOLNA_API_KEY');
  return main ? [main, ...accounts] : accounts;
}

function readAccount(given: Given, name: string, variable: string): Account | undefined {
  const secret = readSecret(given, variable, checked);
  if (!secret) return undefined;
  const { name: keyName, read } = secret;
  return { name, keyName, key: () => read().catch((cause: unknown) => withoutKey(keyName, cause)) };
}

/** While a key is being replaced its file may be missing or empty: the campaign waits as it would for a refused one. */
function withoutKey(keyName: string, cause: unknown): never {
  throw new BolnaError('unauthorized', { action: 'use the key', detail: 'its file holds none', keyName }, { cause });
}

function checked(text: string, variable: string): string {
  const key = text.trim();
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new ConfigError(`${variable} must be the key alone, without spaces, line breaks or special characters.`);
}
