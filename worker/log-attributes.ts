import type { ActivityInterceptors } from '@temporalio/worker';

/** Puts the campaign and the batch that a step is for on every line that is logged of it. One for each attempt. */
export function logAttributes(): ActivityInterceptors {
  let ids: Record<string, unknown> = {};
  return {
    inbound: {
      execute(input, next) {
        ids = idsOf(input.args[0]);
        return next(input);
      },
    },
    outbound: { getLogAttributes: (attributes, next) => next({ ...attributes, ...ids }) },
  };
}

/** The campaign that a workflow is of: batches of several are named after theirs. */
export function campaignOf(workflowId: string): string {
  return workflowId.split('/')[0] ?? '';
}

/** Nearly every step is asked with an object that says for whom. */
export function idsOf(ask: unknown): Record<string, unknown> {
  // A step that deletes other batches names the one it keeps, or the one that has no start yet.
  const { campaignId, keep, unscheduled, batchId = keep ?? unscheduled, part } = (ask ?? {}) as Record<string, unknown>;
  return Object.fromEntries(Object.entries({ campaignId, batchId, part }).filter(([, value]) => value !== undefined));
}
