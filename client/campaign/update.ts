import { randomUUID } from 'node:crypto';
import {
  type Client,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowUpdateHandle,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  WorkflowUpdateStage,
} from '@temporalio/client';
import { ApplicationFailure, type UpdateDefinition } from '@temporalio/common';
import { CampaignOverError, ChangeRefusedError, ChangeUnansweredError, type RefusedFor } from '../errors';
import { describeCampaign } from './standing';
import { withSignal } from './watch';

export interface ChangeOptions {
  /** Milliseconds that the answer is waited for, once a worker has taken the request. Default: 6 minutes; campaigns answer within 5. */
  patienceMs?: number;
  /** Ends the waiting, which then throws the signal's reason. The request is not taken back: the change may still be made. */
  signal?: AbortSignal;
}

/** Milliseconds that a worker has to take a request: it may have to load a long history first. */
const TAKEN_MS = 10_000;
const ANSWER_MS = 6 * 60_000;

/**
 * Asks a campaign for a change, and waits for its answer.
 * @throws CampaignNotFoundError
 * @throws CampaignOverError
 * @throws ChangeRefusedError saying why it is not made
 * @throws ChangeUnansweredError when no worker takes the request within 10 seconds, or none answers it in time
 */
export async function update<Answer, Request>(
  client: Client,
  campaignId: string,
  definition: UpdateDefinition<Answer, [Request]>,
  request: Request,
  { patienceMs = ANSWER_MS, signal }: ChangeOptions = {},
): Promise<Answer> {
  const { taskQueue } = await withSignal(client, signal, () => describeCampaign(client, campaignId));
  const handle = client.workflow.getHandle(campaignId);
  const options = { args: [request] as [Request], updateId: randomUUID(), waitForStage: WorkflowUpdateStage.ACCEPTED };
  let taken: WorkflowUpdateHandle<Answer> | undefined;
  try {
    const asked = await within(client, TAKEN_MS, signal, () => handle.startUpdate(definition, options));
    taken = asked;
    return await within(client, patienceMs, signal, () => asked.result());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new CampaignOverError(campaignId, 'change');
    if (error instanceof WorkflowUpdateFailedError) throw refusal(campaignId, error);
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
      throw new ChangeUnansweredError(campaignId, taskQueue, taken !== undefined, { cause: error });
    throw error;
  }
}

function within<T>(client: Client, ms: number, signal: AbortSignal | undefined, ask: () => Promise<T>): Promise<T> {
  return withSignal(client, signal, () => client.withDeadline(Date.now() + ms, ask));
}

const KINDS: Readonly<Record<string, RefusedFor>> = { InvalidInput: 'request', NotRescheduled: 'not-had' };

function refusal(campaignId: string, error: WorkflowUpdateFailedError): ChangeRefusedError {
  const { cause } = error;
  const type = cause instanceof ApplicationFailure ? cause.type : undefined;
  const refusedFor = KINDS[type ?? ''] ?? 'standing';
  return new ChangeRefusedError(campaignId, refusedFor, cause?.message ?? error.message, { cause: error });
}
