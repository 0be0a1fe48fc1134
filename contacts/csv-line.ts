/**
 * Spaces at the ends, which readers trim; the separator and the quote; line ends and other control characters but the tab;
 * and what some readers (Python's `splitlines`) take for the end of a line.
 */
const NEEDS_QUOTES = /^\s|\s$|[",\u2028\u2029]|[^\P{Cc}\t]/u;

/** One line of a CSV with its LF. The bytes of `contacts.csv` name its batch, so the same cells must give the same line for ever. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(written).join(',')}\n`;
}

function written(cell: string): string {
  if (!NEEDS_QUOTES.test(cell)) return cell;
  return cell.includes('"') ? `"${cell.replaceAll('"', '""')}"` : `"${cell}"`;
}
