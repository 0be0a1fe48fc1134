import { isBolnaError } from '../bolna/errors';
import type { ExecutionsStretch } from '../bolna/executions';
import { viewOf } from '../bolna/schemas';
import { again } from './failures';

/** Adds executions to their counts by status. What was counted stays where reading them fails midway. */
export async function addUp(
  stretches: AsyncIterable<ExecutionsStretch>,
  counts: Record<string, number>,
): Promise<void> {
  for await (const { executions } of stretches) {
    for (const { status } of executions.map(viewOf)) counts[status] = (counts[status] ?? 0) + 1;
  }
}

/** Executions of a batch that Bolna has just shown: a 404 for them is a lag, and no end of a campaign. */
export async function* known<T>(executions: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    yield* executions;
  } catch (error) {
    if (isBolnaError(error, 'not-found')) throw again(error, 'BolnaNotFound', undefined, ' Asking again.');
    throw error;
  }
}
