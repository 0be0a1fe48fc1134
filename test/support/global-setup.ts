import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { findTemporalCli, findTestServer } from '../../worker/embedded/find-server';

/** What every suite needs is made once: the workflow bundle and the two servers, where the product itself looks for them. */
export async function setup(): Promise<void> {
  const cache = resolve('.cache');
  await mkdir(cache, { recursive: true });
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  const logger = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
  const [{ code }, testServer, cli] = await Promise.all([
    bundleWorkflowCode({ workflowsPath: resolve('workflows/campaign.ts'), logger }),
    findTestServer(env),
    findTemporalCli(env),
  ]);
  const bundle = resolve(cache, 'workflow-bundle.js');
  await writeFile(bundle, code);
  process.env.TEST_WORKFLOW_BUNDLE = bundle;
  process.env.TEST_SERVER_PATH = testServer;
  process.env.TEST_CLI_PATH = cli;
}

// biome-ignore lint/style/noDefaultExport: jest asks for one
export default setup;
