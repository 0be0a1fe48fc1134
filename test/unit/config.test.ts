import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { readConfig, requireAccounts } from '../../worker/config';
import { ConfigError } from '../../worker/config-error';

test('without any variable, everything has its default', () => {
  const home = join(homedir(), '.bolna-campaigns');
  expect(readConfig({})).toEqual({
    bolna: {
      accounts: [],
      requestsPerMinute: 1000,
      agentId: undefined,
      baseUrl: 'https://api.bolna.ai',
      timeoutMs: 30_000,
      leadMs: 150_000,
      walletUnit: 'cents',
    },
    temporalAddress: undefined,
    taskQueue: 'bolna-campaigns',
    deployment: undefined,
    home,
    data: join(home, 'data'),
    suppress: [],
    polling: { minMs: 5_000, maxMs: 600_000 },
    webhooks: { secrets: [], pollMaxMs: 3_600_000, sources: [] },
    trustedProxies: [],
    allowedNetworks: [],
  });
});

test.each([
  ['BOLNA_AGENT_ID', 'maya', 'must be the UUID of a Bolna agent.'],
  ['BOLNA_BASE_URL', 'api.bolna.ai', 'must be an http(s) address such as https://api.bolna.ai.'],
  ['BOLNA_BASE_URL', 'ftp://api.bolna.ai', 'must be an http(s) address such as https://api.bolna.ai.'],
  ['BOLNA_TIMEOUT', 'abc', 'must be a duration such as 500ms, 30s, 5m or 2h.'],
  ['BOLNA_TIMEOUT', '-1s', 'must be a duration such as 500ms, 30s, 5m or 2h.'],
  ['BOLNA_TIMEOUT', '0', 'must be a duration such as 500ms, 30s, 5m or 2h.'],
  ['BOLNA_TIMEOUT', '9'.repeat(200), 'must be a duration such as 500ms, 30s, 5m or 2h.'],
  ['BOLNA_WALLET_UNIT', 'rupees', 'must be cents or units.'],
  ['BOLNA_MIN_LEAD', '10s', 'must be at least 2m, which Bolna asks for, and should be a little more.'],
  ['CAMPAIGN_DEPLOYMENT', 'a.b', 'must be 1 to 100 letters, digits, "_" or "-", and not begin with "__".'],
  [
    'CAMPAIGN_BUILD_ID',
    '1.2',
    'says which version of a deployment this is: name the deployment in CAMPAIGN_DEPLOYMENT, or take it away.',
  ],
  ['CAMPAIGN_SUPPRESS', 'https://', 'must be files or addresses such as s3://bucket/lists/dnc.csv.'],
  ['CAMPAIGN_SUPPRESS', 'ftp://x/dnc.csv', 'must be files or addresses such as s3://bucket/lists/dnc.csv.'],
  [
    'CAMPAIGN_ALLOW_PRIVATE_ADDRESSES',
    '10.0.0.0/8,crm',
    'must be networks or addresses such as 10.1.0.0/16,192.168.7.20.',
  ],
  ['CAMPAIGN_POLL_MIN', '1h', 'must not be longer than CAMPAIGN_POLL_MAX.'],
  ['CAMPAIGN_POLL_MAX', 'often', 'must be a duration such as 500ms, 30s, 5m or 2h.'],
])('%s=%s is one line that names the variable', (name, value, why) => {
  expect(() => readConfig({ [name]: value })).toThrow(new ConfigError(`${name} ${why}`));
});

test('an empty variable counts as absent', () => {
  expect(readConfig({ BOLNA_TIMEOUT: '', BOLNA_AGENT_ID: ' ', CAMPAIGN_HOME: '' })).toEqual(readConfig({}));
});

test('the data go with the home, unless they have a place of their own', () => {
  expect(readConfig({ CAMPAIGN_HOME: '/srv/c' })).toMatchObject({ home: '/srv/c', data: '/srv/c/data' });
  expect(readConfig({ CAMPAIGN_HOME: '/srv/c', CAMPAIGN_DATA: '/d' })).toMatchObject({ home: '/srv/c', data: '/d' });
});

