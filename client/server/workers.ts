import { pollingWorkers } from '../campaign/polling-workers';
import type { ServerInUse } from './in-use';

/** How many workers listen for campaigns. */
export function countWorkers({ client, config }: ServerInUse): Promise<number> {
  return pollingWorkers(client, config.taskQueue);
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
