import type { ExecutionsStretch } from '../bolna/executions';
import { viewOf } from '../bolna/schemas';

/** Adds executions to their counts by status. What was counted stays where reading them fails midway. */
export async function addUp(
  stretches: AsyncIterable<ExecutionsStretch>,
  counts: Record<string, number>,
): Promise<void> {
  for await (const { executions } of stretches) {
    for (const { status } of executions.map(viewOf)) counts[status] = (counts[status] ?? 0) + 1;
  }
}
