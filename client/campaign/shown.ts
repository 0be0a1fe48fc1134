import type { WorkflowExecutionInfo } from '@temporalio/client';
import { ATTRIBUTES } from '../../workflows/attributes';
import type { AttentionKind, CampaignStage } from '../../workflows/state';

/** What Temporal shows of a campaign. */
export interface Shown {
  state: CampaignStage | undefined;
  needsAttention: AttentionKind | null;
  /** ID of its batch at Bolna; undefined also of a campaign of several batches. */
  batchId: string | undefined;
  /** When the first call is, or was, made. */
  startsAt: Date | undefined;
  /** Rows that are to be called, and those of them whose call is over, as of the last news. */
  rows: number | undefined;
  settled: number | undefined;
}

/**
 * What Temporal itself shows of a campaign, by its search attributes: needs no worker. Of a server that has none, and of campaigns
 * that began before it had, nothing.
 */
export function shownOf({ typedSearchAttributes: shown }: Pick<WorkflowExecutionInfo, 'typedSearchAttributes'>): Shown {
  return {
    state: shown.get(ATTRIBUTES.state) as CampaignStage | undefined,
    needsAttention: (shown.get(ATTRIBUTES.attention) as AttentionKind | undefined) ?? null,
    batchId: shown.get(ATTRIBUTES.batch),
    startsAt: shown.get(ATTRIBUTES.start),
    rows: shown.get(ATTRIBUTES.rows),
    settled: shown.get(ATTRIBUTES.settled),
  };
}
