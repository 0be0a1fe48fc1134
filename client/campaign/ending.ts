import { type Client, type WorkflowExecutionDescription, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, rootCause } from '@temporalio/common';
import { attentionOfEnd } from '../../workflows/attention';
import type { CampaignResult } from '../../workflows/state';
import { CampaignEndedError } from '../errors';
import type { LiveProgress } from '../live-progress';
import { describeCampaign } from './standing';

/**
 * Waits for a campaign's end and gives its result, of whatever end.
 * @throws CampaignNotFoundError, CampaignEndedError
 */
export async function endOf(client: Client, campaignId: string): Promise<CampaignResult> {
  await describeCampaign(client, campaignId);
  try {
    return await client.workflow.getHandle(campaignId).result();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const terminated =
      cause !== undefined && !(cause instanceof ApplicationFailure) && cause.name === 'TerminatedFailure';
    // Canceled and failed campaigns have no result of their own in Temporal, but leave it in the memo.
    const result = terminated ? undefined : leftResult(await describeCampaign(client, campaignId));
    if (result) return result;
    const said = rootCause(cause) ?? error.message;
    const message = terminated
      ? `The campaign was terminated in Temporal (${said}): nothing was collected, and Bolna goes on with what it was given. Start it again with the same ID to go on with it.`
      : said;
    throw new CampaignEndedError(campaignId, message, { cause: error });
  }
}

/** The result that a campaign has left in the memo; a terminated one has left none of its end. */
export function leftResult({ memo, status }: Pick<WorkflowExecutionDescription, 'memo' | 'status'>) {
  if (status.name === 'TERMINATED' || status.name === 'TIMED_OUT') return undefined;
  return memo?.result as CampaignResult | undefined;
}

/** Results of rows that were not called, or of which that cannot be said. */
const NO_CALL: ReadonlySet<string> = new Set(['rejected', 'duplicate', 'suppressed', 'not-called', 'unsettled']);

/** The progress of a campaign that is over, from its result. */
export function progressOfEnded(result: CampaignResult): LiveProgress {
  const attention = attentionOfEnd(result);
  const counts = Object.fromEntries(Object.entries(result.outcomes).filter(([outcome]) => !NO_CALL.has(outcome)));
  // Those that were suppressed before it began are not among the rows to be called.
  const later = (result.outcomes.suppressed ?? 0) - (result.contacts.suppressed ?? 0);
  if (later > 0) counts.suppressed = later;
  return {
    ...nothingKnown(result.campaignId),
    state: result.status,
    batchId: result.batchId,
    startsAt: result.startsAt,
    contacts: result.contacts,
    counts,
    settled: Object.values(counts).reduce((sum, n) => sum + n, 0),
    cost: result.files ? result.cost : null,
    lastError: result.status === 'failed' ? (result.reason ?? null) : null,
    notes: result.notes,
    ...(attention && { attention }),
    result,
  };
}

/** The progress of a campaign that ended without a result. @param reason in a sentence */
export function progressWithout(campaignId: string, reason: string): LiveProgress {
  return { ...nothingKnown(campaignId), state: 'failed', lastError: reason };
}

function nothingKnown(campaignId: string) {
  return {
    campaignId,
    batchId: null,
    batchStatus: null,
    startsAt: null,
    contacts: null,
    counts: {},
    settled: 0,
    cost: null,
    costIsEstimate: false,
    lastLook: null,
    nextLook: null,
    lastError: null,
    halt: null,
    notes: [],
    step: null,
    attempt: 0,
  };
}
