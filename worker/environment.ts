import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ms from 'ms';
import { z } from 'zod';
import { isWebAddress } from '../activities/web-files';
import { parseNetwork } from '../egress/public-address';
import { isS3Address, parseS3Address, s3AddressOf } from '../storage/s3-address';

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
      if (isS3Address(place) || (isWebAddress(place) && URL.canParse(place))) return [place];
      if (/^file:\/\/\//i.test(place)) return [fileURLToPath(place)];
      if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(place)) return [folder(place)];
      context.addIssue({ code: 'custom', message: 'must be files or addresses such as s3://bucket/lists/dnc.csv' });
      return [];
    });
  });

/** Networks and addresses, separated by commas, as they are written. */
const networkTexts = z
  .string()
  .default('')
  .transform((given, context) => {
    const texts = given.split(',').flatMap((part) => part.trim() || []);
    if (texts.every(parseNetwork)) return texts;
    context.addIssue({ code: 'custom', message: 'must be networks or addresses such as 10.1.0.0/16,192.168.7.20' });
    return z.NEVER;
  });

/** The same, as they are compared. */
const networks = networkTexts.transform((texts) => texts.map(parseNetwork).filter((network) => network !== undefined));

/**
 * The variables of the environment. What each is for is told in docs/configuration.md and .env.example, which are made of this;
 * `shown` is a default that another variable decides on.
 */
