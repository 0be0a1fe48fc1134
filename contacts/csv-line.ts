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

/** A CSV of rows that may have different columns: a missing cell is empty, also in a column called as what every object has. */
export function csvOfRows(columns: readonly string[], rows: readonly Readonly<Record<string, string>>[]): string {
  const cells = (row: Readonly<Record<string, string>>) =>
    columns.map((column) => (Object.hasOwn(row, column) && row[column]) || '');
  return [columns, ...rows.map(cells)].map(csvLine).join('');
}
