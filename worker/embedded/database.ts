import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { DiskFullError, explainHomeFailure } from './errors';

/** A fresh database is under 1 MB and a campaign adds little; below this, the server starts and then fails at every write. */
const DEFAULT_MIN_FREE_BYTES = 32 * 1024 * 1024;

/**
 * The server's database file and the mark of one that was never ready.
 *
 * The server makes its tables only when the file is new. Interrupted in the middle (disk full, SIGKILL), it leaves a file it
 * can never start on again. A mark beside it says "no server was ever ready on this one": nothing can be lost by beginning anew.
 */
export class ServerDatabase {
  readonly path: string;
  readonly #mark: string;

  constructor(readonly home: string) {
    this.path = join(home, 'temporal.db');
    this.#mark = `${this.path}.unfinished`;
  }

  /**
   * Call before the server starts.
   *
   * @throws DiskFullError when fewer than `minFreeBytes` are free
   */
  async prepare(minFreeBytes: number = DEFAULT_MIN_FREE_BYTES): Promise<void> {
    const disk = await statfs(this.home);
    if (disk.bavail * disk.bsize < minFreeBytes) throw new DiskFullError(this.home);
    try {
      if (existsSync(this.#mark)) this.#remove();
      if (!existsSync(this.path)) writeFileSync(this.#mark, '');
    } catch (error) {
      throw explainHomeFailure(this.home, error);
    }
  }

  /** Call when the server has answered, before anybody is told its address. */
  ready(): void {
    rmSync(this.#mark, { force: true });
  }

  #remove(): void {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(this.path + suffix, { force: true });
  }
}
