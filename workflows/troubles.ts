import { defineSignal, setHandler } from '@temporalio/workflow';
import { TROUBLE_SIGNAL } from '../activities/trouble-signal';
import type { Activities, TroubleReport } from '../activities/types';
import { oneLine } from './halt';
import type { CampaignState } from './state';

/** Sent by the attempts of a campaign's own steps, and by nobody else: not with the signals that others send. */
const troubleSignal = defineSignal<[TroubleReport]>(TROUBLE_SIGNAL);
const TROUBLE_DESCRIPTION =
  'Sent by the workers when a step meets an error that a person should see, and when it is mended. Not to be sent by hand.';

/** A sentence with its hint, and no more. */
const LONGEST = 1_000;
const KINDS: readonly unknown[] = ['key-refused', 'same-error-for-an-hour'];

/** Notes what is wrong with the steps of one workflow, for as long as they are under way. */
export interface Troubles {
  /** The same step, listened to: with its end, whatever it is, its trouble has ended too. */
  of<Step extends object>(step: Step): Step;
  /** Tells when there is trouble, or none any more. */
  whenTold(listener: () => void): void;
}

/**
 * Listens for what the attempts of steps tell: the errors of a step that is tried again are in no history. What an attempt tells
 * late, of a step that is over or was begun anew, is not heeded. To be called before the first await.
 */
export function listenForTroubles(state: CampaignState): Troubles {
  /** When each was asked for, the first of those of one name: beside the look that is waited for, a hint may ask for one more. */
  const underWay = new Map<string, { since: number; count: number }>();
  const listeners: (() => void)[] = [];
  // An earlier run's steps are not this one's.
  delete state.troubles;

  function note(step: string, trouble: TroubleReport['trouble']): void {
    const { [step]: before, ...others } = state.troubles ?? {};
    if (trouble) state.troubles = { ...others, [step]: trouble };
    else if (before) state.troubles = others;
  }

  setHandler(
    troubleSignal,
    (report) => {
      const { step, asked, trouble } = checked(report);
      const running = underWay.get(step);
      if (!running || asked < running.since) return;
      note(step, trouble);
      for (const listener of listeners) listener();
    },
    { description: TROUBLE_DESCRIPTION },
  );

  return {
    of(steps) {
      return new Proxy(steps, {
        get: (target, name: keyof Activities) => {
          const step = Reflect.get(target, name) as (ask: unknown) => Promise<unknown>;
          return (ask: unknown) => {
            const asked = underWay.get(name) ?? { since: Date.now(), count: 0 };
            asked.count++;
            underWay.set(name, asked);
            const ended = () => {
              if (--asked.count === 0) underWay.delete(name);
              note(name, null);
            };
            const running = step(ask);
            // Beside whoever awaits it, who must go on at the same turn as ever: histories depend on it.
            void running.then(ended, ended);
            return running;
          };
        },
      });
    },
    whenTold(listener) {
      listeners.push(listener);
    },
  };
}

/** Whoever signals may send anything. */
function checked(report: unknown): Omit<TroubleReport, 'step'> & { step: string } {
  const given = (typeof report === 'object' && report !== null ? report : {}) as Partial<TroubleReport>;
  const { step, asked, trouble } = given;
  const known = { step: String(step), asked: Number(asked) || 0, trouble: null };
  if (typeof trouble !== 'object' || trouble === null || !KINDS.includes(trouble.kind)) return known;
  const { kind, message, since } = trouble;
  return { ...known, trouble: { kind, message: oneLine(message, LONGEST), since: Number(since) || Date.now() } };
}
