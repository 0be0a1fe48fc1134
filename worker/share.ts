import type { NativeConnection } from '@temporalio/worker';
import type { RequestBudget } from '../bolna/budget';
import { ACTIVITY_QUEUE, pollersOf } from './pollers';

/** Of what Bolna allows; the rest is for a person's own requests, and for the moment in which a new worker is not yet counted. */
export const SAFE_SHARE = 0.9;
/** A worker takes no more than this until it knows how many others there are. */
const FIRST_SHARE = 0.1;
const LOOK_EVERY_MS = 10_000;
/** By then this worker has asked for work itself, and so has any that was started with it. */
const FIRST_LOOK_MS = 2_000;

/** A process's part in what an account may be asked. */
export interface BudgetShare {
  /** The task queue of the account's steps. */
  taskQueue: string;
  budget: RequestBudget;
  /** Requests a minute of all workers together. */
  perMinute: number;
}

/**
 * Holds this process to its share of an account's requests, which it shares evenly with the other workers that listen on the
 * same task queue. The server limits how many steps are begun, over all workers; a step that sends several requests is held
 * up here.
 * @returns ends it
 */
export function keepShare(connection: NativeConnection, namespace: string, share: BudgetShare): () => void {
  const { taskQueue, budget, perMinute } = share;
  budget.perMinute = perMinute * FIRST_SHARE;
  let looks = 0;
  let ended = false;
  const look = async () => {
    const workers = await countWorkers(connection, namespace, taskQueue).catch(() => undefined);
    if (ended) return;
    looks++;
    // The others learn of this worker at their next look: until they have, it takes no share of theirs.
    if (workers !== undefined && (workers <= 1 || looks > 1)) budget.perMinute = perMinute / Math.max(workers, 1);
    timer = setTimeout(look, LOOK_EVERY_MS);
  };
  let timer = setTimeout(look, FIRST_LOOK_MS);
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

/** Of every version of a deployment: one that is replaced may be given steps again at any time. */
async function countWorkers(connection: NativeConnection, namespace: string, taskQueue: string): Promise<number> {
  return (await pollersOf(connection, namespace, taskQueue, ACTIVITY_QUEUE)).size;
}
