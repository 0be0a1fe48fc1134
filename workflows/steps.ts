import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  patched,
  sleep,
  type Workflow,
  workflowInfo,
} from '@temporalio/workflow';
import type { AwaitProgress, Contacts, Look } from '../activities/types';
import { halting, irreversible, local, watching } from './activities';
import { isOutOfMoney } from './attention';
import type { Batch, Campaign } from './context';
import { failureDetail, failureText, isFinal } from './failures';
import { countSettled } from './metrics';
import { BEGUN, NOT_DELETED } from './moves';
import { show } from './progress';
import { type CampaignState, forgetBatch, note, wishedStart } from './state';
import { count, utc } from './words';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A create whose answer was lost can still be at work when Bolna is asked what there is. */
const LATE_CREATE_MS = 2 * MINUTE_MS;

/** While versions are deployed, a step may be an older one's, which knows nothing of lists. */
const LISTS_NOT_READ =
  'A worker of an older version has read the contacts without the suppression lists: nobody is called. Update all workers and start the same campaign ID again.';

const BLANKS_NOT_REJECTED =
  'A worker of an older version has read the contacts without requireVariables: nobody is called. Update all workers and start the same campaign ID again.';

const ORDERS_NOT_READ =
  'A worker of an older version has created the batch with contacts that were suppressed meanwhile: it is not scheduled, and nobody is called. Update all workers and start the same campaign ID again.';

/** So often a batch that such a worker has scheduled is made anew. */
const MOST_UNMINDED = 3;

/** The latest suppression order that is known of. */
function ordersKnown({ orders, contacts }: CampaignState): number {
  return orders ?? contacts?.orders ?? 0;
}

export async function validateContacts(campaign: Campaign): Promise<void> {
  const { campaignId, plan, state } = campaign;
  if (state.contacts) return;
  const step = local(campaign, 'Check the contacts file');
  const { contacts, maxRowsPerBatch, account, suppress, ignoreUnreadableSuppressions, callbackUrl } = plan;
  const { numberColumn, country, sheet, requireVariables } = plan;
  const lists = { suppress, ignoreUnreadableSuppressions };
  const reading = { numberColumn, country, sheet };
  const ask = { campaignId, contacts, ...reading, maxRowsPerBatch, account, ...lists, requireVariables, callbackUrl };
  try {
    state.contacts = await step.validateContacts({ ...ask, searchable: true });
  } catch (error) {
    // Nobody can be called, and each row still ends with why.
    const refused = failureDetail(error, 'InvalidContacts') as Contacts | undefined;
    if (refused) state.contacts = refused;
    for (const text of refused?.notes ?? []) note(state, text);
    throw error;
  }
  const { flagged, notes = [], suppressed, unreadableSuppressions, required } = state.contacts;
  if (suppress !== undefined && suppressed === undefined)
    throw ApplicationFailure.nonRetryable(LISTS_NOT_READ, 'OldWorker');
  if (requireVariables !== undefined && required === undefined)
    throw ApplicationFailure.nonRetryable(BLANKS_NOT_REJECTED, 'OldWorker');
  if (unreadableSuppressions !== undefined) state.unreadableSuppressions = unreadableSuppressions;
  for (const text of notes) note(state, text);
  if (flagged > 0) note(state, `${count(flagged, 'number')} in no known range; called all the same.`);
}

