import { constants } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Older than any download takes, so what it belongs to was killed. */
const ABANDONED_MS = 60 * 60 * 1000;
const EXECUTABLE_SUFFIX = process.platform === 'win32' ? '.exe' : '';

/** `$XDG_CACHE_HOME/bolna-campaigns`, by default `~/.cache/bolna-campaigns`. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const base = env.XDG_CACHE_HOME;
  // The XDG specification has relative values ignored.
  const root = base && isAbsolute(base) ? base : join(env.HOME || homedir(), '.cache');
  return join(root, 'bolna-campaigns');
}

/** The place in the cache of one program of one version; another version is another file. */
export function cachedPath(folder: string, name: string): string {
  return join(folder, name + EXECUTABLE_SUFFIX);
}

/** The executable of that name in the first folder of the PATH that has one. */
export async function findOnPath(env: NodeJS.ProcessEnv, name: string): Promise<string | undefined> {
  for (const folder of (env.PATH ?? '').split(process.platform === 'win32' ? ';' : ':')) {
    if (!isAbsolute(folder)) continue;
    const path = join(folder, name + EXECUTABLE_SUFFIX);
    if (await isExecutableFile(path)) return path;
  }
  return undefined;
}

export async function isExecutableFile(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/**
 * Lets `produce` make a file in an empty folder and puts it at `target`.
 *
 * The folder lies beside the target and the last step is a rename, so a process killed in between leaves no half-made program
 * to be found, and of two at once each sees a whole one.
 */
export async function putAtomically(
  folder: string,
  target: string,
  produce: (emptyFolder: string) => Promise<string>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await removeAbandoned(folder);
  const workFolder = await mkdtemp(join(folder, 'fetch-'));
  try {
    const made = await produce(workFolder);
    await chmod(made, 0o755);
    await rename(made, target);
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('fetch-')) continue;
    const path = join(folder, name);
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
}