test.each([
  ['s3://bucket', 's3://bucket'],
  ['s3://bucket/', 's3://bucket'],
  ['s3://bucket/a/b/', 's3://bucket/a/b'],
])('CAMPAIGN_DATA=%s is an address and no folder', (given, data) => {
  expect(readConfig({ CAMPAIGN_DATA: given }).data).toBe(data);
});

test.each([
  's3://',
  's3:///a',
  's3://Bucket/a',
  's3://bucket/a//b',
  's3://bucket/../other',
  'S3://bucket',
  'gs://bucket/a',
])('CAMPAIGN_DATA=%s is refused instead of being made a folder', (data) => {
  const sentence = 'CAMPAIGN_DATA must be a folder, or an address such as s3://bucket/campaigns.';
  expect(() => readConfig({ CAMPAIGN_DATA: data })).toThrow(new ConfigError(sentence));
});

test('suppression lists are files, from wherever the worker is started, or addresses', () => {
  const given =
    '~/dnc.csv, lists/more.csv,,file:///srv/a%20list.csv,s3://bucket/dnc.csv,https://x.example.com/dnc.csv?k=1';
  expect(readConfig({ CAMPAIGN_SUPPRESS: given }).suppress).toEqual([
    join(homedir(), 'dnc.csv'),
    resolve('lists/more.csv'),
    '/srv/a list.csv',
    's3://bucket/dnc.csv',
    'https://x.example.com/dnc.csv?k=1',
  ]);
});

test('a deployment has the version that is given, or one that is found out later', () => {
  expect(readConfig({ CAMPAIGN_DEPLOYMENT: 'campaigns' }).deployment).toEqual({
    name: 'campaigns',
    buildId: undefined,
  });
  expect(readConfig({ CAMPAIGN_DEPLOYMENT: 'campaigns', CAMPAIGN_BUILD_ID: '1.2' }).deployment).toEqual({
    name: 'campaigns',
    buildId: '1.2',
  });
});

test('~ is the home, also where no shell has seen it', () => {
  expect(readConfig({ CAMPAIGN_HOME: '~/calls' }).home).toBe(join(homedir(), 'calls'));
});

test('a missing key is named', () => {
  expect(() => requireAccounts(readConfig({}))).toThrow(/^BOLNA_API_KEY is not set/);
});

describe('.env.example', () => {
  const text = readFileSync(join(__dirname, '..', '..', '.env.example'), 'utf8');
  const lines = [...text.matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value] as const);

  test('shows the defaults', () => {
    expect(readConfig(Object.fromEntries(lines))).toEqual(readConfig({}));
    const silent = [
      'BOLNA_API_KEY',
      'BOLNA_API_KEY_FILE',
      'BOLNA_ACCOUNTS',
      'BOLNA_AGENT_ID',
      'TEMPORAL_ADDRESS',
      'CAMPAIGN_DEPLOYMENT',
      'CAMPAIGN_BUILD_ID',
      'TEMPORAL_CLI_PATH',
      'CAMPAIGN_SUPPRESS',
      'CAMPAIGN_CALLBACK_SECRET',
      'CAMPAIGN_CALLBACK_SECRET_FILE',
      'CAMPAIGN_ALLOW_PRIVATE_ADDRESSES',
      'CAMPAIGN_METRICS',
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'DEBUG',
      'CAMPAIGN_WEBHOOK_BASE_URL',
      'CAMPAIGN_WEBHOOK_SECRET',
      'CAMPAIGN_WEBHOOK_SECRET_FILE',
      'CAMPAIGN_WEBHOOK_SOURCES',
      'CAMPAIGN_TRUSTED_PROXIES',
    ];
    expect(lines.filter(([, value]) => value === '').map(([name]) => name)).toEqual(silent);
  });

  test('changes nothing when it is loaded as it is', () => {
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });
});
