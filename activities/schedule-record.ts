import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { campaignFiles } from '../storage/campaign-files';
import { claimChange, readStanding } from '../storage/changes';
import type { CampaignStorage } from '../storage/storage';
import { areOfOneKind } from './campaign-batches';
import type { ActivityContext } from './context';
import { finalFailure } from './failures';
import type { Part } from './types';

const recordSchema = z.object({
  batchId: z.string(),
  fileName: z.string(),
  /** The account that calls; absent in campaigns of version 0.2 and earlier. */
  account: z.string().optional(),
  /** The earliest start that was ever asked for, milliseconds since the epoch. */
  requestedStart: z.number(),
  /** When the batch then begins, by the rounding rule. */
  roundedStart: z.number(),
  /**
   * Set before a batch is deleted ahead of its start: that Bolna no longer knows it then is no loss. Taken back when the
   * batch is seen alive after all, since it may call people yet.
   */
  deleting: z.boolean().optional(),
  /**
   * Set before a batch is deleted because its start is moved: when Bolna then shows it to begin. Another one is made in its place,
   * so that it called nobody is only sure of one that is seen to be gone ahead of that.
   */
  moving: z.number().optional(),
  /** Batches that were deleted for that, and are known to have called nobody: none of them is ever the campaign's again. */
  moved: z.array(z.string()).optional(),
  /**
   * Set once another attempt than the one that made the record may send a start, too: from then on nobody's refusal says that Bolna has
   * none. The record is changed for it, so that the first attempt cannot release what it no longer holds alone.
   */
  shared: z.boolean().optional(),
  /** The latest suppression order that the batch was made without the contacts of; absent where it was made before any. */
  leftOut: z.number().optional(),
  /** The latest suppression order that concerns the rows: a batch that was made before it gets no start any more. */
  orders: z.number().optional(),
  /** Later orders than `leftOut` whose calls in this batch are over, stopped one by one: it need not be made anew for them. */
  stopped: z.array(z.number()).optional(),
});

/** What stands where the record is forgotten: it is never deleted, so that nothing late can take its place. */
const forgottenSchema = z.object({
  forgotten: z.literal(true),
  moved: z.array(z.string()).optional(),
  orders: z.number().optional(),
});
const standingSchema = z.union([forgottenSchema, recordSchema]);

type RecordText = z.infer<typeof recordSchema>;

/**
 * Which batch of a campaign is the one that is ever scheduled. Written before the request is sent, by whoever comes first;
 * everyone who comes later, in any run, reset or zombie attempt, is held to it.
 */
export interface ScheduleRecord extends RecordText {
  /** Which change of the record this is: only who has read the latest one can change it. */
  change: number;
}

/** The record that stands. */
export interface Held {
  record: ScheduleRecord;
  /** Whether it was made just now, by whoever asks: no start was asked for before. */
  isNew: boolean;
}

/** Whose record it is: a campaign's, or that of one of its several batches. */
export interface RecordKey extends Part {
  campaignId: string;
}

export async function readRecord(storage: CampaignStorage, key: RecordKey): Promise<ScheduleRecord | undefined> {
  return (await readChange(storage, key)).record;
}

/** Batches that were deleted because their start was moved. */
export async function movedBatches(storage: CampaignStorage, key: RecordKey): Promise<readonly string[]> {
  return (await readChange(storage, key)).moved;
}

/** The same, for a step that asks Bolna with an account. @throws ApplicationFailure `OtherAccount` */
export async function ownRecord(
  { storage, account }: Pick<ActivityContext, 'storage' | 'account'>,
  key: RecordKey,
): Promise<ScheduleRecord | undefined> {
  const record = await readRecord(storage, key);
  if (record) refuseOtherAccount(key.campaignId, record, account);
  return record;
}

async function readChange(
  storage: CampaignStorage,
  key: RecordKey,
): Promise<{ change: number; record: ScheduleRecord | undefined; moved: readonly string[]; orders: number }> {
  const { change, text } = await readStanding(storage, campaignFiles(key.campaignId, key.part).schedule);
  const standing = text === undefined ? undefined : standingSchema.parse(JSON.parse(text));
  const record = standing && !('forgotten' in standing) ? { ...standing, change } : undefined;
  return { change, record, moved: standing?.moved ?? [], orders: standing?.orders ?? 0 };
}

/** A batch has contacts that were suppressed since it was made: it must not be given a start. */
export interface Outdated {
  outdated: true;
  /** Whether the record stands for it, so that an earlier attempt may have sent its start; else it never gets one. */
  claimed: boolean;
}

/**
 * Claims the record for a batch that is about to be given its start, and keeps it true: a start asked for anew can be earlier than the
 * first one was. A claim is refused where a suppression order came first: see {@link leaveOut}.
 * @param isKept whether a claim that stands already holds although an order came after it
 * @param minded the latest order that nothing is to be done for any more where a claim stands already: see `mindedUpTo`
 * @returns the record that stands: ours, or that of whoever was first
 * @throws Error for a batch that was moved meanwhile
 */
