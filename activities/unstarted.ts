import type { Batch } from '../bolna/schemas';
import { areUnclear, hasDialled } from '../bolna/statuses';
import { ordersLeftOut } from './campaign-batches';
import type { ActivityContext } from './context';
import { lookClosely } from './doubt';
import type { Attempt } from './durably';
import { isRefusedStart, type RecordKey } from './schedule-record';

/**
 * Whether a listed batch may have a start, or get one. A word that nobody knows says neither: then none is sure only where the record of
 * starts has given none and refuses one, and the batch and its calls show none, to a look at them.
 */
export async function mayHaveStart(
  context: ActivityContext,
  key: RecordKey,
  listed: Batch,
  attempt: Pick<Attempt, 'signal'>,
): Promise<boolean> {
  if (listed.phase !== 'unknown') return listed.phase !== 'created';
  const leftOut = ordersLeftOut(key.campaignId, listed) ?? 0;
  if (!(await isRefusedStart(context.storage, key, listed.batchId, leftOut))) return true;
  const batch = await lookClosely(context, listed.batchId, attempt);
  // A 404 can be a lie or a lag.
  return batch === undefined || !showsNoStart(batch);
}

/**
 * Whether what Bolna shows of a batch, at a close look, has no sign of a start. An unknown word for the batch says nothing either way, so
 * its calls decide: each must be in a status that is known, and in which nobody was dialled. Calls in an unknown one may have been made.
 * Then nobody takes such a batch for one that has not started: its calls are stopped one by one, and no other batch is made in its place.
 */
export function showsNoStart({ phase, scheduledAt, counts = {} }: Batch): boolean {
  if (phase === 'created') return true;
  return phase === 'unknown' && scheduledAt === undefined && !hasDialled(counts) && !areUnclear(counts);
}
