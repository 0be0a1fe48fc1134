/**
 * The separator, the quote, line ends and other control characters; spaces at the ends, which readers trim; and what some
 * readers (Python's `splitlines`) take for the end of a line.
 */
const NEEDS_QUOTES = /^\s|\s$|[",]|(?!\t)[\p{Cc}\u2028\u2029]/u;

/** One line of a CSV with its LF. The bytes of `contacts.csv` name its batch, so the same cells must give the same line for ever. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(written).join(',')}\n`;
}

function written(cell: string): string {
  return NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
