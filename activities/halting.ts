import { isBolnaError } from '../bolna/errors';
import { retryPlan } from '../bolna/retry-config';
import type { Batch } from '../bolna/schemas';
import { areAllPrepared, doubtOf, hasEnded, meaningOf, tally } from '../bolna/statuses';
import { belongsTo, furthestAlong, partOf } from './campaign-batches';
import type { ActivityContext } from './context';
import { awaitClarity, type DoubtMemory, isDecided, lookClosely } from './doubt';
import { type Attempt, durably } from './durably';
import { again } from './failures';
import { allHungUp } from './hung-up';
import { confirmGone, look } from './missing';
import { endOrphans } from './orphans';
import { refusable } from './refusable';
import {
  calledNobody,
  forgetRecord,
  markDeleting,
  ownRecord,
  type RecordKey,
  refuseOtherAccount,
} from './schedule-record';
import { recordsOf } from './split';
import type { DeleteTwins, HaltBatches, Halted, TwinsDeleted } from './types';

/** So often a refusal is answered by asking again where nothing of the campaign is known at Bolna: it may be of the agent itself. */
const MOST_REFUSALS = 10;
/** So often a batch is looked at right before it is deleted, where the look took as long as a start may be ahead. */
const MOST_LOOKS = 12;

/** What one attempt tells the next. */
interface Memory extends DoubtMemory {
  /** A batch was seen that had begun: remembered, since it may be deleted by the next look. */
  started: boolean;
  /** By batch: looks in a row that have not found it. */
  missing: Record<string, number>;
  /** By batch: since when neither its status nor its counts have changed, in milliseconds since the epoch. Absent of older versions. */
  still?: Record<string, { shown: string; since: number }>;
}

/**
 * Sees to it that no batch of the campaign (or of one part of it) calls anybody else: what has not begun is deleted, what runs
 * is stopped. Comes back only when Bolna shows that it is so; until then every attempt is a retryable failure that says what
 * Bolna shows.
 */
export function haltBatches(context: ActivityContext, ask: HaltBatches): Promise<Halted> {
  return durably({ keyMayBeMended: true }, async (attempt) => {
    const troubles: unknown[] = [];
    // What goes wrong with one batch, or with finding them, must not keep the others from being halted.
    const tried = <T>(work: Promise<T>): Promise<T | undefined> =>
      work.catch((error: unknown) => {
        troubles.push(error);
        return undefined;
      });
    const known = await findBatches(context, ask, tried);
    const earlier = attempt.memory as Memory | undefined;
    const still: NonNullable<Memory['still']> = {};
    const memory: Memory = { started: earlier?.started ?? false, missing: {}, still };
    const decided = isDecided(context, earlier?.unclearSince, await context.now());
    const left: Batch[] = [];
    const open: Batch[] = [];
    const gone: string[] = [];
    for (const [batchId, key] of known) {
      const halted = await tried(haltOne(context, attempt, key, batchId, decided));
      if (halted?.batch) {
        const { batch } = halted;
        const now = await context.now();
        const shown = JSON.stringify([batch.status, batch.counts]);
        const since = earlier?.still?.[batchId]?.shown === shown ? earlier.still[batchId].since : now;
        still[batchId] = { shown, since };
        const isOver = await tried(isHalted(context, ask, batch, now - since, attempt));
        left.push(batch);
        if (!isOver) open.push(batch);
        memory.started ||= isOver === true || batch.phase === 'running';
        if (doubtOf(batch) !== undefined) memory.unclearSince ??= earlier?.unclearSince ?? now;
      } else if (halted && !halted.deleted) {
        memory.missing[batchId] = (earlier?.missing[batchId] ?? 0) + 1;
        gone.push(batchId);
      }
    }
    attempt.remember(memory);
    const [trouble] = troubles;
    if (trouble !== undefined) throw known.size > 0 ? insist(trouble) : insist(trouble, attempt.number);
    const [first] = open;
    if (first) throw new Error(`Bolna still shows batch ${first.batchId} as ${first.status}; asking again.`);
    for (const batchId of gone) await confirmGone(context, ask.agentId, batchId, memory.missing[batchId] ?? 0);

    let started = memory.started;
    const standing = await recordsOf(context.storage, ask);
    for (const { record } of standing) {
      // Someone else deleted a batch that was scheduled: who was called by then, nobody can tell.
      if (gone.includes(record.batchId) && !(await calledNobody(context, record))) started = true;
    }
    for (const { key, record } of standing) {
      if (!started && known.has(record.batchId) && (await calledNobody(context, record)))
        await forgetRecord(context.storage, key, record);
    }
    const batch = furthestAlong(left);
    return { started, batch: batch && { batchId: batch.batchId, status: batch.status, phase: batch.phase } };
  });
}

