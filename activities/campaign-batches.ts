import type { Batch } from '../bolna/schemas';
import { progressRank } from '../bolna/statuses';

/**
 * Bolna has no idempotency key, so the name of the file is one: campaign and content. Whoever makes a batch for the same
 * campaign and the same contacts, in another attempt, run or reset, gives it the same name and finds it by it.
 */
export function batchFileName(campaignId: string, contactsHash: string): string {
  return `${campaignId}-${contactsHash.slice(0, 16)}.csv`;
}

/** Whether a batch was made by a campaign, with whatever contacts. */
export function belongsTo(campaignId: string, batch: Batch): boolean {
  const name = batch.fileName ?? '';
  return name.startsWith(`${campaignId}-`) && /^[0-9a-f]{16}\.csv$/.test(name.slice(campaignId.length + 1));
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
