const QUOTE = 0x22;
const EQUALS = 0x3d;
const LF = 0x0a;
const CR = 0x0d;

/** One record of a CSV as it stands in a text. */
export interface CsvRow {
  cells: string[];
  /** Line breaks inside its values. */
  breaks: number;
  /** Where its last value ends. */
  textEnd: number;
  /** Where the next record begins. */
  end: number;
  /** Whether a quote stands inside a value that is not quoted, or text behind a closing quote. Such values have their quotes in `cells`. */
  hasStrayQuote: boolean;
}

/**
 * Reads the record that begins at `start`. Spaces around a value are dropped, those inside quotes stay. Lines end with LF, CRLF or CR.
 *
 * A value with a quote in the wrong place goes on to the next delimiter or the end of the line.
 *
 * @param isEnd whether nothing follows the text
 * @param delimiter code of the character between values
 * @returns `incomplete` where the record may go on behind the text. `unclosed` where a quote is never closed, or has other lines up to a quote
 * that closes nothing: where the record ends is then unknown, and those lines may be other records
 */
export function readRow(
  text: string,
  start: number,
  isEnd: boolean,
  delimiter: number,
): CsvRow | 'incomplete' | 'unclosed' {
  const cells: string[] = [];
  let breaks = 0;
  let hasStrayQuote = false;
  for (let at = start; ; ) {
    const from = isInk(text.charCodeAt(at)) ? at : behindSpaces(text, at, delimiter);
    let behind: number;
    if (text.charCodeAt(from) === QUOTE) {
      const closed = closingQuote(text, from + 1);
      if (closed < 0) return isEnd ? 'unclosed' : 'incomplete';
      const value = unquoted(text.slice(from + 1, closed));
      breaks += lineBreaks(value);
      behind = behindSpaces(text, closed + 1, delimiter);
      if (isValueEnd(text, behind, delimiter)) cells.push(value);
      else if (lineBreaks(value) > 0) return 'unclosed';
    } else {
      behind = textFormulaEnd(text, from) ?? from;
      behind = behind > from ? behindSpaces(text, behind, delimiter) : plainEnd(text, from, delimiter);
      if (isValueEnd(text, behind, delimiter)) cells.push(trimmed(text.slice(from, behind)));
    }
    if (!isValueEnd(text, behind, delimiter)) {
      hasStrayQuote = true;
      while (!isValueEnd(text, behind, delimiter)) behind += 1;
      cells.push(trimmed(text.slice(from, behind)));
    }
    if (behind === text.length && !isEnd) return 'incomplete';
    const next = text.charCodeAt(behind);
    if (next === delimiter) {
      at = behind + 1;
      continue;
    }
    // A LF behind a CR would belong to it.
    if (next === CR && behind + 1 === text.length && !isEnd) return 'incomplete';
    const end = behind + (next === CR && text.charCodeAt(behind + 1) === LF ? 2 : 1);
    return { cells, breaks, textEnd: behind, end: Math.min(end, text.length), hasStrayQuote };
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

/** Where a value without quotes ends: at a delimiter, a line's end or the end of the text; or where a quote stands in it. */
function plainEnd(text: string, from: number, delimiter: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === delimiter || code === LF || code === CR || code === QUOTE) break;
  }
  return at;
}

function isValueEnd(text: string, at: number, delimiter: number): boolean {
  if (at >= text.length) return true;
  const code = text.charCodeAt(at);
  return code === delimiter || code === LF || code === CR;
}

/** Behind what `trim` drops. The delimiter may be a tab. */
function behindSpaces(text: string, from: number, delimiter: number): number {
  let at = from;
  while (!isValueEnd(text, at, delimiter) && text.charAt(at).trim() === '') at += 1;
  return at;
}

function trimmed(value: string): string {
  // Looking at both ends is many times as fast as trim(), and most values have nothing to drop.
  return isInk(value.charCodeAt(0)) && isInk(value.charCodeAt(value.length - 1)) ? value : value.trim();
}

function isInk(code: number): boolean {
  return code > 0x20 && code < 0x7f;
}
