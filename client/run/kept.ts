import { createReadStream, createWriteStream, openSync, read } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Keeps what is dear to make for as long as this process lasts, in a file without a name: nothing is left behind, however it ends.
 * @returns opens it anew, for as many readers at a time as there are; each may leave early
 */
export async function kept(content: Readable): Promise<() => Readable> {
  const folder = await mkdtemp(join(tmpdir(), 'bolna-campaigns-kept-'));
  try {
    const path = join(folder, 'content');
    await pipeline(content, createWriteStream(path));
    const fd = openSync(path, 'r');
    return () => createReadStream(path, { fd, start: 0, fs: { read, close: leaveOpen } });
  } finally {
    // Where a file that is open cannot be removed, the system clears its folder for such files.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/**
 * A reader that ends must not close the descriptor, which is that of all readers: its number may be another file's by then. A stream that
 * is destroyed closes it even with `autoClose: false`.
 */
function leaveOpen(_fd: number, done: () => void): void {
  done();
}
