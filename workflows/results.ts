import { collecting, halting, local, passing, saving } from './activities';
import type { Batch, Campaign } from './context';
import { endOf, mayHaveCalled } from './end-of';
import { batchesOfResults, notesOf, startOf } from './ends';
import { failureText } from './failures';
import { INTERRUPTED } from './halt';
import { measureEnd } from './metrics';
import { show } from './progress';
import { type CampaignState, note } from './state';
import { count } from './words';

const TWINS_LEFT = 'Unscheduled batches of this campaign may be left at Bolna; they call nobody.';

/** Fetches every execution there is. */
export async function collectExecutions(batch: Batch): Promise<void> {
  const { campaignId, part, plan, state, halts } = batch;
  if (!state.batch || !state.contacts || state.collected !== undefined || !mayHaveCalled(state) || state.look?.gone)
    return;
  state.stage = 'collecting';
  show(batch);
  const counted = state.look && state.look.settled + state.look.waiting + state.look.onTheLine;
  const ask = { campaignId, part, agentId: plan.agentId, batchId: state.batch.batchId, counted };
  const summary = 'Collect the result of every call';
  try {
    const { gone, unlisted, lastChange } = await patiently(
      { state, halts },
      () => collecting(batch, summary).collectExecutions(ask),
      () => passing(batch, summary).collectExecutions(ask),
    );
    state.collected = !gone;
    state.unlisted = unlisted;
    measureEnd(state.look, lastChange, plan.retry !== undefined);
    if (unlisted) note(state, `Bolna counted ${count(unlisted, 'execution')} that its list did not have.`);
    if (gone) falls(state, `Batch ${ask.batchId} was deleted at Bolna before its results were collected.`);
  } catch (error) {
    state.collected = false;
    falls(state, `The results of the calls could not be collected: ${failureText(error)}`);
  }
}

/**
 * Downloads the recordings, where they are wanted. Not before all calls are made: the host of the recordings may be down, and no batch
 * waits for it. Whatever becomes of that, the results are written: it ends in a note at worst.
 * @returns whether a halt came meanwhile, for which it was broken off
 */
export async function saveRecordings(campaign: Campaign): Promise<boolean> {
  const { campaignId, plan, state, halts } = campaign;
  const wereCollected = state.ends ? state.ends.some((end) => end?.collected) : state.collected;
  if (!plan.recordings || !state.contacts || !wereCollected) return false;
  state.stage = 'collecting';
  show(campaign);
  const before = state.halt;
  const step = saving(campaign, 'Download the recordings of the calls');
  const ask = { campaignId, batches: state.contacts.split?.batches };
  try {
    const saved = await halts.unless(before ? ['cancel'] : ['stop', 'cancel'], () => step.saveRecordings(ask));
    if (saved !== INTERRUPTED && saved.missing > 0)
      note(state, `${count(saved.missing, 'recording')} could not be downloaded: results.csv says why for each call.`);
    if (saved === INTERRUPTED && state.halt?.kind === 'cancel')
      note(state, 'Not all recordings were downloaded, because the campaign was canceled.');
    return saved === INTERRUPTED && state.halt !== before;
  } catch (error) {
    state.lastError = failureText(error);
    note(state, `Not all recordings could be downloaded: ${state.lastError}`);
    return false;
  }
}

/** Puts rows and executions together: one line for each row of the file. */
export async function reconcileResults(campaign: Campaign): Promise<void> {
  const { campaignId, state } = campaign;
  if (!state.contacts) return;
  state.stage = 'collecting';
  show(campaign);
  const { status, reason, mayStillCall, notCalledReason, unsettledReason, stoodStill } = endOf(state);
  const batches = batchesOfResults(state, notCalledReason);
  const ask = {
    campaignId,
    agentId: campaign.plan.agentId,
    begunAt: state.begunAt,
    batchId: state.batch?.batchId,
    input: state.contacts.input,
    status,
    reason,
    startsAt: startOf(state),
    contacts: state.contacts,
    mayStillCall,
    notCalledReason,
    ...(unsettledReason !== undefined && { unsettledReason }),
    ...(stoodStill && { stoodStill }),
    ...(state.failureType === 'OtherContacts' && { otherContacts: true as const }),
    collected: batches?.some((batch) => batch.collected) ?? state.collected ?? false,
    unlisted: state.unlisted,
    ...(batches && { batches }),
    ...(campaign.plan.recordings && { recordings: true as const }),
    notes: notesOf(state),
  };
  const summary = 'Write results.csv and summary.json';
  try {
    state.results = await patiently(
      campaign,
      () => local(campaign, summary).reconcileResults(ask),
      () => local(campaign, summary, '10 minutes').reconcileResults(ask),
    );
    for (const warning of state.results.warnings) note(state, warning);
  } catch (error) {
    falls(state, `The results could not be written: ${failureText(error)}`);
  }
}

/** Batches of this campaign that a lost answer left behind and that were never scheduled. */
export async function deleteTwins(batch: Batch): Promise<void> {
  const { campaignId, part, plan, state } = batch;
  // A halt has seen to all of them; without anybody to call, nothing was ever made.
  if (!state.contacts?.valid || state.started !== undefined) return;
  const wasScheduled = state.scheduled || (state.batch && state.batch.phase !== 'created');
  const own = wasScheduled ? { keep: state.batch?.batchId } : { keep: undefined, unscheduled: state.batch?.batchId };
  try {
    const step = passing(batch, 'Delete unscheduled twins');
    const { deleted, unclear = [] } = await step.deleteTwins({ campaignId, part, agentId: plan.agentId, ...own });
    noteUnclear(state, unclear);
    if (deleted > 0) note(state, `${count(deleted, 'unscheduled batch', 'unscheduled batches')} deleted.`);
  } catch (error) {
    state.lastError = failureText(error);
    note(state, `${TWINS_LEFT} ${state.lastError}`);
  }
}

function noteUnclear(state: CampaignState, batchIds: readonly string[]): void {
  if (batchIds.length === 0) return;
  const left = count(batchIds.length, 'batch was', 'batches were');
  note(
    state,
    `${left} left at Bolna, which shows nothing clear about it: ${batchIds.join(', ')}. Check Bolna's dashboard.`,
  );
}

/**
 * Which of several batches some run has begun. The history cannot tell: after a reset it knows nothing of what the run
 * before has done since.
 */
export async function partsBegun(campaign: Campaign): Promise<number[]> {
  const { campaignId, plan, state } = campaign;
  const summary = 'Look for batches that another run has begun';
  const step = state.halt ? halting(campaign, summary) : passing(campaign, summary);
  const ask = { campaignId, agentId: plan.agentId, keep: undefined, halting: state.halt !== undefined, several: true };
  const { begun = [], refused, unclear = [] } = await step.deleteTwins(ask);
  noteUnclear(state, unclear);
  if (refused !== undefined) note(state, `${TWINS_LEFT} ${refused}`);
  return begun;
}

/** Runs a step that has days to succeed; in a campaign that is canceled or has failed, only minutes. */
async function patiently<T>(
  { state, halts }: Pick<Batch, 'state' | 'halts'>,
  inDays: () => Promise<T>,
  inMinutes: () => Promise<T>,
): Promise<T> {
  if (state.failure === undefined) {
    const done = await halts.unless(['cancel'], inDays);
    if (done !== INTERRUPTED) return done;
  }
  return inMinutes();
}

/** What is missing at the end: a failure of the campaign, unless it was canceled and waits for nothing. */
function falls(state: CampaignState, short: string): void {
  state.lastError = short;
  note(state, short);
  if (state.halt?.kind !== 'cancel') state.failure ??= short;
}
