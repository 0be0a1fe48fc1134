import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerOptions } from '@temporalio/worker';

/** Where the build puts the workflow bundle: beside the compiled worker. */
export const BUNDLE_PATH = join(__dirname, 'workflow-bundle.js');

/**
 * The workflow code for a worker. Bundled once at build time, so that every worker of a release runs the same and starts
 * at once; from sources (in tests) it is bundled on the way.
 */
export function workflowSource(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if (existsSync(BUNDLE_PATH)) return { workflowBundle: { codePath: BUNDLE_PATH } };
  return { workflowsPath: require.resolve('../workflows') };
}
