import type { WorkflowHandle } from '@temporalio/client';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/**
 * Temporal's billable actions in a history: the start, every attempt of an activity (retries write no event, but the last
 * attempt's number tells how many there were), timers, signals and updates.
 */
export function actionsOf({ events }: History): number {
  let actions = 0;
  for (const event of events ?? []) {
    if (event.activityTaskStartedEventAttributes) actions += event.activityTaskStartedEventAttributes.attempt ?? 1;
    else if (
      event.workflowExecutionStartedEventAttributes ||
      event.timerStartedEventAttributes ||
      event.workflowExecutionSignaledEventAttributes ||
      event.workflowExecutionUpdateAcceptedEventAttributes ||
      event.startChildWorkflowExecutionInitiatedEventAttributes
    ) {
      actions += 1;
    }
  }
  return actions;
}
