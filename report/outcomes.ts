import { isDuplicateReason } from '../contacts/judge';
import { OUTCOMES as ROW_OUTCOMES } from '../results/columns';

/** What the results of rows and the statuses of calls have in common, in the order in which people ask for them. */
export const GROUPS = ['completed', 'not reached', 'failed', 'other'] as const;
export type Group = (typeof GROUPS)[number];

/** Results of rows as the report orders them. `other` is any that it does not know. */
export const OUTCOMES = [...ROW_OUTCOMES, 'other'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Statuses of executions without a call: the wallet was empty, somebody halted the campaign, or it never came to it. */
const NOT_PLACED = new Set([
  ...['', 'prepared', 'scheduled', 'queued', 'rescheduled', 'canceled', 'stopped', 'balance-low'],
]);

export function outcomeOf(result: string): Outcome {
  return (OUTCOMES as readonly string[]).includes(result) ? (result as Outcome) : 'other';
}

/** @param status of an execution, or the result of a row; a voicemail is not a person reached */
export function groupOf(status: string): Group {
  if (status === 'completed') return 'completed';
  if (status === 'voicemail' || status === 'no-answer' || status === 'busy') return 'not reached';
  return status === 'failed' || status === 'error' ? 'failed' : 'other';
}

/** Whether a call was placed for a row with this result. Of an unsettled one nobody knows. */
export function isPlaced(outcome: Outcome): boolean {
  return groupOf(outcome) !== 'other';
}

/** Whether an execution with this status has led to a call. */
export function wasDialled(status: string): boolean {
  return !NOT_PLACED.has(status);
}

/** Whether a row was taken out before there was anything to call. */
export function isRefused(outcome: Outcome): boolean {
  return outcome === 'rejected' || outcome === 'duplicate' || outcome === 'suppressed';
}

/** Why a row was taken out, in words that many rows share. */
export function sharedReason(reason: string): string {
  return isDuplicateReason(reason) ? 'the number of an earlier row' : reason;
}
