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

/**
 * The first columns of `results.csv`; the contacts file's own follow, under their own names. Where the contacts file has one of these
 * too, ours is renamed: see {@link resultColumns}.
 */
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
 * How our columns are called in the results of a contacts file: `reason` becomes `call_reason` where the file has a `reason` of its own,
 * since the prompts of the agent know its columns by name, and a second round must find them unchanged.
 * @param own the contacts file's own columns, without its number
 * @param ours default: those of this version
 */
export function resultColumns(own: readonly string[], ours: readonly ResultColumn[] = RESULT_COLUMNS): string[] {
  const taken = new Set(own);
  return ours.map((column) => {
    let name: string = column;
    while (taken.has(name)) name = `call_${name}`;
    return name;
  });
}

/**
 * Splits the header of a `results.csv` into our columns, in the order in which this file has them, and the contacts file's own. In files
 * of 0.4 and earlier, an own column that would have hidden one of ours has `input_` in front of its name.
 * @returns undefined where it is no header of ours, of this version or an earlier one
 */
export function splitHeader(
  header: readonly string[],
): { ours: readonly ResultColumn[]; own: readonly string[] } | undefined {
  const earlier = RESULT_COLUMNS.filter((column) => !ADDED.includes(column));
  for (const ours of [RESULT_COLUMNS, earlier]) {
    const own = header.slice(ours.length);
    if (resultColumns(own, ours).every((column, at) => header[at] === column)) return { ours, own };
  }
  return undefined;
}

/** The cells of a row by the names of our columns. @param ours as {@link splitHeader} gives them */
export function cellsByName(
  ours: readonly ResultColumn[],
  cells: readonly string[],
): Partial<Record<ResultColumn, string>> {
  return Object.fromEntries(ours.map((column, at) => [column, cells[at] ?? '']));
}
