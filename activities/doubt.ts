import { ApplicationFailure } from '@temporalio/common';
import { isBolnaError } from '../bolna/errors';
import type { Batch } from '../bolna/schemas';
import { doubtOf, type ExecutionCounts, phaseOf } from '../bolna/statuses';
import type { ActivityContext } from './context';
import { addUp } from './counting';
import type { Attempt } from './durably';
import { look } from './missing';

/** How long a batch that shows nothing clear is polled before a step decides without, in Bolna's minutes. */
export const DOUBT_MINUTES = 5;

/** Since when what Bolna shows has been unclear, in milliseconds since the epoch: a part of what one attempt tells the next. */
export interface DoubtMemory {
  unclearSince?: number | undefined;
}

/**
 * A look that reads the executions themselves where the batch says nothing clear and leaves their counts out.
 * @returns undefined where Bolna answers 404: see `confirmGone`
 */
export async function lookClosely(
  context: ActivityContext,
  batchId: string,
  { signal }: Pick<Attempt, 'signal'>,
): Promise<Batch | undefined> {
  const batch = await look(context, batchId);
  if (!batch || batch.counts !== undefined || doubtOf(batch) === undefined) return batch;
  const facts = { ...batch, counts: await countExecutions(context, batchId, signal) };
  return { ...facts, phase: phaseOf(facts) };
}

/**
 * A word or a contradiction is no evidence. While a batch is unclear the step fails, to be tried again in half a minute. After
 * {@link DOUBT_MINUTES} it returns, and the caller does what is safe whichever is true.
 *
 * @returns what is unclear, where it has been for that long; undefined where nothing is
 * @throws ApplicationFailure `BatchUnclear`, a retryable one
 */
export async function awaitClarity(
  context: ActivityContext,
  attempt: Attempt,
  batch: Batch,
): Promise<string | undefined> {
  const doubt = doubtOf(batch);
  if (doubt === undefined) return undefined;
  const memory = (attempt.memory ?? {}) as DoubtMemory;
  const now = await context.now();
  const unclearSince = memory.unclearSince ?? now;
  if (isDecided(context, unclearSince, now)) return doubt;
  attempt.remember({ ...memory, unclearSince });
  throw ApplicationFailure.create({
    message: `${doubt} (batch ${batch.batchId}); polling again.`,
    type: 'BatchUnclear',
    nextRetryDelay: context.rules.minuteMs / 2,
  });
}

/** Whether a batch has been unclear for so long that the step decides without. */
export function isDecided({ rules }: ActivityContext, unclearSince: number | undefined, now: number): boolean {
  return unclearSince !== undefined && now - unclearSince >= DOUBT_MINUTES * rules.minuteMs;
}

/** Executions by status, from the executions themselves. A batch that has not started may not have any yet. */
async function countExecutions(
  { bolna }: ActivityContext,
  batchId: string,
  signal: AbortSignal,
): Promise<ExecutionCounts> {
  const counts: Record<string, number> = {};
  try {
    await addUp(bolna.executions(batchId, { signal }), counts);
  } catch (error) {
    if (!isBolnaError(error, 'not-found')) throw error;
  }
  return counts;
}
