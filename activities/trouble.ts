import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { TROUBLE_SIGNAL } from './trouble-signal';
import type { Trouble, TroubleReport } from './types';

/** An error that stays for so long is a person's business. */
const LONG_MS = 3_600_000;
/**
 * So often a step tells of trouble, and then of its end: each telling leaves some five events in the history, and trouble that
 * comes and goes for a week must not fill it.
 */
const MOST_TELLINGS = 2;
/** Milliseconds that the telling may take: the step does not depend on it. */
const PATIENCE_MS = 5_000;

/** What one attempt of a step tells the next of what went wrong. Times are the server's, in milliseconds since the epoch. */
export interface Errors {
  /** Type of the last attempt's error; absent where it had none. */
  type?: string;
  /** Since when every attempt had an error of this type. */
  since?: number;
  /** What the workflow was told of, and believes. */
  told?: Trouble['kind'];
  /** How often it was told of trouble. */
  tellings: number;
}

/** What is known after another attempt has failed, and what is to be told of it, if anything; null: that it is mended. */
export function afterFailure(
  before: Errors = { tellings: 0 },
  failure: unknown,
  now: number,
): { errors: Errors | undefined; tell?: Trouble | null } {
  const { told, tellings } = before;
  const known = { ...(told && { told }), tellings };
  if (isBenign(failure)) return { errors: tellings > 0 ? known : undefined, ...(told && { tell: null }) };
  const type = typeOf(failure);
  const since = before.type === type && before.since !== undefined ? before.since : now;
  const errors = { type, since, ...known };
  const kind = kindOf(type, now - since);
  // A key may be mended while Bolna is down.
  if (!kind) return { errors, ...(told === 'key-refused' && { tell: null }) };
  if (kind === told || tellings >= MOST_TELLINGS) return { errors };
  return { errors, tell: { kind, message: messageOf(failure), since } };
}

/** The same, once it was told. */
export function afterTelling(before: Errors | undefined, tell: Trouble | null): Errors {
  const { told: _, ...errors } = before ?? { tellings: 0 };
  return tell ? { ...errors, told: tell.kind, tellings: errors.tellings + 1 } : errors;
}

function kindOf(type: string, forMs: number): Trouble['kind'] | undefined {
  if (type === 'BolnaUnauthorized') return 'key-refused';
  return forMs >= LONG_MS ? 'same-error-for-an-hour' : undefined;
}

/** No failure, but an attempt that has nothing new to tell. */
function isBenign(failure: unknown): boolean {
  return failure instanceof ApplicationFailure && failure.category === ApplicationFailureCategory.BENIGN;
}

function typeOf(failure: unknown): string {
  if (failure instanceof ApplicationFailure && failure.type) return failure.type;
  return failure instanceof Error ? failure.name : 'Error';
}

/** Signals are kept in the history, where no number may be. */
function messageOf(failure: unknown): string {
  const text = failure instanceof Error ? failure.message : String(failure);
  return text.slice(0, 1_000).replace(/\+\d{7,15}/g, '[number]');
}

/** Whether an attempt that fails so is followed by another one. */
export function isTriedAgain(failure: unknown): boolean {
  return !(failure instanceof ApplicationFailure && failure.nonRetryable);
}

/** Tells the workflow of this step. A workflow that has ended is told nothing. */
export async function tellWorkflow(trouble: Trouble | null): Promise<void> {
  const { client, info } = Context.current();
  const { workflowExecution: asking, activityType: step, scheduledTimestampMs: asked } = info;
  if (!asking) return;
  const handle = client.workflow.getHandle(asking.workflowId, asking.runId);
  const report = { step, asked, trouble } as TroubleReport;
  await client.withDeadline(Date.now() + PATIENCE_MS, () => handle.signal(TROUBLE_SIGNAL, report));
}
