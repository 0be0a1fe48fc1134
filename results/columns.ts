/**
 * How a row of the contacts file can have ended, in the order in which people ask: one of Bolna's final statuses, `voicemail`, or why
 * there was no call. `completed` means that a person was reached. This is the one list: `--only`, the report and the API follow it.
 */
export const OUTCOMES = [
  'completed',
  'voicemail',
  'no-answer',
  'busy',
  'failed',
  'error',
  'balance-low',
  'canceled',
  'stopped',
  'unsettled',
  'not-called',
  'rejected',
  'duplicate',
  'suppressed',
] as const;
export type RowResult = (typeof OUTCOMES)[number];

/** The first columns of `results.csv`; the other columns of the file follow. */
export const RESULT_COLUMNS = [
  'line',
  'contact_number',
  'result',
  'reason',
  'execution_id',
  'duration_seconds',
  'cost',
  'retries',
  'recording_url',
  'extracted_data',
] as const;