/** Makes the batch, or takes over the one that an earlier attempt or run has made. */
export async function createBatch(batch: Batch): Promise<void> {
  const { campaignId, part, plan, state } = batch;
  if (state.batch || !state.contacts) return;
  state.stage = 'creating';
  show(batch);
  const { valid, fileName, edition } = state.contacts;
  const step = irreversible(batch, `Create the batch of ${count(valid, 'contact')}`);
  const created = await step.createBatch({
    campaignId,
    part,
    agentId: plan.agentId,
    fileName,
    fromPhoneNumbers: plan.fromPhoneNumbers,
    retry: plan.retry,
    webhookUrl: plan.webhookUrl,
    edition,
    minWallet: minWalletOf(batch),
  });
  if (created.nobodyLeft) {
    state.nobodyLeft = true;
    state.suppressedLater = valid;
    return;
  }
  const { batchId, status, phase, startsAt, adopted, hooked, leftOut, rows = valid } = created;
  if (ordersKnown(state) > 0 && leftOut === undefined)
    throw ApplicationFailure.nonRetryable(ORDERS_NOT_READ, 'OldWorker');
  state.batch = { batchId, status, phase, ...(leftOut !== undefined && { leftOut }) };
  state.startsAt = startsAt;
  if (rows < valid) state.suppressedLater = valid - rows;
  if (hooked) state.hooked = true;
  if (adopted) note(state, `Took over batch ${batchId}, which was there already (${status}).`);
}

/** Only a campaign that has begun nothing can be kept from starting. */
function minWalletOf({ plan, state }: Batch): number | undefined {
  return state.contacts?.begun ? undefined : plan.minWallet;
}

/** Schedules the batch once, as soon as Bolna takes its start, or finds that the start was missed. */
export async function scheduleBatch(batch: Batch): Promise<void> {
  const { campaignId, part, plan, state } = batch;
  if (!state.contacts) return;
  state.stage = 'scheduling';
  let superseded = 0;
  let unminded = 0;
  while (state.batch && !state.scheduled && !state.missed) {
    show(batch);
    const { startAt, startBy } = wishedStart(batch);
    const wish = startAt === undefined ? 'as soon as possible' : `for ${utc(startAt)}`;
    const step = irreversible(batch, `Schedule the batch ${wish}`);
    const ask = {
      campaignId,
      part,
      agentId: plan.agentId,
      batchId: state.batch.batchId,
      fileName: state.contacts.fileName,
      startAt,
      startBy,
      bypassCallGuardrails: plan.bypassCallGuardrails,
      minWallet: minWalletOf(batch),
      leftOut: state.batch.leftOut,
    };
    const result = await step.scheduleBatch(ask).catch((error: unknown) => {
      // Out of time without a clear answer: Bolna may have taken the start all the same.
      if (!isFinal(error)) state.scheduled = true;
      throw error;
    });
    switch (result.outcome) {
      case 'scheduled':
        if (
          !result.minded &&
          (state.batch.leftOut ?? 0) < ordersKnown(state) &&
          ++unminded <= MOST_UNMINDED &&
          (await makeWay(batch, ask.batchId))
        )
          break;
        state.scheduled = true;
        state.startsAt = result.startsAt;
        state.batch = { ...state.batch, status: result.status, phase: result.phase };
        if (result.note) note(state, result.note);
        break;
      case 'too-early':
        // Worker and server may differ about the time; asking again at once would fill the history.
        await sleepUntil(
          batch,
          Math.max(result.from, Date.now() + MINUTE_MS),
          'until Bolna takes a start 30 days ahead',
        );
        break;
      case 'missed':
        state.missed = { nextStart: result.nextStart };
        break;
      case 'superseded':
        state.batch = { batchId: result.by, status: 'scheduled', phase: 'scheduled' };
        // Bolna contradicts itself, and may for long: asking again at once would fill the history.
        if (++superseded > 1 && patched('wait-when-superseded-again'))
          await sleepUntil(batch, Date.now() + MINUTE_MS, 'before the batch is looked at again');
        break;
      case 'moved':
        forgetBatch(state);
        break;
      case 'outdated':
        if (!result.claimed) forgetBatch(state);
        // Refused by a worker of an older version, which does not ask until it is gone.
        else if (!(await makeWay(batch, ask.batchId)))
          await sleepUntil(batch, Date.now() + MINUTE_MS, 'before the batch is deleted again');
        break;
    }
  }
}

