import { CancellationScope, ContinueAsNew, workflowInfo } from '@temporalio/workflow';
import type { Campaign } from './context';
import { finish } from './end';
import { listenForHalts } from './halt';
import { type CampaignInput, checkInput } from './input';
import { answerProgress, failureText, show } from './progress';
import { type CampaignResult, type CampaignState, newState } from './state';
import {
  collectExecutions,
  createBatch,
  deleteTwins,
  haltBatches,
  reconcileResults,
  scheduleBatch,
  sleepUntilStart,
  validateContacts,
  watchCalls,
} from './steps';

/**
 * A calling campaign: whatever crashes or is run again, nobody is called twice, and every row of the file ends in exactly
 * one bucket of the result. The campaign ID is the workflow ID.
 *
 * Ends in Temporal as completed (`status` completed, stopped or missed), as canceled, or as failed with a sentence a person
 * can act on. The memo `result` holds the result of each of these ends.
 *
 * @param carried what an earlier run of the same campaign remembers, where the workflow continues as new
 * @throws ApplicationFailure `InvalidInput` or `CampaignFailed`
 */
export async function campaignWorkflow(input: CampaignInput, carried?: CampaignState): Promise<CampaignResult> {
  const campaignId = workflowInfo().workflowId;
  const state = carried ?? newState(Date.now());
  const halts = listenForHalts(state);
  answerProgress(campaignId, state);
  const campaign: Campaign = { campaignId, input, plan: checkInput(campaignId, input, state.begunAt), state, halts };
  show(campaign);

  // A cancellation reaches only the steps that ask for it: what has begun at Bolna must always be brought to an end.
  return CancellationScope.nonCancellable(async () => {
    try {
      await halts.unless(['stop', 'cancel'], () => validateContacts(campaign));
      await runBatch(campaign);
    } catch (error) {
      if (error instanceof ContinueAsNew) throw error;
      state.failure = failureText(error);
    }
    await collectExecutions(campaign);
    await reconcileResults(campaign);
    await deleteTwins(campaign);
    return finish(campaign);
  });
}

/** One batch from its creation to its last call, or to where a stop or a cancel ends it. */
async function runBatch(campaign: Campaign): Promise<void> {
  const { state, halts } = campaign;
  await halts.unless(['stop', 'cancel'], async () => {
    await createBatch(campaign);
    await scheduleBatch(campaign);
    if (state.missed) return;
    await sleepUntilStart(campaign);
    await watchCalls(campaign);
  });
  if (!state.halt && !state.missed) return;
  await haltBatches(campaign);
  // A stop waits for the calls on the line, a cancel for nothing.
  if (state.started) await halts.unless(['cancel'], () => watchCalls(campaign));
}
