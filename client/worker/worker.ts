import { toCanonicalString, type WorkerDeploymentVersion } from '@temporalio/common';
import { openStorage } from '../../storage/open-storage';
import { type Config, readConfig, requireAccounts } from '../../worker/config';
import { ConfigError } from '../../worker/config-error';
import {
  currentVersion,
  makeCurrent,
  makeCurrentCommand,
  requireDeployments,
  type Standing,
  standingOf,
  versionOf,
} from '../../worker/deployment';
import { setUpLogging } from '../../worker/logging';
import { keepHeapSmall } from '../../worker/memory';
import { areAttributesThere } from '../../worker/search-attributes';
import { openTemporal, type Temporal } from '../../worker/temporal';
import { setUpTraces } from '../../worker/traces';
import { type CampaignWorker, createWorker } from '../../worker/worker';
import { interruption } from '../run/interruption';
import { say } from '../run/print';
import { EXIT, UserError } from '../user-error';

export interface WorkerFlags {
  embedded?: boolean;
  makeCurrent?: boolean;
}

/** Runs a worker until it is told to end. @throws ConfigError, EmbeddedServerError, UserError */
export async function runWorker(flags: WorkerFlags): Promise<void> {
  const config = readConfig(process.env);
  requireAccounts(config);
  const server = serverOf(config, flags);
  const version = versionOf(server);
  if (flags.makeCurrent && !version) {
    throw new ConfigError(
      'CAMPAIGN_DEPLOYMENT is not set: --make-current needs the name of the deployment, on a server that TEMPORAL_ADDRESS names.',
    );
  }
  setUpLogging(process.env.DEBUG ? 'DEBUG' : 'INFO', config.metrics);
  const endTraces = setUpTraces(config, 'bolna-campaigns-worker');
  try {
    await work(server, version, flags.makeCurrent ?? false);
  } finally {
    await endTraces();
  }
}

function serverOf(config: Config, { embedded }: WorkerFlags): Config {
  // The only worker of a server of our own has nobody to be told apart from; and `run`, there, is of no version.
  if (embedded) return { ...config, temporalAddress: undefined, deployment: undefined };
  if (config.temporalAddress !== undefined) return config;
  throw new ConfigError(
    'TEMPORAL_ADDRESS is not set: name the Temporal server there, or give --embedded to start one.',
  );
}

async function work(config: Config, version: WorkerDeploymentVersion | undefined, toBeCurrent: boolean): Promise<void> {
  const storage = await openStorage(config.data);
  const interrupted = interruption();
  const temporal = await openTemporal(config, say);
  try {
    if (version) await requireDeployments(temporal, version.deploymentName);
    keepHeapSmall();
    const worker = await createWorker(config, storage, temporal.connection, temporal.namespace, undefined, version);
    const as = version ? `, as version ${toCanonicalString(version)}` : '';
    say(
      `Worker on task queue ${config.taskQueue}${as}, Temporal at ${temporal.address}, namespace ${temporal.namespace}.`,
    );
    if (!(await areAttributesThere(temporal.connection, temporal.namespace)))
      say('Temporal\'s lists tell nothing of campaigns there: run "bolna-campaigns setup".');
    if (temporal.uiUrl) say(`Temporal UI: ${temporal.uiUrl}`);
    void interrupted.when.then(() => say('Ending: running steps have up to 20 seconds. Once more ends at once.'));
    const deployed = deploy(worker, temporal, version, toBeCurrent);
    const end = await worker.runUntil(Promise.race([interrupted.when, temporal.lost, deployed]));
    if (end instanceof Error) throw new UserError(end.message, EXIT.failed, { cause: end });
    say('Worker ended; nothing is lost.');
  } finally {
    interrupted.dispose();
    await temporal.close();
  }
}

/** Says which version campaigns are given to, and with `toBeCurrent` sees to it. Rejects when it cannot; else never settles. */
async function deploy(
  { taskQueues }: CampaignWorker,
  temporal: Temporal,
  version: WorkerDeploymentVersion | undefined,
  toBeCurrent: boolean,
): Promise<never> {
  const [campaigns = ''] = taskQueues;
  if (version) await announce(temporal, version, await standingOf(temporal, version, taskQueues), toBeCurrent);
  else {
    const given = await currentVersion(temporal, campaigns).catch(() => undefined);
    if (given) say(`Campaigns are given to version ${given}, and none to this worker: set CAMPAIGN_DEPLOYMENT.`);
  }
  return new Promise(() => {});
}

async function announce(
  temporal: Temporal,
  version: WorkerDeploymentVersion,
  standing: Standing,
  toBeCurrent: boolean,
): Promise<void> {
  // A worker of a version that was replaced, and is only started anew, must not take the campaigns back.
  const makes = toBeCurrent && standing === 'new';
  if (makes) await makeCurrent(temporal, version);
  if (makes || standing === 'current') say('Campaigns are given to this version.');
  else {
    const why = standing === 'new' ? 'is not current' : 'was replaced by another one before';
    say(`This version ${why}: no campaign is given to it until somebody types  ${makeCurrentCommand(version)}`);
  }
}
