import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ms from 'ms';
import { isWebAddress } from '../activities/web-files';
import { DEFAULT_WALLET_UNIT, WALLET_UNITS, type WalletUnit } from '../bolna/wallet';
import { type Network, parseNetwork } from '../egress/public-address';
import { isS3Address, parseS3Address, s3AddressOf } from '../storage/s3-address';
import { ConfigError } from './config-error';

/** A variable of the environment. */
export interface Variable {
  /** Heading of the documents under which it stands. */
  group: 'Bolna' | 'Temporal' | 'Files' | 'Behaviour' | 'Webhooks';
  /** Makes a value of what is set. @throws ConfigError */
  read: (given: string, name: string) => unknown;
  /** What holds where nothing is set. */
  fallback?: string;
  /** The default that the documents show, where another variable decides on it. */
  shown?: string;
  description: string;
}

const text = (given: string): string => given;

const pattern = (form: RegExp, must: string) => (given: string, name: string) => {
  if (form.test(given)) return given;
  throw new ConfigError(`${name} ${must}.`);
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const webAddress = (example: string) => (given: string, name: string) => {
  const address = given.trim();
  // Where a URL is parsed, a line break within it counts for nothing.
  if (isWebAddress(address) && URL.canParse(address)) return address.replace(/[\t\n\r]/g, '');
  throw new ConfigError(`${name} must be an http(s) address such as ${example}.`);
};

/** Milliseconds. */
function duration(given: string, name: string): number {
  const value = given.length <= 100 ? ms(given as ms.StringValue) : undefined;
  if (value !== undefined && Number.isFinite(value) && value > 0) return value;
  throw new ConfigError(`${name} must be a duration such as 500ms, 30s, 5m or 2h.`);
}

function requests(given: string, name: string): number {
  const value = Number(given);
  if (!Number.isFinite(value)) throw new ConfigError(`${name} must be a number of requests, such as 1000.`);
  if (value < 60) throw new ConfigError(`${name} must be at least 60.`);
  return value;
}

function walletUnit(given: string, name: string): WalletUnit {
  const unit = WALLET_UNITS.find((known) => known === given.trim());
  if (unit) return unit;
  throw new ConfigError(`${name} must be ${WALLET_UNITS.join(' or ')}.`);
}

/** A folder, or an address in an object storage in its plainest form. Any other address would be made into a strange folder. */
function dataPlace(given: string, name: string): string {
  if (!isAddress(given)) return folder(given);
  const place = isS3Address(given) ? parseS3Address(given) : undefined;
  if (place) return s3AddressOf(place);
  throw new ConfigError(`${name} must be a folder, or an address such as s3://bucket/campaigns.`);
}

/** Files and addresses of lists, separated by commas. */
function lists(given: string, name: string): string[] {
  return partsOf(given).map((place) => {
    if (isS3Address(place) || (isWebAddress(place) && URL.canParse(place))) return place;
    if (/^file:\/\/\//i.test(place)) return fileURLToPath(place);
    if (!isAddress(place)) return folder(place);
    throw new ConfigError(`${name} must be files or addresses such as s3://bucket/lists/dnc.csv.`);
  });
}

/** Networks and addresses, separated by commas, as they are written. */
function networkTexts(given: string, name: string): string[] {
  const texts = partsOf(given);
  if (texts.every(parseNetwork)) return texts;
  throw new ConfigError(`${name} must be networks or addresses such as 10.1.0.0/16,192.168.7.20.`);
}

/** The same, as they are compared. */
function networks(given: string, name: string): Network[] {
  return networkTexts(given, name)
    .map(parseNetwork)
    .filter((network) => network !== undefined);
}

function partsOf(given: string): string[] {
  return given.split(',').flatMap((part) => part.trim() || []);
}

function isAddress(place: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(place);
}

/**
 * The variables of the environment; docs/configuration.md and .env.example are made from this. Read without zod, since every command
 * reads them, and zod takes as long to load as Node takes to start.
 */
export const VARIABLES = {
  BOLNA_API_KEY: {
    group: 'Bolna',
    read: text,
    description:
      'Key of your Bolna account; needed for real calls, not for `demo` and `run --simulate`. Shown and stored nowhere.',
  },
  BOLNA_API_KEY_FILE: {
    group: 'Bolna',
    read: text,
    description:
      'A file that holds the key instead. It is read anew with each request, so that a key can be rotated while campaigns run.',
  },
  BOLNA_ACCOUNTS: {
    group: 'Bolna',
    read: text,
    description:
      'More accounts, by names of your choice, separated by commas: a campaign says which one calls ("account": "sales"). Their keys stand in BOLNA_API_KEY_SALES or BOLNA_API_KEY_SALES_FILE.',
  },
  BOLNA_REQUESTS_PER_MINUTE: {
    group: 'Bolna',
    read: requests,
    fallback: '1000',
    description: 'Requests a minute that Bolna allows an account, shared by all workers.',
  },
  BOLNA_AGENT_ID: {
    group: 'Bolna',
    read: pattern(UUID, 'must be the UUID of a Bolna agent'),
    description: 'UUID of the agent that calls, where --agent does not name one.',
  },
  BOLNA_BASE_URL: {
    group: 'Bolna',
    read: webAddress('https://api.bolna.ai'),
    fallback: 'https://api.bolna.ai',
    description: 'Address of the API; another one for a simulator (`bolna-campaigns simulator`).',
  },
  BOLNA_TIMEOUT: {
    group: 'Bolna',
    read: duration,
    fallback: '30s',
    description: 'How long to wait for a sign of life of a request.',
  },
  BOLNA_MIN_LEAD: {
    group: 'Bolna',
    read: duration,
    fallback: '150s',
    description: "How far ahead a start is asked for at least: Bolna's 2 minutes, and a margin for the way there.",
  },
  BOLNA_WALLET_UNIT: {
    group: 'Bolna',
    read: walletUnit,
    fallback: DEFAULT_WALLET_UNIT,
    description:
      "What the `wallet` that Bolna tells is in: `cents` (9930 is 99.30) or `units` (99.3 is 99.30). `doctor` shows Bolna's number beside what it is taken for: compare it with Bolna's dashboard.",
  },
  TEMPORAL_ADDRESS: {
    group: 'Temporal',
    read: text,
    description: 'Server to use, as host:port. Without one, a server of our own is started in CAMPAIGN_HOME.',
  },
  CAMPAIGN_TASK_QUEUE: {
    group: 'Temporal',
    read: text,
    fallback: 'bolna-campaigns',
    description: 'Queue on which the workers listen for campaigns.',
  },
  CAMPAIGN_DEPLOYMENT: {
    group: 'Temporal',
    read: pattern(/^(?!__)[\w-]{1,100}$/, 'must be 1 to 100 letters, digits, "_" or "-", and not begin with "__"'),
    description:
      'Name of the deployment that the command `worker` is a version of. Set, campaigns are given to the version that was made current (`worker --make-current`); unset, to any worker of the queue.',
  },
  CAMPAIGN_BUILD_ID: {
    group: 'Temporal',
    read: pattern(
      /^(?!__)[\w.-]{1,100}$/,
      'must be 1 to 100 letters, digits, ".", "_" or "-", and not begin with "__"',
    ),
    description:
      'Version within the deployment, of your own naming; without it, a hash of the workflow code. It has to change with that code.',
  },
  CAMPAIGN_HOME: {
    group: 'Files',
    read: text,
    fallback: '~/.bolna-campaigns',
    description: 'Folder of the database of a server of our own.',
  },
  CAMPAIGN_DATA: {
    group: 'Files',
    read: dataPlace,
    shown: '~/.bolna-campaigns/data',
    description:
      "Folder of the campaigns' files, or an object storage as s3://bucket/prefix. All workers have to see the same one. For s3://, the AWS SDK reads endpoint, region and credentials where it always does: AWS_ENDPOINT_URL_S3 (for a server that is not AWS's), AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE and the rest (see docs/workers.md, Storage).",
  },
  CAMPAIGN_SUPPRESS: {
    group: 'Behaviour',
    read: lists,
    fallback: '',
    description:
      "Suppression lists that hold for every campaign, separated by commas: files on the worker's machine, addresses in the campaign storage, or public http(s) addresses. Each is a CSV with a contact_number column, or one number a line; it is read anew for each campaign. An entry that cannot be read as a phone number refuses the campaign, unless its input says ignoreUnreadableSuppressions.",
  },
  CAMPAIGN_POLL_MIN: {
    group: 'Behaviour',
    read: duration,
    fallback: '5s',
    description: 'Shortest wait between two looks at a running batch.',
  },
  CAMPAIGN_POLL_MAX: {
    group: 'Behaviour',
    read: duration,
    fallback: '10m',
    description: 'Longest one.',
  },
  CAMPAIGN_WEBHOOK_BASE_URL: {
    group: 'Webhooks',
    read: webAddress('https://campaigns.example.com'),
    description:
      'Address at which Bolna reaches the gateway (`serve`). Set for the workers, each batch is created with a webhook address of its own there, unless its campaign names one, and is looked at when Bolna tells of it. It needs CAMPAIGN_WEBHOOK_SECRET.',
  },
  CAMPAIGN_WEBHOOK_SECRET: {
    group: 'Webhooks',
    read: text,
    description:
      'What those addresses are made with, the same for workers and gateways: at least 32 characters, such as `openssl rand -hex 32` makes. Several, separated by commas, while it is replaced: new addresses are made with the first, all are taken.',
  },
  CAMPAIGN_WEBHOOK_SECRET_FILE: {
    group: 'Webhooks',
    read: text,
    description: 'A file that holds the secret instead.',
  },
  CAMPAIGN_WEBHOOK_POLL_MAX: {
    group: 'Webhooks',
    read: duration,
    fallback: '1h',
    description:
      'Longest wait between two looks at a batch with such an address, in place of CAMPAIGN_POLL_MAX: how long a lost webhook can go unnoticed.',
  },
  CAMPAIGN_WEBHOOK_SOURCES: {
    group: 'Webhooks',
    read: networkTexts,
    fallback: '',
    description:
      'Addresses from which the gateway takes webhooks, separated by commas, networks as 10.0.0.0/8. Bolna sends them from 13.203.39.153, 13.126.9.249 and 13.202.133.53. Default: any.',
  },
  CAMPAIGN_TRUSTED_PROXIES: {
    group: 'Webhooks',
    read: networkTexts,
    fallback: '',
    description:
      'Addresses of proxies in front of the gateway, written likewise: of these, X-Forwarded-For is believed. Without them, a request behind a proxy comes from the proxy.',
  },
  CAMPAIGN_CALLBACK_SECRET: {
    group: 'Behaviour',
    read: text,
    description:
      'Secret that callbacks are signed with: whsec_ and 24 to 64 random bytes in base64; several, separated by spaces, while one is replaced. Without it, campaigns with a callbackUrl are refused. Shown and stored nowhere.',
  },
  CAMPAIGN_CALLBACK_SECRET_FILE: {
    group: 'Behaviour',
    read: text,
    description: 'A file that holds the secret instead; it is read anew for each callback.',
  },
  CAMPAIGN_ALLOW_PRIVATE_ADDRESSES: {
    group: 'Behaviour',
    read: networks,
    fallback: '',
    description:
      'Networks or addresses, separated by commas, that callers may name for callbacks and files though they are not public, such as 10.1.0.0/16. Without it, none.',
  },
  CAMPAIGN_METRICS: {
    group: 'Behaviour',
    read: pattern(/^\S+:\d{1,5}$/, 'must be an address such as 127.0.0.1:9464'),
    description:
      'Address at which the command `worker` tells Prometheus its metrics (/metrics), such as 127.0.0.1:9464. Nobody is asked for a token there.',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    group: 'Behaviour',
    read: webAddress('http://localhost:4318'),
    description:
      "OpenTelemetry collector that `worker` and `serve` send traces to, as OTLP over HTTP. OpenTelemetry's other variables are honoured too: OTEL_EXPORTER_OTLP_HEADERS, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER (see docs/observability.md).",
  },
} as const satisfies Record<string, Variable>;

type Variables = typeof VARIABLES;

/** What the variables say; undefined for one that is not set and has no default. */
export type Environment = {
  [Name in keyof Variables]:
    | ReturnType<Variables[Name]['read']>
    | (Variables[Name] extends { fallback: string } ? never : undefined);
};

/** @param given no empty ones @throws ConfigError for the first that cannot be used */
export function readEnvironment(given: Readonly<Record<string, string | undefined>>): Environment {
  const values = Object.entries<Variable>(VARIABLES).map(([name, { read, fallback }]) => {
    const set = given[name] ?? fallback;
    return [name, set === undefined ? undefined : read(set, name)];
  });
  const environment = Object.fromEntries(values) as Environment;
  refuseContradictions(environment);
  return environment;
}

function refuseContradictions(env: Environment): void {
  if (env.CAMPAIGN_POLL_MIN > env.CAMPAIGN_POLL_MAX)
    throw new ConfigError('CAMPAIGN_POLL_MIN must not be longer than CAMPAIGN_POLL_MAX.');
  if (env.CAMPAIGN_BUILD_ID !== undefined && env.CAMPAIGN_DEPLOYMENT === undefined)
    throw new ConfigError(
      'CAMPAIGN_BUILD_ID says which version of a deployment this is: name the deployment in CAMPAIGN_DEPLOYMENT, or take it away.',
    );
  const { CAMPAIGN_WEBHOOK_SECRET: secret, CAMPAIGN_WEBHOOK_SECRET_FILE: file } = env;
  if (env.CAMPAIGN_WEBHOOK_BASE_URL !== undefined && secret === undefined && file === undefined)
    throw new ConfigError('CAMPAIGN_WEBHOOK_BASE_URL needs CAMPAIGN_WEBHOOK_SECRET, of which its addresses are made.');
  if (env.BOLNA_MIN_LEAD < 120_000)
    throw new ConfigError('BOLNA_MIN_LEAD must be at least 2m, which Bolna asks for, and should be a little more.');
}

/** Not every way to set a variable goes through a shell that knows what ~ is. */
export function folder(path: string): string {
  return resolve(path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path);
}
