import { asCalled } from '../as-called';

/** Text for people goes to stderr: stdout is for results. */
export function say(text: string): void {
  process.stderr.write(`${asCalled(text)}\n`);
}

/**
 * A plain table, safe to print: what a file or a callee wrote cannot move the cursor or colour the terminal.
 * @param how.style colours a cell that is safe by then
 * @param how.longest characters of a cell that are shown; the last one has more room. Default: 60
 */
export function table(
  head: string[],
  rows: string[][],
  how: { style?: (cell: string, column: number) => string; longest?: number } = {},
): string {
  const { style = (cell) => cell, longest = MAX_CELL } = how;
  const Table = require('cli-table3') as typeof import('cli-table3');
  const plain = new Table({
    head: head.map((name) => printable(name)),
    style: { head: [], border: [], compact: true },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '  ',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
  });
  // The last column is the one for sentences, and has the rest of the line.
  plain.push(
    ...rows.map((row) =>
      row.map((cell, n) => style(printable(cell, n === row.length - 1 ? MAX_SENTENCE : longest), n)),
    ),
  );
  return plain.toString().replace(/ +$/gm, '');
}

const MAX_CELL = 60;
const MAX_SENTENCE = 160;

/** Text of others, on one line and without what moves the cursor, colours, or turns the direction of writing. */
export function printable(text: string, most = MAX_CELL): string {
  const safe = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
  return safe.length > most ? `${safe.slice(0, most - 1)}…` : safe;
}

/** "12 rows, 9 to be called, 2 rejected, 1 duplicate", and those on a suppression list where there are any. */
export function rowsText(rows: {
  total: number;
  valid: number;
  rejected: number;
  duplicates: number;
  suppressed?: number;
}): string {
  const onList = rows.suppressed ? `, ${rows.suppressed} suppressed` : '';
  return `${plural(rows.total, 'row')}, ${rows.valid} to be called, ${rows.rejected} rejected, ${plural(rows.duplicates, 'duplicate')}${onList}`;
}

/** "1 row", "2 rows". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
