import { z } from 'zod';
import { OUTCOMES } from '../../results/columns';
import { campaignInputSchema } from '../../workflows/input';
import { ENDS, LISTED_STATES } from '../campaign/listed-states';
import { isCursor } from '../campaign/place';

/** What travels over HTTP. Times are ISO 8601, costs in cents of the account's currency. */

export const campaignId = z
  .string('is missing: send it, it is the ID of the campaign')
  .regex(/^(?!\.+$)[A-Za-z0-9._-]{1,120}$/, 'must be 1 to 120 letters, digits, ".", "_" or "-", and not dots alone')
  .meta({ description: 'Campaign ID; it is the ID of the workflow too.' });

const { contacts: _, ...ofInput } = campaignInputSchema().shape;
const wishes = {
  ...ofInput,
  allowMissing: z.boolean().optional().meta({
    description:
      'Start although the agent uses variables that the contacts have no column for. Default: false, and such a campaign is refused (422).',
  }),
};

/** What a campaign may ask for, but for its people. */
export const wishesSchema = z.strictObject(wishes).meta({ id: 'CampaignWishes' });

const row = z
  .record(z.string(), z.string('must be text, in quotes'))
  .meta({ description: 'A row: contact_number, and the variables of the prompt.' });

const PEOPLE = ['uri', 'csv', 'rows'] as const;

/** The people to call, as JSON. */
const people = z.union(
  [
    z.strictObject({
      uri: z
        .string()
        .min(1)
        .meta({ description: 'Address of a CSV in the campaign storage, or a public http(s) address.' }),
    }),
    z.strictObject({ csv: z.string().min(1).meta({ description: 'The CSV itself.' }) }),
    z.strictObject({ rows: z.array(row).min(1).max(1_000_000) }),
  ],
  // Of the three it is the one that was meant which says what is wrong, and where.
  {
    error: ({ input, errors }) => {
      const given = PEOPLE.filter((name) => Object.hasOwn(Object(input), name));
      const [only] = given;
      if (only === undefined || given.length > 1) return 'must be an object with one of "uri", "csv" and "rows"';
      const [issue] = (errors as z.core.$ZodIssue[][])[PEOPLE.indexOf(only)] ?? [];
      // Follows the name of the field: see `invalidRequest`.
      return issue && `${issue.path.map((name) => `.${String(name)}`).join('')} ${issue.message}`;
    },
  },
);

export const newCampaign = z.strictObject({ ...wishes, contacts: people }).meta({ id: 'NewCampaign' });

const counts = z.record(z.string(), z.int());

export const started = z
  .object({
    campaignId: z.string(),
    started: z.boolean().meta({ description: 'Whether this request has started it; it may have been there already.' }),
    contacts: z.object({ total: z.int(), valid: z.int(), rejected: z.int(), duplicates: z.int() }).optional().meta({
      description:
        'Rows of the contacts, before suppression lists; absent for contacts in the web, which the worker reads.',
    }),
    notes: z.array(z.string()).optional().meta({
      description: 'Of a campaign that is new: what the caller should know of its agent and contacts.',
    }),
    welcome: z.array(z.string()).optional().meta({
      description:
        'Of a campaign that is new: the welcome message as the first three people will hear it. What Bolna fills in stays in its braces.',
    }),
  })
  .meta({ id: 'Started' });

export const time = z.string().meta({ description: 'ISO 8601 in UTC.' });
const contactCounts = z.object({
  total: z.int(),
  valid: z.int(),
  rejected: z.int(),
  duplicates: z.int(),
  suppressed: z.int().optional(),
});

const result = z
  .object({
    campaignId: z.string(),
    batchId: z.string().nullable(),
    status: z.enum(ENDS),
    startsAt: time.nullable(),
    contacts: contactCounts,
    outcomes: counts.meta({
      description: `Rows of the file by outcome (${OUTCOMES.join(', ')}); they add up to contacts.total.`,
    }),
    cost: z.number().meta({ description: 'Cents.' }),
    files: z
      .object({
        results: z.string(),
        executions: z.string().optional(),
        recordings: z.string().optional(),
        rejected: z.string(),
        summary: z.string(),
        report: z.string().optional(),
      })
      .nullable()
      .meta({ description: 'Addresses in the campaign storage.' }),
    reason: z.string().optional(),
    errorType: z.string().optional(),
    haltUnconfirmed: z.literal(true).optional().meta({
      description: 'Set where it was asked to halt and Bolna has never shown it: people may still be called.',
    }),
    notes: z.array(z.string()),
  })
  .meta({ id: 'Result' });

