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
      rest = rest.subarray(end + 1);
      const line = value();
      if (line !== '') yield parsed(line);
    }
    take(rest);
  }
  const line = value();
  if (line !== '') yield parsed(line);
}

function parsed(line: unknown): unknown {
  try {
    return typeof line === 'string' ? JSON.parse(line) : undefined;
  } catch {
    return undefined;
  }
}
