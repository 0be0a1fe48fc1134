import { createBatch, scheduleBatch } from './batches';
import { callbackIsUnwanted, campaignIsOver, deliverCallback } from './callbacks';
import { cancelWorkflow } from './cancellation';
import { validateContacts } from './contacts';
import type { ActivityContext } from './context';
import { collectExecutions } from './executions';
import { deleteTwins, haltBatches } from './halting';
import { recordSuppression } from './late-suppression';
import { moveBatch } from './moving';
import { awaitProgress } from './progress';
import { saveRecordings } from './recordings';
import { reconcileResults } from './results';
import { watchSpending } from './spending';
import { stopCalls } from './stop-calls';
import type { Activities } from './types';

/** The campaign's durable steps, ready to be registered with a worker. */
export function createActivities(context: ActivityContext): Activities {
  return {
    validateContacts: (ask) => validateContacts(context, ask),
    createBatch: (ask) => createBatch(context, ask),
    scheduleBatch: (ask) => scheduleBatch(context, ask),
    moveBatch: (ask) => moveBatch(context, ask),
    awaitProgress: (ask) => awaitProgress(context, ask),
    watchSpending: (ask) => watchSpending(context, ask),
    haltBatches: (ask) => haltBatches({ ...context, bolna: context.bolna.urgent }, ask),
    recordSuppression: (ask) => recordSuppression(context, ask),
    stopCalls: (ask) => stopCalls({ ...context, bolna: context.bolna.urgent }, ask),
    collectExecutions: (ask) => collectExecutions(context, ask),
    saveRecordings: (ask) => saveRecordings(context, ask),
    reconcileResults: (ask) => reconcileResults(context, ask),
    deleteTwins: (ask) => deleteTwins(context, ask),
    cancelWorkflow,
    deliverCallback: (ask) => deliverCallback(context, ask),
    campaignIsOver,
    callbackIsUnwanted,
  };
}
