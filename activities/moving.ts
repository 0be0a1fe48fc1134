import type { Batch } from '../bolna/schemas';
import { canBeMadeAnew } from './anew';
import { belongsTo, partOf } from './campaign-batches';
import type { ActivityContext } from './context';
import { awaitClarity, lookClosely } from './doubt';
import { type Attempt, durably } from './durably';
import { confirmGone, look } from './missing';
import { refusable } from './refusable';
import {
  batchLost,
  calledNobody,
  forgetMoved,
  holdRecord,
  markMoving,
  movedBatches,
  ownRecord,
  type ScheduleRecord,
} from './schedule-record';
import type { MoveBatch, MoveOutcome } from './types';
import { mayHaveStart } from './unstarted';

/** By batch: looks in a row that have not found it. What one attempt tells the next. */
type Memory = Record<string, number>;

/**
 * Makes way for another start: Bolna's batches cannot be scheduled a second time, so what is scheduled is deleted. Only when it
 * is certain that it called nobody may another be made, which is more than a halt needs to know: there, a batch that is
 * gone is the end, and here everybody is called once more. So only a delete that Bolna answered ahead of the start counts, or that
 * the batch is seen to be gone ahead of it; else the campaign fails. Killed at any line and run again, it looks first.
 */
export function moveBatch(context: ActivityContext, ask: MoveBatch): Promise<MoveOutcome> {
  return durably({ keyMayBeMended: true }, async (attempt) => {
    const record = await ownRecord(context, ask);
    const first = await look(context, ask.batchId);
    if (first?.phase === 'created' && record === undefined) return { outcome: 'kept' };
    for (const batchId of await batchesToMove(context, ask, record, attempt)) {
      const kept = await takeAway(context, ask, batchId, attempt);
      if (kept) return kept;
    }
    return { outcome: 'moved' };
  });
}

const NOT_DELETED =
  "The batch has contacts that were suppressed since it was created, so it is not scheduled yet, and Bolna does not delete it: asking again. You can delete it in Bolna's dashboard.";

/** Every batch that may have a start, by what the workflow, the storage and Bolna know: after a reset, that can be another one. */
async function batchesToMove(
  context: ActivityContext,
  ask: MoveBatch,
  record: ScheduleRecord | undefined,
  attempt: Attempt,
): Promise<string[]> {
  const { bolna, storage } = context;
  const { campaignId, part, agentId, batchId } = ask;
  const listed: Batch[] = [];
  for (const batch of await bolna.listBatches(agentId, campaignId)) {
    const isOurs = belongsTo(ask, batch) && partOf(campaignId, batch) === part;
    if (isOurs && (await mayHaveStart(context, ask, batch, attempt))) listed.push(batch);
  }
  const ids = new Set([batchId, ...(record ? [record.batchId] : []), ...listed.map((batch) => batch.batchId)]);
  for (const moved of await movedBatches(storage, ask)) ids.delete(moved);
  return [...ids];
}

