import { isBolnaError } from '../bolna/errors';
import type { Batch } from '../bolna/schemas';
import { hasEnded } from '../bolna/statuses';
import { belongsTo, furthestAlong, partOf } from './campaign-batches';
import type { ActivityContext } from './context';
import { durably } from './durably';
import { confirmGone, look } from './missing';
import { endOrphans } from './orphans';
import { calledNobody, forgetRecord, markDeleting, type RecordKey, readRecord } from './schedule-record';
import { partsOnRecord } from './split';
import type { DeleteTwins, HaltBatches, Halted, TwinsDeleted } from './types';

/** What one attempt tells the next. */
interface Memory {
  /** A batch was seen that had begun: remembered, since it may be deleted by the next look. */
  started: boolean;
  /** By batch: looks in a row that have not found it. */
  missing: Record<string, number>;
}

/**
 * Sees to it that no batch of the campaign (or of one part of it) calls anybody else: what has not begun is deleted, what runs
 * is stopped. Comes back only when Bolna shows that it is so; until then every attempt is a retryable failure that says what
 * Bolna shows.
 */
export function haltBatches(context: ActivityContext, ask: HaltBatches): Promise<Halted> {
  return durably({ keyMayBeMended: true }, async (attempt) => {
    const { agentId } = ask;
    const troubles: unknown[] = [];
    // What goes wrong with one batch, or with finding them, must not keep the others from being halted.
    const tried = <T>(work: Promise<T>): Promise<T | undefined> =>
      work.catch((error: unknown) => {
        troubles.push(error);
        return undefined;
      });
    if (ask.part === undefined) await tried(endOrphans(context.storage, ask.campaignId));
    const record = await tried(readRecord(context.storage, ask));
    const listed = (await tried(context.bolna.listBatches(agentId, ask.campaignId))) ?? [];
    const ours = listed.filter((batch) => belongsTo(ask, batch)).map((batch) => batch.batchId);
    const known = new Set([ask.batchId, record?.batchId, ...ours].filter((id) => id !== undefined));
    const earlier = attempt.memory as Memory | undefined;
    const memory: Memory = { started: earlier?.started ?? false, missing: {} };
    const left: Batch[] = [];
    const gone: string[] = [];
    for (const batchId of known) {
      const halted = await tried(haltOne(context, ask, batchId));
      if (halted?.batch) {
        left.push(halted.batch);
        memory.started ||= hasEnded(halted.batch.phase) || halted.batch.phase === 'running';
      } else if (halted && !halted.deleted) {
        memory.missing[batchId] = (earlier?.missing[batchId] ?? 0) + 1;
        gone.push(batchId);
      }
    }
    attempt.remember(memory);
    if (troubles.length > 0) throw troubles[0];
    const open = left.find((batch) => !hasEnded(batch.phase));
    if (open) throw new Error(`Bolna still shows batch ${open.batchId} as ${open.status}; asking again.`);
    for (const batchId of gone) await confirmGone(context, agentId, batchId, memory.missing[batchId] ?? 0);

    // Someone else deleted the batch that was scheduled: who was called by then, nobody can tell.
    const standing = await readRecord(context.storage, ask);
    const lost = standing && gone.includes(standing.batchId) && !calledNobody(standing, await context.now());
    const started = memory.started || lost === true;
    if (!started && standing && known.has(standing.batchId)) {
      await forgetRecord(context.storage, ask, standing);
    }
    const batch = furthestAlong(left);
    return { started, batch: batch && { batchId: batch.batchId, status: batch.status, phase: batch.phase } };
  });
}

/** @returns the batch as Bolna shows it after that, and whether it is gone because we deleted it ahead of its start */
async function haltOne(
  context: ActivityContext,
  key: RecordKey,
  batchId: string,
): Promise<{ batch: Batch | undefined; deleted: boolean }> {
  const { bolna } = context;
  const before = await look(context, batchId);
  if (!before) return { batch: undefined, deleted: false };
  const deletable = !hasEnded(before.phase) && (await mayBeDeleted(context, before));
  const deleted = deletable && (await deleteBeforeStart(context, key, before));
  if (!deletable) await keepOnRecord(context, key, batchId);
  // One that is worked through may have retries to come, or calls that guardrails have moved.
  if (!deleted && (!hasEnded(before.phase) || before.phase === 'completed')) {
    await refusable(() => bolna.stopBatch(batchId));
  }
  return { batch: await look(context, batchId), deleted };
}

/**
 * Only what surely has called nobody is deleted: the executions of a running batch would go with it. One that begins at any
 * moment could be running by the time the request arrives.
 */
async function mayBeDeleted({ now, rules }: ActivityContext, { phase, scheduledAt }: Batch): Promise<boolean> {
  if (phase === 'created') return true;
  return phase === 'scheduled' && (scheduledAt === undefined || (await now()) < scheduledAt - rules.minuteMs);
}

/** @returns whether Bolna did it, and surely ahead of the start */
async function deleteBeforeStart(
  { bolna, storage, now }: ActivityContext,
  key: RecordKey,
  { batchId, scheduledAt }: Batch,
): Promise<boolean> {
  const record = await readRecord(storage, key);
  let ours = record?.batchId === batchId ? record : undefined;
  // Written first: if this process dies right after the delete, the next run knows why the batch is gone.
  if (ours) {
    ours = await markDeleting(storage, key, ours, true).catch(async (error: unknown) => {
      // The mark cannot be written (disk full): a stop, which needs none, still keeps people from being called.
      await refusable(() => bolna.stopBatch(batchId));
      throw error;
    });
  }
  const done = await refusable(() => bolna.deleteBatch(batchId));
  // One that arrived late (a worker that was frozen, a slow network) took a batch that had begun, and the calls it made, away.
  const deleted = done && (scheduledAt === undefined || (await now()) < scheduledAt);
  if (ours && !deleted) await markDeleting(storage, key, ours, false);
  return deleted;
}

/** A delete that was once asked for had no effect, and people may be called: should the batch vanish now, that is a loss. */
async function keepOnRecord({ storage }: ActivityContext, key: RecordKey, batchId: string): Promise<void> {
  const record = await readRecord(storage, key);
  if (record?.batchId === batchId) await markDeleting(storage, key, record, false);
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

/**
 * Deletes the campaign's batches that were never scheduled, left behind by lost answers. Tells which of several batches have
 * been begun, by whatever run of the campaign.
 */
export function deleteTwins(context: ActivityContext, ask: DeleteTwins): Promise<TwinsDeleted> {
  return durably({ keyMayBeMended: false }, async ({ memory, remember }) => {
    const { campaignId } = ask;
    let deleted = typeof memory === 'number' ? memory : 0;
    const begun = new Set<number>();
    if (ask.part === undefined) {
      await endOrphans(context.storage, campaignId);
      for (const part of await partsOnRecord(context.storage, campaignId)) begun.add(part);
    }
    for (const batch of await context.bolna.listBatches(ask.agentId, campaignId)) {
      if (!belongsTo(ask, batch)) continue;
      const part = partOf(campaignId, batch);
      if (batch.phase !== 'created' && part !== undefined) begun.add(part);
      if (batch.phase !== 'created' || batch.batchId === ask.keep) continue;
      if (await deleteBeforeStart(context, { campaignId, part }, batch)) remember(++deleted);
    }
    return { deleted, ...(begun.size > 0 && { begun: [...begun].sort((a, b) => a - b) }) };
  });
}
