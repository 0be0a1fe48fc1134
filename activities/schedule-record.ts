import { z } from 'zod';
import { campaignFiles } from '../storage/campaign-files';
import { type CampaignStorage, FileNotFoundError, readText } from '../storage/storage';
import { areOfOneKind } from './campaign-batches';
import { finalFailure } from './failures';
import type { Part } from './types';

const recordSchema = z.object({
  batchId: z.string(),
  fileName: z.string(),
  /** The earliest start that was ever asked for, milliseconds since the epoch. */
  requestedStart: z.number(),
  /** When the batch then begins, by the rounding rule. */
  roundedStart: z.number(),
  /**
   * Set before a batch is deleted ahead of its start: that Bolna no longer knows it then is no loss. Taken back when the
   * batch is seen alive after all, since it may call people yet.
   */
  deleting: z.boolean().optional(),
});

/**
 * Which batch of a campaign is the one that is ever scheduled. Written before the request is sent, by whoever comes first;
 * everyone who comes later, in any run, reset or zombie attempt, is held to it.
 */
export type ScheduleRecord = z.infer<typeof recordSchema>;

/** Whose record it is: a campaign's, or that of one of its several batches. */
export interface RecordKey extends Part {
  campaignId: string;
}

export async function readRecord(storage: CampaignStorage, key: RecordKey): Promise<ScheduleRecord | undefined> {
  try {
    return recordSchema.parse(JSON.parse(await readText(storage, recordFile(key))));
  } catch (error) {
    if (error instanceof FileNotFoundError) return undefined;
    throw error;
  }
}

function recordFile({ campaignId, part }: RecordKey): string {
  return campaignFiles(campaignId, part).schedule;
}

/**
 * Claims the record for a batch and keeps it true: a start asked for anew can be earlier than the first one was.
 * @returns the record that stands: ours, or that of whoever was first
 */
export async function holdRecord(
  storage: CampaignStorage,
  key: RecordKey,
  ours: ScheduleRecord,
): Promise<ScheduleRecord> {
  const text = await storage.claim(recordFile(key), JSON.stringify(ours));
  const standing = recordSchema.parse(JSON.parse(text));
  if (standing.batchId !== ours.batchId) return standing;
  const earlier = ours.requestedStart < standing.requestedStart ? ours : standing;
  const kept = { ...standing, requestedStart: earlier.requestedStart, roundedStart: earlier.roundedStart };
  if (earlier === standing && !standing.deleting) return standing;
  return writeRecord(storage, key, { ...kept, deleting: false });
}

/** Marks, or no longer marks, the recorded batch as one that is being deleted before its start. */
export async function markDeleting(
  storage: CampaignStorage,
  key: RecordKey,
  record: ScheduleRecord,
  deleting: boolean,
): Promise<void> {
  if ((record.deleting ?? false) !== deleting) await writeRecord(storage, key, { ...record, deleting });
}

async function writeRecord(storage: CampaignStorage, key: RecordKey, record: ScheduleRecord): Promise<ScheduleRecord> {
  await storage.write(recordFile(key), JSON.stringify(record));
  return record;
}

/**
 * Forgets the record of a batch that is known to have called nobody and to be gone. Only of that batch: an attempt that was
 * frozen and woken must not delete what a later run has written down.
 */
export async function forgetRecord(storage: CampaignStorage, key: RecordKey, batchId: string): Promise<void> {
  const standing = await readRecord(storage, key);
  if (standing?.batchId === batchId) await storage.delete(recordFile(key));
}

/**
 * Whether a batch that Bolna does not know (any more) certainly called nobody. Bolna may begin without rounding, so the
 * start that was asked for is what counts.
 */
export function calledNobody(record: ScheduleRecord, now: number): boolean {
  return record.deleting === true || now < record.requestedStart;
}

/** @throws ApplicationFailure `OtherContacts`: the same people could be in both batches and be called twice */
export function refuseOtherContacts(campaignId: string, scheduled: string, ours: string): void {
  if (areOfOneKind(campaignId, scheduled, ours)) return;
  const message = `Campaign ${campaignId} was already run with other contacts (${scheduled}). Start these under a new campaign ID.`;
  throw finalFailure(message, 'OtherContacts');
}

/** Nobody can tell who was called: the one thing a campaign must not guess. */
export function batchLost(campaignId: string, record: ScheduleRecord): Error {
  const start = new Date(record.roundedStart).toISOString();
  const message = `Bolna no longer knows batch ${record.batchId}, which was scheduled for ${start}: nobody can tell who was called, so campaign ${campaignId} makes no new one. Look at the calls in Bolna's dashboard, and start whoever was not called under a new campaign ID.`;
  return finalFailure(message, 'BatchLost');
}
