import {
  CancellationScope,
  type ChildWorkflowHandle,
  getExternalWorkflowHandle,
  patched,
  startChild,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { batchWorkflowId } from '../activities/batch-workflow-id';
import type { BatchAsk, batchWorkflow } from './batch';
import type { Campaign } from './context';
import { failureText, orFailure } from './failures';
import { cancelSignal, rescheduleSignal, stopSignal } from './messages';
import { show } from './progress';
import { partsBegun } from './results';
import { type BatchEnd, BUDGET, type CampaignState, wishedStart } from './state';

/** What a batch is refused for that every further one would be refused for as well. */
const WALLET_REFUSALS = new Set(['WalletTooLow', 'WalletUnknown']);
const REFUSALS = new Set(['BolnaUnauthorized', 'BolnaNotFound', 'BolnaRefused', 'OtherContacts', ...WALLET_REFUSALS]);

type Child = ChildWorkflowHandle<typeof batchWorkflow>;

/**
 * Calls the rows of a large campaign batch by batch, a bounded number at once, each as a child workflow. A stop or a cancel
 * reaches all that are under way, and begins no other, except where an earlier run may have begun it: then that is halted too.
 */
export async function callInBatches(campaign: Campaign, batches: number): Promise<void> {
  const { state } = campaign;
  state.ends ??= Array.from({ length: batches }, () => null);
  const left = state.ends.flatMap((end, at) => (end === null ? [at + 1] : []));
  state.stage = 'running';
  await runBatches(campaign, left, () => mayBegin(campaign) && !workflowInfo().continueAsNewSuggested);
  // The history has grown long: between two batches it is handed on, since a child that runs cannot be.
  if (left.length > 0 && mayBegin(campaign)) await campaign.continueAsNew();
}

/**
 * Of the batches that this run has not begun, those that another run has begun are brought to their end as well, halted where
 * the campaign is, and of the others nothing is left at Bolna.
 */
export async function endOtherBatches(campaign: Campaign): Promise<void> {
  const { state } = campaign;
  await orFailure(state, async () => {
    // Where nobody can say what was begun, no row of the others can be said to be not called.
    state.partsUnknown = true;
    const begun = await partsBegun(campaign);
    state.partsUnknown = false;
    const left = begun.filter((part) => state.ends?.[part - 1] === null);
    await runBatches(campaign, left, () => true);
  });
}

/**
 * A halt is for batches as well that have ended by then while Bolna may still call (they gave up waiting, or their workflow was
 * ended from outside): those are taken for not ended.
 */
export function reopenForHalt({ state }: Campaign): void {
  const { halt, ends } = state;
  if (!halt || !ends) return;
  const open = ends.flatMap((end, at) => (end?.mayStillCall && end.halt !== halt.kind ? [at] : []));
  if (open.length === 0 || !patched('halt-batches-that-have-ended')) return;
  for (const at of open) ends[at] = null;
}

/** Runs batches, a bounded number at once, and takes those it begins out of `left`. A halt reaches all that are under way. */
async function runBatches(campaign: Campaign, left: number[], mayGoOn: () => boolean): Promise<void> {
  const { state, plan, halts, moves } = campaign;
  const running = new Map<number, Child>();
  halts.whenAsked(() => {
    for (const child of running.values()) void passOn(state, child);
  });
  moves.whenAsked(({ startAt, startBy }) => {
    state.start = { startAt, startBy };
    moves.settle();
    for (const child of running.values()) void passMoveOn(child, state.start);
  });
  const oneAfterAnother = async () => {
    while (mayGoOn()) {
      const part = left.shift();
      if (part === undefined) return;
      const end = await runBatch(campaign, part, running);
      if (state.ends) state.ends[part - 1] = end;
      // It concerns the start of all of them: those that have one already are not to call anybody either.
      if (end.errorType && WALLET_REFUSALS.has(end.errorType)) halts.ask('stop', { by: BUDGET });
      show(campaign);
    }
  };
  await Promise.all(Array.from({ length: plan.maxBatchesAtOnce }, oneAfterAnother));
}

function mayBegin({ state }: Campaign): boolean {
  if (state.halt) return state.contacts?.begun === true;
  return !state.ends?.some((end) => end?.errorType !== undefined && REFUSALS.has(end.errorType));
}

async function runBatch(campaign: Campaign, part: number, running: Map<number, Child>): Promise<BatchEnd> {
  const { campaignId, state } = campaign;
  const asked = state.start;
  try {
    const child = await startChild<typeof batchWorkflow>('batchWorkflow', {
      workflowId: batchWorkflowId(campaignId, part),
      args: [askFor(campaign, part)],
      // A campaign that is terminated takes its batches' workflows with it, and its next run theirs over.
      parentClosePolicy: 'TERMINATE',
      workflowIdReusePolicy: 'TERMINATE_IF_RUNNING',
      staticSummary: `Batch ${part} of ${state.ends?.length} of campaign ${campaignId}`,
    });
    running.set(part, child);
    state.underWay = [...running.keys()];
    show(campaign);
    if (state.halt) await passOn(state, child);
    // Another start that was asked for while it was being begun.
    if (state.start && state.start !== asked) void passMoveOn(child, state.start);
    return await child.result();
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    return lost(part, failureText(error));
  } finally {
    running.delete(part);
    if (state.batchAttention) delete state.batchAttention[part];
    state.underWay = [...running.keys()];
  }
}

function askFor({ campaignId, plan: whole, state }: Campaign, part: number): BatchAsk {
  const {
    contacts: _,
    suppress: __,
    ignoreUnreadableSuppressions: ___,
    requireVariables: ____,
    numberColumn: _____,
    country: ______,
    sheet: _______,
    maxCost: ________,
    callbackUrl: _________,
    ...plan
  } = whole;
  const { contacts } = state;
  if (!contacts?.split) throw new Error('A campaign of one batch has no parts.');
  const { rowsPerBatch, batches } = contacts.split;
  const valid = part < batches ? rowsPerBatch : contacts.valid - rowsPerBatch * (batches - 1);
  // A batch whose turn comes when others have called already is not late: it has as long from then on as the first had.
  const turn = state.ends?.some((end) => end?.called) ? Date.now() : undefined;
  const wish = wishedStart({ plan, state });
  const isAhead = turn === undefined || (wish.startAt ?? 0) > turn;
  const startBy = isAhead ? wish.startBy : turn + wish.startBy - (wish.startAt ?? state.begunAt);
  const startAt = isAhead ? wish.startAt : undefined;
  return {
    campaignId,
    part,
    // What is in the wallet is of interest at the start, not when the campaign's own calls have taken from it.
    plan: { ...plan, startAt, startBy, minWallet: turn === undefined ? plan.minWallet : undefined },
    contacts: { ...contacts, valid, ...(state.orders !== undefined && { orders: state.orders }) },
    ...(state.halt && { halt: state.halt }),
  };
}

/** Tells a batch to halt as the campaign was told. */
async function passOn({ halt }: CampaignState, child: Child): Promise<void> {
  if (!halt) return;
  const { kind, reason, by } = halt;
  const words = { ...(reason !== undefined && { reason }), ...(by !== undefined && { by }) };
  const signal = kind === 'stop' ? stopSignal : cancelSignal;
  if (await isTold(() => child.signal(signal, words))) return;
  // It has ended meanwhile; or the campaign was reset since it began, and to Temporal it is no child of this run.
  if (patched('signal-batches-of-another-run'))
    await isTold(() => getExternalWorkflowHandle(child.workflowId).signal(signal, words));
}

/** Tells a batch of another start, of whatever run of the campaign it is; one that has ended needs none. */
async function passMoveOn(child: Child, { startAt, startBy }: NonNullable<CampaignState['start']>): Promise<void> {
  const request = { startAt: new Date(startAt).toISOString(), startBy: new Date(startBy).toISOString() };
  if (await isTold(() => child.signal(rescheduleSignal, request))) return;
  await isTold(() => getExternalWorkflowHandle(child.workflowId).signal(rescheduleSignal, request));
}

/** Also where the campaign itself is cancelled in Temporal. */
function isTold(telling: () => Promise<void>): Promise<boolean> {
  return CancellationScope.nonCancellable(telling).then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof TemporalFailure)) throw error;
      return false;
    },
  );
}

/** What can be said of a batch whose workflow ended without a word. */
function lost(part: number, why: string): BatchEnd {
  return {
    batchId: null,
    status: 'failed',
    settled: 0,
    counts: {},
    cost: 0,
    startsAt: null,
    reason: `The workflow of batch ${part} was ended from outside (${why}): its results are missing. Start the same campaign ID again to collect them.`,
    collected: false,
    called: true,
    mayStillCall: true,
    notes: [],
  };
}
