import { ActivityCancellationType, type ActivityOptions, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/types';
import type { Batch } from './context';
import { bolnaTaskQueue } from './input';

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

/** Temporal takes no longer one. Campaigns whose IDs end alike share their turn, which is all that this can lead to. */
const FAIRNESS_KEY_LENGTH = 64;

/**
 * Steps that ask Bolna run on the task queue of its account, over all workers no faster than it allows. Campaigns take turns
 * there, so that a large one does not hold up the others.
 */
function atBolna({ campaignId, plan }: Batch): ActivityOptions {
  return {
    ...common,
    taskQueue: bolnaTaskQueue(workflowInfo().taskQueue, plan.account),
    priority: { fairnessKey: campaignId.slice(-FAIRNESS_KEY_LENGTH) },
  };
}

/** Steps whose attempts tell of trouble while they are tried. */
function listened({ troubles }: Batch, options: ActivityOptions): Activities {
  return troubles.of(proxyActivities<Activities>(options));
}

/** Changes what Bolna will do. */
export function irreversible(
  batch: Batch,
  summary: string,
): Pick<Activities, 'createBatch' | 'scheduleBatch' | 'moveBatch'> {
  return listened(batch, {
    ...atBolna(batch),
    summary,
    startToCloseTimeout: '15 minutes',
    scheduleToCloseTimeout: '7 days',
    retry: { initialInterval: '3 seconds', backoffCoefficient: 2, maximumInterval: '5 minutes' },
  });
}

/** Keeps people from being called: before everything else, tried often, and for longer than any outage. */
export function halting(batch: Batch, summary: string): Pick<Activities, 'haltBatches' | 'deleteTwins'> {
  const options = atBolna(batch);
  return listened(batch, {
    ...options,
    summary,
    priority: { ...options.priority, priorityKey: 1 },
    startToCloseTimeout: '15 minutes',
    scheduleToCloseTimeout: '30 days',
    retry: { initialInterval: '2 seconds', backoffCoefficient: 1.5, maximumInterval: '20 seconds' },
  });
}

/** Keeps single people from being called, as {@link halting} does all of them; whoever asks ends it. */
export function stopping(batch: Batch, summary: string): Pick<Activities, 'stopCalls'> {
  const options = atBolna(batch);
  return listened(batch, {
    ...options,
    summary,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    priority: { ...options.priority, priorityKey: 1 },
    startToCloseTimeout: '10 minutes',
    scheduleToCloseTimeout: '1000 days',
    retry: { initialInterval: '2 seconds', backoffCoefficient: 1.5, maximumInterval: '20 seconds' },
  });
}

/**
 * Only looks. Its retries are the poll: the server does the waiting, and none of it is written into the history.
 * @param totalMs how long the wait may last in all
 */
export function watching(batch: Batch, summary: string, totalMs: number): Pick<Activities, 'awaitProgress'> {
  return listened(batch, {
    ...atBolna(batch),
    summary,
    startToCloseTimeout: '10 minutes',
    scheduleToCloseTimeout: totalMs,
    retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '5 minutes' },
  });
}

/**
 * Only looks, for as long as there are calls: whoever asks ends it. Nothing of an attempt is worth waiting for.
 */
export function spending(batch: Batch, summary: string): Pick<Activities, 'watchSpending'> {
  return listened(batch, {
    ...atBolna(batch),
    summary,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    startToCloseTimeout: '10 minutes',
    scheduleToCloseTimeout: '1000 days',
    retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '1 minute' },
  });
}

/** Moves whole files: repeatable, and resumed where it can be. */
const long = {
  startToCloseTimeout: '6 hours',
  scheduleToCloseTimeout: '7 days',
  retry: { initialInterval: '3 seconds', backoffCoefficient: 2, maximumInterval: '5 minutes' },
} satisfies ActivityOptions;

export function collecting(batch: Batch, summary: string): Pick<Activities, 'collectExecutions'> {
  return listened(batch, { ...atBolna(batch), ...long, summary });
}

/** Worth days, but the results wait for it. */
export function saving(batch: Batch, summary: string): Pick<Activities, 'saveRecordings'> {
  return listened(batch, { ...atBolna(batch), ...long, summary, scheduleToCloseTimeout: '2 days' });
}

/**
 * Works on the campaign's own files, and asks Bolna nothing.
 * @param total how long it may take in all
 */
export function local(
  batch: Batch,
  summary: string,
  total: '7 days' | '10 minutes' = '7 days',
): Pick<Activities, 'validateContacts' | 'reconcileResults' | 'recordSuppression'> {
  return listened(batch, { ...common, ...long, summary, scheduleToCloseTimeout: total });
}

const few = {
  startToCloseTimeout: '5 minutes',
  scheduleToCloseTimeout: '10 minutes',
  retry: { initialInterval: '2 seconds', backoffCoefficient: 2, maximumInterval: '1 minute' },
} satisfies ActivityOptions;

/** Worth a few tries at the end, but not worth holding a campaign up for. */
export function passing(batch: Batch, summary: string): Pick<Activities, 'collectExecutions' | 'deleteTwins'> {
  return listened(batch, { ...atBolna(batch), ...few, summary });
}

/** The same, of what asks Temporal. */
export function ofTemporal(
  summary: string,
): Pick<Activities, 'cancelWorkflow' | 'campaignIsOver' | 'callbackIsUnwanted'> {
  return proxyActivities({ ...common, ...few, summary });
}

/**
 * Asks a machine of the caller's, which may be down for as long as it likes.
 * @param totalMs until when it is tried
 */
export function delivering(summary: string, totalMs: number): Pick<Activities, 'deliverCallback'> {
  return proxyActivities({
    ...common,
    summary,
    startToCloseTimeout: '1 minute',
    scheduleToCloseTimeout: totalMs,
    retry: { initialInterval: '5 seconds', backoffCoefficient: 3, maximumInterval: '15 minutes' },
  });
}
