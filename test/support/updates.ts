import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError, WorkflowUpdateStage } from '@temporalio/client';
import type { CampaignHandle } from './rig';

/** Asks, and leaves the waiting to whoever lets the time pass. */
export const ask = (handle: CampaignHandle, update: { name: string }, request?: unknown) =>
  handle.startUpdate<unknown, [unknown]>(update.name, {
    updateId: randomUUID(),
    args: [request],
    waitForStage: WorkflowUpdateStage.ACCEPTED,
  });

/** What a request is refused with, or cannot be had for. */
export async function refusal(handle: CampaignHandle, update: { name: string }, request?: unknown): Promise<string> {
  const error = await (await ask(handle, update, request)).result().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof WorkflowUpdateFailedError)) throw new Error(`It was not refused: ${error}`);
  return error.cause?.message ?? '';
}
