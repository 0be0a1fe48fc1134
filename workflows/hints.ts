import {
  CancellationScope,
  condition,
  isCancellation,
  patched,
  setHandler,
  TemporalFailure,
} from '@temporalio/workflow';
import type { Look } from '../activities/types';
import { HINT_DESCRIPTION, hintSignal } from './messages';
import type { CampaignState } from './state';

/**
 * Between a look and one for a hint. After those that Bolna sends about any batch, at each change of its status, each further one waits
 * twice as long: many are worth no more than none.
 */
const SHORTEST_MS = 30_000;
const USUAL_HINTS = 4;
const LONGEST_MS = 24 * 3_600_000;

export interface Hints {
  /**
   * Waits for the calls, and makes a look beside that for each hint. Where one shows the end, the wait is over; any other leaves it
   * as it is.
   * @param look what was seen last is due when it says, and its answer is told
   */
  beside(wait: () => Promise<void>, look: (seen: Look | undefined) => Promise<Look>): Promise<void>;
}

/**
 * Listens for the signal `hint`: there may be news at Bolna. Nothing else is concluded from it: what a look shows is what counts.
 * While a look for a hint is to come, further ones ask for one more, and not for many.
 */
export function listenForHints(state: CampaignState): Hints {
  setHandler(
    hintSignal,
    () => {
      // A worker of an older version has taken no notice of it, and may have written the history so far.
      if (isWatching(state) && patched('look-when-hinted')) state.hinted = true;
    },
    { description: HINT_DESCRIPTION },
  );

  return {
    async beside(wait, look) {
      const around = CancellationScope.current();
      const waiting = new CancellationScope();
      const looking = new CancellationScope();
      let end: Look | undefined;
      const untilEnd = async () => {
        while (!end) {
          await condition(() => state.hinted === true);
          const seen = await look(takeHint(state)).catch((error: unknown) => unlessCancelled(error, state));
          if (seen?.over) end = seen;
        }
        waiting.cancel();
      };
      // A halt can end it long before the wait, which is waited for below.
      const looks = looking.run(untilEnd).catch(onlyCancelled);
      try {
        await waiting.run(wait);
      } catch (error) {
        if (!end || around.consideredCancelled || !(error instanceof TemporalFailure)) throw error;
      } finally {
        looking.cancel();
        await looks;
      }
      // The wait may have seen less in the same moment.
      if (end) state.look = end;
    },
  };
}

function isWatching({ stage, batch, look }: CampaignState): boolean {
  return batch !== undefined && !look?.over && (stage === 'running' || stage === 'halting');
}

/** What was seen last, with the look for this hint due at once, or a while after the last one. The next hint is for a further one. */
function takeHint(state: CampaignState): Look | undefined {
  const { look, hints = 0 } = state;
  state.hinted = false;
  state.hints = hints + 1;
  return (
    look && { ...look, nextLookAt: look.at + Math.min(SHORTEST_MS * 2 ** Math.max(hints - USUAL_HINTS, 0), LONGEST_MS) }
  );
}

/** What keeps a look for a hint from being made is told by the wait, which meets it as well. */
function unlessCancelled(error: unknown, state: CampaignState): undefined {
  // The hint has not had its look.
  if (isCancellation(error)) state.hinted = true;
  if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error;
}

function onlyCancelled(error: unknown): void {
  if (!isCancellation(error)) throw error;
}
