import { allHandlersFinished, condition, continueAsNew, sleep, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/types';
import { halting, irreversible, long, passing, watching } from './activities';
import type { Campaign } from './context';
import { endOf, mayHaveCalled } from './end-of';
import { failureText, isFinal } from './failures';
import { INTERRUPTED } from './halt';
import { show } from './progress';
import type { CampaignState } from './state';
import { count, utc } from './words';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A create whose answer was lost can still be at work when Bolna is asked what there is. */
const LATE_CREATE_MS = 2 * MINUTE_MS;

export async function validateContacts({ campaignId, plan, state }: Campaign): Promise<void> {
  if (state.contacts) return;
  const step = long('Check the contacts file');
  state.contacts = await step.validateContacts({ campaignId, contacts: plan.contacts });
  const { flagged } = state.contacts;
  if (flagged > 0) note(state, `${count(flagged, 'number')} in no known range; called all the same.`);
}

/** Makes the batch, or takes over the one that an earlier attempt or run has made. */
export async function createBatch(campaign: Campaign): Promise<void> {
  const { campaignId, plan, state } = campaign;
  if (state.batch || !state.contacts) return;
  state.stage = 'creating';
  show(campaign);
  const { valid, fileName } = state.contacts;
  const batch = await irreversible(`Create the batch of ${count(valid, 'contact')}`).createBatch({
    campaignId,
    agentId: plan.agentId,
    fileName,
    fromPhoneNumbers: plan.fromPhoneNumbers,
    retry: plan.retry,
    webhookUrl: plan.webhookUrl,
  });
  state.batch = { batchId: batch.batchId, status: batch.status, phase: batch.phase };
  state.startsAt = batch.startsAt;
  if (batch.adopted) note(state, `Took over batch ${batch.batchId}, which was there already (${batch.status}).`);
}

/** Schedules the batch once, as soon as Bolna takes its start, or finds that the start was missed. */
export async function scheduleBatch(campaign: Campaign): Promise<void> {
  const { campaignId, plan, state } = campaign;
  if (!state.contacts) return;
  state.stage = 'scheduling';
  while (state.batch && !state.scheduled && !state.missed) {
    show(campaign);
    const wish = plan.startAt === undefined ? 'as soon as possible' : `for ${utc(plan.startAt)}`;
    const step = irreversible(`Schedule the batch ${wish}`);
    const ask = {
      campaignId,
      agentId: plan.agentId,
      batchId: state.batch.batchId,
      fileName: state.contacts.fileName,
      startAt: plan.startAt,
      startBy: plan.startBy,
      bypassCallGuardrails: plan.bypassCallGuardrails,
    };
    const result = await step.scheduleBatch(ask).catch((error: unknown) => {
      // Out of time without a clear answer: Bolna may have taken the start all the same.
      if (!isFinal(error)) state.scheduled = true;
      throw error;
    });
    switch (result.outcome) {
      case 'scheduled':
        state.scheduled = true;
        state.startsAt = result.startsAt;
        state.batch = { ...state.batch, status: result.status, phase: result.phase };
        if (result.note) note(state, result.note);
        break;
      case 'too-early':
        // Worker and server may differ about the time; asking again at once would fill the history.
        await sleepUntil(
          campaign,
          Math.max(result.from, Date.now() + MINUTE_MS),
          'until Bolna takes a start 30 days ahead',
        );
        break;
      case 'missed':
        state.missed = { nextStart: result.nextStart };
        break;
      case 'superseded':
        state.batch = { batchId: result.by, status: 'scheduled', phase: 'scheduled' };
        break;
    }
  }
}

/** Sleeps until the start that Bolna reports. */
export async function sleepUntilStart(campaign: Campaign): Promise<void> {
  const { state } = campaign;
  if (state.look && state.look.phase !== 'scheduled') return;
  state.stage = 'waiting';
  if (state.startsAt !== undefined) await sleepUntil(campaign, state.startsAt, 'for the start');
}

/** Looks until the last call is over. Returns early only when `giveUpAfter` has passed. */
export async function watchCalls(campaign: Campaign): Promise<void> {
  const { campaignId, plan, state } = campaign;
  while (state.batch && state.contacts && !state.look?.over && !state.look?.gaveUp) {
    state.stage = state.halt ? 'halting' : 'running';
    show(campaign);
    const giveUpAt = (state.startsAt ?? state.begunAt) + plan.giveUpAfterMs;
    // A day more than the wait itself, so that it ends by its own rule and not by a time-out.
    const step = watching(
      `Wait for ${count(state.contacts.valid, 'call')} to settle`,
      Math.max(giveUpAt - Date.now(), 0) + DAY_MS,
    );
    const look = await step.awaitProgress({
      campaignId,
      agentId: plan.agentId,
      batchId: state.batch.batchId,
      valid: state.contacts.valid,
      seen: state.look,
      giveUpAt,
      retry: plan.retry,
      polling: plan.polling,
    });
    state.look = look;
    state.startsAt = look.startsAt ?? state.startsAt;
    state.batch = { ...state.batch, status: look.status, phase: look.phase };
    // Someone moved the start in Bolna's dashboard.
    if (!look.over && look.phase === 'scheduled') await sleepUntilStart(campaign);
    await continueIfLong(campaign);
  }
}

/** Sees to it that nobody else is called, and learns whether anybody was. */
export async function haltBatches(campaign: Campaign): Promise<void> {
  const { campaignId, plan, state } = campaign;
  if (state.started !== undefined) return;
  // What Bolna has finished cannot be halted, and needs no answer from a Bolna that may be down.
  if (state.look?.over && !state.look.gaveUp) {
    state.started = true;
    return;
  }
  const answerLost = state.stage === 'creating' && !state.batch;
  state.stage = 'halting';
  show(campaign);
  const why = state.halt
    ? `${state.halt.kind === 'stop' ? 'Stop' : 'Cancel'} the batch`
    : 'Delete the batch that missed its start';
  const ask = { campaignId, agentId: plan.agentId, batchId: state.batch?.batchId };
  let halted = await halting(why).haltBatches(ask);
  if (answerLost) {
    await sleep(LATE_CREATE_MS, { summary: 'Wait for a batch whose answer was lost' });
    halted = await halting(`${why} that may have appeared`).haltBatches(ask);
  }
  state.started = halted.started;
  state.collected = undefined;
  // What was seen before is no reason to wait with the next look.
  if (state.look) state.look = { ...state.look, nextLookAt: Date.now() };
  if (halted.batch) state.batch = halted.batch;
  else if (state.batch) state.batch = { ...state.batch, status: 'deleted' };
}

/** Fetches every execution there is. */
export async function collectExecutions(campaign: Campaign): Promise<void> {
  const { campaignId, plan, state } = campaign;
  if (!state.batch || !state.contacts || state.collected !== undefined || !mayHaveCalled(state) || state.look?.gone)
    return;
  state.stage = 'collecting';
  show(campaign);
  const ask = { campaignId, agentId: plan.agentId, batchId: state.batch.batchId };
  try {
    const { gone } = await patiently(campaign, 'Collect the result of every call', (steps) =>
      steps.collectExecutions(ask),
    );
    state.collected = !gone;
    if (gone) falls(state, `Batch ${ask.batchId} was deleted at Bolna before its results were collected.`);
  } catch (error) {
    state.collected = false;
    falls(state, `The results of the calls could not be collected: ${failureText(error)}`);
  }
}

/** Puts rows and executions together: one line for each row of the file. */
export async function reconcileResults(campaign: Campaign): Promise<void> {
  const { campaignId, state } = campaign;
  if (!state.contacts) return;
  state.stage = 'collecting';
  show(campaign);
  const { status, reason, mayStillCall, notCalledReason } = endOf(state);
  const ask = {
    campaignId,
    batchId: state.batch?.batchId,
    input: state.contacts.input,
    status,
    reason,
    startsAt: state.startsAt,
    contacts: state.contacts,
    mayStillCall,
    notCalledReason,
    collected: state.collected ?? false,
    notes: state.notes,
  };
  try {
    state.results = await patiently(campaign, 'Write results.csv and summary.json', (s) => s.reconcileResults(ask));
    for (const warning of state.results.warnings) note(state, warning);
  } catch (error) {
    falls(state, `The results could not be written: ${failureText(error)}`);
  }
}

/** Batches of this campaign that a lost answer left behind and that were never scheduled. */
export async function deleteTwins({ campaignId, plan, state }: Campaign): Promise<void> {
  if (!state.contacts || state.started !== undefined) return; // a halt has seen to all of them
  const keep = state.scheduled || (state.batch && state.batch.phase !== 'created') ? state.batch?.batchId : undefined;
  try {
    const { deleted } = await passing('Delete unscheduled twins').deleteTwins({
      campaignId,
      agentId: plan.agentId,
      keep,
    });
    if (deleted > 0) note(state, `${count(deleted, 'unscheduled batch', 'unscheduled batches')} deleted.`);
  } catch (error) {
    state.lastError = failureText(error);
    note(state, `Unscheduled batches of this campaign may be left at Bolna; they call nobody. ${state.lastError}`);
  }
}

/** Runs a step that has days to succeed; in a campaign that is canceled or has failed, only minutes. */
async function patiently<T>(
  { state, halts }: Campaign,
  summary: string,
  step: (steps: Pick<Activities, 'collectExecutions' | 'reconcileResults'>) => Promise<T>,
): Promise<T> {
  if (state.failure === undefined) {
    const done = await halts.unless(['cancel'], () => step(long(summary)));
    if (done !== INTERRUPTED) return done;
  }
  return step(passing(summary));
}

/** What is missing at the end: a failure of the campaign, unless it was canceled and waits for nothing. */
function falls(state: CampaignState, short: string): void {
  state.lastError = short;
  note(state, short);
  if (state.halt?.kind !== 'cancel') state.failure ??= short;
}

function note(state: CampaignState, text: string): void {
  if (!state.notes.includes(text)) state.notes.push(text);
}

async function sleepUntil(campaign: Campaign, at: number, purpose: string): Promise<void> {
  const ms = at - Date.now();
  if (ms <= 0) return;
  campaign.state.sleepingUntil = at;
  show(campaign);
  try {
    await sleep(ms, { summary: `Wait ${purpose}: ${utc(at)}` });
  } finally {
    campaign.state.sleepingUntil = undefined;
  }
}

/** A history that grows long is handed on; what the campaign remembers goes with it, and no signal is lost on the way. */
async function continueIfLong({ input, state }: Campaign): Promise<void> {
  if (!workflowInfo().continueAsNewSuggested) return;
  await condition(allHandlersFinished);
  await continueAsNew(input, state);
}
