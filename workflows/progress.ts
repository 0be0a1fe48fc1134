import { setCurrentDetails, setHandler } from '@temporalio/workflow';
import { batchWorkflowId } from '../activities/batch-workflow-id';
import type { Batch } from './context';
import { detailsOf } from './details';
import { callsOf, notesOf, startOf } from './ends';
import { PROGRESS_DESCRIPTION, progressQuery } from './messages';
import { type CampaignProgress, type CampaignState, countsOf } from './state';

/** Shows operators where the campaign is, in the Temporal UI's current details, and tells its callback of progress. */
export function show(batch: Batch): void {
  setCurrentDetails(detailsOf(batch));
  batch.callbacks?.progressed();
}

/** Answers the query `progress`. */
export function answerProgress(campaignId: string, state: CampaignState): void {
  setHandler(progressQuery, () => progressOf(campaignId, state), { description: PROGRESS_DESCRIPTION });
}

export function progressOf(campaignId: string, state: CampaignState): CampaignProgress {
  const { contacts, look, halt, ends, underWay = [] } = state;
  const several = ends && callsOf(state);
  const calls = several ?? look;
  return {
    campaignId,
    state: state.stage,
    batchId: state.batch?.batchId ?? null,
    batchStatus: state.batch?.status ?? null,
    startsAt: iso(startOf(state)),
    contacts: contacts ? countsOf(contacts) : null,
    counts: { ...calls?.counts },
    settled: calls?.settled ?? 0,
    cost: state.results?.cost ?? several?.cost ?? look?.cost?.soFar ?? null,
    costIsEstimate: state.results === undefined && (several !== undefined || (look?.cost?.estimated ?? false)),
    lastLook: iso(look?.at),
    nextLook: iso(state.sleepingUntil ?? (look && !look.over ? look.nextLookAt : undefined)),
    lastError: state.failure ?? state.lastError ?? null,
    halt: halt
      ? { kind: halt.kind, reason: halt.reason ?? null, by: halt.by ?? null, at: new Date(halt.at).toISOString() }
      : null,
    notes: notesOf(state),
    ...(ends && {
      batches: {
        total: ends.length,
        done: ends.filter((end) => end !== null).length,
        underWay: underWay.map((part) => batchWorkflowId(campaignId, part)),
      },
    }),
  };
}

function iso(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
