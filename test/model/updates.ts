import { randomUUID } from 'node:crypto';
import { type WorkflowHandle, WorkflowUpdateFailedError, WorkflowUpdateStage } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

/** What a request to a campaign comes to at once. */
export interface Asked {
  id: string;
  /** Why it is refused; absent where it is taken. */
  refused?: string;
}

/** Asks something of a campaign, and does not wait for what becomes of that: the history tells it. */
export async function askFor(handle: WorkflowHandle, name: string, request: unknown): Promise<Asked> {
  const id = randomUUID();
  const update = await handle.startUpdate<unknown, [unknown]>(name, {
    updateId: id,
    args: [request],
    waitForStage: WorkflowUpdateStage.ACCEPTED,
  });
  const { events } = await handle.fetchHistory();
  const taken = events?.some(
    (event) => event.workflowExecutionUpdateAcceptedEventAttributes?.protocolInstanceId === id,
  );
  if (taken) return { id };
  const error = await update.result().catch((reason: unknown) => reason);
  if (!(error instanceof WorkflowUpdateFailedError)) throw new Error(`It is neither taken nor refused: ${error}`);
  return { id, refused: error.cause?.message ?? '' };
}

/** What a request was answered in the end. */
export interface Answered<A> {
  answer?: A;
  failure?: string;
}

/** What the latest run of a campaign has answered, by the IDs of the requests. */
export async function answersIn<A>(handle: WorkflowHandle): Promise<Map<string, Answered<A>>> {
  const answers = new Map<string, Answered<A>>();
  for (const event of (await handle.fetchHistory()).events ?? []) {
    const { meta, outcome } = event.workflowExecutionUpdateCompletedEventAttributes ?? {};
    if (!meta?.updateId) continue;
    const [payload] = outcome?.success?.payloads ?? [];
    answers.set(meta.updateId, {
      ...(outcome?.failure && { failure: outcome.failure.message ?? '' }),
      ...(payload && { answer: defaultPayloadConverter.fromPayload<A>(payload) }),
    });
  }
  return answers;
}
