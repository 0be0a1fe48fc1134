import type { Client } from '@temporalio/client';

/** A worker asks the server for work at least once a minute; one that has not for longer is gone. */
const POLLING_WITHIN_MS = 90_000;
/** TASK_QUEUE_TYPE_WORKFLOW of Temporal's API. */
const WORKFLOW_QUEUE = 1;

/** How many workers listen for campaigns. One that died in the last 90 seconds is still among them. */
export async function pollingWorkers(client: Client, taskQueue: string): Promise<number> {
  const { namespace } = client.options;
  const ask = { namespace, taskQueue: { name: taskQueue }, taskQueueType: WORKFLOW_QUEUE };
  const { pollers } = await client.workflowService.describeTaskQueue(ask);
  const since = Date.now() - POLLING_WITHIN_MS;
  const alive = (pollers ?? []).filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 >= since);
  return new Set(alive.map(({ identity }) => identity)).size;
}
