import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import ms from 'ms';
import { z } from 'zod';
import { isS3Address, parseS3Address, s3AddressOf } from '../storage/s3-address';
import { type Account, readAccounts } from './accounts';
import { ConfigError } from './config-error';

const duration = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text, context) => {
      const value = text.length <= 100 ? ms(text as ms.StringValue) : undefined;
      if (value !== undefined && Number.isFinite(value) && value > 0) return value;
      context.addIssue({ code: 'custom', message: 'must be a duration such as 500ms, 30s, 5m or 2h' });
      return z.NEVER;
    });

const text = z.string().min(1, 'must not be empty');

/** A folder, or an address in an object storage in its plainest form. Any other address would be made into a strange folder. */
const dataPlace = z.string().transform((given, context) => {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(given)) return folder(given);
  const place = isS3Address(given) ? parseS3Address(given) : undefined;
  if (place) return s3AddressOf(place);
  context.addIssue({ code: 'custom', message: 'must be a folder, or an address such as s3://bucket/campaigns' });
  return z.NEVER;
});

/** Files and addresses of lists, separated by commas. */
const lists = z
  .string()
  .default('')
  .transform((given, context) => {
    const places = given.split(',').map((place) => place.trim());
    return places.flatMap((place) => {
      if (place === '') return [];
      if (isS3Address(place)) return [place];
      if (/^file:\/\/\//i.test(place)) return [fileURLToPath(place)];
      if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(place)) return [folder(place)];
      context.addIssue({ code: 'custom', message: 'must be files or addresses such as s3://bucket/lists/dnc.csv' });
      return [];
    });
  });

const environmentSchema = z
  .object({
    BOLNA_API_KEY: text.optional(),
    BOLNA_API_KEY_FILE: text.optional(),
    BOLNA_ACCOUNTS: text.optional(),
    BOLNA_REQUESTS_PER_MINUTE: z.coerce
      .number('must be a number of requests, such as 1000')
      .min(60, 'must be at least 60')
      .default(1000),
    BOLNA_AGENT_ID: z.guid('must be the UUID of a Bolna agent').optional(),
    BOLNA_BASE_URL: z
      .url({ protocol: /^https?$/, error: 'must be an http(s) address such as https://api.bolna.ai' })
      .default('https://api.bolna.ai'),
    BOLNA_TIMEOUT: duration('30s'),
    BOLNA_MIN_LEAD: duration('150s'),
    TEMPORAL_ADDRESS: text.optional(),
    CAMPAIGN_TASK_QUEUE: text.default('bolna-campaigns'),
    CAMPAIGN_DEPLOYMENT: z
      .string()
      .regex(/^(?!__)[\w-]{1,100}$/, 'must be 1 to 100 letters, digits, "_" or "-", and not begin with "__"')
      .optional(),
    CAMPAIGN_BUILD_ID: z
      .string()
      .regex(/^(?!__)[\w.-]{1,100}$/, 'must be 1 to 100 letters, digits, ".", "_" or "-", and not begin with "__"')
      .optional(),
    CAMPAIGN_HOME: text.default(join(homedir(), '.bolna-campaigns')),
    CAMPAIGN_DATA: dataPlace.optional(),
    CAMPAIGN_SUPPRESS: lists,
    CAMPAIGN_POLL_MIN: duration('5s'),
    CAMPAIGN_POLL_MAX: duration('10m'),
  })
  .refine((env) => env.CAMPAIGN_POLL_MIN <= env.CAMPAIGN_POLL_MAX, {
    path: ['CAMPAIGN_POLL_MIN'],
    message: 'must not be longer than CAMPAIGN_POLL_MAX',
  })
  .refine((env) => env.CAMPAIGN_BUILD_ID === undefined || env.CAMPAIGN_DEPLOYMENT !== undefined, {
    path: ['CAMPAIGN_BUILD_ID'],
    message: 'says which version of a deployment this is: name the deployment in CAMPAIGN_DEPLOYMENT, or take it away',
  })
  .refine((env) => env.BOLNA_MIN_LEAD >= 120_000, {
    path: ['BOLNA_MIN_LEAD'],
    message: 'must be at least 2m, which Bolna asks for, and should be a little more',
  });

