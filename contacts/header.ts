import { ContactsError } from './errors';
import { columnName, NUMBER_COLUMN, numberColumnsAmong } from './number-column';
import type { TableRow } from './row-splitter';
import { shown } from './shown';
import { OF_A_FILE, type Wording } from './wording';

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
export function readHeader({ line, cells }: TableRow, numberColumn?: string, wording = OF_A_FILE): Header {
  const names = cells.map(columnName);
  if (!names.includes(NUMBER_COLUMN) && hasAll(cells, OF_REJECTED)) {
    throw new ContactsError('results-file', rejectedText(wording));
  }
  const [at = -1, ...others] = numberColumnsAmong(names, numberColumn);
  if (others.length > 0)
    throw new ContactsError('several-number-columns', severalText(names, [at, ...others], wording));
  const own = names[at];
  if (own === undefined) {
    throw new ContactsError('no-contact-number', withoutNumberColumn({ cells, line }, numberColumn, wording));
  }
  if (own !== NUMBER_COLUMN && names.includes(NUMBER_COLUMN)) {
    throw new ContactsError(
      'duplicate-column',
      `${wording.they('has', 'have')} a column ${NUMBER_COLUMN} beside "${shown(own)}": rename or delete it, since Bolna dials the column of that name.`,
    );
  }
  const all = names.map((name, place) => (place === at ? NUMBER_COLUMN : name));
  const columns = all.filter((name) => name !== '');
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) {
    throw new ContactsError(
      'duplicate-column',
      wording.areRows
        ? `Two keys of the rows name the column "${shown(twice)}": rename or delete one of them.`
        : `The column "${shown(twice)}" is in the header (line ${line}) twice: rename or delete one of them.`,
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
 * @throws {@link ContactsError} with what makes a contacts file of it
 */
export function refuseResults({ cells }: Pick<TableRow, 'cells'>, wording = OF_A_FILE): void {
  if (hasAll(cells, OF_RESULTS)) throw new ContactsError('results-file', resultsText(wording));
}

function resultsText(wording: Wording): string {
  const are = wording.they('holds the results of a campaign, not contacts', 'are the results of a campaign');
  return `${are}. To call some of its people again, choose them by how their calls ended, and start with the file that this makes: ${wording.again(['no-answer', 'busy'])}`;
}

function rejectedText(wording: Wording): string {
  const tell = wording.they(
    'says what is wrong with rows that a campaign rejected; it holds no contacts',
    'are rows that say what was wrong with those a campaign rejected',
  );
  return `${tell}. Correct these rows in your contacts, or get them as a file to correct: ${wording.again(['rejected'])}`;
}

function hasAll(cells: readonly string[], names: readonly string[]): boolean {
  const columns = cells.map(columnName);
  return names.every((name) => columns.includes(name));
}

function severalText(names: readonly string[], places: readonly number[], wording: Wording): string {
  const candidates = places.slice(0, 5).map((at) => `"${shown(names[at] ?? '')}"`);
  return `Several columns can hold the numbers to call: ${candidates.join(', ')}. Name the right one with ${wording.option('numberColumn')}, or call it ${NUMBER_COLUMN}.`;
}

function withoutNumberColumn({ cells, line }: TableRow, numberColumn: string | undefined, wording: Wording): string {
  // Without a header the first contact stands here, and a person's number must not travel in an error message.
  if (cells.some((cell) => (cell.match(/\p{Nd}/gu)?.length ?? 0) >= 7)) {
    return wording.areRows
      ? `The rows are no contacts: a key of theirs holds a phone number. Each key names a column, and one of them is ${NUMBER_COLUMN}.`
      : `The file has no header: put a line above line ${line} that names the columns, one of them ${NUMBER_COLUMN}.`;
  }
  const found = cells.slice(0, 10).map((cell) => `"${shown(cell)}"`);
  const more = cells.length > found.length ? ` and ${cells.length - found.length} more` : '';
  const which = wording.areRows ? 'they have' : `its header, line ${line}, has`;
  const has = `(${which} ${found.join(', ')}${more})`;
  const lack = wording.they('has', 'have');
  return numberColumn === undefined
    ? `${lack} no column ${NUMBER_COLUMN} ${has}: rename the column that holds the phone numbers, or name it with ${wording.option('numberColumn')}.`
    : `${lack} no column "${shown(numberColumn)}" ${has}: name one of these as the column of the phone numbers.`;
}