export async function claimStart(
  storage: CampaignStorage,
  key: RecordKey,
  ours: RecordText,
  { isKept, minded }: { isKept: boolean; minded: number },
): Promise<Held | Outdated> {
  return claimRecord(storage, key, ours, isKept ? 'kept' : 'new', minded);
}

/** The same for a batch that has its start already, whatever contacts it has: it is what calls people. */
export async function holdRecord(storage: CampaignStorage, key: RecordKey, ours: RecordText): Promise<ScheduleRecord> {
  const held = await claimRecord(storage, key, ours, 'under way');
  if ('outdated' in held) throw new Error(`Batch ${ours.batchId} is under way.`);
  return held.record;
}

async function claimRecord(
  storage: CampaignStorage,
  key: RecordKey,
  ours: RecordText,
  is: 'new' | 'kept' | 'under way',
  minded = 0,
): Promise<Held | Outdated> {
  const isUnderWay = is === 'under way';
  for (;;) {
    const { change, record: standing, moved, orders } = await readChange(storage, key);
    if (moved.includes(ours.batchId)) throw new Error(`Batch ${ours.batchId} was moved meanwhile; looking again.`);
    if (standing && standing.batchId !== ours.batchId) return { record: standing, isNew: false };
    const leftOut = standing?.leftOut ?? ours.leftOut ?? 0;
    const isFree = isUnderWay || (is === 'kept' && standing !== undefined);
    if (!isFree && Math.max(leftOut, standing ? minded : 0) < orders)
      return { outdated: true, claimed: standing !== undefined };
    const { requestedStart, roundedStart } =
      standing && standing.requestedStart <= ours.requestedStart ? standing : ours;
    const isTrue =
      standing &&
      !standing.deleting &&
      standing.moving === undefined &&
      standing.requestedStart === requestedStart &&
      // A worker of an earlier version has dropped it.
      (standing.leftOut ?? 0) === leftOut;
    // Whoever made it must learn that others have it, too: see `shared`.
    if (isTrue && (isUnderWay || standing.shared)) return { record: standing, isNew: false };
    const held = {
      ...ours,
      requestedStart,
      roundedStart,
      deleting: false,
      ...(standing && { shared: true }),
      ...(moved.length > 0 && { moved: [...moved] }),
      ...(leftOut > 0 && { leftOut }),
      ...(orders > 0 && { orders }),
      ...(standing?.stopped && { stopped: standing.stopped }),
    };
    if (await claimed(storage, key, change, held))
      return { record: { ...held, change: change + 1 }, isNew: standing === undefined };
  }
}

/**
 * Orders that a batch which was made before a suppression order is never given a start: whoever claims later is refused. So a batch that
 * has no claim once this is written gets no start, and one that has may have had it before. Nothing else orders one attempt before another.
 * @returns the record as it then stands
 */
export async function leaveOut(
  storage: CampaignStorage,
  key: RecordKey,
  order: number,
): Promise<ScheduleRecord | undefined> {
  for (;;) {
    const { change, record, moved, orders } = await readChange(storage, key);
    if (orders >= order) return record;
    const { change: _, ...standing } = record ?? { change };
    const next =
      'batchId' in standing
        ? { ...standing, orders: order }
        : { forgotten: true as const, moved: [...moved], orders: order };
    if (await claimed(storage, key, change, next)) return record && { ...record, orders: order, change: change + 1 };
  }
}

/**
 * Writes down that the calls of a batch to the contacts of suppression orders are over. Where somebody else has changed the record meanwhile,
 * it is not: then the batch may be made anew in vain, and that is all.
 * @param record as it stands, of this batch
 */
export async function markStopped(
  storage: CampaignStorage,
  key: RecordKey,
  record: ScheduleRecord,
  orders: readonly number[],
): Promise<void> {
  const { change, ...standing } = record;
  const before = standing.stopped ?? [];
  const more = orders.filter((order) => order > (standing.leftOut ?? 0) && !before.includes(order));
  if (more.length > 0) await claimed(storage, key, change, { ...standing, stopped: [...before, ...more] });
}

/**
 * Whether a batch was given no start, and is given none any more: it has no claim, and a suppression order that came before one refuses
 * it, see {@link leaveOut}. Says nothing of a start that somebody has given it in Bolna's dashboard.
 * @param leftOut the latest order that the batch was made without the contacts of; 0 for none
 */
export async function isRefusedStart(
  storage: CampaignStorage,
  key: RecordKey,
  batchId: string,
  leftOut: number,
): Promise<boolean> {
  const { record, orders } = await readChange(storage, key);
  return record?.batchId !== batchId && leftOut < orders;
}

/**
 * Marks, or no longer marks, the recorded batch as one that is being deleted before its start.
 * @returns the record as it then stands
 * @throws Error when somebody else has changed it since it was read
 */
export async function markDeleting(
  storage: CampaignStorage,
  key: RecordKey,
  record: ScheduleRecord,
  deleting: boolean,
): Promise<ScheduleRecord> {
  if ((record.deleting ?? false) === deleting) return record;
  const { change, ...standing } = record;
  await replace(storage, key, change, { ...standing, deleting });
  return { ...record, deleting, change: change + 1 };
}

