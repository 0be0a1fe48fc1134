import type { CampaignProgress, CampaignResult } from './state';

/** What a campaign's callback is told: the body of the request. `timestamp` is when it happened, ISO 8601 in UTC. */
export type CallbackEvent =
  | { type: 'campaign.started' | 'campaign.progress'; timestamp: string; data: CampaignProgress }
  | { type: 'campaign.finished'; timestamp: string; data: CampaignProgress & { summary: CampaignResult } };

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
