import type { ServerInUse } from './in-use';

/** A worker asks the server for work at least once a minute; one that has not for longer is gone. */
const POLLING_WITHIN_MS = 90_000;
/** TASK_QUEUE_TYPE_WORKFLOW of Temporal's API. */
const WORKFLOW_QUEUE = 1;

/** How many workers listen for campaigns. */
export async function countWorkers({ client, config, namespace }: ServerInUse): Promise<number> {
  const ask = { namespace, taskQueue: { name: config.taskQueue }, taskQueueType: WORKFLOW_QUEUE };
  const { pollers } = await client.workflowService.describeTaskQueue(ask);
  const since = Date.now() - POLLING_WITHIN_MS;
  const alive = (pollers ?? []).filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 >= since);
  return new Set(alive.map(({ identity }) => identity)).size;
}

/** What becomes of campaigns while nothing of a home runs, and how they go on. */
function whileNothingRuns(simulated: boolean): string {
  return simulated
    ? 'No worker is running: the simulator makes the calls it was given, and campaigns stand still. To go on, type the command of the simulation again.'
    : 'No worker is running: Bolna makes the calls it was given, and campaigns stand still. To go on, type the command of "run" again, or start one with "bolna-campaigns worker --embedded".';
}

/** What to do where no worker listens on the queue of a server. */
export function noWorkerAdvice({
  config,
  address,
  simulated,
  brief,
}: Pick<ServerInUse, 'config' | 'address' | 'simulated' | 'brief'>): string {
  if (brief) return whileNothingRuns(simulated);
  const how = simulated ? 'type the command of the simulation again' : 'start one with "bolna-campaigns worker"';
  return `No worker listens on task queue ${config.taskQueue} of the Temporal server at ${address}: ${how}, and campaigns go on.`;
}
