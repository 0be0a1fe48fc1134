import {
  ApplicationFailure,
  allHandlersFinished,
  CancelledFailure,
  condition,
  log,
  upsertMemo,
} from '@temporalio/workflow';
import { ofTemporal } from './activities';
import type { Campaign } from './context';
import { endOf } from './end-of';
import { notesOf, startOf } from './ends';
import { failureText } from './failures';
import { unconfirmedHalt } from './halted';
import { countCalls } from './metrics';
import { show } from './progress';
import { type CampaignEnd, type CampaignResult, countsOf, WALLET_EMPTY } from './state';

/** Says the end, in the memo and the details, and to Temporal in its own terms. */
export async function finish(campaign: Campaign): Promise<CampaignResult> {
  const { state, halts } = campaign;
  const { status, reason } = endOf(state);
  state.stage = status;
  // Whoever waits for an answer gets it: a handler that is not done would be lost with the workflow.
  await condition(allHandlersFinished);
  const result = resultOf(campaign, status, reason);
  // A canceled workflow has no result in Temporal; the memo can be read for every end, and without a worker.
  upsertMemo({ result });
  countCalls(result.outcomes);
  show(campaign);
  await campaign.callbacks?.finished(result);
  if (status === 'failed')
    throw ApplicationFailure.nonRetryable(reason ?? 'The campaign failed.', 'CampaignFailed', result);
  if (status === 'canceled') {
    if (!halts.canceledInTemporal()) await becomeCanceled();
    throw new CancelledFailure(reason ?? 'Canceled.');
  }
  return result;
}

/**
 * Temporal shows a workflow as canceled only if it was asked for that in Temporal's own way; else the same failure would
 * show as failed. After the signal `cancel` the campaign therefore asks for it itself.
 */
async function becomeCanceled(): Promise<void> {
  try {
    await ofTemporal('Show the campaign as canceled').cancelWorkflow();
  } catch (error) {
    log.warn('The campaign is canceled, and shown as failed.', { error: failureText(error) });
  }
}

function resultOf({ campaignId, state }: Campaign, status: CampaignEnd, reason: string | undefined): CampaignResult {
  const { contacts, results } = state;
  const startsAt = startOf(state);
  const errorType = state.failureType ?? (status === 'completed' && results?.walletEmpty ? WALLET_EMPTY : undefined);
  return {
    campaignId,
    batchId: state.batch?.batchId ?? null,
    status,
    startsAt: startsAt === undefined ? null : new Date(startsAt).toISOString(),
    contacts: countsOf(contacts ?? { total: 0, valid: 0, rejected: 0, duplicates: 0 }),
    outcomes: results?.outcomes ?? {},
    cost: results?.cost ?? 0,
    files: results?.files ?? null,
    ...(reason !== undefined && { reason }),
    ...(errorType !== undefined && { errorType }),
    ...(unconfirmedHalt(state) !== undefined && { haltUnconfirmed: true }),
    notes: notesOf(state),
  };
}
