import { join } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { WalletUnit } from '../bolna/wallet';
import type { Network } from '../egress/public-address';
import { type Account, readAccounts } from './accounts';
import { type CallbackSecrets, readCallbackSecrets } from './callback-secrets';
import { ConfigError } from './config-error';
import { folder, readEnvironment } from './environment';
import { readWebhookSecrets } from './webhooks';

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
    /** What Bolna's number of a wallet is in. */
    walletUnit: WalletUnit;
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
  /** Suppression lists that hold for every campaign: absolute paths of files, or addresses in an object storage. */
  suppress: readonly string[];
  polling: { minMs: number; maxMs: number };
  webhooks: {
    /** Where Bolna reaches the gateway; undefined where campaigns are not to have addresses there. */
    baseUrl: string | undefined;
    /** New addresses are made with the first, and all are taken. May be none. */
    secrets: readonly string[];
    /** Longest wait between two looks where there is such an address. */
    pollMaxMs: number;
    /** IP addresses and networks from which webhooks are taken; none: any. */
    sources: readonly string[];
  };
  /** IP addresses and networks of proxies in front of the gateway. */
  trustedProxies: readonly string[];
  /** Secrets that callbacks are signed with; undefined where there are none. */
  callbackSecrets: CallbackSecrets | undefined;
  /** What is not public and may be named by callers all the same. */
  allowedNetworks: readonly Network[];
  /** Address for metrics, `host:port`; undefined where there are none. */
  metrics: string | undefined;
  /** Address of the collector of traces; undefined where there are none. */
  traces: string | undefined;
}

/** Reads the environment. An empty variable counts as absent. @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const values = readEnvironment(given);
  const home = folder(values.CAMPAIGN_HOME);
  return {
    bolna: {
      accounts: readAccounts(given),
      requestsPerMinute: values.BOLNA_REQUESTS_PER_MINUTE,
      agentId: values.BOLNA_AGENT_ID,
      baseUrl: values.BOLNA_BASE_URL,
      timeoutMs: values.BOLNA_TIMEOUT,
      leadMs: values.BOLNA_MIN_LEAD,
      walletUnit: values.BOLNA_WALLET_UNIT,
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
    webhooks: {
      baseUrl: values.CAMPAIGN_WEBHOOK_BASE_URL,
      secrets: readWebhookSecrets(given),
      pollMaxMs: values.CAMPAIGN_WEBHOOK_POLL_MAX,
      sources: values.CAMPAIGN_WEBHOOK_SOURCES,
    },
    trustedProxies: values.CAMPAIGN_TRUSTED_PROXIES,
    callbackSecrets: readCallbackSecrets(given),
    allowedNetworks: values.CAMPAIGN_ALLOW_PRIVATE_ADDRESSES,
    metrics: values.CAMPAIGN_METRICS,
    traces: values.OTEL_EXPORTER_OTLP_ENDPOINT,
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

/** The accounts to work for. @throws ConfigError when there is none */
export function requireAccounts({ bolna }: Config): readonly [Account, ...Account[]] {
  const [first, ...others] = bolna.accounts;
  if (first) return [first, ...others];
  throw new ConfigError(
    'BOLNA_API_KEY is not set: put the key of your Bolna account there; "demo" and "run --simulate" need none.',
  );
}
