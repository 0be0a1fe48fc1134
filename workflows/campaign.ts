import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import { callBatch, endBatch } from './batch';
import { listenForBatches } from './batch-attention';
import { callInBatches, endOtherBatches, reopenForHalt } from './batches';
import { takeMaxCost, withinBudget } from './budget';
import { callbacksOf } from './callbacks';
import type { Campaign } from './context';
import { finish } from './end';
import { failureText, orFailure } from './failures';
import { listenForHalts } from './halt';
import { takeHalts } from './halt-updates';
import { listenForHints } from './hints';
import { type CampaignInput, type CampaignPlan, checkInput, retryFault } from './input';
import { newMoves } from './moves';
import { answerProgress, show } from './progress';
import { takeReschedule } from './reschedule';
import { reconcileResults, saveRecordings } from './results';
import { type CampaignResult, type CampaignState, newState, note } from './state';
import { continuing, validateContacts } from './steps';
import { takeSuppress } from './suppress';
import { listenForTroubles } from './troubles';

/**
 * A calling campaign: whatever crashes or is run again, nobody is called twice, and every row of the file ends in exactly
 * one bucket of the result. The campaign ID is the workflow ID.
 *
 * Ends in Temporal as completed (`status` completed, stopped or missed), as canceled, or as failed with a sentence a person
 * can act on. The memo `result` holds the result of each of these ends, except where the input itself is refused.
 *
 * @param carried what an earlier run of the same campaign remembers, where the workflow continues as new
 * @throws ApplicationFailure `InvalidInput` or `CampaignFailed`
 */
export async function campaignWorkflow(input: CampaignInput, carried?: CampaignState): Promise<CampaignResult> {
  const campaignId = workflowInfo().workflowId;
  const state = carried ?? newState(Date.now());
  const halts = listenForHalts(state);
  const hints = listenForHints(state);
  const troubles = listenForTroubles(state);
  answerProgress(campaignId, state);
  const plan = planOf(campaignId, input, state);
  const callbacks = callbacksOf(campaignId, plan.callbackUrl, state);
  const continueAsNew = async () => {
    await callbacks?.told();
    return continuing<typeof campaignWorkflow>(input, state);
  };
  const campaign: Campaign = {
    campaignId,
    part: undefined,
    plan,
    state,
    halts,
    hints,
    troubles,
    moves: newMoves(),
    continueAsNew,
    callbacks,
  };
  listenForBatches(state, () => show(campaign));
  takeHalts(campaign);
  takeMaxCost(campaign);
  takeReschedule(campaign);
  const suppressing = takeSuppress(campaign);
  halts.whenAsked(() => show(campaign));
  troubles.whenTold(() => show(campaign));
  show(campaign);

  // A cancellation reaches only the steps that ask for it: what has begun at Bolna must always be brought to an end.
  return CancellationScope.nonCancellable(async () => {
    await orFailure(state, async () => {
      // A stop waits for the file to be read: its rows are told that nobody was called.
      await halts.unless(['cancel'], () => validateContacts(campaign));
      callbacks?.started();
      await suppressing.during(() => withinBudget(campaign, () => callEveryone(campaign)));
    });
    suppressing.end();
    await bringToEnd(campaign);
    return finish(campaign);
  });
}

/** In one batch or, a large campaign, in several. */
async function callEveryone(campaign: Campaign): Promise<void> {
  const { split } = campaign.state.contacts ?? {};
  if (split) await callInBatches(campaign, split.batches);
  else await campaign.halts.unless(['stop', 'cancel'], () => callBatch(campaign));
}

/** However the calls ended: nobody else is called who should not be, and every row gets its result. */
async function bringToEnd(campaign: Campaign): Promise<void> {
  const { state } = campaign;
  const obeyed = state.halt?.kind;
  // Several batches have brought themselves to an end, but for those that this run has not begun.
  reopenForHalt(campaign);
  if (!state.ends) await endBatch(campaign);
  else if (state.ends.includes(null)) await endOtherBatches(campaign);
  const isBrokenOff = await saveRecordings(campaign);
  if (!isBrokenOff) await reconcileResults(campaign);
  // A stop or a cancel that came meanwhile is obeyed as well, and the results say so.
  if (state.halt?.kind !== obeyed) await bringToEnd(campaign);
}

function planOf(campaignId: string, input: CampaignInput, state: CampaignState): CampaignPlan {
  try {
    const plan = checkInput(campaignId, input, state.begunAt);
    const fault = retryFault(input);
    if (fault !== undefined) note(state, fault);
    return plan;
  } catch (error) {
    state.stage = 'failed';
    state.failure = failureText(error);
    throw error;
  }
}
