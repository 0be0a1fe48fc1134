import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { CallbackEvent } from './callback-events';
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

/** There may be news at Bolna. Never what they are: nobody who sends it is believed. */
export const hintSignal = defineSignal('hint');
export const HINT_DESCRIPTION =
  'Hint: there may be news, so the batch is looked at soon instead of at the next look. Changes nothing else. No argument.';
/** Hands an event of a campaign to the workflow that tells its callback. */
export const tellSignal = defineSignal<[CallbackEvent]>('tell');
export const TELL_DESCRIPTION = 'Sent by the campaign: an event that its callback is to be told.';

export const progressQuery = defineQuery<CampaignProgress>('progress');
export const PROGRESS_DESCRIPTION =
  'State, batch, start, calls by status, rows settled, cost so far, last and next look, last error. Times are ISO 8601, cost is in cents.';
