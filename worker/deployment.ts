import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { toCanonicalString, type WorkerDeploymentVersion } from '@temporalio/common';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import { workflowBuildId } from './bundle';
import type { Config } from './config';
import { ConfigError } from './config-error';

/** Until the server has heard of a new version with all its task queues. */
const KNOWN_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 250;
/** Codes of gRPC. */
const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;
/** WORKER_DEPLOYMENT_VERSION_STATUS_… of Temporal's API. */
const CURRENT = 2;
const REPLACED: readonly unknown[] = [4, 5]; // draining, drained

/** The version of a deployment that this program is; undefined where versions are not told apart. @throws ConfigError */
export function versionOf({ deployment }: Config): WorkerDeploymentVersion | undefined {
  if (!deployment) return undefined;
  return { deploymentName: deployment.name, buildId: deployment.buildId ?? workflowBuildId() };
}

/**
 * What makes a Temporal worker one of a version. Every campaign goes on under the version that is current: why, is said in
 * docs/decisions.md.
 */
export function versioned(version: WorkerDeploymentVersion): Partial<WorkerOptions> {
  return {
    identity: `${process.pid}@${hostname()} ${toCanonicalString(version)}`,
    workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' },
  };
}

/** A server, and a namespace of it. */
export interface Place {
  connection: NativeConnection;
  namespace: string;
}

/** @throws ConfigError where the server does not tell versions apart: a worker would only find out by failing */
export async function requireDeployments({ connection, namespace }: Place, deploymentName: string): Promise<void> {
  try {
    await connection.workflowService.describeWorkerDeployment({ namespace, deploymentName });
  } catch (error) {
    // Nobody has worked under that name yet.
    if (codeOf(error) === NOT_FOUND) return;
    throw new ConfigError(
      `This Temporal server cannot tell versions of a deployment apart (${detailsOf(error)}). Update it to 1.28 or later, or unset CAMPAIGN_DEPLOYMENT.`,
    );
  }
}

/** The version that is given a task queue's campaigns, as `deployment.build`; undefined where that is any worker. */
export async function currentVersion({ connection, namespace }: Place, taskQueue: string): Promise<string | undefined> {
  const { versioningInfo } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
  });
  const { deploymentName, buildId } = versioningInfo?.currentDeploymentVersion ?? {};
  return deploymentName && buildId ? toCanonicalString({ deploymentName, buildId }) : undefined;
}

/** What a version is to its deployment: given the campaigns, not yet, or no longer since another one was. */
export type Standing = 'current' | 'new' | 'replaced';

/** Waits until the server knows the version with all of its task queues. @throws ConfigError when it does not in time */
export function standingOf(
  { connection, namespace }: Place,
  version: WorkerDeploymentVersion,
  taskQueues: readonly string[],
): Promise<Standing> {
  return persistently(version, async () => {
    const ask = { namespace, deploymentVersion: version };
    const { workerDeploymentVersionInfo: info } = await connection.workflowService.describeWorkerDeploymentVersion(ask);
    const known = new Set(info?.taskQueueInfos?.map(({ name }) => name));
    if (!taskQueues.every((name) => known.has(name))) return undefined;
    if (info?.status === CURRENT) return 'current';
    return REPLACED.includes(info?.status) ? 'replaced' : 'new';
  });
}

/** Has all campaigns given to a version from now on. @throws ConfigError when the server does not take it */
export async function makeCurrent({ connection, namespace }: Place, version: WorkerDeploymentVersion): Promise<void> {
  await persistently(version, () =>
    connection.workflowService.setWorkerDeploymentCurrentVersion({ namespace, ...version }),
  );
}

/** Asks until there is an answer: a version that has only begun to ask for work is not known everywhere yet. */
async function persistently<T>(version: WorkerDeploymentVersion, ask: () => Promise<T | undefined>): Promise<T> {
  let why: unknown = new Error('it does not know all its task queues');
  for (const deadline = Date.now() + KNOWN_WITHIN_MS; Date.now() < deadline; await delay(LOOK_EVERY_MS)) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      why = error;
      if (![NOT_FOUND, FAILED_PRECONDITION].includes(codeOf(error) ?? 0)) break;
    }
  }
  throw new ConfigError(
    `The Temporal server does not take ${toCanonicalString(version)} as a version (${detailsOf(why)}).`,
  );
}

/** What a person types for the same. */
export function makeCurrentCommand({ deploymentName, buildId }: WorkerDeploymentVersion): string {
  return `temporal worker deployment set-current-version --deployment-name ${deploymentName} --build-id ${buildId}`;
}

function codeOf(error: unknown): number | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? code : undefined;
}

function detailsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\.$/, '');
}
