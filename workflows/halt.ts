import { CancellationScope, isCancellation, setHandler } from '@temporalio/workflow';
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
}

/**
 * Listens for the signals `stop` and `cancel` and for Temporal's own cancellation, which means the same as `cancel`.
 * What was asked is remembered in the state; a cancel outranks a stop, and asking twice changes nothing.
 * To be called before the first await, so that a signal that starts the campaign is not missed.
 */
export function listenForHalts(state: CampaignState): Halts {
  let current: { by: readonly Halt['kind'][]; scope: CancellationScope } | undefined;

  function ask(kind: Halt['kind'], request: HaltRequest = {}): void {
    if (state.halt?.kind === kind || state.halt?.kind === 'cancel') return;
    state.halt = { kind, ...wordsOf(request), at: Date.now() };
    if (current?.by.includes(kind)) current.scope.cancel();
  }

  setHandler(stopSignal, (request) => ask('stop', request), { description: STOP_DESCRIPTION });
  setHandler(cancelSignal, (request) => ask('cancel', request), { description: CANCEL_DESCRIPTION });
  CancellationScope.current().cancelRequested.catch(() => ask('cancel', { by: 'Temporal' }));

  return {
    async unless(by, step) {
      if (state.halt && by.includes(state.halt.kind)) return INTERRUPTED;
      const scope = new CancellationScope();
      current = { by, scope };
      try {
        return await scope.run(step);
      } catch (error) {
        if (isCancellation(error) && state.halt) return INTERRUPTED;
        throw error;
      } finally {
        current = undefined;
      }
    },
  };
}

/** Whoever signals may send anything: only the two texts are taken, and not at any length. */
function wordsOf(request: unknown): HaltRequest {
  const { reason, by } = (typeof request === 'object' && request !== null ? request : {}) as Record<string, unknown>;
  return {
    ...(typeof reason === 'string' && { reason: reason.slice(0, 500) }),
    ...(typeof by === 'string' && { by: by.slice(0, 100) }),
  };
}
