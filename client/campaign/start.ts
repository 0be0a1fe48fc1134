import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { CampaignInput } from '../../workflows/input';
import { CampaignConflictError } from '../errors';
import { hashOfInline, whatDiffers } from './contents';
import { recordedInput } from './recorded-input';
import { startShown } from './shown-at-start';
import { findCampaign, standingOf, WORKFLOW_TYPE } from './standing';
import { traced } from './trace';

export interface StartOptions {
  /** What lists of workflows show of it, one line. Default: "Calling campaign" and its ID. */
  summary?: string;
  /**
   * SHA-256 of the contacts file, in hex, so that another file under the same `uri` is noticed when the campaign ID is used again.
   * Known by itself for contacts that travel inline.
   */
  contactsHash?: string;
}

/** What became of a start. */
export interface Started {
  campaignId: string;
  /** Whether this call has started it. False: it was there already, with the same contents. */
  started: boolean;
  /** `ended-for-good`: it was there and is over; nobody is called again. */
  standing: 'running' | 'ended-for-good';
}

/** Starts a campaign unless it is there with the same contents. @throws CampaignConflictError */
export async function startOnce(
  client: Client,
  taskQueue: string,
  campaignId: string,
  input: CampaignInput,
  { summary, contactsHash = hashOfInline(input) }: StartOptions,
): Promise<Started> {
  for (;;) {
    try {
      await startShown(client, input, (shown) =>
        traced(client.workflow).start(WORKFLOW_TYPE, {
          ...shown,
          workflowId: campaignId,
          taskQueue,
          args: [input],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
          memo: {
            agentId: input.agentId,
            ...(contactsHash !== undefined && { contactsHash }),
            ...(input.callbackUrl !== undefined && { callback: true }),
          },
          staticSummary: summary ?? `Calling campaign ${campaignId}`,
          staticDetails:
            'Query `progress` for numbers; signal `stop` or `cancel` to end it. Current details say what is happening.',
        }),
      );
      return { campaignId, started: true, standing: 'running' };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    const standing = await standingOfSame(client, campaignId, input, contactsHash);
    if (standing === 'running' || standing === 'ended-for-good') return { campaignId, started: false, standing };
    // It has failed or was canceled meanwhile: now it may be started.
  }
}

/** Where the campaign stands that has the ID. @throws CampaignConflictError when its contents are others */
async function standingOfSame(client: Client, campaignId: string, input: CampaignInput, contactsHash?: string) {
  const found = await findCampaign(client, campaignId);
  // The ID of a workflow that is no campaign.
  if (!found) throw new CampaignConflictError(campaignId, []);
  const standing = standingOf(found);
  if (standing === 'ended-open') return standing;
  const before = {
    input: await recordedInput(client, campaignId, found.runId),
    contactsHash: typeof found.memo?.contactsHash === 'string' ? found.memo.contactsHash : undefined,
  };
  const differs = whatDiffers(campaignId, before, { input, contactsHash });
  if (differs.length > 0) throw new CampaignConflictError(campaignId, differs);
  return standing;
}