export const environmentSchema = z
  .object({
    BOLNA_API_KEY: text.optional().meta({
      group: 'Bolna',
      description:
        'Key of your Bolna account; needed for real calls, not for `demo` and `run --simulate`. Shown and stored nowhere.',
    }),
    BOLNA_API_KEY_FILE: text.optional().meta({
      group: 'Bolna',
      description:
        'A file that holds the key instead. It is read anew with each request, so that a key can be rotated while campaigns run.',
    }),
    BOLNA_ACCOUNTS: text.optional().meta({
      group: 'Bolna',
      description:
        'More accounts, by names of your choice, separated by commas: a campaign says which one calls ("account": "sales"). Their keys stand in BOLNA_API_KEY_SALES or BOLNA_API_KEY_SALES_FILE.',
    }),
    BOLNA_REQUESTS_PER_MINUTE: z.coerce
      .number('must be a number of requests, such as 1000')
      .min(60, 'must be at least 60')
      .default(1000)
      .meta({ group: 'Bolna', description: 'Requests a minute that Bolna allows an account, shared by all workers.' }),
    BOLNA_AGENT_ID: z
      .guid('must be the UUID of a Bolna agent')
      .optional()
      .meta({ group: 'Bolna', description: 'UUID of the agent that calls, where --agent does not name one.' }),
    BOLNA_BASE_URL: z
      .url({ protocol: /^https?$/, error: 'must be an http(s) address such as https://api.bolna.ai' })
      .default('https://api.bolna.ai')
      .meta({
        group: 'Bolna',
        description: 'Address of the API; another one for a simulator (`bolna-campaigns simulator`).',
      }),
    BOLNA_TIMEOUT: duration('30s').meta({
      group: 'Bolna',
      description: 'How long to wait for a sign of life of a request.',
    }),
    BOLNA_MIN_LEAD: duration('150s').meta({
      group: 'Bolna',
      description: "How far ahead a start is asked for at least: Bolna's 2 minutes, and a margin for the way there.",
    }),
    TEMPORAL_ADDRESS: text.optional().meta({
      group: 'Temporal',
      description: 'Server to use, as host:port. Without one, a server of our own is started in CAMPAIGN_HOME.',
    }),
    CAMPAIGN_TASK_QUEUE: text
      .default('bolna-campaigns')
      .meta({ group: 'Temporal', description: 'Queue on which the workers listen for campaigns.' }),
    CAMPAIGN_DEPLOYMENT: z
      .string()
      .regex(/^(?!__)[\w-]{1,100}$/, 'must be 1 to 100 letters, digits, "_" or "-", and not begin with "__"')
      .optional()
      .meta({
        group: 'Temporal',
        description:
          'Name of the deployment that the command `worker` is a version of. Set, campaigns are given to the version that was made current (`worker --make-current`); unset, to any worker of the queue.',
      }),
    CAMPAIGN_BUILD_ID: z
      .string()
      .regex(/^(?!__)[\w.-]{1,100}$/, 'must be 1 to 100 letters, digits, ".", "_" or "-", and not begin with "__"')
      .optional()
      .meta({
        group: 'Temporal',
        description:
          'Version within the deployment, of your own naming; without it, a hash of the workflow code. It has to change with that code.',
      }),
    CAMPAIGN_HOME: text
      .default('~/.bolna-campaigns')
      .meta({ group: 'Files', description: 'Folder of the database of a server of our own.' }),
    CAMPAIGN_DATA: dataPlace.optional().meta({
      group: 'Files',
      shown: '~/.bolna-campaigns/data',
      description:
        "Folder of the campaigns' files, or an object storage as s3://bucket/prefix. All workers have to see the same one. For s3://, the AWS SDK reads endpoint, region and credentials where it always does: AWS_ENDPOINT_URL_S3 (for a server that is not AWS's), AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE and the rest (see docs/workers.md, Storage).",
    }),
    CAMPAIGN_SUPPRESS: lists.meta({
      group: 'Behaviour',
      description:
        "Do-not-call lists that hold for every campaign, separated by commas: files on the worker's machine, addresses in the campaign storage, or public http(s) addresses. Each is a CSV with a contact_number column, or one number a line; it is read anew for each campaign.",
    }),
    CAMPAIGN_POLL_MIN: duration('5s').meta({
      group: 'Behaviour',
      description: 'Shortest wait between two looks at a running batch.',
    }),
    CAMPAIGN_POLL_MAX: duration('10m').meta({ group: 'Behaviour', description: 'Longest one.' }),
    CAMPAIGN_WEBHOOK_BASE_URL: z
      .url({ protocol: /^https?$/, error: 'must be an http(s) address such as https://campaigns.example.com' })
      .optional()
      .meta({
        group: 'Webhooks',
        description:
          'Address at which Bolna reaches the gateway (`serve`). Set for the workers, each batch is created with a webhook address of its own there, unless its campaign names one, and is looked at when Bolna tells of it. It needs CAMPAIGN_WEBHOOK_SECRET.',
      }),
    CAMPAIGN_WEBHOOK_SECRET: text.optional().meta({
      group: 'Webhooks',
      description:
        'What those addresses are made with, the same for workers and gateways: at least 32 characters, such as `openssl rand -hex 32` makes. Several, separated by commas, while it is replaced: new addresses are made with the first, all are taken.',
    }),
    CAMPAIGN_WEBHOOK_SECRET_FILE: text
      .optional()
      .meta({ group: 'Webhooks', description: 'A file that holds the secret instead.' }),
    CAMPAIGN_WEBHOOK_POLL_MAX: duration('1h').meta({
      group: 'Webhooks',
      description:
        'Longest wait between two looks at a batch with such an address, in place of CAMPAIGN_POLL_MAX: how late at most a word that is lost is noticed.',
    }),
    CAMPAIGN_WEBHOOK_SOURCES: networkTexts.meta({
      group: 'Webhooks',
      description:
        'Addresses from which the gateway takes webhooks, separated by commas, networks as 10.0.0.0/8. Bolna documents 13.203.39.153. Default: any.',
    }),
    CAMPAIGN_TRUSTED_PROXIES: networkTexts.meta({
      group: 'Webhooks',
      description:
        'Addresses of proxies in front of the gateway, written likewise: of these, X-Forwarded-For is believed. Without them, a request behind a proxy comes from the proxy.',
    }),
    CAMPAIGN_CALLBACK_SECRET: text.optional().meta({
      group: 'Behaviour',
      description:
        'Secret that callbacks are signed with: whsec_ and 24 to 64 random bytes in base64; several, separated by spaces, while one is replaced. Without it, campaigns with a callbackUrl are refused. Shown and stored nowhere.',
    }),
    CAMPAIGN_CALLBACK_SECRET_FILE: text.optional().meta({
      group: 'Behaviour',
      description: 'A file that holds the secret instead; it is read anew for each callback.',
    }),
    CAMPAIGN_ALLOW_PRIVATE_ADDRESSES: networks.meta({
      group: 'Behaviour',
      description:
        'Networks or addresses, separated by commas, that callers may name for callbacks and files though they are not public, such as 10.1.0.0/16. Without it, none.',
    }),
    CAMPAIGN_METRICS: text
      .regex(/^\S+:\d{1,5}$/, 'must be an address such as 127.0.0.1:9464')
      .optional()
      .meta({
        group: 'Behaviour',
        description:
          'Address at which the command `worker` tells Prometheus its metrics (/metrics), such as 127.0.0.1:9464. Nobody is asked for a token there.',
      }),
    OTEL_EXPORTER_OTLP_ENDPOINT: z
      .url({ protocol: /^https?$/, error: 'must be an http(s) address such as http://localhost:4318' })
      .optional()
      .meta({
        group: 'Behaviour',
        description:
          "OpenTelemetry collector that `worker` and `serve` send traces to, as OTLP over HTTP. OpenTelemetry's other variables are honoured too: OTEL_EXPORTER_OTLP_HEADERS, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER (see docs/observability.md).",
      }),
  })
  .refine((env) => env.CAMPAIGN_POLL_MIN <= env.CAMPAIGN_POLL_MAX, {
    path: ['CAMPAIGN_POLL_MIN'],
    message: 'must not be longer than CAMPAIGN_POLL_MAX',
  })
  .refine((env) => env.CAMPAIGN_BUILD_ID === undefined || env.CAMPAIGN_DEPLOYMENT !== undefined, {
    path: ['CAMPAIGN_BUILD_ID'],
    message: 'says which version of a deployment this is: name the deployment in CAMPAIGN_DEPLOYMENT, or take it away',
  })
  .refine(
    ({ CAMPAIGN_WEBHOOK_BASE_URL: url, CAMPAIGN_WEBHOOK_SECRET: secret, CAMPAIGN_WEBHOOK_SECRET_FILE: file }) =>
      url === undefined || secret !== undefined || file !== undefined,
    { path: ['CAMPAIGN_WEBHOOK_BASE_URL'], message: 'needs CAMPAIGN_WEBHOOK_SECRET, of which its addresses are made' },
  )
  .refine((env) => env.BOLNA_MIN_LEAD >= 120_000, {
    path: ['BOLNA_MIN_LEAD'],
    message: 'must be at least 2m, which Bolna asks for, and should be a little more',
  });

/** Not every way to set a variable goes through a shell that knows what ~ is. */
export function folder(path: string): string {
  return resolve(path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path);
}
