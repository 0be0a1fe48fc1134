import { resolve } from 'node:path';
import { findTemporalCli, findTestServer } from '../../worker/embedded/find-server';
import { bundle, compile } from './prepare';
import { CACHE, serverEnvironment } from './tools';

/**
 * What every suite needs is made once: the product compiled as it is shipped (for tests with processes of their own), its
 * workflow bundle, and the two Temporal servers, found where the product itself looks for them.
 */
export default async function setup(): Promise<void> {
  const build = resolve(CACHE, 'build');
  const env = serverEnvironment();
  const [testServer, cli] = await Promise.all([findTestServer(env), findTemporalCli(env), compile(build)]);
  process.env.TEST_BUILD = build;
  process.env.TEST_WORKFLOW_BUNDLE = await bundle(build);
  process.env.TEST_SERVER_PATH = testServer;
  process.env.TEST_CLI_PATH = cli;
}
