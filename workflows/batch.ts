import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import type { Contacts } from '../activities/types';
import { tellingCampaign } from './batch-attention';
import type { Batch } from './context';
import { batchEnd } from './end-of';
import { orFailure } from './failures';
import { listenForHalts } from './halt';
import { takeHalts } from './halt-updates';
import { listenForHints } from './hints';
import type { BatchPlan } from './input';
import { newMoves } from './moves';
import { answerProgress, show } from './progress';
import { takeRemake, takeReschedule, takeRescheduleSignal } from './reschedule';
import { collectExecutions, deleteTwins } from './results';
import { type BatchEnd, type CampaignState, forgetBatch, type Halt, newState } from './state';
import { continuing, createBatch, haltBatches, moveBatch, scheduleBatch, sleepUntilStart, watchCalls } from './steps';
import { listenForTroubles } from './troubles';

/** One batch from its creation to its last call. */
export async function callBatch(batch: Batch): Promise<void> {
  const { state, moves } = batch;
  do {
    await createBatch(batch);
    if (state.nobodyLeft) return;
    await moves.unlessMoved(async () => {
      await scheduleBatch(batch);
      if (state.batch && !state.missed) await sleepUntilStart(batch);
    });
    if (moves.pending()) await moveBatch(batch);
    else if (state.missed) return;
    else await watchCalls(batch);
    // Moved by another run of the campaign, before this one was reset.
    if (state.look?.moved) forgetBatch(state);
  } while (state.contacts && !state.look);
}

/** However its calls ended: nobody else is called who should not be, and every execution is fetched. */
export async function endBatch(batch: Batch): Promise<void> {
  const { state, halts } = batch;
  await orFailure(state, async () => {
    if (!state.halt && !state.missed) return;
    await haltBatches(batch);
    // A stop waits for the calls on the line, a cancel for nothing.
    if (state.started) await halts.unless(['cancel'], () => watchCalls(batch));
  });
  await collectExecutions(batch);
  await deleteTwins(batch);
}

/** What a batch of several is told by its campaign. */
export interface BatchAsk {
  campaignId: string;
  /** Which batch, from 1. */
  part: number;
  plan: BatchPlan;
  /** The campaign's contacts; `valid` are the rows of this batch. */
  contacts: Contacts;
  /** Set where the campaign was halted before this batch was begun, and an earlier run may have begun it. */
  halt?: Halt;
}

/**
 * One of several batches of a large campaign, as a child of its workflow. Takes the same signals and the same query as a
 * campaign, for this batch alone.
 *
 * @returns also of a batch that failed or was canceled: its campaign decides what that means
 */
export async function batchWorkflow(ask: BatchAsk, carried?: CampaignState): Promise<BatchEnd> {
  const { campaignId, part, plan, contacts, halt } = ask;
  const state = carried ?? { ...newState(Date.now()), contacts, ...(halt && { halt }) };
  const halts = listenForHalts(state);
  const hints = listenForHints(state);
  const troubles = listenForTroubles(state);
  const continueAsNew = () => continuing<typeof batchWorkflow>(ask, state);
  const listeners = { halts, hints, troubles };
  const tellCampaign = tellingCampaign(campaignId, part, state);
  const batch: Batch = { campaignId, part, plan, state, ...listeners, moves: newMoves(), continueAsNew, tellCampaign };
  answerProgress(campaignId, state);
  takeHalts(batch);
  takeReschedule(batch);
  takeRescheduleSignal(batch);
  takeRemake(batch);
  halts.whenAsked(() => show(batch));
  troubles.whenTold(() => show(batch));

  return CancellationScope.nonCancellable(async () => {
    await orFailure(state, () => halts.unless(['stop', 'cancel'], () => callBatch(batch)));
    let obeyed: string | undefined;
    do {
      obeyed = state.halt?.kind;
      await endBatch(batch);
    } while (state.halt?.kind !== obeyed);
    const end = batchEnd(state);
    state.stage = end.status;
    await condition(allHandlersFinished);
    show(batch);
    return end;
  });
}
