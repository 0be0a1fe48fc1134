import { ApplicationFailure } from '@temporalio/common';
import { isBolnaError } from '../bolna/errors';
import type { Batch } from '../bolna/schemas';
import type { ActivityContext } from './context';

/** Looks in a row, half a minute apart, that must not find a batch before it is taken for gone. */
const LOOKS_UNTIL_GONE = 3;

/** @returns undefined where Bolna answers 404, which is not yet to be believed: see `confirmGone` */
export async function look(
  { bolna }: ActivityContext,
  batchId: string,
  signal?: AbortSignal,
): Promise<Batch | undefined> {
  try {
    return await bolna.getBatch(batchId, signal);
  } catch (error) {
    if (isBolnaError(error, 'not-found')) return undefined;
    throw error;
  }
}

/**
 * A 404 can be a lie or a lag, and a campaign that believes it ends, or makes another batch. It is believed only once the
 * agent's list does not show the batch either, in several looks in a row.
 *
 * @param looks how many looks in a row have not found it, this one counted
 * @throws ApplicationFailure a retryable one, until it is to be believed
 */
export async function confirmGone(
  { bolna, rules }: ActivityContext,
  agentId: string,
  batchId: string,
  looks: number,
): Promise<void> {
  const listed = (await bolna.listBatches(agentId, batchId)).some((batch) => batch.batchId === batchId);
  if (!listed && looks >= LOOKS_UNTIL_GONE) return;
  throw ApplicationFailure.create({
    message: `Bolna answers 404 for batch ${batchId}${listed ? ' but still lists it' : ''}; asking again.`,
    type: 'BatchMissing',
    nextRetryDelay: rules.minuteMs / 2,
  });
}
