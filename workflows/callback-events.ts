import type { CampaignProgress, CampaignResult } from './state';

/** What a campaign's callback is told: the body of the request. `timestamp` is when it happened, ISO 8601 in UTC. */
export type CallbackEvent =
  | { type: 'campaign.started' | 'campaign.progress'; timestamp: string; data: CampaignProgress }
  | { type: 'campaign.finished'; timestamp: string; data: CampaignProgress & { summary: CampaignResult } };

/** An event that nobody took in time. */
export interface UndeliveredEvent {
  event: CallbackEvent;
  /** Why it was given up, in a sentence. */
  reason: string;
}

/** An event that has been tried for an hour. The last answer is read from the pending activity, so it is not kept here. */
export interface LateEvent {
  type: string;
  /** When it happened, ISO 8601 in UTC. */
  timestamp: string;
  /** Host and port of the address: the rest of it may be a secret. */
  host: string;
}

/** What a campaign's callback was told: in the memo of the workflow that tells it. */
export interface CallbackNews {
  /** Events that the receiver accepted; of a run that sends some again, of these. */
  delivered: number;
  /** Whether the receiver wants no more of this campaign (410). */
  gone: boolean;
  /** The event that the receiver has not accepted for at least an hour, and that is still being tried; absent or null if there is no such event. */
  late?: LateEvent | null;
  /** Events that were given up after three days, and can be sent again. `timestamp` is when they happened, ISO 8601 in UTC. */
  undelivered: { type: string; timestamp: string; reason: string }[];
}

/**
 * The workflow that tells a campaign's callback.
 * @param firstRunId of the campaign: its own run has another ID after a reset, whose replay would then begin another workflow
 */
export function callbackWorkflowId(campaignId: string, firstRunId: string): string {
  return `${campaignId}/callbacks/${firstRunId}`;
}

/** What may be shown of a callback's address. */
export function hostOf(url: string): string {
  return /^https?:\/\/(?:[^/?#@]*@)?([^/?#]+)/i.exec(url)?.[1] ?? 'the address of the callback';
}

/** The campaign of such a workflow; no campaign ID has a slash. */
export function campaignOfCallbacks(workflowId: string): string {
  return workflowId.split('/', 1)[0] ?? '';
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
