import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { HALTING_STEP } from '../../workflows/halted';
import { cancelSignal, stopSignal } from '../../workflows/messages';
import { HALT_UNCONFIRMED } from '../../workflows/state';
import { stopInDashboard } from '../../workflows/words';
import type { NamedStorage } from './named-storage';
import { recordedBatches } from './recorded-batches';
import { shownOf } from './shown';

type Run = Pick<WorkflowExecutionInfo, 'workflowId' | 'runId' | 'typedSearchAttributes'>;

const HALTS: ReadonlySet<string> = new Set([stopSignal.name, cancelSignal.name]);
/** Events that are read at once, from the latest back. */
const PAGE = 50;
/** UNIMPLEMENTED, of a server that reads histories only from the front. */
const CANNOT = 12;

/**
 * Whether a campaign that no worker answers for was asked to halt, while Bolna does not show it, as far as Temporal itself knows.
 * @param storage where its batches are recorded
 * @returns what a person must know then; undefined where it was not asked
 */
export async function unansweredHalt(client: Client, run: Run, storage: NamedStorage): Promise<string | undefined> {
  const { needsAttention, batchId } = shownOf(run);
  const isHalting =
    needsAttention === HALT_UNCONFIRMED || (await isStepPending(client, run)) || (await isAskedUnheard(client, run));
  return isHalting ? stopInDashboard(batchId ?? (await recordedBatches(storage, run.workflowId))) : undefined;
}

async function isStepPending(client: Client, { workflowId, runId }: Run): Promise<boolean> {
  const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
  return (raw.pendingActivities ?? []).some(({ activityType }) => activityType?.name === HALTING_STEP);
}

/** Whether a halt was asked for since the campaign last did anything: what came before, it has shown. */
async function isAskedUnheard(client: Client, { workflowId, runId }: Run): Promise<boolean> {
  let nextPageToken: Uint8Array | null | undefined;
  do {
    const ask = { namespace: client.options.namespace, execution: { workflowId, runId }, maximumPageSize: PAGE };
    const page = await client.workflowService
      .getWorkflowExecutionHistoryReverse({ ...ask, ...(nextPageToken && { nextPageToken }) })
      .catch((error: unknown) => {
        if ((error as { code?: unknown }).code === CANNOT) return undefined;
        throw error;
      });
    for (const event of page?.history?.events ?? []) {
      if (event.workflowTaskCompletedEventAttributes) return false;
      if (event.workflowExecutionCancelRequestedEventAttributes) return true;
      if (HALTS.has(event.workflowExecutionSignaledEventAttributes?.signalName ?? '')) return true;
    }
    nextPageToken = page?.nextPageToken;
  } while (nextPageToken && nextPageToken.length > 0);
  return false;
}
