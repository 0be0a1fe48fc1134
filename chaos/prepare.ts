import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { bundle } from '../test/support/prepare';
import { serverEnvironment } from '../test/support/tools';
import { findTemporalCli } from '../worker/embedded/find-server';

/**
 * What the tests' global set-up does for jest: names the compiled product, its workflow bundle and the Temporal server.
 * @param build a folder with another compiled product; default: the one this harness was compiled with
 */
export async function prepare(build = resolve(__dirname, '..')): Promise<void> {
  if (!existsSync(resolve(build, 'client/cli.js'))) throw new Error(`There is no compiled product in ${build}.`);
  process.env.TEST_BUILD = build;
  process.env.TEST_WORKFLOW_BUNDLE = await bundle(build);
  process.env.TEST_CLI_PATH = await findTemporalCli(serverEnvironment());
}
