import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { CampaignNotFoundError } from '../errors';

/** The type of workflow that a campaign is; its batches are of another. */
export const WORKFLOW_TYPE = 'campaignWorkflow';

/** Where a campaign stands in Temporal. */
export type Standing = 'running' | 'ended-for-good' | 'ended-open';

/** What Temporal itself knows of a campaign: needs no worker. @throws CampaignNotFoundError */
export async function describeCampaign(client: Client, campaignId: string): Promise<WorkflowExecutionDescription> {
  const description = await findCampaign(client, campaignId);
  if (!description) throw new CampaignNotFoundError(campaignId, client.options.namespace);
  return description;
}

/** The same; undefined where there is no campaign of this ID. */
export async function findCampaign(
  client: Client,
  campaignId: string,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    const description = await client.workflow.getHandle(campaignId).describe();
    return description.type === WORKFLOW_TYPE ? description : undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

export function standingOf({ status }: Pick<WorkflowExecutionDescription, 'status'>): Standing {
  if (status.name === 'RUNNING' || status.name === 'PAUSED') return 'running';
  return status.name === 'COMPLETED' ? 'ended-for-good' : 'ended-open';
}
