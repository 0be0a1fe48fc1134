import { setTimeout } from 'node:timers/promises';
import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { callbackWorkflowId } from '../../workflows/callback-events';
import { withSignal } from '../campaign/watch';

/**
 * Waits for a campaign's callback to be told all of it, which lasts longer than the campaign: without a worker nobody tells it.
 * @param cut ends the wait sooner
 * @returns whether it is, or is to be told no more, within so many milliseconds
 */
export async function untilTold(
  client: Client,
  campaignId: string,
  atMostMs: number,
  cut: Promise<unknown>,
): Promise<boolean> {
  const over = new AbortController();
  const late = setTimeout(atMostMs, false, { signal: over.signal }).catch(() => false);
  try {
    // A question that nobody waits for any more is taken back: the SDK asks it again once the connection is closed, and throws then.
    const told = withSignal(client, over.signal, () => isTold(client, campaignId));
    return await Promise.race([told, late, cut.then(() => false)]);
  } finally {
    over.abort();
  }
}

async function isTold({ workflow }: Client, campaignId: string): Promise<boolean> {
  try {
    const { raw } = await workflow.getHandle(campaignId).describe();
    const { firstRunId } = raw.workflowExecutionInfo ?? {};
    await workflow.getHandle(callbackWorkflowId(campaignId, firstRunId ?? '')).result();
    return true;
  } catch (error) {
    // Canceled by an operator, or never begun: there is nothing to be waited for.
    return error instanceof WorkflowFailedError || error instanceof WorkflowNotFoundError;
  }
}
