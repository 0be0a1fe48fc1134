import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Webhooks } from '../activities/context';
import { ConfigError } from './config-error';
import { readSecret } from './secret';

type Given = Readonly<Record<string, string | undefined>>;

interface WebhookSettings {
  baseUrl: string | undefined;
  secrets: readonly string[];
  pollMaxMs: number;
}

const SHORTEST_SECRET = 32;
/** A campaign's ID, the number of a batch where it has several, and the proof. `~` is in no ID, and needs no escape in an address. */
const TOKEN = /^([A-Za-z0-9._-]{1,120}(?:~\d{4,6})?)~([A-Za-z0-9_-]{43})$/;

/**
 * The secrets that webhook addresses are made with (CAMPAIGN_WEBHOOK_SECRET or CAMPAIGN_WEBHOOK_SECRET_FILE): with the first, and
 * taken with each. None where none is set.
 * @throws ConfigError for one that is too short, or both variables
 */
export function readWebhookSecrets(given: Given): string[] {
  return readSecret(given, 'CAMPAIGN_WEBHOOK_SECRET', parsed)?.first ?? [];
}

function parsed(text: string, name: string): string[] {
  const secrets = text.split(/[\s,]+/).filter(Boolean);
  if (secrets.length > 0 && secrets.every(({ length }) => length >= SHORTEST_SECRET)) return secrets;
  throw new ConfigError(
    `${name} must be at least ${SHORTEST_SECRET} characters, such as "openssl rand -hex 32" makes; several are separated by commas.`,
  );
}

/**
 * Where Bolna tells a campaign's workflow (or that of one of its batches) that there is news. Nothing of it is stored: the token
 * holds the workflow's ID, and proves that we have made it.
 */
export function webhookAddress(baseUrl: string, secret: string, workflowId: string): string {
  return `${baseUrl.replace(/\/+$/, '')}/webhooks/bolna/${workflowId.replace('/', '~')}~${proof(secret, workflowId)}`;
}

/** Where Bolna can tell campaigns that there is news; undefined where the settings name no place. */
export function webhooksOf({ baseUrl, secrets, pollMaxMs }: WebhookSettings): Webhooks | undefined {
  const [secret] = secrets;
  if (baseUrl === undefined || secret === undefined) return undefined;
  return { addressOf: (workflowId) => webhookAddress(baseUrl, secret, workflowId), pollMaxMs };
}

/** Whose token it is; undefined for one that none of the secrets has made. All are tried, so that the time it takes tells nothing. */
export function workflowOfToken(secrets: readonly string[], token: string): string | undefined {
  const [, name, given] = TOKEN.exec(token) ?? [];
  if (name === undefined || given === undefined) return undefined;
  const workflowId = name.replace('~', '/');
  let isOurs = false;
  for (const secret of secrets) {
    if (timingSafeEqual(Buffer.from(proof(secret, workflowId)), Buffer.from(given))) isOurs = true;
  }
  return isOurs ? workflowId : undefined;
}

function proof(secret: string, workflowId: string): string {
  return createHmac('sha256', secret).update(`webhooks/bolna/${workflowId}`).digest('base64url');
}
