import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { CampaignProgress } from './state';

/** Said with a stop or a cancel; both parts are shown to operators and kept in the result. */
export interface HaltRequest {
  reason?: string;
  by?: string;
}

/** Calls nobody else, waits for the calls on the line, collects the results. */
export const stopSignal = defineSignal<[HaltRequest?]>('stop');
export const STOP_DESCRIPTION =
  'Stop: nobody else is called, calls on the line may finish, results are collected. Optional argument {"reason", "by"}.';

/** Calls nobody else and waits for nothing: what is known is kept. */
export const cancelSignal = defineSignal<[HaltRequest?]>('cancel');
export const CANCEL_DESCRIPTION =
  'Cancel: nobody else is called and nothing is waited for; what is known is kept. Optional argument {"reason", "by"}.';

export const progressQuery = defineQuery<CampaignProgress>('progress');
export const PROGRESS_DESCRIPTION =
  'State, batch, start, calls by status, rows settled, cost so far, last and next look, last error. Times are ISO 8601, cost is in cents.';
