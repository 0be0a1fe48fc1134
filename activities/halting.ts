import { isBolnaError } from '../bolna/errors';
import type { Batch } from '../bolna/schemas';
import { hasEnded } from '../bolna/statuses';
import { belongsTo, furthestAlong } from './campaign-batches';
import type { ActivityContext } from './context';
import { durably } from './durably';
import { forgetRecord, markDeleting, readRecord } from './schedule-record';
import type { DeleteTwins, HaltBatches, Halted } from './types';

/**
 * Sees to it that no batch of the campaign calls anybody else: what has not begun is deleted, what runs is stopped. Comes
 * back only when Bolna shows that it is so; until then every attempt is a retryable failure that says what Bolna shows.
 */
export function haltBatches(context: ActivityContext, ask: HaltBatches): Promise<Halted> {
  return durably({ keyMayBeMended: true }, async ({ remember, memory }) => {
    const record = await readRecord(context.storage, ask.campaignId);
    const listed = (await context.bolna.listBatches(ask.agentId)).filter((batch) => belongsTo(ask.campaignId, batch));
    const known = [ask.batchId, record?.batchId, ...listed.map((batch) => batch.batchId)];
    // A batch that an earlier attempt has stopped is known to have begun, also if it is deleted by now.
    let started = memory === 'started';
    const left: Batch[] = [];
    for (const batchId of new Set(known.filter((id) => id !== undefined))) {
      const batch = await haltOne(context, ask.campaignId, batchId);
      if (!batch) continue;
      left.push(batch);
      if (hasEnded(batch.phase) || batch.phase === 'running') started = true;
    }
    if (started) remember('started');
    const open = left.find((batch) => !hasEnded(batch.phase));
    if (open) throw new Error(`Bolna still shows batch ${open.batchId} as ${open.status}; asking again.`);
    if (!started && record) await forgetRecord(context.storage, ask.campaignId);
    const batch = furthestAlong(left);
    return { started, batch: batch && { batchId: batch.batchId, status: batch.status, phase: batch.phase } };
  });
}

/** @returns the batch as Bolna shows it after that; undefined when it is gone */
async function haltOne(context: ActivityContext, campaignId: string, batchId: string): Promise<Batch | undefined> {
  const { bolna } = context;
  const before = await look(context, batchId);
  if (!before || hasEnded(before.phase)) return before;
  if (await mayBeDeleted(context, before)) await deleteBeforeStart(context, campaignId, before);
  else await refusable(() => bolna.stopBatch(batchId));
  return look(context, batchId);
}

/** Only what surely has called nobody is deleted: the executions of a running batch would go with it. */
async function mayBeDeleted({ now }: ActivityContext, { phase, scheduledAt }: Batch): Promise<boolean> {
  return phase === 'created' || (phase === 'scheduled' && (scheduledAt === undefined || (await now()) < scheduledAt));
}

async function deleteBeforeStart(context: ActivityContext, campaignId: string, batch: Batch): Promise<void> {
  const { bolna, storage } = context;
  const record = await readRecord(storage, campaignId);
  const ours = record?.batchId === batch.batchId ? record : undefined;
  // Written first: if this process dies right after the delete, the next run knows why the batch is gone.
  if (ours) await markDeleting(storage, campaignId, ours, true);
  const deleted = await refusable(() => bolna.deleteBatch(batch.batchId));
  if (deleted) return;
  if (ours) await markDeleting(storage, campaignId, ours, false);
  await refusable(() => bolna.stopBatch(batch.batchId));
}

/** Whether Bolna did it. A refusal or a 404 only means: look what it shows. */
async function refusable(request: () => Promise<void>): Promise<boolean> {
  try {
    await request();
    return true;
  } catch (error) {
    if (isBolnaError(error, 'refused') || isBolnaError(error, 'not-found')) return false;
    throw error;
  }
}

async function look({ bolna }: ActivityContext, batchId: string): Promise<Batch | undefined> {
  try {
    return await bolna.getBatch(batchId);
  } catch (error) {
    if (isBolnaError(error, 'not-found')) return undefined;
    throw error;
  }
}

/** Deletes the campaign's batches that were never scheduled, left behind by lost answers. */
export function deleteTwins(context: ActivityContext, ask: DeleteTwins): Promise<{ deleted: number }> {
  return durably({ keyMayBeMended: false }, async ({ memory, remember }) => {
    let deleted = typeof memory === 'number' ? memory : 0;
    for (const batch of await context.bolna.listBatches(ask.agentId)) {
      if (batch.phase !== 'created' || batch.batchId === ask.keep || !belongsTo(ask.campaignId, batch)) continue;
      if (await refusable(() => context.bolna.deleteBatch(batch.batchId))) remember(++deleted);
    }
    return { deleted };
  });
}
