import type { Readable } from 'node:stream';
import { ContactsError } from './errors';
import { fitted } from './fit';
import { heldTexts } from './formulas';
import { type Header, readHeader, refuseResults } from './header';
import { Judge, type Judgement } from './judge';
import { columnName, NUMBER_COLUMN } from './number-column';
import { countryFault } from './number-rules';
import type { NumberSet } from './number-set';
import type { TableRow } from './row-splitter';
import { shown } from './shown';
import { readTable } from './table';
import { OF_A_FILE, type Wording } from './wording';

/** What a person says of a contacts file. */
export interface ReadingOptions {
  /** What the file calls the column of the numbers. Default: `contact_number`, or the only column whose name can mean phone numbers. */
  numberColumn?: string | undefined;
  /** Whose numbers those without a + are: two letters, as in `IN`. Default: nobody's, and they are rejected. */
  country?: string | undefined;
  /** Columns without a value in which a row is rejected. Default: none. */
  required?: readonly string[] | undefined;
  /** How sentences speak of the contacts. Default: as a file, for whoever looks at the campaign. */
  wording?: Wording | undefined;
}

/** One row of the file and what the campaign thinks of it. */
export type ContactRow = Judgement & {
  /** Counts from 1 as an editor does. */
  line: number;
  /** Every column under its name in {@link Contacts.columns}; `contact_number` as it was typed. */
  columns: Record<string, string>;
};

export interface Contacts {
  /** Column names in file order, `contact_number` among them. */
  columns: string[];
  /** Every row in file order. Leaving the loop early closes the source. */
  rows: AsyncGenerator<ContactRow>;
}

/**
 * Reads a contacts file and judges each of its rows, holding a few rows and the numbers seen in memory
 * (some 30 bytes each).
 *
 * @param suppressed numbers on a suppression list
 * @throws {@link ContactsError} when the file as a whole cannot be used: here for its header, from `rows` for what comes later.
 */
export async function readContacts(
  source: Readable,
  suppressed?: Pick<NumberSet, 'has'>,
  options: ReadingOptions = {},
): Promise<Contacts> {
  const { header, blocks } = await openContacts(source, options);
  const { columns } = header;
  async function* rows(): AsyncGenerator<ContactRow> {
    const judge = new Judge(header, { ...options, suppressed });
    for await (const block of blocks) {
      for (const row of block) {
        const named = Object.fromEntries(columns.map((column, index) => [column, row.cells[index] ?? '']));
        yield { line: row.line, ...judge.judge(row), columns: named };
      }
    }
  }
  return { columns, rows: rows() };
}

/**
 * Refuses a file with the results of a campaign. To be called before a campaign begins; one that an earlier release began with such a
 * file goes on.
 * @throws {@link ContactsError}
 */
export async function refuseResultsFile(source: Readable, wording?: Wording): Promise<void> {
  const { header, blocks } = await readTable(source, { wording });
  await blocks.return(undefined);
  refuseResults(header, wording);
}

/** A contacts file whose header can be used. */
export interface OpenContacts {
  header: Header;
  /** Its rows, many at once, each with a value in every column of `header.columns`, or longer: see {@link fitted}. */
  blocks: AsyncGenerator<TableRow[]>;
  /** What a person should know of how the file is read, in sentences; to be asked once `blocks` has ended. */
  notes: () => string[];
}

/** Like {@link readContacts}, but many rows at once, and not judged yet. */
export async function openContacts(
  source: Readable,
  { numberColumn, country, wording = OF_A_FILE }: ReadingOptions = {},
): Promise<OpenContacts> {
  const fault = country === undefined ? undefined : countryFault(country);
  if (fault !== undefined) {
    source.destroy();
    throw new ContactsError('unknown-country', fault);
  }
  const table = await readTable(source, { wording });
  try {
    const header = readHeader(table.header, numberColumn, wording);
    const notes = () => [...table.notes, ...columnNotes(header, numberColumn, wording)];
    return { header, blocks: withRows(table.blocks, header, wording), notes };
  } catch (error) {
    await table.blocks.return(undefined);
    throw error;
  }
}

/** A column that nobody has named as that of the numbers is told. */
function columnNotes({ numberColumn }: Header, asked: string | undefined, wording: Wording): string[] {
  if (numberColumn !== undefined)
    return asked === undefined ? [`The numbers to call are read from the column "${numberColumn}".`] : [];
  return asked === undefined || columnName(asked) === NUMBER_COLUMN
    ? []
    : [
        `${wording.they('has', 'have')} no column "${shown(asked)}": the numbers to call are read from ${NUMBER_COLUMN}.`,
      ];
}

async function* withRows(
  blocks: AsyncGenerator<TableRow[]>,
  header: Header,
  wording: Wording,
): AsyncGenerator<TableRow[]> {
  let any = false;
  for await (const block of blocks) {
    any ||= block.length > 0;
    // What `results.csv` and many a CRM put in front of a formula must not be read aloud.
    for (const row of block) row.cells = fitted(heldTexts(row.cells), header);
    yield block;
  }
  if (!any) throw new ContactsError('no-rows', wording.areRows ? ALL_BLANK : HEADER_ALONE);
}

const HEADER_ALONE = 'The file has a header but no contacts: add a line for each contact.';
const ALL_BLANK = 'The rows are blank: give each a contact_number.';
