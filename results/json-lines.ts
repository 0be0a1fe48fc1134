import type { Readable } from 'node:stream';

/** Far above an execution with a long transcript; a longer line is a damaged file. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * The values of a JSON Lines file; `undefined` (which no JSON is) for a line that is torn, damaged or over 32 MB.
 *
 * Not node:readline: it also splits at U+2028, which JSON allows inside a string and transcripts hold.
 */
export async function* jsonLines(source: Readable): AsyncGenerator<unknown> {
  for await (const { value } of positionedLines(source)) yield value;
}

/** The same, with the place in the file after each line, in bytes. @param start where the source begins in the file */
export async function* positionedLines(source: Readable, start = 0): AsyncGenerator<{ value: unknown; end: number }> {
  let position = start;
  let pieces: Buffer[] = [];
  let length = 0;
  const take = (piece: Buffer): void => {
    length += piece.length;
    // Counted on but not kept: the line will come out as unreadable.
    if (length > MAX_LINE_BYTES) pieces = [];
    else pieces.push(piece);
  };
  const value = (): unknown => {
    const line = length > MAX_LINE_BYTES ? undefined : Buffer.concat(pieces).toString().trim();
    pieces = [];
    length = 0;
    return line;
  };

  for await (const chunk of source) {
    let rest: Buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      take(rest.subarray(0, end));
      position += end + 1;
      rest = rest.subarray(end + 1);
      const line = value();
      if (line !== '') yield { value: parsed(line), end: position };
    }
    position += rest.length;
    take(rest);
  }
  const line = value();
  if (line !== '') yield { value: parsed(line), end: position };
}

function parsed(line: unknown): unknown {
  try {
    return typeof line === 'string' ? JSON.parse(line) : undefined;
  } catch {
    return undefined;
  }
}
