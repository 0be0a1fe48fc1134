import { CsvError, parse } from 'csv-parse/sync';
import { brokenRow } from './errors';
import { lineBreaks, readPlainRow } from './plain-row';

/** Far above any real contact, and small enough that a quote never closed does not pull the whole file into memory. */
const MAX_ROW_BYTES = 1024 * 1024;
/** A UTF-16 unit may be three bytes. Whether a longer row is too long csv-parse must say. */
const SURELY_SHORT = MAX_ROW_BYTES / 3;

const TOO_LONG = 'CSV_MAX_RECORD_SIZE';

export interface SplitOptions {
  /** Whether quotes inside of a value are part of it, as in `="+12025550101"`, and no fault of the file. Default: false. */
  looseQuotes?: boolean;
}

/** One record of a CSV. */
export interface TableRow {
  /** First physical line of the record, from 1, as an editor numbers them. */
  line: number;
  cells: string[];
}

/**
 * Splits a CSV into rows, as its pieces come. Blank lines are no rows.
 *
 * It reads plain rows itself, in a third of the time that csv-parse takes. Whatever else there is, and every error, is for csv-parse to
 * judge: it gets the piece from there on.
 */
export class RowSplitter {
  #rest = '';
  /** Of the row that comes next. */
  #line: number;
  readonly #delimiter: string;
  readonly #delimiterCode: number;
  readonly #looseQuotes: boolean;

  /**
   * @param delimiter the character between values
   * @param firstLine the line that the first piece begins with
   */
  constructor(delimiter = ',', firstLine = 1, { looseQuotes = false }: SplitOptions = {}) {
    this.#looseQuotes = looseQuotes;
    this.#line = firstLine;
    this.#delimiter = delimiter;
    this.#delimiterCode = delimiter.charCodeAt(0);
  }

  /**
   * @param isEnd whether this is the last piece
   * @returns the rows that are complete by now
   * @throws {@link ContactsError} for a row that is no CSV
   */
  split(piece: string, isEnd: boolean): TableRow[] {
    const text = this.#rest + piece;
    const rows: TableRow[] = [];
    let oneByOne: boolean | undefined;
    let at = 0;
    while (at < text.length) {
      const row = readPlainRow(text, at, isEnd, this.#delimiterCode);
      if (row === 'incomplete') break;
      if (row === 'unusual' || row.end - at > SURELY_SHORT) {
        // csv-parse does not take ="…", which must not come along with the row that it is for.
        oneByOne ??= text.includes('="');
        const end = rowEnd(text, at, oneByOne ? 'first' : 'last', isEnd);
        this.#parse(text.slice(at, end), rows);
        if (!oneByOne || end === at) {
          at = end;
          break;
        }
        at = end;
        continue;
      }
      this.#add(row.cells, row.breaks, rows);
      at = row.end;
    }
    this.#rest = text.slice(at);
    if (this.#rest.length > MAX_ROW_BYTES) this.#refuseRest();
    return rows;
  }

  #add(cells: string[], breaks: number, rows: TableRow[]): void {
    const isBlank = cells.length === 1 && cells[0]?.trim() === '';
    if (!isBlank) rows.push({ line: this.#line, cells });
    this.#line += 1 + breaks;
  }

  #parse(text: string, rows: TableRow[], isCut = false): void {
    try {
      parse(text, {
        delimiter: this.#delimiter,
        record_delimiter: ['\r\n', '\n', '\r'],
        relax_column_count: true,
        relax_quotes: this.#looseQuotes,
        // People write `a, "b, c"`: without this the quote would be in the wrong place. Spaces inside quotes stay.
        trim: true,
        max_record_size: MAX_ROW_BYTES,
        // Row by row, so that an error can be told with the line of its row.
        on_record: (cells: string[]) => {
          const breaks = cells.reduce((sum, cell) => sum + lineBreaks(cell), 0);
          this.#add(cells, breaks, rows);
          return null;
        },
      });
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      // What is missing may come yet, but it would be too late.
      const code = isCut && error.code === 'CSV_QUOTE_NOT_CLOSED' ? TOO_LONG : error.code;
      throw brokenRow(code, this.#line);
    }
  }

  /** Of a row with no end in sight: the fault that csv-parse finds in it, else that it is too long. */
  #refuseRest(): never {
    const line = this.#line;
    this.#parse(this.#rest, [], true);
    throw brokenRow(TOO_LONG, line);
  }
}

/**
 * Behind the first or the last complete row from `start` on: as far as rows are well-formed, those end outside of pairs of quotes.
 * @returns `start` where no row is complete, unless this is the end of the file
 */
function rowEnd(text: string, start: number, which: 'first' | 'last', isEnd: boolean): number {
  if (isEnd && which === 'last') return text.length;
  let isQuoted = false;
  let end = start;
  for (const { 0: mark, index } of text.slice(start).matchAll(/"|\r\n|\n|\r(?!$)/g)) {
    if (mark === '"') isQuoted = !isQuoted;
    else if (!isQuoted) {
      end = start + index + mark.length;
      if (which === 'first') return end;
    }
  }
  return isEnd ? text.length : end;
}
