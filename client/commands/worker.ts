import { Command } from 'commander';
import type { WorkerFlags } from '../worker/worker';

/** `worker`: the worker process by itself. */
export function workerCommand(): Command {
  return new Command('worker')
    .option('--embedded', 'start a Temporal server of our own too, with its UI, in CAMPAIGN_HOME')
    .option('--make-current', 'give all campaigns to this version of CAMPAIGN_DEPLOYMENT, once it works')
    .addHelpText(
      'after',
      `
Examples:
  $ TEMPORAL_ADDRESS=localhost:7233 bolna-campaigns worker
  $ bolna-campaigns worker --embedded
  $ TEMPORAL_ADDRESS=localhost:7233 CAMPAIGN_DEPLOYMENT=campaigns bolna-campaigns worker --make-current

SIGTERM and Ctrl-C let running steps finish for up to 20 seconds, a second one does not; what is cut off is tried again by
the next worker.`,
    )
    .action(async (flags: WorkerFlags) => {
      const { runWorker } = require('../worker/worker') as typeof import('../worker/worker');
      await runWorker(flags);
    });
}