/** @returns what keeps a batch where it is; undefined once it is gone and called nobody */
async function takeAway(
  context: ActivityContext,
  ask: MoveBatch,
  batchId: string,
  attempt: Attempt,
): Promise<MoveOutcome | undefined> {
  const { bolna, storage, now } = context;
  const standing = await ownRecord(context, ask);
  let record = standing?.batchId === batchId ? standing : undefined;
  const firstLookedAt = await now();
  const seen = await lookClosely(context, batchId, attempt);
  if (!seen) return confirmCalledNobody(context, ask, batchId, record, attempt);
  // What it can be is not known, so it is left as it is.
  if ((await awaitClarity(context, attempt, seen)) !== undefined && seen.phase === 'unknown')
    return kept('refused', seen);
  // Scheduled by somebody else, in Bolna's dashboard: on record from now on, so that it is a loss should it vanish once it has begun.
  if (!standing && seen.phase !== 'created') record = await onRecord(context, ask, seen);
  if (await mayBegin(context, seen, record)) return kept('begun', seen);
  const isWorthIt = async (batch: Batch) => !ask.outdated || (await canBeMadeAnew(context, batch, record, ask.wish));
  if (!(await isWorthIt(seen))) return kept('refused', seen);

  // Written first: if this process dies right after the delete, whoever finds the batch gone knows why, and until when that is no loss.
  if (record) record = await markMoving(storage, ask, record, startOf(context, seen, record, firstLookedAt));
  // Once more, right before: what is not scheduled yet can still be, though for no nearer than Bolna allows.
  const lookedAt = await now();
  const latest = await look(context, batchId);
  const start = latest && startOf(context, latest, record, lookedAt);
  const done =
    latest &&
    !(await mayBegin(context, latest, record)) &&
    (await isWorthIt(latest)) &&
    (await refusable(() => {
      attempt.assertWanted();
      return bolna.deleteBatch(batchId);
    }));
  const after = await look(context, batchId);
  if (after && !latest) throw new Error(`Bolna answers 404 for batch ${batchId}, and shows it; looking again.`);
  if (after && !done) {
    if (record) await markMoving(storage, ask, record, undefined);
    if (ask.outdated && after.phase === 'created' && (await isWorthIt(after))) throw new Error(NOT_DELETED);
    return kept((await mayBegin(context, after, record)) ? 'begun' : 'refused', after);
  }
  if (after) throw new Error(`Bolna still shows batch ${batchId} as ${after.status}; asking again.`);
  if (!done || start === undefined || (await now()) >= start)
    throw new Error(`Batch ${batchId} is gone, and not surely by this request; looking again.`);
  await forgetMoved(storage, ask, batchId);
  return undefined;
}

/** A batch that somebody has deleted, perhaps an attempt that died. @throws ApplicationFailure `BatchLost` */
async function confirmCalledNobody(
  context: ActivityContext,
  ask: MoveBatch,
  batchId: string,
  record: ScheduleRecord | undefined,
  attempt: Attempt,
): Promise<undefined> {
  const memory = (attempt.memory as Memory | undefined) ?? {};
  const missing = (memory[batchId] ?? 0) + 1;
  attempt.remember({ ...memory, [batchId]: missing } satisfies Memory);
  await confirmGone(context, ask.agentId, batchId, missing);
  // Without a record no start was ever asked for.
  if (record && !(await calledNobody(context, record))) throw batchLost(ask.campaignId, record);
  await forgetMoved(context.storage, ask, batchId);
  return undefined;
}

async function onRecord(context: ActivityContext, ask: MoveBatch, seen: Batch): Promise<ScheduleRecord> {
  const { batchId, fileName = '', scheduledAt = 0 } = seen;
  const { account, storage } = context;
  const ours = { batchId, fileName, account, requestedStart: scheduledAt, roundedStart: scheduledAt };
  const record = await holdRecord(storage, ask, ours);
  if (record.batchId !== batchId) throw new Error('Another batch was scheduled meanwhile; looking again.');
  return record;
}

/** When a batch may call somebody at the earliest. */
function startOf(
  { rules }: ActivityContext,
  { phase, scheduledAt }: Batch,
  record: ScheduleRecord | undefined,
  lookedAt: number,
): number {
  if (phase === 'created') return lookedAt + rules.minAheadMs;
  return scheduledAt ?? record?.requestedStart ?? 0;
}

/** Whether a batch has begun, or could have by the time its end is sure: as near as Bolna itself takes no start any more. */
async function mayBegin(context: ActivityContext, batch: Batch, record: ScheduleRecord | undefined): Promise<boolean> {
  const { now, rules } = context;
  if (batch.phase === 'created') return false;
  return batch.phase !== 'scheduled' || (await now()) >= startOf(context, batch, record, 0) - rules.minAheadMs;
}

function kept(outcome: 'begun' | 'refused', { batchId, status, phase, scheduledAt }: Batch): MoveOutcome {
  return { outcome, batch: { batchId, status, phase }, startsAt: scheduledAt };
}
