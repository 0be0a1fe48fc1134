import { setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { Campaign } from './context';
import { detailsOf } from './details';
import { PROGRESS_DESCRIPTION, progressQuery } from './messages';
import type { CampaignProgress, CampaignState } from './state';

/** Shows operators where the campaign is, in the Temporal UI's current details. */
export function show({ campaignId, state, plan }: Campaign): void {
  setCurrentDetails(detailsOf(campaignId, state, plan));
}

/** Answers the query `progress`. */
export function answerProgress(campaignId: string, state: CampaignState): void {
  setHandler(progressQuery, () => progressOf(campaignId, state), { description: PROGRESS_DESCRIPTION });
}

export function progressOf(campaignId: string, state: CampaignState): CampaignProgress {
  const { contacts, look, halt } = state;
  return {
    campaignId,
    state: state.stage,
    batchId: state.batch?.batchId ?? null,
    batchStatus: state.batch?.status ?? null,
    startsAt: iso(state.startsAt),
    contacts: contacts
      ? {
          total: contacts.total,
          valid: contacts.valid,
          rejected: contacts.rejected,
          duplicates: contacts.duplicates,
        }
      : null,
    counts: { ...look?.counts },
    settled: look?.settled ?? 0,
    cost: state.results?.cost ?? look?.cost?.soFar ?? null,
    costIsEstimate: state.results === undefined && (look?.cost?.estimated ?? false),
    lastLook: iso(look?.at),
    nextLook: iso(state.sleepingUntil ?? (look && !look.over ? look.nextLookAt : undefined)),
    lastError: state.failure ?? state.lastError ?? null,
    halt: halt
      ? { kind: halt.kind, reason: halt.reason ?? null, by: halt.by ?? null, at: new Date(halt.at).toISOString() }
      : null,
    notes: state.notes,
  };
}

function iso(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
