import { ConfigError } from './config-error';
import { readSecret } from './secret';

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
  return readSecret(given, VARIABLE, parsed)?.read;
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