/**
 * Deletes a batch that has contacts which were suppressed since it was made. Where it has started, or Bolna does not delete what is
 * scheduled, it is what calls people, and each of those contacts is stopped by itself.
 * @returns false where it is neither deleted nor has a start
 */
async function makeWay(batch: Batch, batchId: string): Promise<boolean> {
  const { campaignId, part, plan, state } = batch;
  const step = irreversible(batch, 'Delete the batch with contacts that were suppressed meanwhile');
  const wish = wishedStart(batch);
  const moved = await step.moveBatch({ campaignId, part, agentId: plan.agentId, batchId, outdated: true, wish });
  if (moved.outcome === 'kept' || moved.outcome === 'moved') {
    forgetBatch(state);
    return true;
  }
  const { phase } = moved.batch;
  if (phase === 'created' || (phase === 'unknown' && moved.outcome === 'refused')) return false;
  state.batch = moved.batch;
  state.startsAt = moved.startsAt ?? state.startsAt;
  state.scheduled = true;
  return true;
}

/** Makes way for the start that is pending: what has a start already is deleted, and another one is made then. */
export async function moveBatch(batch: Batch): Promise<void> {
  const { campaignId, part, plan, state, moves } = batch;
  const move = moves.pending();
  if (!move || !state.batch) return;
  show(batch);
  const step = irreversible(batch, `Move the start to ${utc(move.startAt)}`);
  const { batchId } = state.batch;
  const wish = { startAt: move.startAt, startBy: move.startBy };
  const ask = { campaignId, part, agentId: plan.agentId, batchId, ...(move.remake && { outdated: true, wish }) };
  const moved = await step.moveBatch(ask).catch((error: unknown) => {
    moves.settle(failureText(error));
    throw error;
  });
  if (moved.outcome === 'begun' || moved.outcome === 'refused') {
    state.batch = moved.batch;
    state.startsAt = moved.startsAt ?? state.startsAt;
    // Its schedule may have been interrupted without an answer, and was not heard.
    const { phase } = moved.batch;
    if (phase === 'created' || (phase === 'unknown' && moved.outcome === 'refused')) state.scheduled = false;
    moves.settle(moved.outcome === 'begun' ? BEGUN : NOT_DELETED);
    return;
  }
  // Another start may have been asked for while this was done: that one is what is wished now.
  const { startAt, startBy } = moves.pending() ?? move;
  state.start = { startAt, startBy };
  state.scheduled = false;
  delete state.missed;
  if (moved.outcome === 'moved') forgetBatch(state);
  moves.settle();
}

/** Sleeps until the start that Bolna reports. */
export async function sleepUntilStart(batch: Batch): Promise<void> {
  const { state } = batch;
  if (state.look && state.look.phase !== 'scheduled') return;
  state.stage = 'waiting';
  if (state.startsAt !== undefined) await sleepUntil(batch, state.startsAt, 'for the start');
}

/**
 * Looks until the last call is over, and for each hint besides. Returns early only when `giveUpAfter` has passed.
 */
export async function watchCalls(batch: Batch): Promise<void> {
  const { state, hints } = batch;
  let isLong = false;
  await hints.beside(
    async () => {
      while (!isLong && state.batch && state.contacts && !state.look?.over && !state.look?.gaveUp) {
        state.stage = state.halt ? 'halting' : 'running';
        const calls = count(state.contacts.valid, 'call');
        const { over, phase } = await look(batch, `Wait for ${calls} to settle`, { seen: state.look });
        // Someone moved the start in Bolna's dashboard.
        if (!over && phase === 'scheduled') await sleepUntilStart(batch);
        isLong = workflowInfo().continueAsNewSuggested;
      }
    },
    (seen) => look(batch, 'Look, since there may be news', { seen, hinted: true }),
  );
  // Not while a look for a hint is under way: what is remembered is handed on as it is now, and an order that came later would be lost.
  if (isLong) await batch.continueAsNew();
}

