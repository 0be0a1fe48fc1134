import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { BUNDLE_PATH } from './bundle';
import { workflowCode } from './workflow-code';

/** Part of `npm run build`: bundles the compiled workflow. */
async function main(): Promise<void> {
  const { code } = await bundleWorkflowCode({
    ...workflowCode(join(__dirname, '..')),
    logger: new DefaultLogger('WARN'),
  });
  writeFileSync(BUNDLE_PATH, code);
}

void main();
