import { ContactsError } from './errors';
import { columnName, NUMBER_COLUMN, numberColumnsAmong } from './number-column';
import type { TableRow } from './row-splitter';
import { shown } from './shown';

export interface Header {
  /** In file order; the column of the numbers as `contact_number`, the others trimmed with their case kept, as prompts name them. */
  columns: string[];
  /** Index of `contact_number` in `columns`. */
  numberAt: number;
  /** What the file itself calls the column of the numbers, where that is not `contact_number`. */
  numberColumn: string | undefined;
  /** Columns of the file. */
  width: number;
  /** Places in the file of columns that have no name, such as Excel leaves behind; they are no part of `columns`. */
  unnamed: readonly number[];
}

/**
 * @param numberColumn what the file calls the column of the numbers, where a person has said so
 * @throws {@link ContactsError} when the header cannot say which number to call or which variable a value is for.
 */
export function readHeader({ line, cells }: TableRow, numberColumn?: string): Header {
  const names = cells.map(columnName);
  if (!names.includes(NUMBER_COLUMN) && hasAll(cells, OF_REJECTED)) {
    throw new ContactsError('results-file', REJECTED_FILE);
  }
  const [at = -1, ...others] = numberColumnsAmong(names, numberColumn);
  if (others.length > 0) throw new ContactsError('several-number-columns', severalText(names, [at, ...others]));
  const own = names[at];
  if (own === undefined) throw new ContactsError('no-contact-number', withoutNumberColumn(cells, line, numberColumn));
  if (own !== NUMBER_COLUMN && names.includes(NUMBER_COLUMN)) {
    throw new ContactsError(
      'duplicate-column',
      `The file has a column ${NUMBER_COLUMN} beside "${shown(own)}": rename or delete it, since Bolna dials the column of that name.`,
    );
  }
  const all = names.map((name, place) => (place === at ? NUMBER_COLUMN : name));
  const columns = all.filter((name) => name !== '');
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) {
    throw new ContactsError(
      'duplicate-column',
      `The column "${shown(twice)}" is in the header (line ${line}) twice: rename or delete one of them.`,
    );
  }
  return {
    columns,
    numberAt: columns.indexOf(NUMBER_COLUMN),
    numberColumn: own === NUMBER_COLUMN ? undefined : own,
    width: cells.length,
    unnamed: all.flatMap((name, place) => (name === '' ? [place] : [])),
  };
}

/** Columns that the `results.csv` of a campaign has, and no contacts file. */
const OF_RESULTS = ['line', NUMBER_COLUMN, 'result', 'reason', 'execution_id'];
/** The columns of its `rejected.csv`. */
const OF_REJECTED = ['line', 'column', 'value', 'reason'];

/**
 * Refuses the `results.csv` of a campaign as contacts: it lists people who were reached, and its own columns would become variables of
 * the prompt.
 * @throws {@link ContactsError} with the command that makes a contacts file of it
 */
export function refuseResults({ cells }: TableRow): void {
  if (hasAll(cells, OF_RESULTS)) throw new ContactsError('results-file', RESULTS_FILE);
}

const RESULTS_FILE =
  'The file holds the results of a campaign, not contacts. To call some of its people again, choose them by how their calls ended, and start with the file that this makes: bolna-campaigns results ID --only no-answer,busy -o FILE';

const REJECTED_FILE =
  'The file says what is wrong with rows that a campaign rejected; it holds no contacts. Correct these rows in your contacts file, or get them as a file to correct: bolna-campaigns results ID --only rejected -o FILE';

function hasAll(cells: readonly string[], names: readonly string[]): boolean {
  const columns = cells.map(columnName);
  return names.every((name) => columns.includes(name));
}

function severalText(names: readonly string[], places: readonly number[]): string {
  const candidates = places.slice(0, 5).map((at) => `"${shown(names[at] ?? '')}"`);
  return `Several columns can hold the numbers to call: ${candidates.join(', ')}. Name the right one with --number-column (numberColumn in the input of a campaign), or call it ${NUMBER_COLUMN}.`;
}

function withoutNumberColumn(cells: string[], line: number, numberColumn: string | undefined): string {
  // Without a header the first contact stands here, and a person's number must not travel in an error message.
  if (cells.some((cell) => (cell.match(/\p{Nd}/gu)?.length ?? 0) >= 7)) {
    return `The file has no header: put a line above line ${line} that names the columns, one of them ${NUMBER_COLUMN}.`;
  }
  const found = cells.slice(0, 10).map((cell) => `"${shown(cell)}"`);
  const more = cells.length > found.length ? ` and ${cells.length - found.length} more` : '';
  const has = `(its header, line ${line}, has ${found.join(', ')}${more})`;
  return numberColumn === undefined
    ? `The file has no column ${NUMBER_COLUMN} ${has}: rename the column that holds the phone numbers, or name it with --number-column (numberColumn in the input of a campaign).`
    : `The file has no column "${shown(numberColumn)}" ${has}: name one of these as the column of the phone numbers.`;
}
