import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { bundle } from '../test/support/prepare';
import { serverEnvironment } from '../test/support/tools';
import { findTemporalCli, findTestServer } from '../worker/embedded/find-server';

/** What the tests' global set-up does for jest: names the compiled product, its workflow bundle and the Temporal servers. */
export async function prepare(): Promise<void> {
  const build = resolve(__dirname, '..');
  if (!existsSync(resolve(build, 'client/cli.js'))) throw new Error(`There is no compiled product in ${build}.`);
  process.env.TEST_BUILD = build;
  process.env.TEST_WORKFLOW_BUNDLE = await bundle(build);
  process.env.TEST_CLI_PATH = await findTemporalCli(serverEnvironment());
  process.env.TEST_SERVER_PATH = await findTestServer(serverEnvironment());
}
