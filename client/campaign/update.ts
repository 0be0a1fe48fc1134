import { randomUUID } from 'node:crypto';
import {
  type Client,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  WorkflowUpdateStage,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { CampaignOverError, ChangeRefusedError, NoWorkerError } from '../errors';
import { describeCampaign } from './standing';

/** Milliseconds that a worker has to take a request: it may have to load a long history first. */
const PATIENCE_MS = 10_000;

/** A campaign answers within five minutes, where a worker carries it out. */
const ANSWER_MS = 6 * 60_000;

/**
 * Asks a campaign for a change, and waits for its answer.
 * @throws CampaignNotFoundError
 * @throws CampaignOverError
 * @throws ChangeRefusedError saying why it is not made
 * @throws NoWorkerError when none takes the request within 10 seconds
 */
export async function update<Answer, Request>(
  client: Client,
  campaignId: string,
  definition: UpdateDefinition<Answer, [Request]>,
  request: Request,
): Promise<Answer> {
  const { taskQueue } = await describeCampaign(client, campaignId);
  const handle = client.workflow.getHandle(campaignId);
  const options = { args: [request] as [Request], updateId: randomUUID(), waitForStage: WorkflowUpdateStage.ACCEPTED };
  try {
    const asked = await client.withDeadline(Date.now() + PATIENCE_MS, () => handle.startUpdate(definition, options));
    return await client.withDeadline(Date.now() + ANSWER_MS, () => asked.result());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new CampaignOverError(campaignId, 'change');
    if (error instanceof WorkflowUpdateFailedError) {
      throw new ChangeRefusedError(campaignId, error.cause?.message ?? error.message, { cause: error });
    }
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
      throw new NoWorkerError(campaignId, taskQueue, { cause: error });
    throw error;
  }
}
