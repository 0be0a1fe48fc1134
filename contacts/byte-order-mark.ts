import { isAscii } from 'node:buffer';

/** U+FEFF in UTF-8. */
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** Bytes that are held back to see whether all of them are ASCII. */
const MOST_HELD = 1024 * 1024;

/**
 * A CSV for people: with a byte order mark where not all of it is ASCII. Without one, Excel takes UTF-8 for the older encoding of the
 * machine it runs on, and shows "Zoë" as "ZoÃ«". A CSV whose first megabyte is ASCII has one too if it is longer: what comes later is
 * not known when its first bytes are written.
 *
 * @param source UTF-8 without a mark
 */
export async function* marked(source: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer, void, undefined> {
  let held: Buffer[] | undefined = [];
  let size = 0;
  for await (const piece of source) {
    const chunk = Buffer.from(piece);
    if (held === undefined) {
      yield chunk;
      continue;
    }
    held.push(chunk);
    size += chunk.length;
    if (size <= MOST_HELD && isAscii(chunk)) continue;
    yield MARK;
    yield* held;
    held = undefined;
  }
  yield* held ?? [];
}

/** A CSV for programs: without a byte order mark, which many of them take for a part of the first column's name. */
export async function* unmarked(source: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer, void, undefined> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const piece of source) {
    const chunk = Buffer.from(piece);
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < MARK.length) continue;
    yield withoutMark(head);
    head = undefined;
  }
  if (head !== undefined) yield withoutMark(head);
}

function withoutMark(head: Buffer): Buffer {
  return head.subarray(0, MARK.length).equals(MARK) ? head.subarray(MARK.length) : head;
}
