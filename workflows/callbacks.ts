import { WorkflowExecutionAlreadyStartedError, type WorkflowIdReusePolicy } from '@temporalio/common';
import {
  CancellationScope,
  getExternalWorkflowHandle,
  log,
  startChild,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { ofTemporal } from './activities';
import type { callbackWorkflow } from './callback';
import { type CallbackEvent, type Callbacks, callbackWorkflowId } from './callback-events';
import { failureText } from './failures';
import { tellSignal } from './messages';
import { isSearchable, progressOf } from './progress';
import type { CampaignState } from './state';

/** Progress is told every 5% at most: 20 times in all. */
const SHARES = 20;

/**
 * Hands the campaign's events to a workflow of their own, which outlives it: an end that nobody takes is told for three days.
 * @returns undefined where the campaign has no callback
 */
export function callbacksOf(campaignId: string, url: string | undefined, state: CampaignState): Callbacks | undefined {
  if (url === undefined) return undefined;
  const workflowId = callbackWorkflowId(campaignId, workflowInfo().firstExecutionRunId);
  let last: Promise<void> = Promise.resolve();

  function tell(event: CallbackEvent): void {
    // One after another, and whatever is being canceled.
    last = last.then(() => CancellationScope.nonCancellable(() => handOver(event))).catch(warn);
  }

  async function handOver(event: CallbackEvent): Promise<void> {
    const told = toldSoFar(state);
    const ask = { campaignId, url: url ?? '', searchable: isSearchable(state) };
    if (told.unwanted) return;
    if (!told.begun) await begin(workflowId, ask, 'REJECT_DUPLICATE');
    told.begun = true;
    if (await isHanded(workflowId, event)) return;
    told.unwanted = await ofTemporal('Ask why the callbacks have ended').callbackIsUnwanted({ workflowId });
    if (told.unwanted) log.warn('The callback is told no more.');
    // A run before a reset has told its end.
    else {
      await begin(workflowId, ask, 'ALLOW_DUPLICATE');
      await getExternalWorkflowHandle(workflowId).signal(tellSignal, event);
    }
  }

  const happened = () => ({ timestamp: new Date().toISOString(), data: progressOf(campaignId, state) });

  return {
    started() {
      const told = toldSoFar(state);
      if (!state.contacts || told.started) return;
      told.started = true;
      tell({ type: 'campaign.started', ...happened() });
    },
    progressed() {
      const told = toldSoFar(state);
      const { data, timestamp } = happened();
      const share = Math.min(SHARES, Math.floor((data.settled * SHARES) / (state.contacts?.valid ?? 1)));
      if (!told.started || share <= told.share) return;
      told.share = share;
      tell({ type: 'campaign.progress', timestamp, data });
    },
    finished(summary) {
      const { data, timestamp } = happened();
      // Nobody could sign it.
      if (state.failureType !== 'InvalidCallback')
        tell({ type: 'campaign.finished', timestamp, data: { ...data, summary } });
      return last;
    },
    told: () => last,
  };
}

function toldSoFar(state: CampaignState): NonNullable<CampaignState['callbacks']> {
  state.callbacks ??= { begun: false, started: false, share: 0 };
  return state.callbacks;
}

/** A run before a reset may have begun it already. */
async function begin(
  workflowId: string,
  ask: Parameters<typeof callbackWorkflow>[0],
  workflowIdReusePolicy: WorkflowIdReusePolicy,
): Promise<void> {
  try {
    await startChild<typeof callbackWorkflow>('callbackWorkflow', {
      workflowId,
      workflowIdReusePolicy,
      args: [ask],
      parentClosePolicy: 'ABANDON',
      staticSummary: `Callbacks of campaign ${ask.campaignId}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** @returns whether the workflow that is to tell the event is still there */
async function isHanded(workflowId: string, event: CallbackEvent): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(tellSignal, event);
    return true;
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    return false;
  }
}

function warn(error: unknown): void {
  if (!(error instanceof TemporalFailure)) throw error;
  log.warn('An event is not handed to the callback.', { error: failureText(error) });
}
