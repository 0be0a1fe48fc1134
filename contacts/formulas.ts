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

/** How spreadsheets are made to keep a number as a text: `="+919876543210"`, with quotes that a word processor has curled, or without. */
const TEXT_FORMULA = /^=(?:["“”„‟]([^"“”„‟]*)["“”„‟]|(\+?\d{7,15}))$/;
const [APOSTROPHE, EQUALS] = [0x27, 0x3d];

/** The text of a cell, without what only a spreadsheet needs: an apostrophe in front of a formula, or a formula around a text. */
export function heldText(cell: string): string {
  const text = original(cell);
  const [, quoted, bare] = TEXT_FORMULA.exec(text) ?? [];
  return quoted ?? bare ?? text;
}

/** The texts of a row's cells, each as {@link heldText}. */
export function heldTexts(cells: string[]): string[] {
  return cells.some(mayHoldMore) ? cells.map(heldText) : cells;
}

function mayHoldMore(cell: string): boolean {
  const code = cell.charCodeAt(0);
  return code === APOSTROPHE || code === EQUALS;
}
