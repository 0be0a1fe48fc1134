import { readRow } from './csv-row';
import { brokenRow, rowTooLong } from './errors';
import { OF_A_FILE, type Place, type Wording } from './wording';

/** Far above any real contact, and small enough that a quote never closed does not pull the whole file into memory. */
const MAX_ROW_BYTES = 1024 * 1024;
/** A UTF-16 unit may be three bytes. */
const SURELY_SHORT = MAX_ROW_BYTES / 3;

const STRAY_QUOTE = 'has a quote in the wrong place; quote whole values only, and double ("") a quote inside one';
const NUL = 'holds a NUL, which is no character of a text; delete it, or export the file again';

export interface SplitOptions {
  /** Whether rows are read whatever stands in them: a quote in the wrong place is then a part of its value. Default: false. */
  isLoose?: boolean;
  /** How the contacts are spoken of. Rows that came as JSON are counted beside their lines. Default: as a file. */
  wording?: Wording | undefined;
}

/** One record of a CSV. */
export interface TableRow extends Place {
  /** Empty for a broken row. */
  cells: string[];
  /** Set where it cannot be read. */
  broken?: BrokenRow;
}

/** A row whose values cannot be told from each other. */
export interface BrokenRow {
  /** As it stands in the file, without its line's end. */
  text: string;
  /** For a person with a spreadsheet; holds nothing of the row. */
  reason: string;
}

/** Splits a CSV into rows, as its pieces come. Blank lines are no rows. */
export class RowSplitter {
  #rest = '';
  /** Of the row that comes next. */
  #line: number;
  readonly #delimiterCode: number;
  /** Of the record that comes next: the header is the one at 0. */
  #row = 0;
  readonly #isLoose: boolean;
  readonly #wording: Wording;

  /**
   * @param delimiter the character between values
   * @param firstLine the line that the first piece begins with
   */
  constructor(delimiter = ',', firstLine = 1, { isLoose = false, wording = OF_A_FILE }: SplitOptions = {}) {
    this.#wording = wording;
    this.#isLoose = isLoose;
    this.#line = firstLine;
    this.#delimiterCode = delimiter.charCodeAt(0);
  }

  /**
   * @param isEnd whether this is the last piece
   * @returns the rows that are complete by now
   * @throws {@link ContactsError} where the end of a row cannot be known, or a row is too long
   */
  split(piece: string, isEnd: boolean): TableRow[] {
    const text = this.#rest + piece;
    const hasNul = text.includes('\0');
    const rows: TableRow[] = [];
    let at = 0;
    while (at < text.length) {
      const row = readRow(text, at, isEnd, this.#delimiterCode);
      if (row === 'incomplete') break;
      if (row === 'unclosed') throw brokenRow(this.#line);
      const { cells, textEnd, end } = row;
      if (textEnd - at > SURELY_SHORT) this.#refuseLong(text.slice(at, textEnd));
      const reason = row.hasStrayQuote
        ? STRAY_QUOTE
        : hasNul && text.slice(at, textEnd).includes('\0')
          ? NUL
          : undefined;
      if (reason !== undefined && !this.#isLoose) {
        const broken = { text: text.slice(at, textEnd), reason };
        rows.push(this.#placed({ line: this.#line, cells: [], broken }));
      } else if (cells.length > 1 || cells[0]?.trim() !== '') rows.push(this.#placed({ line: this.#line, cells }));
      this.#line += 1 + row.breaks;
      this.#row += 1;
      at = end;
    }
    this.#rest = text.slice(at);
    if (this.#rest.length > SURELY_SHORT) this.#refuseLong(this.#rest);
    return rows;
  }

  #placed<P extends Place>(place: P): P {
    if (this.#wording.areRows) place.row = this.#row;
    return place;
  }

  #refuseLong(row: string): void {
    if (Buffer.byteLength(row) > MAX_ROW_BYTES) throw rowTooLong(this.#placed({ line: this.#line }), this.#wording);
  }
}
