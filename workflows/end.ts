import { ApplicationFailure, CancelledFailure, upsertMemo } from '@temporalio/workflow';
import type { Campaign } from './context';
import { endOf } from './end-of';
import { show } from './progress';
import type { CampaignEnd, CampaignResult } from './state';

/** Says the end, in the memo and the details, and to Temporal in its own terms. */
export function finish(campaign: Campaign): CampaignResult {
  const { state } = campaign;
  const { status, reason } = endOf(state);
  state.stage = status;
  const result = resultOf(campaign, status, reason);
  // A canceled workflow has no result in Temporal; the memo can be read for every end, and without a worker.
  upsertMemo({ result });
  show(campaign);
  if (status === 'failed')
    throw ApplicationFailure.nonRetryable(reason ?? 'The campaign failed.', 'CampaignFailed', result);
  if (status === 'canceled') throw new CancelledFailure(reason ?? 'Canceled.');
  return result;
}

function resultOf({ campaignId, state }: Campaign, status: CampaignEnd, reason: string | undefined): CampaignResult {
  const { contacts, results } = state;
  return {
    campaignId,
    batchId: state.batch?.batchId ?? null,
    status,
    startsAt: state.startsAt === undefined ? null : new Date(state.startsAt).toISOString(),
    contacts: {
      total: contacts?.total ?? 0,
      valid: contacts?.valid ?? 0,
      rejected: contacts?.rejected ?? 0,
      duplicates: contacts?.duplicates ?? 0,
    },
    outcomes: results?.outcomes ?? {},
    cost: results?.cost ?? 0,
    files: results?.files ?? null,
    ...(reason !== undefined && { reason }),
    notes: state.notes,
  };
}
