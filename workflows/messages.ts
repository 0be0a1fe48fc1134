import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common';
import type { CallbackEvent } from './callback-events';
import type { Attention, CampaignProgress, CampaignStage, SuppressedNumber } from './state';

// What the SDK's functions of the same names return. They would load all of @temporalio/workflow into every client.
const defineSignal = <Args extends unknown[] = []>(name: string) =>
  ({ type: 'signal', name }) as SignalDefinition<Args>;
const defineQuery = <Answer>(name: string) => ({ type: 'query', name }) as QueryDefinition<Answer>;
const defineUpdate = <Answer, Args extends unknown[]>(name: string) =>
  ({ type: 'update', name }) as UpdateDefinition<Answer, Args>;

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

/** Has the workflow that tells a callback send again what it has given up, and at once what waits for its next attempt. */
export const resendSignal = defineSignal('resend');
export const RESEND_DESCRIPTION =
  'Resend: the events that were given up are sent again, and the next attempt at the one that is tried is made now. Their IDs stay the same. No argument.';

export const progressQuery = defineQuery<CampaignProgress>('progress');
export const PROGRESS_DESCRIPTION =
  'State, batch, start, calls by status, rows settled, cost so far, last and next look, last error. Times are ISO 8601, cost is in cents.';

/** How a campaign stands once it was asked to halt. */
export interface HaltAnswer {
  /** What that means, in words. */
  says: string;
  state: CampaignStage;
  /** Whether Bolna shows already that nobody else is called; the order stands also where it does not yet. */
  shown: boolean;
  /** Whether nobody was called at all; null while that is not known. */
  calledNobody: boolean | null;
  /** Calls on the line when Bolna was last looked at. */
  onTheLine: number;
}

/** As the signals of the same names, but checked before they are taken, and answered. */
export const stopUpdate = defineUpdate<HaltAnswer, [HaltRequest]>('stop');
export const cancelUpdate = defineUpdate<HaltAnswer, [HaltRequest]>('cancel');

/** Moves the start of a campaign that has not begun. */
export interface RescheduleRequest {
  /** ISO 8601 with an offset. */
  startAt: string;
  /** Latest start, ISO 8601 with an offset. Default: as long after `startAt` as it was before. */
  startBy?: string;
}

export interface RescheduleAnswer {
  /** What that means, in words. */
  says: string;
  /** When the calls begin, as Bolna says, ISO 8601 in UTC; null where it has not taken the start yet. */
  startsAt: string | null;
}

/** What a campaign of several batches tells each of them. */
export const rescheduleSignal = defineSignal<[RescheduleRequest]>('reschedule');
export const rescheduleUpdate = defineUpdate<RescheduleAnswer, [RescheduleRequest]>('reschedule');
export const RESCHEDULE_DESCRIPTION =
  'Moves the start of a campaign that has not begun: {"startAt", "startBy"?}, ISO 8601 with an offset. Answers with the start that Bolna reports.';

/** Why a person should act on one of several batches; null when that is over. */
export interface BatchAttention {
  /** Which batch, from 1. */
  part: number;
  attention: Attention | null;
  /** Its ID at Bolna, once there is one. */
  batchId?: string;
  /** Set once it was asked to halt, and Bolna shows it. */
  haltShown?: boolean;
}

/** What each of several batches tells its campaign. */
export const batchAttentionSignal = defineSignal<[BatchAttention]>('batchAttention');

/** Sets another limit of what the calls may cost. */
export interface MaxCostRequest {
  /** Cents of the account's currency; null for no limit. */
  maxCost: number | null;
  /** Who asks, for those who see the campaign later. */
  by?: string;
}

export interface MaxCostAnswer {
  /** What that means, in words. */
  says: string;
  /** Cents of the account's currency, as `before`; null for no limit. */
  maxCost: number | null;
  before: number | null;
}

export const setMaxCostUpdate = defineUpdate<MaxCostAnswer, [MaxCostRequest]>('setMaxCost');
export const SET_MAX_COST_DESCRIPTION =
  'Sets what the calls may cost: {"maxCost", "by"?}, in cents (5000 is 50.00), null for no limit. A campaign whose calls have cost as much is stopped.';

/** Suppresses contacts of a campaign that runs. */
export interface SuppressRequest {
  /**
   * Address in the campaign storage of the numbers, up to 1,000 of them: JSON, `{"numbers": ["+1…", …]}`, as people type them. Not the
   * numbers themselves, which would stand in the history.
   */
  list: string;
  /** Whose numbers those without a country code are, as in `IN`. Default: those of the countries of the contacts. */
  country?: string;
  /** Who asks, for those who see the campaign later. */
  by?: string;
}

export interface SuppressAnswer {
  /** What that means, in words. */
  says: string;
  /** Of each number of the list, in its order. */
  numbers: SuppressedNumber[];
}

export const suppressUpdate = defineUpdate<SuppressAnswer, [SuppressRequest]>('suppress');
export const SUPPRESS_DESCRIPTION =
  'Suppresses contacts while the campaign runs: {"list", "country"?, "by"?}; list is the address in the campaign storage of JSON such as {"numbers": ["+919876543210"]}. Answers for each number whether it came in time.';

/** What a campaign of several batches tells one that has contacts of a suppression order and has not started: which order. */
export const remakeSignal = defineSignal<[order: number]>('remake');
export const REMAKE_DESCRIPTION =
  'Sent by the campaign: the batch has contacts that were suppressed, and is made anew without them if it has not started. Not to be sent by hand.';
