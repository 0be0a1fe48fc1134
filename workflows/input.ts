import { ApplicationFailure } from '@temporalio/common';
import ms from 'ms';
import { z, config as zodConfig } from 'zod';
import { DEFAULT_ACCOUNT } from './account';
import { isCampaignId } from './campaign-id';
import { issueWords } from './issue-words';

// zod compiles its checks with `new Function` where it can; a workflow has no business doing so.
zodConfig({ jitless: true, customError: issueWords });

/** Bytes of CSV that may travel inside the input; more goes into the campaign storage and is named by its URI. */
export const MAX_INLINE_CSV_BYTES = 256 * 1024;

/** A time as callers write it. */
export const instant = (description: string) =>
  z.iso
    .datetime({ offset: true, error: 'must be an ISO 8601 time with an offset, such as 2026-06-23T12:30:00+05:30.' })
    .meta({ description: `${description} ISO 8601 with an offset.` });

const NO_DURATION = 'must be a duration such as "90s", "5m" or "7 days", or milliseconds; a year at most.';

const duration = (description: string) =>
  z
    .union([z.number().positive(), z.string()], NO_DURATION)
    .refine((value) => toMs(value) !== undefined, NO_DURATION)
    .meta({ description: `${description} A duration such as "90s" or "7 days", or milliseconds.` });

const e164 = z.string().regex(/^\+[1-9]\d{6,14}$/, 'must be a number in E.164 form, such as +919876543210.');

const retryConfig = z
  .strictObject({
    enabled: z
      .boolean()
      .optional()
      .meta({ description: 'Must be said: true, or false. Without true, Bolna retries nothing.' }),
    max_retries: z.int().min(1).max(3).optional(),
    retry_on_statuses: z
      .array(z.enum(['no-answer', 'busy', 'failed', 'error']))
      .min(1)
      .optional(),
    retry_on_voicemail: z.boolean().optional(),
    retry_intervals_minutes: z.array(z.int().min(1).max(1440)).min(1).max(3).optional(),
  })
  .meta({ description: "Bolna's own retries, under its own names (retry_config)." });

/** Each is read from its beginning to its end. */
const MAX_LISTS = 20;
const address = z
  .string()
  .min(1)
  .meta({ description: 'Address of a file in the campaign storage, or a public http(s) address.' });

const amount = z
  .number('must be a number.')
  .positive('must be more than 0.')
  .max(1e12, 'must be 1,000,000,000,000 at most.');

