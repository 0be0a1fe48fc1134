import type { RetryPlan } from '../bolna/retry-config';
import { viewOf } from '../bolna/schemas';
import { isHungUp } from '../bolna/settling';
import { tally } from '../bolna/statuses';
import type { ActivityContext } from './context';
import { known } from './counting';

/**
 * Whether each call of a batch that is in a status never seen before was hung up: see {@link isHungUp}. Stops reading at the first that
 * was not.
 * @param stillForMinutes how long neither status nor counts of the batch have changed, in Bolna's minutes
 */
export async function allHungUp(
  { bolna }: ActivityContext,
  batchId: string,
  retry: RetryPlan | undefined,
  stillForMinutes: number,
  signal: AbortSignal,
): Promise<boolean> {
  for await (const { executions } of known(bolna.executions(batchId, { signal }))) {
    const unclear = executions.filter((execution) => tally({ [viewOf(execution).status]: 1 }).unclear > 0);
    if (!unclear.every((execution) => isHungUp(execution, retry, stillForMinutes))) return false;
  }
  return true;
}
