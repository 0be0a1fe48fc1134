import { join } from 'node:path';
import type { BundleOptions } from '@temporalio/worker';

/**
 * What of a compiled product becomes the workflow bundle.
 *
 * The schema of the input, and zod with it, is loaded once a worker instead of once a workflow: it holds nothing of a workflow,
 * and by itself made up most of the time and the megabyte that each workflow took to begin.
 * @param build the folder of the compiled product
 */
export function workflowCode(
  build: string,
): Pick<BundleOptions, 'workflowsPath' | 'workflowInterceptorModules' | 'preloadModules'> {
  return {
    workflowsPath: join(build, 'workflows', 'index.js'),
    workflowInterceptorModules: [join(build, 'workflows', 'tracing.js')],
    preloadModules: [join(build, 'workflows', 'input.js')],
  };
}
