import type { Readable } from 'node:stream';

/** A stream as the answer of a route whose schema says what comes in it: the framework sends it as it is. */
export function streamed(stream: Readable): never {
  return stream as never;
}
