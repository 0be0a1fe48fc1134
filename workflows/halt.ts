import { CancellationScope, isCancellation, setHandler, TemporalFailure } from '@temporalio/workflow';
import { failureText } from './failures';
import { CANCEL_DESCRIPTION, cancelSignal, type HaltRequest, STOP_DESCRIPTION, stopSignal } from './messages';
import type { CampaignState, Halt } from './state';

/** Said by an interrupted step. */
export const INTERRUPTED = Symbol('interrupted');

export interface Halts {
  /**
   * Runs a step that a stop or a cancel may end at once (`by` says which of them). A halt that came earlier, also in an
   * earlier run of a continued workflow, keeps the step from being begun.
   */
  unless<T>(by: readonly Halt['kind'][], step: () => Promise<T>): Promise<T | typeof INTERRUPTED>;
  /** Asks for a halt as a signal does. */
  ask(kind: Halt['kind'], request: HaltRequest): void;
  /** Tells when a stop or a cancel comes in. */
  whenAsked(listener: () => void): void;
  /** Whether Temporal itself was asked to cancel this run of the workflow. */
  canceledInTemporal(): boolean;
}

/**
 * Listens for the signals `stop` and `cancel` and for Temporal's own cancellation, which means the same as `cancel`.
 * What was asked is remembered in the state; a cancel outranks a stop, and asking twice changes nothing.
 * To be called before the first await, so that a signal that starts the campaign is not missed.
 */
export function listenForHalts(state: CampaignState): Halts {
  const root = CancellationScope.current();
  const listeners: (() => void)[] = [];
  let current: { by: readonly Halt['kind'][]; scope: CancellationScope } | undefined;

  function ask(kind: Halt['kind'], request: HaltRequest = {}): void {
    if (state.halt?.kind === kind || state.halt?.kind === 'cancel') return;
    state.halt = { kind, ...wordsOf(request), at: Date.now() };
    // First what it is about, then its showing: nothing may come between an operator and a halt.
    if (current?.by.includes(kind)) current.scope.cancel();
    for (const listener of listeners) listener();
  }

  setHandler(stopSignal, (request) => ask('stop', request), { description: STOP_DESCRIPTION });
  setHandler(cancelSignal, (request) => ask('cancel', request), { description: CANCEL_DESCRIPTION });
  root.cancelRequested.catch(() => ask('cancel', { by: 'Temporal' }));

  return {
    ask,
    async unless(by, step) {
      if (state.halt && by.includes(state.halt.kind)) return INTERRUPTED;
      const scope = new CancellationScope();
      current = { by, scope };
      try {
        return await scope.run(step);
      } catch (error) {
        if (!scope.consideredCancelled || !(error instanceof TemporalFailure)) throw error;
        // An attempt that fails while it is being cancelled is not tried again: that, too, is an interruption.
        if (!isCancellation(error)) state.lastError = failureText(error);
        return INTERRUPTED;
      } finally {
        current = undefined;
      }
    },
    whenAsked(listener) {
      listeners.push(listener);
    },
    canceledInTemporal: () => root.consideredCancelled,
  };
}

/** Whoever signals may send anything: only the two texts are taken, and not at any length. */
function wordsOf(request: unknown): HaltRequest {
  const { reason, by } = (typeof request === 'object' && request !== null ? request : {}) as Record<string, unknown>;
  const words = { reason: oneLine(reason, 500), by: oneLine(by, 100) };
  return { ...(words.reason && { reason: words.reason }), ...(words.by && { by: words.by }) };
}

/**
 * A text that fits into a list and into a failure's message, where half a character would not even be stored.
 * Telephone numbers are left out: what is said here is shown to everyone who may see the campaign.
 */
export function oneLine(text: unknown, longest: number): string {
  if (typeof text !== 'string') return '';
  const line = text.slice(0, 4 * longest).replace(/[\p{Cc}\p{Cs}\s]+/gu, ' ');
  return [...line.replace(/\+\d{7,15}/g, '+…').trim()].slice(0, longest).join('');
}
