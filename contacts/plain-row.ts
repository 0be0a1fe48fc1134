const QUOTE = 0x22;
const EQUALS = 0x3d;
const LF = 0x0a;
const CR = 0x0d;

/** One record of a CSV as it stands in a text. */
export interface PlainRow {
  cells: string[];
  /** Line breaks inside its values. */
  breaks: number;
  /** Where the next record begins. */
  end: number;
}

/**
 * Reads the record that begins at `start`. Values are as csv-parse gives them with `trim`: spaces around a value that is not in
 * quotes are dropped. Lines end with LF, CRLF or CR.
 *
 * @param isEnd whether nothing follows the text
 * @param delimiter code of the character between values
 * @returns `incomplete` where the record may go on behind the text, `unusual` where a quote stands where none is expected:
 * behind spaces, which is right, or inside a value, which is wrong
 */
export function readPlainRow(
  text: string,
  start: number,
  isEnd: boolean,
  delimiter: number,
): PlainRow | 'incomplete' | 'unusual' {
  const cells: string[] = [];
  let breaks = 0;
  for (let at = start; ; ) {
    let behind: number;
    if (text.charCodeAt(at) === QUOTE) {
      const closed = closingQuote(text, at + 1);
      if (closed < 0) return isEnd ? 'unusual' : 'incomplete';
      const value = unquoted(text.slice(at + 1, closed));
      breaks += lineBreaks(value);
      cells.push(value);
      behind = closed + 1;
    } else {
      behind = textFormulaEnd(text, at) ?? valueEnd(text, at, delimiter);
      cells.push(trimmed(text.slice(at, behind)));
    }
    if (behind === text.length) return isEnd ? { cells, breaks, end: behind } : 'incomplete';
    const next = text.charCodeAt(behind);
    if (next === LF) return { cells, breaks, end: behind + 1 };
    if (next === CR) {
      // A LF behind it would belong to it.
      if (behind + 1 === text.length && !isEnd) return 'incomplete';
      return { cells, breaks, end: behind + (text.charCodeAt(behind + 1) === LF ? 2 : 1) };
    }
    if (next !== delimiter) return 'unusual';
    at = behind + 1;
  }
}

/** How many lines a text goes on for, behind its first. */
export function lineBreaks(text: string): number {
  if (!text.includes('\n') && !text.includes('\r')) return 0;
  return text.match(/\r\n|\n|\r/g)?.length ?? 0;
}

/** Where a value such as `="+919876543210"` ends, by which spreadsheets keep a number as a text: its quotes are part of it. */
function textFormulaEnd(text: string, from: number): number | undefined {
  if (text.charCodeAt(from) !== EQUALS || text.charCodeAt(from + 1) !== QUOTE) return undefined;
  for (let at = from + 2; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === LF || code === CR) return undefined;
  }
  return undefined;
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && text.charCodeAt(at + 1) === QUOTE) at = text.indexOf('"', at + 2);
  return at;
}

function unquoted(value: string): string {
  return value.includes('"') ? value.replaceAll('""', '"') : value;
}

/** Where a value without quotes ends: at a delimiter, a line's end, a quote, or the end of the text. */
function valueEnd(text: string, from: number, delimiter: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === delimiter || code === LF || code === CR || code === QUOTE) break;
  }
  return at;
}

function trimmed(value: string): string {
  // Looking at both ends is many times as fast as trim(), and most values have nothing to drop.
  return isInk(value.charCodeAt(0)) && isInk(value.charCodeAt(value.length - 1)) ? value : value.trim();
}

function isInk(code: number): boolean {
  return code > 0x20 && code < 0x7f;
}
