import type { WorkflowExecutionInfo } from '@temporalio/client';
import { ATTRIBUTES } from '../../workflows/attributes';
import type { AttentionKind, CampaignStage } from '../../workflows/state';

/**
 * What Temporal itself shows of a campaign, by its search attributes: needs no worker. Of a server that has none, and of campaigns
 * that began before it had, nothing.
 */
export function shownOf({ typedSearchAttributes: shown }: Pick<WorkflowExecutionInfo, 'typedSearchAttributes'>): {
  state: CampaignStage | undefined;
  needsAttention: AttentionKind | null;
  /** ID of its batch at Bolna; undefined also of a campaign of several batches. */
  batchId: string | undefined;
} {
  return {
    state: shown.get(ATTRIBUTES.state) as CampaignStage | undefined,
    needsAttention: (shown.get(ATTRIBUTES.attention) as AttentionKind | undefined) ?? null,
    batchId: shown.get(ATTRIBUTES.batch),
  };
}
