import type { Readable } from 'node:stream';
import { readWhole } from './xml';

/** The longest text of a cell, in UTF-16 units: Excel's own limit is 32,767 of them, that of Google Sheets 50,000. */
export const LONGEST_TEXT = 64 * 1024;

/** The texts that the cells of a workbook share, in the bytes of their UTF-8 and 4 more each. */
export class SharedStrings {
  #bytes = Buffer.alloc(64 * 1024);
  #used = 0;
  #ends = new Uint32Array(1024);
  #count = 0;

  /** @throws Error where the file is no XML */
  static async read(file: Readable): Promise<SharedStrings> {
    const strings = new SharedStrings();
    let text = '';
    const at = new TextPlace();
    await readWhole(file, {
      open(name) {
        at.open(name);
        if (name === 'si') text = '';
      },
      text(piece) {
        // Of a longer one, enough to be told as such: whether a cell refers to it is not known yet.
        if (at.isText && text.length <= LONGEST_TEXT) text += piece;
      },
      close(name) {
        at.close(name);
        if (name === 'si') strings.#add(text);
      },
    });
    return strings;
  }

  /** Undefined where there is no such text. */
  at(index: number): string | undefined {
    if (!Number.isInteger(index) || index < 0 || index >= this.#count) return undefined;
    return this.#bytes.toString('utf8', index === 0 ? 0 : this.#ends[index - 1], this.#ends[index]);
  }

  #add(text: string): void {
    const length = Buffer.byteLength(text);
    if (this.#used + length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(2 * this.#bytes.length, this.#used + length));
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    if (this.#count === this.#ends.length) {
      const more = new Uint32Array(2 * this.#count);
      more.set(this.#ends);
      this.#ends = more;
    }
    this.#used += this.#bytes.write(text, this.#used);
    this.#ends[this.#count++] = this.#used;
  }
}

/** Where in a text the reader is: how it is pronounced, as Japanese names say, is no part of it. */
export class TextPlace {
  #inText = false;
  #inPhonetic = false;

  get isText(): boolean {
    return this.#inText && !this.#inPhonetic;
  }

  open(name: string): void {
    if (name === 't') this.#inText = true;
    if (name === 'rPh') this.#inPhonetic = true;
  }

  close(name: string): void {
    if (name === 't') this.#inText = false;
    if (name === 'rPh') this.#inPhonetic = false;
  }
}
