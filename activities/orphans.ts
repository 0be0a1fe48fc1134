import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { partsOf } from '../storage/splits';
import type { CampaignStorage } from '../storage/storage';
import { batchWorkflowId } from './batch-workflow-id';

/** Requests to Temporal that are under way at once. */
const AT_ONCE = 20;

/**
 * Ends the workflows of batches that an earlier run of the campaign has left behind. A reset ends that run and not its
 * children, which would go on to call people of whom this run knows nothing. What they have begun at Bolna stays there, for
 * whoever calls this to look for.
 */
export async function endOrphans(storage: CampaignStorage, campaignId: string): Promise<void> {
  const left = (await partsOf(storage, campaignId)).map((part) => batchWorkflowId(campaignId, part));
  const oneAfterAnother = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) await endOrphan(id);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, oneAfterAnother));
}

async function endOrphan(workflowId: string): Promise<void> {
  const { client, info } = Context.current();
  try {
    const { runId, status, parentExecution: parent } = await client.workflow.getHandle(workflowId).describe();
    if (status.name !== 'RUNNING' || !parent?.workflowId || parent.runId === info.workflowExecution?.runId) return;
    // An attempt that was frozen may get here when a later run has begun the batch anew.
    const { status: ofParent } = await client.workflow
      .getHandle(parent.workflowId, parent.runId ?? undefined)
      .describe();
    if (ofParent.name === 'RUNNING') return;
    await client.workflow.getHandle(workflowId, runId).terminate('Its campaign goes on in another run.');
  } catch (error) {
    // Never begun, or ended meanwhile.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
