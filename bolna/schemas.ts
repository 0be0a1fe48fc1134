import { z } from 'zod';
import { parseTime } from './start-time';
import { type BatchFacts, type BatchPhase, inUsualSpelling, normalise, phaseOf } from './statuses';

/**
 * What Bolna's answers look like, read leniently: a field that is not needed never fails an answer (`catch`), and a field
 * that is not known is kept (`looseObject`).
 */

const optionalText = z.string().nullish().catch(undefined);
const optionalCount = z.number().nullish().catch(undefined);
/** Bolna's IDs are hexadecimal. Whatever they become, they must stand in an address without changing it, as ".." would. */
const id = z.string().regex(/^[\w-][\w.:-]*$/);
const optionalId = id.nullish().catch(undefined);

const batchAnswer = z.looseObject({
  batch_id: optionalId,
  id: optionalId,
  status: optionalText,
  state: optionalText,
  file_name: optionalText,
  scheduled_at: optionalText,
  created_at: optionalText,
  total_contacts: optionalCount,
  valid_contacts: optionalCount,
  execution_status: z.record(z.string(), z.int().min(0)).nullish().catch(undefined),
});

/** A batch as the rest of the project sees it. Times in milliseconds since the epoch. */
export interface Batch extends BatchFacts {
  batchId: string;
  /** How far along it is, by all that it shows. */
  phase: BatchPhase;
  fileName: string | undefined;
  createdAt: number | undefined;
  /** Rows Bolna found fit to be called. */
  validContacts: number | undefined;
}

/** Stands where an answer names no status. */
export const NO_STATUS = '';

export const batchSchema = batchAnswer.transform((answer): Batch => {
  const facts: BatchFacts = {
    status: answer.status || answer.state || NO_STATUS,
    scheduledAt: parseTime(answer.scheduled_at),
    counts: answer.execution_status ? inUsualSpelling(answer.execution_status) : undefined,
  };
  return {
    ...facts,
    batchId: answer.batch_id ?? answer.id ?? '',
    phase: phaseOf(facts),
    fileName: answer.file_name ?? undefined,
    createdAt: parseTime(answer.created_at),
    validContacts: answer.valid_contacts ?? undefined,
  };
});

/**
 * Of an agent's batches, those about one thing: an agent may have thousands, and only a few of them are read closely.
 * @param about a batch ID, or how the file's name begins
 */
export function batchListSchema(about: string) {
  return z
    .array(z.unknown())
    .transform((batches) => batches.filter((batch) => isAbout(batch, about)))
    .pipe(z.array(batchSchema));
}

/** What is no batch at all is left for the schema to refuse. */
function isAbout(batch: unknown, about: string): boolean {
  if (typeof batch !== 'object' || batch === null) return true;
  const { batch_id, id, file_name } = batch as Record<string, unknown>;
  return (batch_id ?? id) === about || (typeof file_name === 'string' && file_name.startsWith(about));
}

export const createAnswerSchema = z.looseObject({ batch_id: id });

/** Of a stop or a delete. A web page that comes with a 200 has done neither. */
export const doneAnswerSchema = z.looseObject({});

/** `state` is "scheduled at 2026-06-23T07:00:00+00:00", or just "scheduled" on older accounts. */
export const scheduleAnswerSchema = z.looseObject({ state: optionalText });

/** Sources disagree on the unit of `wallet`: see `walletOf`. */
export const accountSchema = z.looseObject({
  name: optionalText,
  wallet: z
    .union([
      z.number(),
      z
        .string()
        .trim()
        .regex(/^-?\d+(\.\d+)?$/)
        .transform(Number),
    ])
    .nullish()
    .catch(undefined),
  concurrency: z.looseObject({ max: optionalCount, current: optionalCount }).nullish().catch(undefined),
});

/** An execution exactly as Bolna gave it: it is kept as received, so it is only read through `viewOf`. */
export type Execution = Record<string, unknown>;
/** Checked and not copied: there may be a million of them. */
export const executionSchema = z.custom<Execution>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

/** Not coerced: a null would become 0, and hide what another field says. */
const optionalNumber = z
  .union([z.number(), z.string().trim().min(1).transform(Number).pipe(z.number())])
  .optional()
  .catch(undefined);

const executionViewSchema = z.looseObject({
  status: z.string().transform(normalise).catch('unknown'),
  total_cost: z.coerce.number().catch(0),
  retry_count: optionalNumber,
  batch_run_details: z.looseObject({ retried: optionalNumber }).nullish().catch(undefined),
  answered_by_voice_mail: z.unknown().optional(),
  termination_reason: z.unknown().optional(),
});

/** The few fields of an execution that decide anything before the end. Cost in cents of the account's currency. */
export function viewOf(execution: Execution): z.infer<typeof executionViewSchema> {
  return executionViewSchema.parse(execution);
}

/** How often Bolna called again. The guide names `retry_count`, the schema `batch_run_details.retried`; undefined without either. */
export function retriesOf({ retry_count, batch_run_details }: ReturnType<typeof viewOf>): number | undefined {
  return retry_count ?? batch_run_details?.retried;
}

/** When an execution changed last, in milliseconds since the epoch; undefined where that cannot be read. */
export function changedAt({ updated_at }: Execution): number | undefined {
  return typeof updated_at === 'string' ? parseTime(updated_at) : undefined;
}

const executionPageSchema = z.looseObject({
  data: z.array(executionSchema),
  // What cannot be read as the end is none: another page is asked for, and one that is empty ends the list.
  has_more: z
    .union([z.boolean(), z.null(), z.literal(['false', 0]).transform(() => false)])
    .optional()
    .catch(true),
  page_size: optionalCount,
  page_number: optionalCount,
  page: optionalCount,
});

/** Bolna's own limit on a page. */
export const EXECUTIONS_PAGE_SIZE = 50;

/**
 * Either shape can come from either address: look at the answer. A full page that does not say whether more follows is
 * taken to be followed by one.
 */
export const executionsAnswerSchema = z.union([
  z.array(executionSchema).transform((executions) => ({ executions, hasMore: undefined, page: undefined })),
  executionPageSchema.transform((answer) => ({
    executions: answer.data,
    hasMore: answer.has_more ?? answer.data.length >= Math.min(answer.page_size || Infinity, EXECUTIONS_PAGE_SIZE),
    page: answer.page_number ?? answer.page ?? undefined,
  })),
]);
