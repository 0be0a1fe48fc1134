import { hostname } from 'node:os';
import { readConfig } from './config';
import { ConfigError } from './config-error';
import { setUpLogging } from './logging';
import { pollersOf, WORKFLOW_QUEUE } from './pollers';
import { openTemporal } from './temporal';

/**
 * The container's health check, `node dist/worker/health.js`: whether a worker of this host listens for campaigns, as the
 * Temporal server sees it. A process that runs and is given nothing is not healthy. Exits 0 or 1, with a line that says why.
 */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  if (config.temporalAddress === undefined) throw new ConfigError('TEMPORAL_ADDRESS is not set.');
  setUpLogging('ERROR');
  const { connection, namespace, close } = await openTemporal(config, () => {});
  try {
    const pollers = await pollersOf(connection, namespace, config.taskQueue, WORKFLOW_QUEUE);
    const here = [...pollers].filter((identity) => identity.endsWith(`@${hostname()}`));
    if (here.length === 0) throw new ConfigError(`No worker of ${hostname()} listens on ${config.taskQueue}.`);
    console.log(`${here.join(', ')} listens on ${config.taskQueue}.`);
  } finally {
    await close();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
