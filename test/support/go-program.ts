import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lockHome } from '../../worker/embedded/home';
import { TOOLS } from './tools';

/** A minute or a few on a machine that does nothing else; a busy one may take ten times as long. */
export const BUILD_LIMIT_MS = 3_600_000;

export interface GoProgram {
  /** What it is called here. */
  name: string;
  /** The package of its `main`. */
  source: string;
  /** Of the module that the package is in. */
  version: string;
  /** Build tags. */
  tags?: string;
}

/** Where a program is kept once it is built. @param folder below TOOLS */
export function goProgramPath(folder: string, { name, version }: GoProgram): string {
  return join(TOOLS, folder, `${name}-${version}`);
}

/**
 * The path of a program that is built once from its Go module, and kept.
 * @param folder below TOOLS
 * @param signal gives up the building
 * @throws Error where Go is missing, or cannot build it
 */
export async function goProgram(folder: string, program: GoProgram, signal?: AbortSignal): Promise<string> {
  const path = goProgramPath(folder, program);
  if (existsSync(path)) return path;
  // Test files run side by side, and only one of them builds.
  const lock = await lockHome(join(TOOLS, folder), { waitMs: BUILD_LIMIT_MS });
  try {
    if (!existsSync(path)) await build(program, path, signal);
  } finally {
    lock.release();
  }
  return path;
}

async function build(
  { source, version, tags }: GoProgram,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const draft = await mkdtemp(join(path, '..', 'build-'));
  try {
    const env = { ...process.env, GOBIN: draft };
    const flags = ['-trimpath', '-ldflags=-s -w', ...(tags ? ['-tags', tags] : [])];
    // At SIGINT, Go takes its own drafts away.
    const limits = { timeout: BUILD_LIMIT_MS, killSignal: 'SIGINT', ...(signal && { signal }) } as const;
    await promisify(execFile)('go', ['install', ...flags, `${source}@${version}`], { env, ...limits });
    const [built = ''] = await readdir(draft);
    await rename(join(draft, built), path);
  } catch (error) {
    throw new Error(`Go has not built ${source}@${version}.`, { cause: error });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
