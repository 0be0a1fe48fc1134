import type { CampaignEnd, CampaignState } from './state';
import { utc } from './words';

export interface End {
  status: CampaignEnd;
  reason: string | undefined;
  /** Whether rows without an outcome may be called yet, or may have been without anyone knowing. */
  mayStillCall: boolean;
  notCalledReason: string | undefined;
}

/** How a campaign ends, from all it remembers. */
export function endOf(state: CampaignState): End {
  const { failure, halt, missed, look, batch } = state;
  const called = { mayStillCall: false, notCalledReason: undefined };
  if (failure !== undefined) {
    const known = state.started === false || !(state.scheduled || (batch && batch.phase !== 'created'));
    return { ...called, status: 'failed', reason: failure, mayStillCall: !known };
  }
  const why = halt && [halt.by && `by ${halt.by}`, halt.reason].filter(Boolean).join(': ');
  if (halt?.kind === 'cancel') {
    const reason = `Canceled${why ? ` ${why}` : ''}.`;
    return { ...called, status: 'canceled', reason, notCalledReason: 'the campaign was canceled' };
  }
  if (missed) {
    const reason = `The start was missed: the next one would be ${utc(missed.nextStart)}, later than startBy. Nobody was called.`;
    return { ...called, status: 'missed', reason, notCalledReason: 'the start was missed' };
  }
  if (halt && !state.started) {
    const reason = `Stopped${why ? ` ${why}` : ''} before the start: nobody was called.`;
    return { ...called, status: 'stopped', reason, notCalledReason: 'the campaign was stopped before its start' };
  }
  if (look?.gone) {
    const reason = `Batch ${batch?.batchId} was deleted at Bolna while it ran: nobody can tell who was called.`;
    return { ...called, status: 'failed', reason, mayStillCall: true };
  }
  if (batch?.phase === 'failed') {
    return { ...called, status: 'failed', reason: `Bolna could not run batch ${batch.batchId} (${batch.status}).` };
  }
  if (batch?.phase === 'stopped') {
    const reason = halt ? `Stopped${why ? ` ${why}` : ''}.` : 'Stopped at Bolna, for example from its dashboard.';
    return { ...called, status: 'stopped', reason, notCalledReason: 'the campaign was stopped' };
  }
  if (look?.gaveUp) {
    const reason = `Some calls did not settle in time (giveUpAfter); results.csv says which.`;
    return { ...called, status: 'completed', reason, mayStillCall: true };
  }
  return { ...called, status: 'completed', reason: undefined };
}
