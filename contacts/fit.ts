import type { Header } from './header';
import type { Wording } from './wording';

/**
 * The values of a row in the columns of its file. Cells that a row lacks at its end are empty, and so are those behind its last column:
 * programs leave both out, or write too many.
 *
 * @returns one value a column; or the row as it is, which is then longer, where a value stands in no column with a name
 */
export function fitted(cells: string[], header: Header): string[] {
  const { width, unnamed } = header;
  if (cells.length === width && unnamed.length === 0) return cells;
  const isTooLong = cells.length > width && cells.slice(width).some(isFilled);
  if (isTooLong || unnamed.some((at) => isFilled(cells[at]))) return padded(cells, width);
  return named(cells, header);
}

/** The values in the columns that have a name, whatever else the row holds. */
export function named(cells: readonly string[], { width, unnamed }: Header): string[] {
  const values = padded(cells.slice(0, width), width);
  return unnamed.length === 0 ? values : values.filter((_, at) => !unnamed.includes(at));
}

/** Why a row does not fit its header, where {@link fitted} has left it longer than that; undefined where it does. */
export function misfit(
  cells: readonly string[],
  { columns, width, unnamed }: Header,
  wording: Wording,
): string | undefined {
  if (cells.length === columns.length) return undefined;
  const filled = unnamed.find((at) => isFilled(cells[at]));
  if (cells.slice(width).some(isFilled) || filled === undefined) {
    const values = cells.findLastIndex(isFilled) + 1;
    return `has ${values} values where the header has ${width}; quote values that hold a comma`;
  }
  if (wording.areRows) return 'has a value under an empty key; name the key, or empty the value';
  return `has a value in column ${filled + 1}, which has no name in the header; name the column, or empty the cell`;
}

function padded(cells: readonly string[], width: number): string[] {
  return cells.length >= width ? [...cells] : [...cells, ...Array<string>(width - cells.length).fill('')];
}

function isFilled(cell: string | undefined): boolean {
  return cell !== undefined && cell.trim() !== '';
}
