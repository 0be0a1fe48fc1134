import { endOfBatches } from './end-of-batches';
import { callsOfBatch } from './ends';
import { unconfirmedHalt } from './halted';
import { type BatchEnd, BUDGET, type CampaignState, type End } from './state';
import { utc } from './words';

/** How Bolna words a call that was taken back before it was made. */
const TAKEN_BACK = ['stopped', 'canceled', 'cancelled'];

const NOBODY_LEFT = 'Every contact was suppressed before the batch was created: nobody was called.';

/** How a campaign ends, from all it remembers. */
export function endOf(state: CampaignState): End {
  if (state.ends) return told(endOfBatches(state, state.ends, haltedHow(state)), state);
  const end = told(decide(state), state);
  // Where calls may have been made and their results are not here, no row can be said to be not called.
  const mayStillCall = end.mayStillCall || (mayHaveCalled(state) && !state.collected);
  return {
    ...end,
    mayStillCall,
    unsettledReason: mayStillCall ? unsettledReasonOf(state) : undefined,
    stoodStill: hasStoodStill(state),
  };
}

/**
 * Whether Bolna says by its own word that the batch is stopped, and calls that wait have not moved since. The last look ends a batch
 * with such calls only after the quiet time (see `judge`): a cancel waits for nothing, and knows less.
 */
function hasStoodStill({ look }: CampaignState): true | undefined {
  return look?.phase === 'stopped' && look.over && look.waiting > 0 ? true : undefined;
}

/** Why the rows without an execution are unsettled; undefined where it is that calls may still come. */
function unsettledReasonOf({ failureType, otherBatch, look, collected }: CampaignState) {
  const mayHave = 'this person may have been called';
  if (failureType === 'OtherContacts') {
    const which = otherBatch === undefined ? '' : ` (batch ${otherBatch})`;
    return `this campaign ID was run with other contacts${which}: ${mayHave}`;
  }
  if (failureType === 'BatchLost' || look?.gone) return `Bolna no longer knows the batch: ${mayHave}`;
  return collected ? undefined : `the results of the calls were not collected: ${mayHave}`;
}

/** What a person must know comes first. */
function told(end: End, state: CampaignState): End {
  const warning = unconfirmedHalt(state);
  const explainedEnd = explained(end, state);
  if (warning === undefined) return explainedEnd;
  return { ...explainedEnd, reason: [warning, explainedEnd.reason].filter(Boolean).join(' ') };
}

/** Only the results tell that all calls ended for the same reason. */
function explained(end: End, { results }: CampaignState): End {
  return end.status === 'completed' ? { ...end, reason: end.reason ?? results?.walletEmpty } : end;
}

/** Whether anybody may have been called by any batch of the campaign, as far as its memory goes. */
export function mayHaveCalled(state: CampaignState): boolean {
  const { started, scheduled, batch, contacts, failureType, nobodyLeft } = state;
  if (nobodyLeft) return false;
  if (started !== undefined) return started;
  if (scheduled || (batch && batch.phase !== 'created')) return true;
  // Refused for what an earlier batch of this ID has called, or may have: of this file's people too.
  if (failureType === 'BatchLost' || failureType === 'OtherContacts') return true;
  return !batch && contacts?.begun === true;
}

function decide(state: CampaignState): End {
  const { failure, halt, missed, look, batch } = state;
  const called = { mayStillCall: false, notCalledReason: undefined };
  if (failure !== undefined) {
    return { ...called, status: 'failed', reason: failure, mayStillCall: mayHaveCalled(state) };
  }
  if (halt?.kind === 'cancel') {
    return {
      ...called,
      status: 'canceled',
      reason: `${haltedHow(state)}.`,
      notCalledReason: 'the campaign was canceled',
    };
  }
  if (state.nobodyLeft) return { ...called, status: 'completed', reason: NOBODY_LEFT };
  if (missed && !state.started) {
    const reason = `The start was missed: the next one would be ${utc(missed.nextStart)}, later than startBy. Nobody was called.`;
    return { ...called, status: 'missed', reason, notCalledReason: 'the start was missed' };
  }
  if (halt && state.started === false) {
    const reason = `${haltedHow(state)} before the start: nobody was called.`;
    return { ...called, status: 'stopped', reason, notCalledReason: 'the campaign was stopped before its start' };
  }
  if (look?.gone) {
    const reason = `Batch ${batch?.batchId} was deleted at Bolna while it ran: nobody can tell who was called.`;
    return { ...called, status: 'failed', reason, mayStillCall: true };
  }
  if (batch?.phase === 'failed') {
    return { ...called, status: 'failed', reason: `Bolna could not run batch ${batch.batchId} (${batch.status}).` };
  }
  if (batch?.phase === 'stopped' || wasHaltedByFacts(state)) {
    const reason = halt ? `${haltedHow(state)}.` : 'Stopped at Bolna, for example from its dashboard.';
    return { ...called, status: 'stopped', reason, notCalledReason: 'the campaign was stopped' };
  }
  if (look?.gaveUp) {
    const reason = `Some calls did not settle in time (giveUpAfter); results.csv says which.`;
    return { ...called, status: 'completed', reason, mayStillCall: true };
  }
  return { ...called, status: 'completed', reason: halt && 'Every call was over when the stop came.' };
}

/** Bolna's word for the batch says neither that it ended nor how: executions that were stopped after a halt do. */
function wasHaltedByFacts({ halt, batch, look }: CampaignState): boolean {
  const isUnworded = batch?.phase === 'running' || batch?.phase === 'unknown' || batch?.phase === 'scheduled';
  return halt !== undefined && isUnworded && TAKEN_BACK.some((status) => (look?.counts[status] ?? 0) > 0);
}

/** "Stopped by Asha: wrong list"; what the campaign stops itself for is said as it is. */
function haltedHow({ halt }: CampaignState): string {
  if (halt?.by === BUDGET && halt.reason) return halt.reason;
  const why = halt && [halt.by && `by ${halt.by}`, halt.reason].filter(Boolean).join(': ');
  return `${halt?.kind === 'cancel' ? 'Canceled' : 'Stopped'}${why ? ` ${why}` : ''}`;
}

/** What one of several batches tells its campaign at its end. */
export function batchEnd(state: CampaignState): BatchEnd {
  const { status, reason, mayStillCall, notCalledReason, unsettledReason, stoodStill } = endOf(state);
  return {
    batchId: state.batch?.batchId ?? null,
    status,
    ...callsOfBatch(state),
    cost: state.look?.cost?.soFar ?? 0,
    startsAt: state.startsAt ?? null,
    ...(reason !== undefined && { reason }),
    ...(state.failureType !== undefined && { errorType: state.failureType }),
    collected: state.collected ?? false,
    ...(state.unlisted !== undefined && { unlisted: state.unlisted }),
    ...(state.halt && { halt: state.halt.kind }),
    ...(unconfirmedHalt(state) !== undefined && { haltUnconfirmed: true }),
    called: mayHaveCalled(state),
    mayStillCall,
    ...(notCalledReason !== undefined && { notCalledReason }),
    ...(unsettledReason !== undefined && { unsettledReason }),
    ...(stoodStill && { stoodStill }),
    notes: state.notes,
  };
}