const schema = z
  .strictObject({
    agentId: z
      .guid('agentId must be the UUID of a Bolna agent.')
      .meta({ description: 'UUID of the Bolna agent that calls.' }),
    contacts: z
      .union(
        [
          z.strictObject({
            uri: z
              .string()
              .min(1)
              .meta({ description: 'Address of a CSV in the campaign storage, or a public http(s) address.' }),
          }),
          z.strictObject({
            csv: z
              .string()
              .min(1)
              .refine(
                (csv) => utf8Length(csv) <= MAX_INLINE_CSV_BYTES,
                'is over 256 KB: store the file and give its uri.',
              )
              .meta({ description: 'The CSV itself, up to 256 KB.' }),
          }),
        ],
        'must be either {"uri"} of a CSV in the campaign storage or {"csv"} with the CSV itself.',
      )
      .meta({ description: 'The people to call: a CSV with a contact_number column.' }),
    suppress: z
      .union([address, z.array(address).min(1).max(MAX_LISTS)], `must be an address or a list of up to ${MAX_LISTS}.`)
      .optional()
      .meta({
        description:
          "Suppression lists, beside the workers' own (CAMPAIGN_SUPPRESS): addresses of files in the campaign storage or public http(s) ones, each a CSV with a contact_number column or one number a line. Whoever stands on one is not called.",
      }),
    numberColumn: z.string().min(1).max(200, 'must be 200 characters at most.').optional().meta({
      description:
        'What the file calls the column of the numbers to call. Default: contact_number, or else the only column whose name can mean phone numbers, such as "Phone" or "Mobile number".',
    }),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be a country of two capital letters, such as IN or US.')
      .optional()
      .meta({
        description:
          'Country (ISO 3166, as in IN or US) whose numbers those without a + are, in the contacts and in the suppression lists. Default: none, and such a number is rejected.',
      }),
    sheet: z.string().min(1).max(200, 'must be 200 characters at most.').optional().meta({
      description: 'Which sheet of an Excel workbook (.xlsx) holds the contacts. Default: the first one.',
    }),
    ignoreUnreadableSuppressions: z.boolean().optional().meta({
      description:
        'Start although entries of suppression lists cannot be read as phone numbers: the people they name may be called, and a note says how many there are. Default: false, and such a campaign fails before anyone is called.',
    }),
    requireVariables: z.array(z.string().min(1).max(200)).min(1).max(100).optional().meta({
      description:
        'Columns of the contacts in which each row must have a value. A row where one is blank, "N/A", "#REF!" or the like is rejected: the person is not called.',
    }),
    startAt: instant('When to start; absent: as soon as Bolna allows.').optional(),
    startBy: instant(
      'Latest start: a campaign that cannot begin by then ends "missed" and calls nobody. Default: 8 hours after startAt.',
    ).optional(),
    giveUpAfter: duration(
      'How long after its start calls are waited for before what there is gets collected. Default 7 days.',
    ).optional(),
    fromPhoneNumbers: z.array(e164).min(1).optional().meta({ description: 'Numbers to call from, E.164.' }),
    retry: retryConfig.optional(),
    webhookUrl: z
      .url({
        protocol: /^https?$/,
        error: 'webhookUrl must be an http(s) address; Bolna ignores others without a word.',
      })
      .optional()
      .meta({ description: 'Bolna posts the batch there when it is done.' }),
    callbackUrl: z
      .url({ protocol: /^https?$/, error: 'callbackUrl must be an http(s) address.' })
      .max(2_000, 'must be 2,000 characters at most.')
      .optional()
      .meta({
        description:
          'Told of the start, the progress and the end of the campaign, signed as Standard Webhooks describes (docs/callbacks.md).',
      }),
    account: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be 1 to 40 small letters, digits or "-", as in BOLNA_ACCOUNTS.')
      .optional()
      .meta({ description: 'Bolna account that calls, by the name the workers know it by. Default: "default".' }),
    maxRowsPerBatch: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .meta({ description: 'A file with more valid rows is split into several batches. Default 10,000.' }),
    maxBatchesAtOnce: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'How many of several batches are under way at a time. Default 10.' }),
    maxCost: amount.optional().meta({
      description:
        "Most that the calls may cost, in cents of the account's currency, like every cost here: 5000 is 50.00. A campaign whose calls have cost as much is stopped: calls on the line may finish.",
    }),
    minWallet: amount.optional().meta({
      description:
        "Least that must be in the account's wallet for the campaign to start, in units of its currency: 50 is 50.00. With less the campaign fails, and nobody is called. The workers' BOLNA_WALLET_UNIT says what Bolna's number is in.",
    }),
    bypassCallGuardrails: z.boolean().optional().meta({ description: "Call outside the agent's calling hours too." }),
    recordings: z.boolean().optional().meta({
      description:
        'Download the recording of each call into the campaign storage when the calls are over. Default: false.',
    }),
    polling: z
      .strictObject({
        min: duration('Shortest wait between two looks.').optional(),
        max: duration('Longest wait.').optional(),
      })
      .refine(({ min, max }) => min === undefined || max === undefined || (toMs(min) ?? 0) <= (toMs(max) ?? 0), {
        message: 'polling.min must not be longer than polling.max.',
      })
      .optional()
      .meta({ description: "Waits between two looks at a running batch; default: the worker's." }),
  })
  .refine(({ startAt, startBy }) => !startAt || !startBy || Date.parse(startBy) >= Date.parse(startAt), {
    message: 'startBy must not be before startAt.',
    path: ['startBy'],
  });

/**
 * What a campaign is started with. The campaign ID is the workflow ID. Also generated into docs/campaign-input.schema.json.
 * A function, because what this module exports as an object is frozen where workflows share it, and a schema completes itself
 * as it is used.
 */
export const campaignInputSchema = (): typeof schema => schema;

/** What a caller writes. */
export type CampaignInput = z.input<typeof schema>;

/** The same, checked, with every time and duration in milliseconds and the defaults in place. */
export interface CampaignPlan extends Omit<z.output<typeof schema>, 'startAt' | 'startBy' | 'giveUpAfter' | 'polling'> {
  startAt: number | undefined;
  startBy: number;
  giveUpAfterMs: number;
  polling: { minMs: number | undefined; maxMs: number | undefined };
  account: string;
  maxRowsPerBatch: number;
  maxBatchesAtOnce: number;
}

