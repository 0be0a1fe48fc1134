import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerOptions } from '@temporalio/worker';
import { ConfigError } from './config-error';

/** Where the build puts the workflow bundle: beside the compiled worker. */
export const BUNDLE_PATH = join(__dirname, 'workflow-bundle.js');

/**
 * The workflow code for a worker. Bundled once at build time, so that every worker of a release runs the same and starts
 * at once; from sources (in tests) it is bundled on the way.
 */
export function workflowSource(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'interceptors'> {
  if (existsSync(BUNDLE_PATH)) return { workflowBundle: { codePath: BUNDLE_PATH } };
  return {
    workflowsPath: require.resolve('../workflows'),
    interceptors: { workflowModules: [require.resolve('../workflows/tracing')] },
  };
}

/**
 * Names the workflow code by its content: the same for every build of the same sources, wherever it was made.
 * @throws ConfigError where nothing was built
 */
export function workflowBuildId(path = BUNDLE_PATH): string {
  if (!existsSync(path)) {
    throw new ConfigError(
      'There is no built workflow to name this version by: run "npm run build", or set CAMPAIGN_BUILD_ID.',
    );
  }
  const bundle = readFileSync(path, 'utf8');
  // Behind the code follows its source map, which names the folders of the machine that built it.
  const end = bundle.lastIndexOf('//# sourceMappingURL=');
  const code = end < 0 ? bundle : bundle.slice(0, end);
  return createHash('sha256').update(code).digest('hex').slice(0, 16);
}
