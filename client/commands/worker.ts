import { Command } from 'commander';
import { openStorage } from '../../storage/open-storage';
import { type Config, readConfig, requireAccounts } from '../../worker/config';
import { ConfigError } from '../../worker/config-error';
import { setUpLogging } from '../../worker/logging';
import { openTemporal } from '../../worker/temporal';
import { createWorker } from '../../worker/worker';
import { interruption } from '../run/interruption';
import { say } from '../run/print';
import { EXIT, UserError } from '../user-error';

/** `worker`: the worker process by itself. */
export function workerCommand(): Command {
  return new Command('worker')
    .description('Run the worker that carries out campaigns, until it is told to end')
    .option('--embedded', 'start a Temporal server of our own too, with its UI, in CAMPAIGN_HOME')
    .addHelpText(
      'after',
      `
Examples:
  $ TEMPORAL_ADDRESS=localhost:7233 bolna-campaigns worker
  $ bolna-campaigns worker --embedded

SIGTERM and Ctrl-C let running steps finish for up to 20 seconds; what is cut off is tried again by the next worker.`,
    )
    .action(async ({ embedded }: { embedded?: boolean }) => {
      const config = readConfig(process.env);
      requireAccounts(config);
      setUpLogging(process.env.DEBUG ? 'DEBUG' : 'INFO');
      await work(serverOf(config, embedded ?? false));
    });
}

function serverOf(config: Config, embedded: boolean): Config {
  if (embedded) return { ...config, temporalAddress: undefined };
  if (config.temporalAddress !== undefined) return config;
  throw new ConfigError(
    'TEMPORAL_ADDRESS is not set: name the Temporal server there, or give --embedded to start one.',
  );
}

async function work(config: Config): Promise<void> {
  const storage = await openStorage(config.data);
  const interrupted = interruption();
  const temporal = await openTemporal(config, say);
  try {
    const worker = await createWorker(config, storage, temporal.connection, temporal.namespace);
    say(`Worker on task queue ${config.taskQueue}, Temporal at ${temporal.address}, namespace ${temporal.namespace}.`);
    if (temporal.uiUrl) say(`Temporal UI: ${temporal.uiUrl}`);
    const end = await worker.runUntil(Promise.race([interrupted.when, temporal.lost]));
    if (end instanceof Error) throw new UserError(end.message, EXIT.failed, { cause: end });
    say('Worker ended; nothing is lost.');
  } finally {
    interrupted.dispose();
    await temporal.close();
  }
}
