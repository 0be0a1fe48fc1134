import type { Batch } from '../bolna/schemas';
import { progressRank } from '../bolna/statuses';
import { padded } from './batch-workflow-id';
import type { Part } from './types';

/**
 * Bolna has no idempotency key, so the name of the file is one: campaign and content. Whoever makes a batch for the same
 * campaign and the same contacts, in another attempt, run or reset, gives it the same name and finds it by it.
 */
export function contactsFileName(campaignId: string, contactsHash: string): string {
  return `${campaignId}-${contactsHash.slice(0, 16)}.csv`;
}

/** The hash in the name of a campaign's contacts. */
export function contactsHash(campaignId: string, fileName: string): string {
  const name = readName(campaignId, fileName);
  if (!name) throw new Error(`${fileName} is no name of contacts of campaign ${campaignId}.`);
  return name.hash;
}

/** What a batch is called: as its contacts, and, where there are several batches, by its number. */
export function batchFileName({ fileName, part }: Part & { fileName: string }): string {
  return part === undefined ? fileName : fileName.replace(/\.csv$/, `-${padded(part)}.csv`);
}

/**
 * The name of a batch that is made without the numbers of suppression orders. Such a batch and one that has them are the same to
 * everyone who asks whether people may have been called, and two to whoever makes one.
 * @param orders how many there were when it was made
 */
export function nameWithout(batchFile: string, orders: number): string {
  return orders === 0 ? batchFile : batchFile.replace(/\.csv$/, `-without-${orders}.csv`);
}

/** How many suppression orders a batch was made without the numbers of; undefined for a name that does not say. */
export function ordersLeftOut(campaignId: string, batch: Batch): number | undefined {
  return readName(campaignId, batch.fileName ?? '')?.without;
}

interface Name {
  hash: string;
  part: number | undefined;
  without: number;
}

/** Reads the name of a campaign's batch; undefined for what is none of its batches. */
function readName(campaignId: string, fileName: string): Name | undefined {
  if (!fileName.startsWith(`${campaignId}-`)) return undefined;
  const [, hash, part, without = 0] =
    /^([0-9a-f]{16})(?:-(\d{4,}))?(?:-without-(\d+))?\.csv$/.exec(fileName.slice(campaignId.length + 1)) ?? [];
  if (hash === undefined) return undefined;
  return { hash, part: part === undefined ? undefined : Number(part), without: Number(without) };
}

/** Whether a batch was made by a campaign, with whatever contacts; with a part, for that part of them. */
export function belongsTo({ campaignId, part }: Part & { campaignId: string }, batch: Batch): boolean {
  const name = readName(campaignId, batch.fileName ?? '');
  return name !== undefined && (part === undefined || name.part === part);
}

/** Which of a campaign's batches one is; undefined where it is the only one. */
export function partOf(campaignId: string, batch: Batch): number | undefined {
  return readName(campaignId, batch.fileName ?? '')?.part;
}

/** Whether two batches have the same contacts, but for those that were suppressed between one and the other. */
export function areOfSameRows(campaignId: string, a: string, b: string): boolean {
  return areOfOneKind(campaignId, a, b) && readName(campaignId, a)?.part === readName(campaignId, b)?.part;
}

/** Whether two batches of a campaign can have no row in common that is not the same: same contacts, split in the same way. */
export function areOfOneKind(campaignId: string, a: string, b: string): boolean {
  const [one, other] = [readName(campaignId, a), readName(campaignId, b)];
  return one?.hash === other?.hash && (one?.part === undefined) === (other?.part === undefined);
}

/**
 * Of several batches, the campaign's: the one furthest along, then the oldest. A twin that appears later never takes the
 * place of an earlier one, so all who look choose the same.
 */
export function furthestAlong(batches: readonly Batch[]): Batch | undefined {
  return [...batches].sort(
    (a, b) =>
      progressRank(b.phase) - progressRank(a.phase) ||
      (a.createdAt ?? Number.MAX_SAFE_INTEGER) - (b.createdAt ?? Number.MAX_SAFE_INTEGER) ||
      a.batchId.localeCompare(b.batchId),
  )[0];
}
