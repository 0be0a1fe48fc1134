import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const standing = new Set<string>();
process.on('exit', () => {
  for (const folder of standing) {
    try {
      removeFolder(folder);
    } catch {
      // One that cannot be removed must not keep the others.
    }
  }
});

/** A folder of its own, which goes with this process at the latest, also where that is interrupted. */
export function temporaryFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  standing.add(folder);
  return folder;
}

export function removeFolder(folder: string): void {
  standing.delete(folder);
  // A process that is just being killed may still put something in.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
