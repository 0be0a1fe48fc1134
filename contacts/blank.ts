/**
 * What stands in a cell where nothing does: nothing, dashes or dots alone, what programs write for a missing value, and the errors of
 * spreadsheets. "Null", "Nan" and "Na" are people's names too, so those count as programs write them only.
 */
const BLANK =
  /^(?:[-–—._?]*|(?:#?n\/a|\((?:blank|empty|none|null)\)|undefined|#+|#(?:ref|value|name|num|null|div\/0|spill|calc|getting_data|error|blocked|connect|field|unknown)[!?]?))$/i;
const WRITTEN_BY_PROGRAMS: ReadonlySet<string> = new Set(['null', 'NULL', 'nan', 'NaN', 'NA', 'nil', 'NIL', 'None']);

/** Whether a cell has no value that could be read aloud. */
export function isBlank(cell: string): boolean {
  const text = cell.trim();
  return BLANK.test(text) || WRITTEN_BY_PROGRAMS.has(text);
}
