import { ContactsRefusedError } from '../errors';

type Row = Readonly<Record<string, string>>;

/** Line of a CSV at which the first row begins: the header is above it. */
const FIRST_LINE = 2;

/** What is said of a file, and of rows in its place. None stands in quotes, where a caller's own words are. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\(its header, line \d+, has /g, '(they have '],
  [/\bthe header \(line \d+\)/g, 'the rows'],
  [/\bThe file (?:has|holds)\b/g, 'The contacts have'],
  [/\bthe file\b/g, 'the contacts'],
  [/--number-column \(numberColumn in the input of a campaign\)/g, 'numberColumn'],
  [/\bearlier line\b/g, 'earlier row'],
];

/**
 * A refusal of contacts that came as JSON rows, told as the caller knows them: by rows, from 1, where a file has lines.
 * @param rows as they were written into the file that was checked
 */
export function inRows(error: ContactsRefusedError, rows: readonly Row[]): ContactsRefusedError {
  const rowAt = rowsByLine(rows);
  const told = (text: string) => outsideQuotes(text, (plain) => reworded(plain, rowAt));
  const faults = error.faults.map(({ line, reason, mend, ...fault }) => ({
    ...(line !== undefined && { row: rowAt(line) }),
    ...fault,
    reason: told(reason),
    ...(mend !== undefined && { mend: told(mend) }),
  }));
  return new ContactsRefusedError(error.campaignId, told(error.message), faults, { cause: error });
}

function reworded(text: string, rowAt: (line: number) => number): string {
  const said = WORDS.reduce((so, [word, other]) => so.replace(word, other), text);
  return said.replace(/\bline (\d+)/g, (_, line) => `row ${rowAt(Number(line))}`);
}

function outsideQuotes(text: string, change: (plain: string) => string): string {
  const parts = text.split(/("[^"]*")/);
  return parts.map((part, at) => (at % 2 === 0 ? change(part) : part)).join('');
}

/** A value may hold line ends, so that a row takes several lines. */
function rowsByLine(rows: readonly Row[]): (line: number) => number {
  const row = new Map<number, number>();
  let line = FIRST_LINE;
  rows.forEach((cells, at) => {
    row.set(line, at + 1);
    line += 1 + Object.values(cells).reduce((sum, cell) => sum + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
  });
  return (asked) => row.get(asked) ?? asked - FIRST_LINE + 1;
}
