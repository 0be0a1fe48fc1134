/**
 * What a spreadsheet takes for the beginning of a formula, and what it drops on the way to one: OWASP's list ("CSV Injection"),
 * with the full-width forms. Apostrophes of the cell's own in front of it count too, so that {@link original} is exact.
 */
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;
/** E.164 numbers and amounts such as -3.5: worth reading as they are, and a formula that only names its own value. */
const PLAIN_NUMBER = /^[+-]?\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?$/;

/**
 * A cell for a file that people open in a spreadsheet: what would be run as a formula there gets an apostrophe in front, as
 * OWASP advises. Not for `contacts.csv`, which no spreadsheet gets: the agent would read the apostrophe aloud.
 */
export function neutral(cell: string): string {
  return FORMULA.test(cell) && !PLAIN_NUMBER.test(cell) ? `'${cell}` : cell;
}

/** The cell that {@link neutral}, or another program that follows OWASP, was given. */
export function original(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}

/** The cells of a row as they were before spreadsheets were thought of. */
export function originals(cells: string[]): string[] {
  return cells.some((cell) => cell.startsWith("'")) ? cells.map(original) : cells;
}
