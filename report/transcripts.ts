import { cut } from '../contacts/cut';
import { scriptJson } from './script-json';

/** A transcript of 200 KB goes in whole where there is room. */
const LONGEST = 512 * 1024;
/** Of a transcript less is of no use: before each is cut shorter, the last ones are left out. */
const SHORTEST = 1500;
/** How much shorter all are cut when they have become too much. */
const SHRINK = 0.75;
const MOST_SUMMARY = 1000;

interface Kept {
  text: string;
  summary: string;
  /** UTF-16 units that the transcript has in all. */
  length: number;
  /** As JSON for the page, see page/table.js. */
  json: string;
}

/**
 * The transcripts that the page has room for. Long ones are cut, all at the same length and no shorter than needed; what is still
 * too much is left out, the last that came.
 */
export class Transcripts {
  readonly #mostBytes: number;
  readonly #kept = new Map<number, Kept>();
  readonly #leftOut = new Set<number>();
  #most = LONGEST;
  #bytes = 0;

  /** @param mostBytes of JSON, over all transcripts */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** @param row which of the page's rows it belongs to. Where there is one already, the new one takes its place */
  add(row: number, transcript: string, summary: string): void {
    if (transcript === '' && summary === '') return;
    this.#drop(row);
    this.#keep(row, { text: transcript, summary: cut(summary, MOST_SUMMARY), length: transcript.length });
    while (this.#bytes > this.#mostBytes && this.#most > SHORTEST) this.#shorten();
    if (this.#bytes <= this.#mostBytes) return;
    this.#drop(row);
    this.#leftOut.add(row);
  }

  /** Transcripts of which only the beginning is here. */
  get shortened(): number {
    return [...this.#kept.values()].filter(({ text, length }) => text.length < length).length;
  }

  /** Rows whose transcript is not here. */
  get leftOut(): number[] {
    return [...this.#leftOut];
  }

  /** What is here, by row, as JSON. */
  get json(): string {
    return `{${[...this.#kept].map(([row, { json }]) => `"${row}":${json}`).join(',')}}`;
  }

  #keep(row: number, { text, summary, length }: Omit<Kept, 'json'>): void {
    const beginning = text.length > this.#most ? cut(text, this.#most).slice(0, -1) : text;
    const json = scriptJson([beginning, length - beginning.length, summary]);
    this.#kept.set(row, { text: beginning, summary, length, json });
    this.#bytes += sizeOf(row, json);
  }

  #drop(row: number): void {
    const kept = this.#kept.get(row);
    if (kept) this.#bytes -= sizeOf(row, kept.json);
    this.#kept.delete(row);
    this.#leftOut.delete(row);
  }

  #shorten(): void {
    const longest = [...this.#kept.values()].reduce((most, { text }) => Math.max(most, text.length), SHORTEST);
    this.#most = Math.max(SHORTEST, Math.floor(Math.min(longest, this.#most) * SHRINK));
    for (const [row, kept] of [...this.#kept]) {
      if (kept.text.length <= this.#most) continue;
      this.#drop(row);
      this.#keep(row, kept);
    }
  }
}

function sizeOf(row: number, json: string): number {
  return Buffer.byteLength(json) + String(row).length + 4;
}