/** The variables that are read here; the rest of TEMPORAL_… is read by @temporalio/envconfig. */
export const VARIABLES: readonly string[] = Object.keys(environmentSchema.shape);

/** The settings of a worker and of the command line. Times in milliseconds, folders absolute. */
export interface Config {
  bolna: {
    /** The accounts whose keys are here; may be none. */
    accounts: readonly Account[];
    /** What Bolna allows an account. */
    requestsPerMinute: number;
    agentId: string | undefined;
    baseUrl: string;
    timeoutMs: number;
    /** How far ahead a start is asked for at least: Bolna's 2 minutes and a margin for the way there. */
    leadMs: number;
  };
  /** Whether a Temporal server is named; otherwise one is embedded. */
  temporalAddress: string | undefined;
  taskQueue: string;
  /** The deployment that `worker` is a version of; undefined where versions are not told apart. */
  deployment: { name: string; buildId: string | undefined } | undefined;
  /** Folder of the embedded server's database. */
  home: string;
  /** Where the campaigns' files are: a folder, or `s3://bucket/prefix`. */
  data: string;
  /** Do-not-call lists that hold for every campaign: absolute paths of files, or addresses in an object storage. */
  suppress: readonly string[];
  polling: { minMs: number; maxMs: number };
}

/** Reads the environment. An empty variable counts as absent. @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigError(`${issue?.path.join('.') ?? 'The environment'} ${issue?.message ?? 'cannot be used'}.`);
  }
  const values = parsed.data;
  const home = folder(values.CAMPAIGN_HOME);
  return {
    bolna: {
      accounts: readAccounts(given),
      requestsPerMinute: values.BOLNA_REQUESTS_PER_MINUTE,
      agentId: values.BOLNA_AGENT_ID,
      baseUrl: values.BOLNA_BASE_URL,
      timeoutMs: values.BOLNA_TIMEOUT,
      leadMs: values.BOLNA_MIN_LEAD,
    },
    temporalAddress: values.TEMPORAL_ADDRESS ?? configuredAddress(given),
    taskQueue: values.CAMPAIGN_TASK_QUEUE,
    deployment:
      values.CAMPAIGN_DEPLOYMENT === undefined
        ? undefined
        : { name: values.CAMPAIGN_DEPLOYMENT, buildId: values.CAMPAIGN_BUILD_ID },
    home,
    data: values.CAMPAIGN_DATA ?? join(home, 'data'),
    suppress: values.CAMPAIGN_SUPPRESS,
    polling: { minMs: values.CAMPAIGN_POLL_MIN, maxMs: values.CAMPAIGN_POLL_MAX },
  };
}

/** The server that Temporal's own configuration names, as a profile in a file does. @throws ConfigError */
function configuredAddress(given: Record<string, string | undefined>): string | undefined {
  try {
    const variables = Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined);
    return loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(variables) }).connectionOptions.address;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `Temporal's configuration cannot be read (${why}): mend the file, or TEMPORAL_CONFIG_FILE and TEMPORAL_PROFILE.`,
    );
  }
}

/** Not every way to set a variable goes through a shell that knows what ~ is. */
function folder(path: string): string {
  return resolve(path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path);
}

/** The accounts to work for. @throws ConfigError when there is none */
export function requireAccounts({ bolna }: Config): readonly [Account, ...Account[]] {
  const [first, ...others] = bolna.accounts;
  if (first) return [first, ...others];
  throw new ConfigError(
    'BOLNA_API_KEY is not set: put the key of your Bolna account there; "demo" and "run --simulate" need none.',
  );
}
