import { Context } from '@temporalio/activity';
import { durably } from './durably';

/** Asks Temporal to cancel the workflow this runs for. Asking twice changes nothing. */
export function cancelWorkflow(): Promise<void> {
  return durably({ keyMayBeMended: false }, async () => {
    const { client, info } = Context.current();
    const { workflowExecution: asking } = info;
    if (asking) await client.workflow.getHandle(asking.workflowId, asking.runId).cancel();
  });
}
