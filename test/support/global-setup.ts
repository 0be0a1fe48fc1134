import { execFile } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { bundleWorkflowCode } from '@temporalio/worker';
import { findTemporalCli, findTestServer } from '../../worker/embedded/find-server';

/**
 * What every suite needs is made once: the product compiled as it is shipped (for tests with processes of their own), its
 * workflow bundle, and the two Temporal servers, found where the product itself looks for them.
 */
export default async function setup(): Promise<void> {
  const cache = resolve('.cache');
  const build = resolve(cache, 'build');
  await mkdir(cache, { recursive: true });
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  const [testServer, cli] = await Promise.all([findTestServer(env), findTemporalCli(env), compile(build)]);
  process.env.TEST_BUILD = build;
  process.env.TEST_WORKFLOW_BUNDLE = await bundle(build);
  process.env.TEST_SERVER_PATH = testServer;
  process.env.TEST_CLI_PATH = cli;
}

async function compile(build: string): Promise<void> {
  const buildInfo = resolve(build, '..', 'build.tsbuildinfo');
  const flags = ['-p', 'tsconfig.build.json', '--outDir', build, '--incremental', '--tsBuildInfoFile', buildInfo];
  const tsc = resolve('node_modules/typescript/bin/tsc');
  // Only what it emits is wanted here; whether the types hold is for `npm run check` to say.
  await promisify(execFile)(process.execPath, [tsc, ...flags]).catch(() => undefined);
}

async function bundle(build: string): Promise<string> {
  const logger = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
  const { code } = await bundleWorkflowCode({ workflowsPath: resolve(build, 'workflows/index.js'), logger });
  const path = resolve(build, 'worker/workflow-bundle.js');
  // Renamed into place: another run of the tests may be reading the one before.
  await writeFile(`${path}.${process.pid}`, code);
  await rename(`${path}.${process.pid}`, path);
  return path;
}
