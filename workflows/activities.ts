import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/types';

/**
 * How each step is tried, chosen by what it does to the world. Every one has a bound per attempt (a dead worker is
 * noticed by its missing heartbeat long before) and one in all: an outage of days is outlived, not for ever.
 * `summary` is what the bar in Temporal's timeline says.
 */
const common = {
  heartbeatTimeout: '20 seconds',
  // An attempt under way is never abandoned: its answer says what exists now.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} satisfies ActivityOptions;

/** Changes what Bolna will do. */
export function irreversible(summary: string): Pick<Activities, 'createBatch' | 'scheduleBatch'> {
  return proxyActivities({
    ...common,
    summary,
    startToCloseTimeout: '15 minutes',
    scheduleToCloseTimeout: '7 days',
    retry: { initialInterval: '3 seconds', backoffCoefficient: 2, maximumInterval: '5 minutes' },
  });
}

/** Keeps people from being called: tried often, and for longer than any outage. */
export function halting(summary: string): Pick<Activities, 'haltBatches'> {
  return proxyActivities({
    ...common,
    summary,
    startToCloseTimeout: '15 minutes',
    scheduleToCloseTimeout: '30 days',
    retry: { initialInterval: '2 seconds', backoffCoefficient: 1.5, maximumInterval: '20 seconds' },
  });
}

/**
 * Only looks. Its retries are the poll: the server does the waiting, and none of it is written into the history.
 * @param totalMs how long the wait may last in all
 */
export function watching(summary: string, totalMs: number): Pick<Activities, 'awaitProgress'> {
  return proxyActivities({
    ...common,
    summary,
    startToCloseTimeout: '10 minutes',
    scheduleToCloseTimeout: totalMs,
    retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '5 minutes' },
  });
}

type LongSteps = 'validateContacts' | 'collectExecutions' | 'reconcileResults';

/** Moves a whole file: long, repeatable, and resumed where it can be. */
export function long(summary: string): Pick<Activities, LongSteps> {
  return proxyActivities({
    ...common,
    summary,
    startToCloseTimeout: '6 hours',
    scheduleToCloseTimeout: '7 days',
    retry: { initialInterval: '3 seconds', backoffCoefficient: 2, maximumInterval: '5 minutes' },
  });
}

/** Worth a few tries at the end, but not worth holding a campaign up for. */
export function passing(
  summary: string,
): Pick<Activities, 'collectExecutions' | 'reconcileResults' | 'deleteTwins' | 'cancelWorkflow'> {
  return proxyActivities({
    ...common,
    summary,
    startToCloseTimeout: '5 minutes',
    scheduleToCloseTimeout: '10 minutes',
    retry: { initialInterval: '2 seconds', backoffCoefficient: 2, maximumInterval: '1 minute' },
  });
}
