import { CancellationScope, TemporalFailure, workflowInfo } from '@temporalio/workflow';
import type { Campaign } from './context';
import { finish } from './end';
import { failureText, failureType } from './failures';
import { listenForHalts } from './halt';
import { type CampaignInput, type CampaignPlan, checkInput } from './input';
import { answerProgress, show } from './progress';
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
 * can act on. The memo `result` holds the result of each of these ends, except where the input itself is refused.
 *
 * @param carried what an earlier run of the same campaign remembers, where the workflow continues as new
 * @throws ApplicationFailure `InvalidInput` or `CampaignFailed`
 */
export async function campaignWorkflow(input: CampaignInput, carried?: CampaignState): Promise<CampaignResult> {
  const campaignId = workflowInfo().workflowId;
  const state = carried ?? newState(Date.now());
  const halts = listenForHalts(state);
  answerProgress(campaignId, state);
  const campaign: Campaign = { campaignId, input, plan: planOf(campaignId, input, state), state, halts };
  halts.whenAsked(() => show(campaign));
  show(campaign);

  // A cancellation reaches only the steps that ask for it: what has begun at Bolna must always be brought to an end.
  return CancellationScope.nonCancellable(async () => {
    await orFailure(campaign, async () => {
      // A stop waits for the file to be read: its rows are told that nobody was called.
      await halts.unless(['cancel'], () => validateContacts(campaign));
      await halts.unless(['stop', 'cancel'], () => callEveryone(campaign));
    });
    await bringToEnd(campaign);
    return finish(campaign);
  });
}

/** One batch from its creation to its last call. */
async function callEveryone(campaign: Campaign): Promise<void> {
  await createBatch(campaign);
  await scheduleBatch(campaign);
  if (campaign.state.missed) return;
  await sleepUntilStart(campaign);
  await watchCalls(campaign);
}

/** However the calls ended: nobody else is called who should not be, and every row gets its result. */
async function bringToEnd(campaign: Campaign): Promise<void> {
  const { state, halts } = campaign;
  const obeyed = state.halt?.kind;
  await orFailure(campaign, async () => {
    if (!state.halt && !state.missed) return;
    await haltBatches(campaign);
    // A stop waits for the calls on the line, a cancel for nothing.
    if (state.started) await halts.unless(['cancel'], () => watchCalls(campaign));
  });
  await collectExecutions(campaign);
  await deleteTwins(campaign);
  await reconcileResults(campaign);
  // A stop or a cancel that came meanwhile is obeyed as well, and the results say so.
  if (state.halt?.kind !== obeyed) await bringToEnd(campaign);
}

/** What goes wrong is remembered, and the campaign still brought to its end. */
async function orFailure({ state }: Campaign, part: () => Promise<void>): Promise<void> {
  try {
    await part();
  } catch (error) {
    // Not a failure of the campaign: its continuation, or a mistake in this code, which a mended worker goes on from.
    if (!(error instanceof TemporalFailure)) throw error;
    state.failureType = state.failure === undefined ? failureType(error) : state.failureType;
    state.failure ??= failureText(error);
  }
}

function planOf(campaignId: string, input: CampaignInput, state: CampaignState): CampaignPlan {
  try {
    return checkInput(campaignId, input, state.begunAt);
  } catch (error) {
    state.stage = 'failed';
    state.failure = failureText(error);
    throw error;
  }
}