/** What one batch needs to know of it: no contacts, which are numbers. */
export type BatchPlan = Omit<
  CampaignPlan,
  | 'contacts'
  | 'suppress'
  | 'ignoreUnreadableSuppressions'
  | 'requireVariables'
  | 'maxCost'
  | 'callbackUrl'
  | 'numberColumn'
  | 'country'
  | 'sheet'
>;

/** 8 hours: a morning campaign that an outage held up must not go out in the evening. */
export const DEFAULT_START_WINDOW_MS = 8 * 3_600_000;
export const DEFAULT_GIVE_UP_AFTER_MS = 7 * 24 * 3_600_000;
/** A batch's executions are held in memory, at about 1 KB each, while its rows are written. */
export const DEFAULT_ROWS_PER_BATCH = 10_000;
/** They share the account's concurrency: more at once call nobody sooner, and cost more looks. */
export const DEFAULT_BATCHES_AT_ONCE = 10;

/** The task queue of a Bolna account's steps, beside the one that campaigns are started on. */
export function bolnaTaskQueue(taskQueue: string, account: string): string {
  return `${taskQueue}/bolna/${account}`;
}

/**
 * Checks an input and fills in the defaults.
 * @param now milliseconds since the epoch; the wish "as soon as possible" counts from here
 * @throws ApplicationFailure `InvalidInput`, not retryable, naming each field to mend
 */
export function checkInput(campaignId: string, input: unknown, now: number): CampaignPlan {
  checkCampaignId(campaignId);
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw invalid(parsed.error.issues.map(issueText).join(' '));
  const { startAt, startBy, giveUpAfter, polling, ...rest } = parsed.data;
  const start = startAt === undefined ? undefined : Date.parse(startAt);
  if (start !== undefined && start > now + A_YEAR_MS) {
    throw invalid('startAt is more than a year ahead. Correct it, or start the campaign later.');
  }
  return {
    ...rest,
    startAt: start,
    startBy: startBy === undefined ? (start ?? now) + DEFAULT_START_WINDOW_MS : Date.parse(startBy),
    giveUpAfterMs: toMs(giveUpAfter) ?? DEFAULT_GIVE_UP_AFTER_MS,
    polling: { minMs: toMs(polling?.min), maxMs: toMs(polling?.max) },
    account: rest.account ?? DEFAULT_ACCOUNT,
    maxRowsPerBatch: rest.maxRowsPerBatch ?? DEFAULT_ROWS_PER_BATCH,
    maxBatchesAtOnce: rest.maxBatchesAtOnce ?? DEFAULT_BATCHES_AT_ONCE,
  };
}

/** @throws ApplicationFailure `InvalidInput`: the ID becomes a file name and a folder, so only plain characters will do */
export function checkCampaignId(campaignId: string): void {
  if (!isCampaignId(campaignId)) {
    throw invalid('The campaign ID must be 1 to 120 letters, digits, ".", "_" or "-", and not dots alone.');
  }
}

/** The same rule as for `maxCost` and `minWallet`; a function for the reason above. */
export const amountSchema = (): typeof amount => amount;

/**
 * What is wrong with a retry that is given without saying whether it is on; undefined where nothing is. Clients refuse such a start.
 * A campaign that was started some other way, or by an earlier release, goes on with a note: its input was taken as it is.
 */
export function retryFault({ retry }: Pick<CampaignInput, 'retry'>): string | undefined {
  if (retry === undefined || retry.enabled !== undefined) return undefined;
  return 'retry is given without "enabled": true, so Bolna retries nothing. Set retry.enabled to true, or leave retry out.';
}

/** What a request is refused with that a caller has to mend. */
export function invalid(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'InvalidInput');
}

/** What is wrong with a field, as a sentence that names it. */
export function issueText(issue: z.core.$ZodIssue): string {
  const field = issue.path.join('.');
  const text = issue.message.endsWith('.') ? issue.message : `${issue.message}.`;
  if (field === '') return /^(must|has|is) /.test(text) ? `The input ${text}` : text;
  return text.startsWith(field) ? text : `${field}: ${text}`;
}

/** Longer than that is a slip of the keyboard, and far longer no timer can hold. */
export const A_YEAR_MS = 366 * 24 * 3_600_000;

function toMs(value: number | string | undefined): number | undefined {
  // Of no text, and of a very long one, the library would throw.
  if (value === undefined || value === '' || (typeof value === 'string' && value.length > 100)) return undefined;
  const parsed = typeof value === 'number' ? value : ms(value as ms.StringValue);
  return parsed > 0 && parsed <= A_YEAR_MS ? parsed : undefined;
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
