import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { lockHome } from '../../worker/embedded/home';

/**
 * The S3 server that tests run against. Since 1.8 it decides conditional puts under a lock: of many at once one wins, as on
 * AWS's own.
 */
const VERSION = 'v1.8.0';
const MODULE = `github.com/versity/versitygw/cmd/versitygw@${VERSION}`;
/** A minute on a machine that does nothing else. */
export const BUILD_LIMIT_MS = 900_000;

/** The path of the server's program: TEST_S3_SERVER_PATH, else built once from its Go module and kept in `.cache`. */
export async function s3ServerProgram(): Promise<string> {
  if (process.env.TEST_S3_SERVER_PATH) return process.env.TEST_S3_SERVER_PATH;
  const folder = resolve('.cache', 's3-server');
  const program = join(folder, `versitygw-${VERSION}`);
  if (existsSync(program)) return program;
  // Test files run side by side, and only one of them builds.
  const lock = await lockHome(folder, { waitMs: BUILD_LIMIT_MS });
  try {
    if (!existsSync(program)) await build(folder, program);
  } finally {
    lock.release();
  }
  return program;
}

async function build(folder: string, program: string): Promise<void> {
  const draft = await mkdtemp(join(folder, 'build-'));
  try {
    const env = { ...process.env, GOBIN: draft };
    await promisify(execFile)('go', ['install', '-trimpath', '-ldflags=-s -w', MODULE], {
      env,
      timeout: BUILD_LIMIT_MS,
    });
    await rename(join(draft, 'versitygw'), program);
  } catch (error) {
    throw new Error('The S3 server for tests is built with Go: install it, or set TEST_S3_SERVER_PATH.', {
      cause: error,
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
