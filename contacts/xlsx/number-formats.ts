import type { Readable } from 'node:stream';
import { ContactsError } from '../errors';
import { GENERAL, type NumberFormat, numberFormat } from './number-format';
import { readWhole } from './xml';

/** Excel allows some 250 in a workbook. Each is kept for as long as the process lives, since `numfmt` does so. */
const MOST_USED = 1000;

/** The formats of numbers in a workbook, by the style of a cell. Each is parsed when a cell first uses it, since a file can list a million. */
export class NumberFormats {
  readonly #own = new Map<number, string>();
  readonly #ids: number[] = [];
  readonly #used = new Map<number, NumberFormat>();

  /** @throws Error where the file is no XML */
  static async read(file: Readable): Promise<NumberFormats> {
    const formats = new NumberFormats();
    let inCells = false;
    await readWhole(file, {
      open(name, attributes) {
        if (name === 'numFmt') formats.#own.set(Number(attributes.numFmtId), attributes.formatCode ?? '');
        if (name === 'cellXfs') inCells = true;
        if (name === 'xf' && inCells) formats.#ids.push(Number(attributes.numFmtId ?? 0));
      },
      close(name) {
        if (name === 'cellXfs') inCells = false;
      },
    });
    return formats;
  }

  /**
   * "General" where there is no such style.
   * @throws {@link ContactsError} where cells have used too many formats before
   */
  at(style: number): NumberFormat {
    const id = this.#ids[style];
    if (id === undefined) return GENERAL;
    const known = this.#used.get(id);
    if (known) return known;
    if (this.#used.size === MOST_USED) {
      throw new ContactsError(
        'workbook-too-large',
        `The sheet uses more than ${MOST_USED} number formats: save it as "CSV UTF-8", and give that file.`,
      );
    }
    const format = numberFormat(id, this.#own);
    this.#used.set(id, format);
    return format;
  }
}