/**
 * Whether Bolna shows that a batch calls nobody else. A word never seen before does not say so, but executions do that are all
 * over, or were hung up.
 * @param stillMs how long neither its status nor its counts have changed
 */
async function isHalted(
  context: ActivityContext,
  { retry }: HaltBatches,
  { batchId, phase, status, counts = {} }: Batch,
  stillMs: number,
  { signal }: Pick<Attempt, 'signal'>,
): Promise<boolean> {
  if (hasEnded(phase)) return true;
  const { total, settled, unclear } = tally(counts);
  if (meaningOf(status) !== 'unknown' || total === 0 || settled + unclear < total) return false;
  return unclear === 0 || allHungUp(context, batchId, retryPlan(retry), stillMs / context.rules.minuteMs, signal);
}

/** Every batch that may be the campaign's, with the key of its record: by what the workflow, the storage and Bolna know. */
async function findBatches(
  context: ActivityContext,
  ask: HaltBatches,
  tried: <T>(work: Promise<T>) => Promise<T | undefined>,
): Promise<Map<string, RecordKey>> {
  const { campaignId, part, agentId, batchId } = ask;
  const known = new Map<string, RecordKey>();
  if (batchId !== undefined) known.set(batchId, { campaignId, part });
  if (part === undefined) await tried(endOrphans(context.storage, campaignId));
  for (const { key, record } of (await tried(recordsOf(context.storage, ask))) ?? []) {
    refuseOtherAccount(campaignId, record, context.account);
    known.set(record.batchId, key);
  }
  for (const batch of (await tried(context.bolna.listBatches(agentId, campaignId))) ?? []) {
    if (belongsTo(ask, batch)) known.set(batch.batchId, { campaignId, part: partOf(campaignId, batch) });
  }
  return known;
}

/** A halt asks again whatever it is told: a single refusal, out of turn, must not leave people to be called. */
function insist(trouble: unknown, attempts?: number): unknown {
  const refused = isBolnaError(trouble, 'refused') || isBolnaError(trouble, 'not-found');
  return refused && (attempts ?? 0) < MOST_REFUSALS
    ? again(trouble, 'HaltRefused', undefined, ' Asking again.')
    : trouble;
}

/**
 * @param decided whether a batch that shows nothing clear has done so for long enough
 * @returns the batch as Bolna shows it after that, and whether it is gone because we deleted it ahead of its start
 */
async function haltOne(
  context: ActivityContext,
  attempt: Attempt,
  key: RecordKey,
  batchId: string,
  decided: boolean,
): Promise<{ batch: Batch | undefined; deleted: boolean }> {
  const { bolna } = context;
  const before = await lookClosely(context, batchId, attempt);
  if (!before) return { batch: undefined, deleted: false };
  const isNew = decided && (await wasNeverBegun(context, key, before));
  const stop = async () => {
    attempt.assertWanted();
    await refusable(() => bolna.stopBatch(batchId));
  };
  const deletable = !hasEnded(before.phase) && (isNew || (await mayBeDeleted(context, before)));
  let deleted = false;
  try {
    if (deletable) deleted = await deleteBeforeStart(context, attempt, key, before, isNew);
    else await keepOnRecord(context, key, batchId);
  } catch (error) {
    // The record cannot be read or written (disk full, bucket away): a stop, which needs none, still keeps people from being called.
    if (!isBolnaError(error)) await stop();
    throw error;
  }
  // One that is worked through may have retries to come, or calls that guardrails have moved.
  if (!deleted && (!hasEnded(before.phase) || before.phase === 'completed')) await stop();
  return { batch: await lookClosely(context, batchId, attempt), deleted };
}

/**
 * Whether a batch that has shown nothing clear for minutes has surely called nobody: it has no start and no call, and either this
 * campaign has never asked for a start or every execution says that it is untouched.
 */
async function wasNeverBegun(context: ActivityContext, key: RecordKey, batch: Batch): Promise<boolean> {
  if (batch.phase !== 'unknown') return false;
  const record = await ownRecord(context, key);
  return record?.batchId !== batch.batchId || (batch.counts !== undefined && areAllPrepared(batch.counts));
}

/**
 * Only what surely has called nobody is deleted: the executions of a running batch would go with it. One that begins at any
 * moment could be running by the time the request arrives.
 */
async function mayBeDeleted({ now, rules }: ActivityContext, { phase, scheduledAt }: Batch): Promise<boolean> {
  if (phase === 'created') return true;
  return phase === 'scheduled' && (scheduledAt === undefined || (await now()) < scheduledAt - rules.minAheadMs);
}

/**
 * @param isNew whether its facts show that it has no start, although its word does not say so
 * @returns whether Bolna did it, and surely ahead of the start
 */
