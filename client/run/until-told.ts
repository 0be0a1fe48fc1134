import { setTimeout } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { callbackWorkflowId } from '../../workflows/callback-events';

/**
 * Waits for a campaign's callback to be told all of it, which lasts longer than the campaign: without a worker nobody tells it.
 * @returns whether it is, or is to be told no more, within so many milliseconds
 */
export async function untilTold({ workflow }: Client, campaignId: string, atMostMs: number): Promise<boolean> {
  const { raw } = await workflow.getHandle(campaignId).describe();
  const { firstRunId } = raw.workflowExecutionInfo ?? {};
  const told = workflow.getHandle(callbackWorkflowId(campaignId, firstRunId ?? ''));
  const over = new AbortController();
  // Canceled by an operator, or never begun: there is nothing to be waited for.
  const ended = told.result().then(
    () => true,
    () => true,
  );
  const late = setTimeout(atMostMs, false, { signal: over.signal }).catch(() => false);
  try {
    return await Promise.race([ended, late]);
  } finally {
    over.abort();
  }
}
