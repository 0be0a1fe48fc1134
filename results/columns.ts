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
  'termination_reason',
  'execution_id',
  'duration_seconds',
  'cost',
  'retries',
  'recording_url',
  'recording',
  'extracted_data',
] as const;
export type ResultColumn = (typeof RESULT_COLUMNS)[number];

/** Columns that files of 0.4 and earlier are without. */
const ADDED: readonly string[] = ['termination_reason', 'recording'];

/**
 * Splits the header of a `results.csv` into our columns, in the order in which this file has them, and the contacts file's own.
 * @returns undefined where it is no header of ours, of this version or an earlier one
 */
export function splitHeader(header: readonly string[]): { ours: readonly string[]; own: string[] } | undefined {
  const earlier = RESULT_COLUMNS.filter((column) => !ADDED.includes(column));
  const ours = [RESULT_COLUMNS, earlier].find((columns) => columns.every((column, at) => header[at] === column));
  return ours && { ours, own: header.slice(ours.length) };
}

/** The cells of a row by the names of our columns. @param ours as {@link splitHeader} gives them */
export function cellsByName(ours: readonly string[], cells: readonly string[]): Partial<Record<ResultColumn, string>> {
  return Object.fromEntries(ours.map((column, at) => [column, cells[at] ?? '']));
}
