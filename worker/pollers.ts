import type { NativeConnection } from '@temporalio/worker';

/** A worker asks the server for work at least once a minute; one that has not for longer is gone. */
const POLLING_WITHIN_MS = 90_000;

/** TaskQueueType of Temporal's API. */
export const WORKFLOW_QUEUE = 1;
export const ACTIVITY_QUEUE = 2;

/**
 * The workers that listen on a task queue, of every version of a deployment.
 * @returns their identities, `<process ID>@<host name>` unless a worker was given another
 */
export async function pollersOf(
  connection: NativeConnection,
  namespace: string,
  taskQueue: string,
  taskQueueType: typeof WORKFLOW_QUEUE | typeof ACTIVITY_QUEUE,
): Promise<Set<string>> {
  const ask = { namespace, taskQueue: { name: taskQueue }, taskQueueType };
  const { pollers } = await connection.workflowService.describeTaskQueue(ask);
  const since = Date.now() - POLLING_WITHIN_MS;
  const alive = (pollers ?? []).filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 >= since);
  return new Set(alive.map(({ identity }) => identity ?? ''));
}
