import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { readConfig } from '../../worker/config';
import { ConfigError } from '../../worker/config-error';
import { webhookAddress, webhooksOf, workflowOfToken } from '../../worker/webhooks';
import { removeFolder, temporaryFolder } from '../support/folders';

const OLD = 'an-old-secret-of-the-installation-00';
const NEW = 'a-new-secret-of-the-installation-000';
const BASE = 'https://campaigns.example.com';

function tokenOf(workflowId: string, secret = NEW): string {
  return webhookAddress(BASE, secret, workflowId).slice(`${BASE}/webhooks/bolna/`.length);
}

test.each(['morning-2026-06-23', 'a', `${'x'.repeat(120)}`, 'morning.1_2/0003', 'm/10000'])(
  'the address of %s leads back to it, and is one segment of a path',
  (workflowId) => {
    const token = tokenOf(workflowId);
    expect(token).toMatch(/^[\w.~-]+$/);
    expect(workflowOfToken([NEW], token)).toBe(workflowId);
  },
);

test('the address keeps the path under which the gateway is reached', () => {
  expect(webhookAddress(`${BASE}/calls/`, NEW, 'm')).toMatch(`${BASE}/calls/webhooks/bolna/m~`);
});

test('while a secret is replaced, addresses of both are taken, and afterwards no longer', () => {
  expect(workflowOfToken([NEW, OLD], tokenOf('m', OLD))).toBe('m');
  expect(workflowOfToken([NEW, OLD], tokenOf('m', NEW))).toBe('m');
  expect(workflowOfToken([NEW], tokenOf('m', OLD))).toBeUndefined();
  expect(workflowOfToken([], tokenOf('m', NEW))).toBeUndefined();
});

test('the proof of one campaign is none for another, nor for a batch of its own', () => {
  const proof = tokenOf('m').slice(2);
  for (const name of ['n', 'm~0001', 'M', 'm~0001~0001', '', '../m']) {
    expect(workflowOfToken([NEW], `${name}~${proof}`)).toBeUndefined();
  }
  expect(workflowOfToken([NEW], `m~0001~${tokenOf('m/0002').slice('m~0001~'.length)}`)).toBeUndefined();
});

test('no text but the token itself is one', () => {
  const token = tokenOf('m');
  const changed = fc
    .tuple(fc.nat(token.length - 1), fc.string({ unit: 'grapheme', maxLength: 2 }))
    .map(([at, text]) => token.slice(0, at) + text + token.slice(at + 1));
  fc.assert(
    fc.property(fc.oneof(changed, fc.string(), fc.base64String()), (text) => {
      expect(workflowOfToken([NEW], text)).toBe(text === token ? 'm' : undefined);
    }),
  );
});

describe('the settings', () => {
  const SECRET = 'CAMPAIGN_WEBHOOK_SECRET';
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder('webhooks-');
  });
  afterEach(() => removeFolder(folder));

  test('without an address campaigns have none, whatever the secret', () => {
    expect(webhooksOf(readConfig({}).webhooks)).toBeUndefined();
    expect(webhooksOf(readConfig({ [SECRET]: NEW }).webhooks)).toBeUndefined();
  });

  test('new addresses are made with the first secret', () => {
    const { webhooks } = readConfig({ [SECRET]: `${NEW}, ${OLD}`, CAMPAIGN_WEBHOOK_BASE_URL: BASE });
    expect(webhooks).toMatchObject({ secrets: [NEW, OLD], pollMaxMs: 3_600_000 });
    expect(webhooksOf(webhooks)?.addressOf('m')).toBe(webhookAddress(BASE, NEW, 'm'));
  });

  test('a file holds the secret as well', () => {
    const file = join(folder, 'secret');
    writeFileSync(file, `${NEW}\n${OLD}\n`);
    expect(readConfig({ [`${SECRET}_FILE`]: file }).webhooks.secrets).toEqual([NEW, OLD]);
  });

  test.each([
    [{ CAMPAIGN_WEBHOOK_BASE_URL: BASE }, /^CAMPAIGN_WEBHOOK_BASE_URL needs CAMPAIGN_WEBHOOK_SECRET/],
    [{ CAMPAIGN_WEBHOOK_BASE_URL: 'example.com', [SECRET]: NEW }, /^CAMPAIGN_WEBHOOK_BASE_URL must be an http/],
    [{ [SECRET]: 'short' }, /^CAMPAIGN_WEBHOOK_SECRET must be at least 32 characters/],
    [{ [SECRET]: `${NEW},short` }, /^CAMPAIGN_WEBHOOK_SECRET must be at least 32 characters/],
    [{ [SECRET]: NEW, [`${SECRET}_FILE`]: '/x' }, /both set/],
    [{ [`${SECRET}_FILE`]: '/nowhere/secret' }, /^CAMPAIGN_WEBHOOK_SECRET_FILE names a file that cannot be read/],
    [{ CAMPAIGN_WEBHOOK_SOURCES: '13.203.39.153,bolna.ai' }, /^CAMPAIGN_WEBHOOK_SOURCES must be networks or addresses/],
    [{ CAMPAIGN_WEBHOOK_SOURCES: '10.0.0.0/33' }, /^CAMPAIGN_WEBHOOK_SOURCES must be networks or addresses/],
    [{ CAMPAIGN_TRUSTED_PROXIES: '10.0.0.0/' }, /^CAMPAIGN_TRUSTED_PROXIES must be networks or addresses/],
  ])('%j is one line that names the variable, and never the secret', (env, line) => {
    let error: unknown;
    try {
      readConfig(env);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigError);
    expect(String((error as Error).message)).toMatch(line);
    expect(String(error)).not.toMatch(/secret-of-the-installation|short/);
  });

  test('addresses and networks of both families are taken', () => {
    const { webhooks, trustedProxies } = readConfig({
      CAMPAIGN_WEBHOOK_SOURCES: '13.203.39.153,13.126.9.249, 2001:db8::/32',
      CAMPAIGN_TRUSTED_PROXIES: '10.0.0.0/8',
    });
    expect([webhooks.sources, trustedProxies]).toEqual([
      ['13.203.39.153', '13.126.9.249', '2001:db8::/32'],
      ['10.0.0.0/8'],
    ]);
  });
});
