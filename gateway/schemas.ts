import { z } from 'zod';
import { campaignInputSchema } from '../workflows/input';

/** What travels over HTTP. Times are ISO 8601, costs in cents of the account's currency. */

export const campaignId = z
  .string()
  .regex(/^(?!\.+$)[A-Za-z0-9._-]{1,120}$/, 'must be 1 to 120 letters, digits, ".", "_" or "-", and not dots alone')
  .meta({ description: 'Campaign ID; it is the ID of the workflow too.' });

const { contacts: _, ...wishes } = campaignInputSchema().shape;

/** What a campaign may ask for, but for its people. */
export const wishesSchema = z.strictObject(wishes).meta({ id: 'CampaignWishes' });

const row = z.record(z.string(), z.string()).meta({ description: 'A row: contact_number, and the variables of the prompt.' });

/** The people to call, as JSON. */
const people = z.union([
  z.strictObject({ uri: z.string().min(1).meta({ description: 'Address of a CSV in the campaign storage.' }) }),
  z.strictObject({ csv: z.string().min(1).meta({ description: 'The CSV itself.' }) }),
  z.strictObject({ rows: z.array(row).min(1).max(1_000_000) }),
]);

export const newCampaign = z.strictObject({ ...wishes, contacts: people }).meta({ id: 'NewCampaign' });

export const started = z
  .object({
    campaignId: z.string(),
    started: z.boolean().meta({ description: 'Whether this request has started it; it may have been there already.' }),
  })
  .meta({ id: 'Started' });

const counts = z.record(z.string(), z.int());
const contactCounts = z.object({
  total: z.int(),
  valid: z.int(),
  rejected: z.int(),
  duplicates: z.int(),
  suppressed: z.int().optional(),
});

export const progress = z
  .object({
    campaignId: z.string(),
    state: z.string().meta({ description: 'validating, creating, scheduling, waiting, running, halting, collecting, or how it ended.' }),
    batchId: z.string().nullable(),
    batchStatus: z.string().nullable(),
    startsAt: z.string().nullable(),
    contacts: contactCounts.nullable(),
    counts,
    settled: z.int().meta({ description: 'Rows whose call is over, of contacts.valid.' }),
    cost: z.number().nullable().meta({ description: 'Cents.' }),
    costIsEstimate: z.boolean(),
    lastLook: z.string().nullable(),
    nextLook: z.string().nullable(),
    lastError: z.string().nullable(),
    halt: z
      .object({ kind: z.enum(['stop', 'cancel']), reason: z.string().nullable(), by: z.string().nullable(), at: z.string() })
      .nullable(),
    notes: z.array(z.string()),
    step: z.string().nullable(),
    attempt: z.int(),
    result: z.looseObject({}).optional().meta({ description: 'Of one that is over: as in its summary.json.' }),
  })
  .meta({ id: 'Progress' });

export const haltRequest = z
  .strictObject({
    reason: z.string().max(500).optional(),
    by: z.string().max(100).optional().meta({ description: 'Who orders it. Default: the name of the token.' }),
  })
  .nullish()
  .meta({ id: 'HaltRequest' });

export const ordered = z.object({ campaignId: z.string(), ordered: z.enum(['stop', 'cancel']) }).meta({ id: 'Ordered' });
