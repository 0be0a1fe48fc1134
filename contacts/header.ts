import { cut } from './cut';
import { ContactsError } from './errors';
import { original } from './formulas';
import type { TableRow } from './row-splitter';

/** The column Bolna dials; every other one becomes a variable of the agent's prompt. */
export const NUMBER_COLUMN = 'contact_number';

export interface Header {
  /** In file order; `contact_number` in its one spelling, the others trimmed with their case kept, as prompts name them. */
  columns: string[];
  /** Index of `contact_number` in `columns`. */
  numberAt: number;
}

/** @throws {@link ContactsError} when the header cannot say which number to call or which variable a value is for. */
export function readHeader({ line, cells }: TableRow): Header {
  const columns = cells.map(columnName);
  const numberAt = columns.indexOf(NUMBER_COLUMN);
  if (numberAt < 0 && hasAll(cells, OF_REJECTED)) throw new ContactsError('results-file', RESULTS_FILE);
  if (numberAt < 0) throw new ContactsError('no-contact-number', withoutNumberColumn(cells, line));

  const unnamed = columns.indexOf('');
  if (unnamed >= 0) {
    throw new ContactsError(
      'unnamed-column',
      `Column ${unnamed + 1} has no name in the header (line ${line}): name it, or delete the column.`,
    );
  }
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) {
    throw new ContactsError(
      'duplicate-column',
      `The column "${shown(twice)}" is in the header (line ${line}) twice: rename or delete one of them.`,
    );
  }
  return { columns, numberAt };
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

function hasAll(cells: readonly string[], names: readonly string[]): boolean {
  const columns = cells.map(columnName);
  return names.every((name) => columns.includes(name));
}

/** A column's name as it is known by: `contact_number` in its one spelling, others trimmed. */
export function columnName(cell: string): string {
  const name = original(cell.trim()).trim();
  return name.toLowerCase().replace(/[\s-]+/g, '_') === NUMBER_COLUMN ? NUMBER_COLUMN : name;
}

function withoutNumberColumn(cells: string[], line: number): string {
  // Without a header the first contact stands here, and a person's number must not travel in an error message.
  if (cells.some((cell) => (cell.match(/\p{Nd}/gu)?.length ?? 0) >= 7)) {
    return `The file has no header: put a line above line ${line} that names the columns, one of them ${NUMBER_COLUMN}.`;
  }
  const found = cells.slice(0, 10).map((cell) => `"${shown(cell)}"`);
  const more = cells.length > found.length ? ` and ${cells.length - found.length} more` : '';
  return `The file has no column ${NUMBER_COLUMN} (its header, line ${line}, has ${found.join(', ')}${more}): rename the column that holds the phone numbers.`;
}

/** A column's name as a sentence can hold it: in one line, not long, and without what could be somebody's number. */
function shown(name: string): string {
  const line = name.replace(/[\p{Cc}\s]+/gu, ' ').replace(/\p{Nd}([^\p{L}\p{Nd}]*\p{Nd}){6,}/gu, '[number]');
  return cut(line.trim(), 40);
}
