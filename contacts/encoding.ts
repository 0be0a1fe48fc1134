import { isAscii } from 'node:buffer';
import type { Readable } from 'node:stream';
import { binaryFile, ContactsError } from './errors';
import type { Wording } from './wording';
import { SIGNATURE_BYTES, workbookIn } from './workbook';

const SAVE_AS = 'save it as "CSV UTF-8 (Comma delimited)" and try again';
/** So many bytes a character of UTF-8 has at most. */
const LONGEST_CHARACTER = 4;

/**
 * Reads a file as text, without a byte order mark: UTF-8, UTF-16 where its first bytes show it, and Windows-1252. It stops at the first
 * byte that cannot belong to such a text: a replacement character would be read aloud by the agent. A NUL belongs to one: its row is rejected.
 *
 * @param notes gets a sentence where the file is not UTF-8
 * @param wording how sentences speak of the contacts
 * @throws {@link ContactsError} for workbooks, other binary files and other encodings
 */
export async function* textOf(source: Readable, notes: string[], wording?: Wording): AsyncGenerator<string> {
  let head: Buffer | undefined = Buffer.alloc(0);
  let decoder: Decoder | undefined;
  for await (const piece of source) {
    let chunk: Buffer = typeof piece === 'string' ? Buffer.from(piece) : piece;
    if (head !== undefined) {
      // A signature may be split over chunks, so nothing goes on before it can be told.
      head = Buffer.concat([head, chunk]);
      if (head.length < SIGNATURE_BYTES) continue;
      decoder = decoderFor(head, notes, wording);
      chunk = head;
      head = undefined;
    }
    if (decoder) yield decoder.decode(chunk, false);
  }
  decoder ??= decoderFor(head ?? Buffer.alloc(0), notes, wording);
  yield decoder.decode(head ?? Buffer.alloc(0), true);
}

/** A picture (PNG), a PDF, a gzip archive. */
const OTHER_KINDS = /^(89504e47|25504446|1f8b)/;
interface Decoder {
  /** @throws {@link ContactsError} */
  decode(chunk: Buffer, isEnd: boolean): string;
}

/** @throws {@link ContactsError} for a workbook */
function decoderFor(head: Buffer, notes: string[], wording: Wording | undefined): Decoder {
  // JSON rows are a text of ours, whatever they begin with.
  const workbook = wording?.areRows ? undefined : workbookIn(head, wording);
  if (workbook !== undefined) throw new ContactsError('not-a-csv', workbook);
  if (OTHER_KINDS.test(head.toString('hex', 0, 4))) throw binaryFile();
  const utf16 = utf16In(head);
  if (utf16 === undefined) return new EightBits(notes);
  notes.push('The file is read as UTF-16 ("Unicode Text").');
  return new SixteenBits(utf16);
}

/** Which UTF-16 a file is, by its mark or since Latin letters, as in any header, have a zero in every other byte there. */
function utf16In(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const mark = head.toString('hex', 0, 2);
  if (mark === 'fffe') return 'utf-16le';
  if (mark === 'feff') return 'utf-16be';
  if (head.length < 2) return undefined;
  const pairs = Array.from({ length: Math.min(head.length >> 1, 8) }, (_, at) => [head[2 * at], head[2 * at + 1]]);
  if (pairs.every(([first, second]) => first !== 0 && second === 0)) return 'utf-16le';
  return pairs.every(([first, second]) => first === 0 && second !== 0) ? 'utf-16be' : undefined;
}

class SixteenBits implements Decoder {
  readonly #decoder: InstanceType<typeof TextDecoder>;

  constructor(encoding: 'utf-16le' | 'utf-16be') {
    this.#decoder = new TextDecoder(encoding, { fatal: true });
  }

  decode(chunk: Buffer, isEnd: boolean): string {
    return orRefuse(() => this.#decoder.decode(chunk, { stream: !isEnd }));
  }
}

/**
 * UTF-8 or Windows-1252: the first character beyond ASCII decides. If its bytes are UTF-8, the file is, to its end; one that has both
 * was put together of two files, and neither reading is right.
 */
class EightBits implements Decoder {
  /** Undefined as long as there was only ASCII. */
  #decode: ((chunk: Buffer, isEnd: boolean) => string) | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #hasBegun = false;

  constructor(private readonly notes: string[]) {}

  decode(chunk: Buffer, isEnd: boolean): string {
    if (this.#decode) return this.#decode(chunk, isEnd);
    const all = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const at = isAscii(all) ? all.length : all.findIndex((byte) => byte > 0x7f);
    const ascii = all.toString('latin1', 0, at);
    this.#rest = all.subarray(at);
    const isFirst = !this.#hasBegun && at === 0;
    if (at > 0) this.#hasBegun = true;
    if (this.#rest.length === 0 || (this.#rest.length < LONGEST_CHARACTER && !isEnd)) return ascii;
    this.#decode = beginsInUtf8(this.#rest) ? utf8(isFirst) : this.#windows1252();
    return ascii + this.#decode(this.#rest, isEnd);
  }

  #windows1252(): typeof windows1252 {
    this.notes.push(
      'The file is read as Windows-1252 (Latin-1), since it is not UTF-8. If names look wrong, save it as "CSV UTF-8".',
    );
    return windows1252;
  }
}

/** Whether the first character is one of UTF-8, with all its bytes. */
function beginsInUtf8(bytes: Buffer): boolean {
  return [2, 3, 4].some((length) => isOneCharacter(bytes.subarray(0, length)));
}

function isOneCharacter(bytes: Buffer): boolean {
  try {
    return [...new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)].length === 1;
  } catch {
    return false;
  }
}

/** @param isFirst whether nothing comes before: only there a mark is no part of the text */
function utf8(isFirst: boolean): (chunk: Buffer, isEnd: boolean) => string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: !isFirst });
  return (chunk, isEnd) => orRefuse(() => decoder.decode(chunk, { stream: !isEnd }));
}

/** What stands where Latin-1 has control characters; a space where Windows-1252 has nothing. */
const FROM_0X80 = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';

function windows1252(chunk: Buffer): string {
  return chunk.toString('latin1').replace(/[\x80-\x9f]/g, (control) => {
    const character = FROM_0X80[control.charCodeAt(0) - 0x80] ?? ' ';
    if (character === ' ') throw unknown();
    return character;
  });
}

function orRefuse(decode: () => string): string {
  try {
    return decode();
  } catch (cause) {
    throw unknown(cause);
  }
}

function unknown(cause?: unknown): ContactsError {
  return new ContactsError(
    'not-utf8',
    `The file is not UTF-8, UTF-16 or Windows-1252 throughout, or not a text: ${SAVE_AS}.`,
    { cause },
  );
}
