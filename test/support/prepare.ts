import { execFile } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { bundleWorkflowCode } from '@temporalio/worker';
import { findTemporalCli, findTestServer } from '../../worker/embedded/find-server';
import { workflowCode } from '../../worker/workflow-code';
import { CACHE, serverEnvironment } from './tools';

/** Where `tsconfig.tools.json` puts what it compiles. */
const BUILD = resolve(CACHE, 'build');

/**
 * Names what `prepared` gives: the compiled product, its workflow bundle, and the two Temporal servers, found where the product
 * itself looks for them. A program that was started by a test has it all from there.
 * @param build a folder with another compiled product
 */
export async function prepare(build?: string): Promise<void> {
  if (build === undefined && process.env.TEST_BUILD === BUILD) return;
  const env = serverEnvironment();
  const [testServer, cli] = await Promise.all([findTestServer(env), findTemporalCli(env)]);
  process.env.TEST_BUILD = build ?? BUILD;
  process.env.TEST_WORKFLOW_BUNDLE = await bundle(process.env.TEST_BUILD);
  process.env.TEST_SERVER_PATH = testServer;
  process.env.TEST_CLI_PATH = cli;
}

/**
 * Compiles the product, and what runs beside it in processes of its own (chaos, bench, screenshots), all at once. Types are not
 * looked at, which is most of the work: whether they hold is for `npm run check` to say.
 */
export async function compile(): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const tsc = resolve('node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', 'tsconfig.tools.json']);
}

/** Bundles the workflow of a compiled product, where its worker looks for it. @returns the bundle's path */
async function bundle(build: string): Promise<string> {
  const logger = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
  const { code } = await bundleWorkflowCode({ ...workflowCode(build), logger });
  const path = resolve(build, 'worker/workflow-bundle.js');
  // Renamed into place: another run of the tests may be reading the one before.
  await writeFile(`${path}.${process.pid}`, code);
  await rename(`${path}.${process.pid}`, path);
  return path;
}