/** How much a look has seen: of two side by side, the one that began first may end last. */
function asOf(look: Look | undefined): number {
  if (!look) return Number.NEGATIVE_INFINITY;
  return look.over || look.gaveUp ? Number.POSITIVE_INFINITY : look.at;
}

async function look(batch: Batch, summary: string, asked: Pick<AwaitProgress, 'seen' | 'hinted'>): Promise<Look> {
  const { campaignId, part, plan, state } = batch;
  if (!state.batch || !state.contacts) throw new Error('There is no batch to look at.');
  show(batch);
  const giveUpAt = (state.startsAt ?? state.begunAt) + plan.giveUpAfterMs;
  // A day more than the wait itself, so that it ends by its own rule and not by a time-out.
  const step = watching(batch, summary, Math.max(giveUpAt - Date.now(), 0) + DAY_MS);
  const seen = await step.awaitProgress({
    campaignId,
    part,
    agentId: plan.agentId,
    batchId: state.batch.batchId,
    valid: state.contacts.valid,
    fileName: state.contacts.fileName,
    edition: state.contacts.edition,
    startsAt: state.startsAt,
    wishedStart: wishedStart(batch).startAt,
    giveUpAt,
    retry: plan.retry,
    polling: plan.polling,
    // Nobody has said that a halt is told of; and a callback is told of progress that Bolna does not tell.
    hooked: state.hooked && !state.halt && !batch.callbacks,
    ...asked,
  });
  const { look: latest } = state;
  if (latest && latest.at !== asked.seen?.at && asOf(latest) > asOf(seen)) return latest;
  countSettled(state.look, seen);
  state.outOfMoney = isOutOfMoney(state, seen);
  state.look = seen;
  state.startsAt = seen.startsAt ?? state.startsAt;
  state.batch = { ...state.batch, status: seen.status, phase: seen.phase };
  return seen;
}

/** Sees to it that nobody else is called, and learns whether anybody was. */
export async function haltBatches(batch: Batch): Promise<void> {
  const { campaignId, part, plan, state } = batch;
  if (state.started !== undefined) return;
  // What Bolna has finished cannot be halted, and needs no answer from a Bolna that may be down.
  if (state.look?.over && !state.look.gaveUp) {
    state.started = true;
    return;
  }
  const answerLost = state.stage === 'creating' && !state.batch;
  state.stage = 'halting';
  show(batch);
  const why = state.halt
    ? `${state.halt.kind === 'stop' ? 'Stop' : 'Cancel'} the batch`
    : 'Delete the batch that missed its start';
  const ask = { campaignId, part, agentId: plan.agentId, batchId: state.batch?.batchId, retry: plan.retry };
  let halted = await halting(batch, why).haltBatches(ask);
  if (answerLost) {
    await sleep(LATE_CREATE_MS, { summary: 'Wait for a batch whose answer was lost' });
    halted = await halting(batch, `${why} that may have appeared`).haltBatches(ask);
  }
  state.started = halted.started;
  state.collected = undefined;
  // What was seen before is no reason to wait with the next look.
  if (state.look) state.look = { ...state.look, nextLookAt: Date.now() };
  if (halted.batch) state.batch = halted.batch;
  else if (state.batch) state.batch = { ...state.batch, status: 'deleted' };
}

async function sleepUntil(batch: Batch, at: number, purpose: string): Promise<void> {
  const ms = at - Date.now();
  if (ms <= 0) return;
  batch.state.sleepingUntil = at;
  show(batch);
  try {
    await sleep(ms, { summary: `Wait ${purpose}: ${utc(at)}` });
  } finally {
    batch.state.sleepingUntil = undefined;
  }
}

/** Goes on in a new run with a history of its own. What is remembered goes with it, and no signal is lost on the way. */
export async function continuing<F extends Workflow>(...args: Parameters<F>): Promise<never> {
  await condition(allHandlersFinished);
  return continueAsNew<F>(...args);
}
