import type { BatchOfResults } from '../activities/types';
import type { CampaignState } from './state';

/** Notes of single batches that a campaign repeats; all of them stand in the batches' own workflows. */
const MOST_NOTES = 20;

/** When the first call was, or is to be, made. */
export function startOf({ startsAt, ends }: CampaignState): number | undefined {
  const starts = ends?.flatMap((end) => end?.startsAt ?? []) ?? [];
  return starts.length > 0 ? Math.min(...starts) : startsAt;
}

/** What a person should know of the campaign and of its batches. */
export function notesOf({ notes, ends }: CampaignState): string[] {
  const told = ends?.flatMap((end, at) => end?.notes.map((note) => `Batch ${at + 1}: ${note}`) ?? []) ?? [];
  const more =
    told.length > MOST_NOTES ? [`${told.length - MOST_NOTES} more notes stand in the workflows of the batches.`] : [];
  return [...notes, ...told.slice(0, MOST_NOTES), ...more];
}

/** Executions by status, how many of them are over, and about what they cost, in all batches that have ended. */
export function callsOf({ ends }: CampaignState): { counts: Record<string, number>; settled: number; cost: number } {
  const counts: Record<string, number> = {};
  let settled = 0;
  let cost = 0;
  for (const end of ends ?? []) {
    settled += end?.settled ?? 0;
    cost += end?.cost ?? 0;
    for (const [status, n] of Object.entries(end?.counts ?? {})) counts[status] = (counts[status] ?? 0) + n;
  }
  return { counts, settled, cost };
}

/** The calls of one batch by status, and how many of its rows are over. One that was suppressed before the batch was made has no call. */
export function callsOfBatch({ look, suppressedLater = 0 }: Pick<CampaignState, 'look' | 'suppressedLater'>): {
  counts: Record<string, number>;
  settled: number;
} {
  return {
    counts: { ...look?.counts, ...(suppressedLater > 0 && { suppressed: suppressedLater }) },
    settled: (look?.settled ?? 0) + suppressedLater,
  };
}

/** The same of a campaign, of one batch or of several, as far as it was told. */
export function callsSoFar(state: CampaignState): ReturnType<typeof callsOfBatch> {
  return state.ends ? callsOf(state) : callsOfBatch(state);
}

/** What the results of each batch's rows are written from; undefined where there is only one batch. */
export function batchesOfResults(
  { ends, partsUnknown = false }: CampaignState,
  notBegunReason: string | undefined,
): BatchOfResults[] | undefined {
  // What an earlier run of the campaign ID has called is not known for batches that were not begun either.
  const otherRun = ends?.find((end) => end?.errorType === 'OtherContacts')?.unsettledReason;
  const notBegun = {
    collected: false,
    mayStillCall: partsUnknown || otherRun !== undefined,
    notCalledReason: notBegunReason,
    ...(otherRun !== undefined && { unsettledReason: otherRun, otherContacts: true as const }),
  };
  return ends?.map((end) =>
    end
      ? {
          collected: end.collected,
          unlisted: end.unlisted,
          mayStillCall: end.mayStillCall,
          notCalledReason: end.notCalledReason ?? end.reason,
          ...(end.unsettledReason !== undefined && { unsettledReason: end.unsettledReason }),
          ...(end.stoodStill && { stoodStill: end.stoodStill }),
          ...(otherRun !== undefined && { otherContacts: true as const }),
        }
      : notBegun,
  );
}