/**
 * Marks, or no longer marks, the recorded batch as one that is being deleted because its start is moved. See {@link markDeleting}.
 * @param start when Bolna shows it to begin, milliseconds since the epoch; undefined where it stays
 */
export async function markMoving(
  storage: CampaignStorage,
  key: RecordKey,
  record: ScheduleRecord,
  start: number | undefined,
): Promise<ScheduleRecord> {
  if (record.moving === start) return record;
  const { change, ...standing } = record;
  await replace(storage, key, change, { ...standing, moving: start });
  return { ...record, moving: start, change: change + 1 };
}

/**
 * Remembers that a batch was deleted because its start was moved, and forgets its record: another one may be scheduled.
 * @throws Error when somebody else has changed the record meanwhile
 */
export async function forgetMoved(storage: CampaignStorage, key: RecordKey, batchId: string): Promise<void> {
  const { change, record, moved, orders } = await readChange(storage, key);
  if (moved.includes(batchId)) return;
  const more = [...moved, batchId];
  const { change: _, ...standing } = record ?? { change };
  const isOthers = 'batchId' in standing && standing.batchId !== batchId;
  await replace(
    storage,
    key,
    change,
    isOthers ? { ...standing, moved: more } : { forgotten: true, moved: more, orders },
  );
}

/**
 * Forgets the record of a batch that is known to have called nobody: it is gone, or the only start that was asked for was refused.
 * @throws Error when somebody else has changed it since it was read
 */
export async function forgetRecord(
  storage: CampaignStorage,
  key: RecordKey,
  { change, moved, orders }: ScheduleRecord,
): Promise<void> {
  await replace(storage, key, change, { forgotten: true, moved, orders });
}

type Change = z.input<typeof standingSchema>;

async function replace(storage: CampaignStorage, key: RecordKey, change: number, next: Change): Promise<void> {
  if (await claimed(storage, key, change, next)) return;
  throw new Error(`Another worker has changed what is recorded of campaign ${key.campaignId}; looking again.`);
}

function claimed(storage: CampaignStorage, key: RecordKey, change: number, next: Change): Promise<boolean> {
  // Told apart from the same change by somebody else, after which more may have happened.
  const text = JSON.stringify({ ...next, nonce: randomUUID() });
  return claimChange(storage, campaignFiles(key.campaignId, key.part).schedule, { change }, text);
}

/**
 * Whether a batch that Bolna does not know (any more) certainly called nobody. Bolna may begin without rounding, so the
 * start that was asked for is what counts, unless it was seen to be another. Decided by Bolna's time, with a margin of two of its
 * minutes.
 */
export async function calledNobody(
  { now, rules }: Pick<ActivityContext, 'now' | 'rules'>,
  record: ScheduleRecord,
): Promise<boolean> {
  if (record.deleting === true) return true;
  // Clocks differ: as near as Bolna itself takes no start any more, the start may have come.
  return (await now()) < Math.max(record.requestedStart, record.moving ?? 0) - rules.minAheadMs;
}

/**
 * @param earlier the batch that was made, and perhaps scheduled
 * @param doubt what is unclear about it, if anything
 * @throws ApplicationFailure `OtherContacts`: the same people could be in both batches and be called twice
 */
export function refuseOtherContacts(
  campaignId: string,
  { batchId, fileName = '' }: { batchId: string; fileName: string | undefined },
  ours: string,
  doubt?: string,
): void {
  if (areOfOneKind(campaignId, fileName, ours)) return;
  const earlier = `other contacts (batch ${batchId}, ${fileName})`;
  const known = doubt === undefined ? `was already run with ${earlier}` : `may have been run with ${earlier}: ${doubt}`;
  const message = `Campaign ${campaignId} ${known}. Start these under a new campaign ID.`;
  throw finalFailure(message, 'OtherContacts', batchId);
}

/** @throws ApplicationFailure `OtherAccount`: another account cannot see what this one has begun, and would call everyone anew */
export function refuseOtherAccount(campaignId: string, { account }: ScheduleRecord, ours: string): void {
  if (account === undefined || account === ours) return;
  const message = `Campaign ${campaignId} was begun with account "${account}": start it with that account again, or under a new campaign ID.`;
  throw finalFailure(message, 'OtherAccount');
}

/** Nobody can tell who was called: the one thing a campaign must not guess. */
export function batchLost(campaignId: string, record: ScheduleRecord): Error {
  const start = new Date(record.roundedStart).toISOString();
  const why = record.moving !== undefined ? ' and was being moved to another start' : '';
  const message = `Bolna no longer knows batch ${record.batchId}, which was scheduled for ${start}${why}: nobody can tell who was called, so campaign ${campaignId} makes no new one. Look at the calls in Bolna's dashboard, and start whoever was not called under a new campaign ID.`;
  return finalFailure(message, 'BatchLost');
}