export const progress = z
  .object({
    campaignId: z.string(),
    attention: z
      .object({ kind: z.string(), text: z.string() })
      .optional()
      .meta({ description: 'Why a person should look, and what to do.' }),
    state: z.string().meta({
      description: 'validating, creating, scheduling, waiting, running, halting, collecting, or how it ended.',
    }),
    batchId: z.string().nullable(),
    batchStatus: z.string().nullable(),
    startsAt: time.nullable(),
    contacts: contactCounts.nullable(),
    counts: counts.meta({
      description: 'Executions by status. `suppressed`: contacts without one, suppressed while the campaign ran.',
    }),
    settled: z.int().meta({ description: 'Rows whose call is over, or that are suppressed, of contacts.valid.' }),
    cost: z.number().nullable().meta({ description: 'Cents.' }),
    costIsEstimate: z.boolean(),
    spent: z.number().optional().meta({ description: 'Cents: what a budget is compared with.' }),
    lastLook: time.nullable(),
    nextLook: time.nullable(),
    lastError: z.string().nullable(),
    halt: z
      .object({
        kind: z.enum(['stop', 'cancel']),
        reason: z.string().nullable(),
        by: z.string().nullable(),
        at: time,
      })
      .nullable(),
    notes: z.array(z.string()),
    batches: z
      .object({ total: z.int(), done: z.int(), underWay: z.array(z.string()) })
      .optional()
      .meta({ description: 'Where the rows are split: how many batches, and which are under way.' }),
    step: z.string().nullable().meta({ description: 'The step that is being tried.' }),
    attempt: z.int(),
    result: result.optional().meta({ description: 'Of a campaign that is over.' }),
  })
  .meta({ id: 'Progress' });

/** What is told to a campaign's callbackUrl. */
export const callback = z
  .object({
    type: z.enum(['campaign.started', 'campaign.progress', 'campaign.finished']),
    timestamp: time,
    data: progress
      .omit({ step: true, attempt: true, spent: true, result: true })
      .extend({ summary: result.optional().meta({ description: 'Of campaign.finished.' }) }),
  })
  .meta({ id: 'Callback' });

export const listQuery = z.strictObject({
  state: z.enum(LISTED_STATES).optional(),
  agent: z.guid().optional().meta({ description: 'Only those of this Bolna agent.' }),
  since: z.iso.datetime({ offset: true }).optional().meta({ description: 'Only those started at this time or later.' }),
  attention: z.enum(['true', 'false']).optional().meta({
    description: 'true: only those that a person should look at. Default: all.',
  }),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z
    .string()
    .max(400)
    .refine(isCursor, 'must be the "next" of a page before; leave it out to begin at the front.')
    .optional()
    .meta({ description: '"next" of the page before.' }),
});

export const listed = z
  .object({
    campaigns: z.array(
      z.object({
        campaignId: z.string(),
        warning: z.string().nullable().meta({
          description:
            'What to know before all else, while a stop or a cancel is not confirmed: Bolna may still be calling. Null where there is nothing.',
        }),
        state: z.string().meta({
          description: 'As in Progress; where no worker answers, the last that is known, or unknown.',
        }),
        needsAttention: z.string().nullable().meta({
          description: 'Why a person should look, as key-refused or wallet-low; progress.attention says what to do.',
        }),
        agentId: z.string().nullable(),
        startedAt: time,
        endedAt: time.nullable(),
        progress: progress.nullable().meta({ description: 'Null where no worker answers.' }),
      }),
    ),
    next: z.string().nullable().meta({ description: 'The cursor of the next page; null on the last one.' }),
  })
  .meta({ id: 'Campaigns' });

export const haltRequest = z
  .strictObject({
    reason: z.string().max(500).optional(),
    by: z.string().max(100).optional().meta({ description: 'Who orders it. Default: the name of the token.' }),
  })
  .nullish()
  .meta({ id: 'HaltRequest' });

export const ordered = z
  .object({
    campaignId: z.string(),
    ordered: z.enum(['stop', 'cancel']),
    warning: z
      .string()
      .nullable()
      .meta({ description: 'What works now, where no worker is there to carry it out; null where one is.' }),
  })
  .meta({ id: 'Ordered' });
