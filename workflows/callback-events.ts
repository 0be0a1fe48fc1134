import type { CampaignProgress, CampaignResult } from './state';

/** What a campaign's callback is told: the body of the request. `timestamp` is when it happened, ISO 8601 in UTC. */
export type CallbackEvent =
  | { type: 'campaign.started' | 'campaign.progress'; timestamp: string; data: CampaignProgress }
  | { type: 'campaign.finished'; timestamp: string; data: CampaignProgress & { summary: CampaignResult } };

/**
 * The workflow that tells a campaign's callback.
 * @param firstRunId of the campaign: its own run has another ID after a reset, whose replay would then begin another workflow
 */
export function callbackWorkflowId(campaignId: string, firstRunId: string): string {
  return `${campaignId}/callbacks/${firstRunId}`;
}

/**
 * What an event says, without when. A campaign that is reset says the same again, in other words (notes, looks); an end with another
 * outcome is news.
 */
export function factOf(event: CallbackEvent): string {
  if (event.type !== 'campaign.finished')
    return event.type === 'campaign.started' ? event.type : JSON.stringify([event.type, event.data.settled]);
  // Whoever signals may send anything.
  const { status, errorType, outcomes, cost }: Partial<CampaignResult> = event.data.summary ?? {};
  return JSON.stringify([event.type, status, errorType, outcomes, cost]);
}

/** Tells a campaign's callback. Nothing of it holds the campaign up, or fails it. */
export interface Callbacks {
  /** The contacts are checked; told once. */
  started(): void;
  /** Told where another 5% of the calls are over. */
  progressed(): void;
  /** Resolves when the event is in safe hands, which is long before it is delivered. */
  finished(result: CampaignResult): Promise<void>;
  /** Resolves when all that was told is in safe hands. */
  told(): Promise<void>;
}
