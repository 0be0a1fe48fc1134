import Table from 'cli-table3';

/** Text for people goes to stderr: stdout is for results. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A plain table, safe to print: what a file or a callee wrote cannot move the cursor or colour the terminal. */
export function table(head: string[], rows: string[][]): string {
  const plain = new Table({
    head,
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
  plain.push(...rows.map((row) => row.map(printable)));
  return plain.toString();
}

const MAX_CELL = 60;

export function printable(text: string): string {
  const safe = text.replace(/\p{Cc}|\p{Cf}/gu, ' ');
  return safe.length > MAX_CELL ? `${safe.slice(0, MAX_CELL - 1)}…` : safe;
}

/** "12 rows, 9 to be called, 2 rejected, 1 duplicate". */
export function rowsText(rows: { total: number; valid: number; rejected: number; duplicates: number }): string {
  const plural = (n: number, one: string) => `${n} ${one}${n === 1 ? '' : 's'}`;
  return `${plural(rows.total, 'row')}, ${rows.valid} to be called, ${rows.rejected} rejected, ${plural(rows.duplicates, 'duplicate')}`;
}
