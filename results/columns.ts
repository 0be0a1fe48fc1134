import type { TerminalStatus } from './execution';

/** Where a row of the file ended up: the status its call ended with, or why there is none. */
export type RowResult = TerminalStatus | 'rejected' | 'duplicate' | 'suppressed' | 'not-called' | 'unsettled';

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