async function deleteBeforeStart(
  context: ActivityContext,
  attempt: Attempt,
  key: RecordKey,
  { batchId }: Batch,
  isNew = false,
): Promise<boolean> {
  const { bolna, storage, now, rules } = context;
  const record = await ownRecord(context, key);
  let ours = record?.batchId === batchId ? record : undefined;
  // Written first: if this process dies right after the delete, the next run knows why the batch is gone.
  if (ours) ours = await markDeleting(storage, key, ours, true);
  let latest: Batch | undefined;
  let start: number | undefined;
  const isAhead = async () => start === undefined || (await now()) < start;
  const hasNoStart = () => latest?.phase === 'created' || (isNew && latest?.phase === 'unknown');
  // Once more, right before: since it was looked at, another run may have had it begin. A look can take so long that it says nothing.
  let looks = 0;
  do {
    const lookedAt = await now();
    latest = await lookClosely(context, batchId, attempt);
    // What is not scheduled can still be, though for no nearer than Bolna allows; a start that was refused is none.
    start = hasNoStart() ? lookedAt + rules.minAheadMs : (latest?.scheduledAt ?? ours?.requestedStart);
  } while (hasNoStart() && ++looks < MOST_LOOKS && !(await isAhead()));
  const may = latest !== undefined && (hasNoStart() || (await mayBeDeleted(context, latest))) && (await isAhead());
  if (may) attempt.assertWanted();
  const done = may && (await refusable(() => bolna.deleteBatch(batchId)));
  // One that arrived late (a worker that was frozen, a slow network) took a batch that had begun, and the calls it made, away.
  const deleted = done && (await isAhead());
  if (ours && latest && !deleted) await markDeleting(storage, key, ours, false);
  return deleted;
}

/** Of a batch that called nobody and is gone nothing is held against the campaign: it may be started with other contacts. */
async function forgetDeleted(context: ActivityContext, key: RecordKey, batchId: string): Promise<void> {
  const record = await ownRecord(context, key);
  if (record?.batchId === batchId && record.deleting && !(await look(context, batchId)))
    await forgetRecord(context.storage, key, record);
}

/** A delete that was once asked for had no effect, and people may be called: should the batch vanish now, that is a loss. */
async function keepOnRecord(context: ActivityContext, key: RecordKey, batchId: string): Promise<void> {
  const record = await ownRecord(context, key);
  if (record?.batchId === batchId) await markDeleting(context.storage, key, record, false);
}

/**
 * Deletes the campaign's batches that were never scheduled, left behind by lost answers. Tells which of several batches have
 * been begun, by whatever run of the campaign.
 */
export function deleteTwins(context: ActivityContext, ask: DeleteTwins): Promise<TwinsDeleted> {
  const { campaignId, halting = false, several = false } = ask;
  return durably({ keyMayBeMended: halting }, async (attempt) => {
    // An attempt of an older version remembers the number alone.
    const before = attempt.memory as number | { deleted?: number } | undefined;
    let deleted = typeof before === 'number' ? before : (before?.deleted ?? 0);
    const begun = new Set<number>();
    if (ask.part === undefined) {
      await endOrphans(context.storage, campaignId);
      for (const { key } of await recordsOf(context.storage, { campaignId })) if (key.part) begun.add(key.part);
    }
    let refused: string | undefined;
    const batches = await context.bolna.listBatches(ask.agentId, campaignId).catch((error: unknown) => {
      if (halting) throw insist(error, attempt.number);
      if (!several || !(isBolnaError(error, 'unauthorized') || isBolnaError(error, 'refused'))) throw error;
      // What a start was asked for is on record: the others call nobody.
      refused = error.message;
      return [];
    });
    const listed = batches.filter((batch) => belongsTo(ask, batch));
    const unclear: string[] = [];
    for (const batch of await withUnlisted(context, listed, ask.unscheduled)) {
      const part = partOf(campaignId, batch);
      if (batch.batchId !== ask.keep && (await awaitClarity(context, attempt, batch)) !== undefined)
        unclear.push(batch.batchId);
      if (batch.phase !== 'created' && part !== undefined) begun.add(part);
      if (batch.phase !== 'created' || batch.batchId === ask.keep) continue;
      const key = { campaignId, part };
      if (!(await deleteBeforeStart(context, attempt, key, batch))) continue;
      attempt.remember({ ...(attempt.memory as object | undefined), deleted: ++deleted });
      await forgetDeleted(context, key, batch.batchId);
    }
    return {
      deleted,
      ...(begun.size > 0 && { begun: [...begun].sort((a, b) => a - b) }),
      ...(refused !== undefined && { refused }),
      ...(unclear.length > 0 && { unclear }),
    };
  });
}

/** A list may lag behind: a batch that was just made is looked at by its ID. */
async function withUnlisted(context: ActivityContext, listed: Batch[], batchId: string | undefined): Promise<Batch[]> {
  if (batchId === undefined || listed.some((batch) => batch.batchId === batchId)) return listed;
  const batch = await look(context, batchId);
  return batch ? [...listed, batch] : listed;
}
