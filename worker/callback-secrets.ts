import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigError } from './config-error';

const VARIABLE = 'CAMPAIGN_CALLBACK_SECRET';
/** Standard Webhooks asks for 24 to 64 bytes. */
const MIN_BYTES = 24;
const MAX_BYTES = 64;

export type CallbackSecrets = () => Promise<readonly Buffer[]>;

/**
 * The secrets that callbacks are signed with, from CAMPAIGN_CALLBACK_SECRET or CAMPAIGN_CALLBACK_SECRET_FILE; a file is read anew
 * each time, so that a rotated one is taken up.
 * @returns undefined where none is set
 * @throws ConfigError where both are, or one cannot be a secret
 */
export function readCallbackSecrets(given: Readonly<Record<string, string | undefined>>): CallbackSecrets | undefined {
  const value = given[VARIABLE];
  const file = given[`${VARIABLE}_FILE`];
  if (value !== undefined && file !== undefined) {
    throw new ConfigError(`${VARIABLE} and ${VARIABLE}_FILE are both set: take one of them away.`);
  }
  if (value !== undefined) {
    const secrets = parsed(value, VARIABLE);
    return async () => secrets;
  }
  if (file === undefined) return undefined;
  const path = resolve(file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new ConfigError(`${VARIABLE}_FILE names a file that cannot be read: ${path}.`);
  }
  parsed(text, `${VARIABLE}_FILE`);
  return async () => parsed(await readFile(path, 'utf8'), `${VARIABLE}_FILE`);
}

/** Several, separated by spaces or lines, while one is being replaced. */
function parsed(text: string, variable: string): Buffer[] {
  const secrets = text.trim().split(/\s+/);
  return secrets.map((secret) => {
    const base64 = secret.match(/^whsec_([A-Za-z0-9+/]+={0,2})$/)?.[1] ?? '';
    const key = Buffer.from(base64, 'base64');
    if (key.length >= MIN_BYTES && key.length <= MAX_BYTES) return key;
    throw new ConfigError(
      `${variable} must be "whsec_" and ${MIN_BYTES} to ${MAX_BYTES} random bytes in base64, as from: echo "whsec_$(openssl rand -base64 32)". Several are separated by spaces.`,
    );
  });
}
