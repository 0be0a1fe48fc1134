import { createReadStream, createWriteStream, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Keeps what is dear to make for as long as this process lasts, in a file without a name: nothing is left behind, however it ends.
 * @returns opens it anew
 */
export async function kept(content: Readable): Promise<() => Readable> {
  const folder = await mkdtemp(join(tmpdir(), 'bolna-campaigns-kept-'));
  try {
    const path = join(folder, 'content');
    await pipeline(content, createWriteStream(path));
    const fd = openSync(path, 'r');
    return () => createReadStream(path, { fd, start: 0, autoClose: false });
  } finally {
    // Where a file that is open cannot be removed, the system clears its folder for such files.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
