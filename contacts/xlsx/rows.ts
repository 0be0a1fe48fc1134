import type { Readable } from 'node:stream';
import { ContactsError } from '../errors';
import type { TableRow } from '../row-splitter';
import { shownNumber } from './number-format';
import { LONGEST_TEXT, TextPlace } from './shared-strings';
import type { Workbook } from './workbook';
import { readXml } from './xml';

/** Excel's own limits. */
const [MOST_ROWS, MOST_COLUMNS] = [1_048_576, 16_384];
/** As for a row of a CSV, in UTF-16 units. */
const LONGEST_ROW = 1024 * 1024;
const CELL_TOO_LONG = `has a cell of more than ${LONGEST_TEXT.toLocaleString('en')} characters: shorten its text`;

/**
 * Reads the rows of a sheet as it streams by (ECMA-376, part 1, 18.3), each cell as the text that Excel shows. Rows without any value
 * are left out, and so are the empty cells at the end of others. The line of a row is its number in the sheet.
 *
 * @param file the sheet's XML
 * @returns as many rows at once as came in one piece
 * @throws {@link ContactsError} for a row that is too long; Error where it is no sheet
 */
export async function* readRows(file: Readable, workbook: Workbook): AsyncGenerator<TableRow[]> {
  const reader = new SheetReader(workbook);
  for await (const _ of readXml(file, reader)) yield reader.taken();
  yield reader.taken();
}

class SheetReader {
  #rows: TableRow[] = [];
  #line = 0;
  #cells: string[] = [];
  /** Of the row as a line of a CSV. */
  #length = 0;
  #column = -1;
  #type = '';
  #style = 0;
  #value = '';
  #inValue = false;
  readonly #place = new TextPlace();

  constructor(private readonly workbook: Workbook) {}

  taken(): TableRow[] {
    return this.#rows.splice(0);
  }

  open(name: string, attributes: Record<string, string>): void {
    this.#place.open(name);
    if (name === 'v') this.#inValue = true;
    else if (name === 'c') this.#beginCell(attributes);
    else if (name === 'row') this.#beginRow(attributes);
  }

  text(text: string): void {
    if (!this.#inValue && !this.#place.isText) return;
    this.#value += text;
    if (this.#value.length > LONGEST_TEXT) throw this.#tooLong(CELL_TOO_LONG);
  }

  close(name: string): void {
    this.#place.close(name);
    if (name === 'v') this.#inValue = false;
    else if (name === 'c') this.#endCell();
    else if (name === 'row') this.#endRow();
  }

  #beginRow({ r }: Record<string, string>): void {
    const line = r === undefined ? this.#line + 1 : Number(r);
    if (!(line > this.#line && line <= MOST_ROWS)) throw new Error('rows out of order');
    this.#line = line;
    this.#cells = [];
    this.#length = 0;
    this.#column = -1;
  }

  #beginCell({ r, t = 'n', s = '0' }: Record<string, string>): void {
    const column = r === undefined ? this.#column + 1 : columnOf(r);
    if (!(column > this.#column && column < MOST_COLUMNS)) throw new Error('cells out of order');
    this.#column = column;
    this.#type = t;
    this.#style = Number(s);
    this.#value = '';
  }

  #endCell(): void {
    const text = this.#shown();
    if (text === '') return;
    // A few bytes can stand for a long shared text, or for thousands of empty cells.
    if (text.length > LONGEST_TEXT) throw this.#tooLong(CELL_TOO_LONG);
    this.#length += this.#column + 1 - this.#cells.length + text.length;
    if (this.#length > LONGEST_ROW) throw this.#tooLong('is longer than 1 MB: shorten it');
    while (this.#cells.length < this.#column) this.#cells.push('');
    this.#cells.push(text);
  }

  #endRow(): void {
    if (this.#cells.length > 0) this.#rows.push({ line: this.#line, cells: this.#cells });
  }

  #tooLong(what: string): ContactsError {
    return new ContactsError('row-too-long', `Row ${this.#line} of the sheet ${what}.`);
  }

  #shown(): string {
    const value = this.#value;
    if (value === '') return '';
    const { strings, formats, startsIn1904 } = this.workbook;
    switch (this.#type) {
      case 's':
        return unescaped(strings?.at(Number(value)) ?? '');
      case 'b':
        return value === '1' ? 'TRUE' : 'FALSE';
      case 'n': {
        const number = Number(value);
        return Number.isNaN(number) ? value : shownNumber(number, formats?.at(this.#style), startsIn1904);
      }
      default:
        // A text of the cell's own, what a formula came to, a date in ISO 8601, an error such as #REF!
        return unescaped(value);
    }
  }
}

/** What XML cannot hold stands as `_x000D_` (ECMA-376, part 1, 22.9.2.19). */
function unescaped(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** The column of a cell's name, from 0: 27 for AB7. */
function columnOf(name: string): number {
  let column = 0;
  for (let at = 0; at < name.length; at++) {
    const letter = name.charCodeAt(at) - 64;
    if (letter < 1 || letter > 26) break;
    column = column * 26 + letter;
  }
  return column - 1;
}
