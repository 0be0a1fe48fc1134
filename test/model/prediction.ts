import { DEFAULT_START_WINDOW_MS } from '../../workflows/input';
import type { CampaignEnd } from '../../workflows/state';
import { MINUTE } from '../support/rig';
import { beyondCreated, type Run } from './facts';
import { standingMoves } from './moves';
import type { Shape } from './shape';

/** What came to pass in a run besides what was done to it. */
export interface Circumstances {
  /** When the sequence began, ms since the epoch. */
  beganAt: number;
  /** Whether Bolna said of a create or a schedule that there is no such thing: no further attempt mends that. */
  refused: boolean;
  /** Whether a start was sent without an answer to a Bolna whose words nobody knows: it is not sent again once it has passed. */
  startUnclear: boolean;
  /** Whether a request that was to halt something went wrong, so that calls may have ended meanwhile. */
  haltHeldUp: boolean;
}

/** The ends that a run may come to: one, wherever what is known decides it. */
export function possibleEnds(shape: Shape, run: Run, circumstances: Circumstances): CampaignEnd[] {
  const ends = new Set<CampaignEnd>(unfailed(shape, run, circumstances));
  if (othersWereCalled(run)) {
    // Refused as soon as the file is read; only a cancel can be faster than that.
    if (run.halts.length === 0) return ['failed'];
    ends.add('failed');
  }
  if (circumstances.refused) ends.add('failed');
  // Polled until giveUpAfter, with a person asked to act.
  if (circumstances.startUnclear) ends.add('completed');
  return [...ends];
}

/** Whether something of other contacts was scheduled under this ID before the run began. */
export function othersWereCalled({ before, contacts }: Run): boolean {
  return before.contacts !== null && before.contacts !== contacts;
}

function unfailed(shape: Shape, run: Run, circumstances: Circumstances): CampaignEnd[] {
  if (run.halts.some(({ kind }) => kind === 'cancel')) return ['canceled'];
  const late = lateness(shape, run, circumstances);
  const missed: CampaignEnd[] = late.some(Boolean) ? ['missed'] : [];
  const [stop] = run.halts;
  if (stop) {
    const { running, completed, stopped } = stop.truth;
    if (running + completed + stopped === 0) {
      // Bolna refuses to halt it before it begins, or did not hear of it in time.
      const mayBegin = circumstances.haltHeldUp || !(shape.deleteScheduled || shape.stopScheduled) || isNear(run);
      return mayBegin ? ['stopped', 'completed', ...missed] : ['stopped', ...missed];
    }
    if (shape.split) return ['stopped', 'completed', ...missed];
    if (stopped > 0) return ['stopped'];
    if (completed > 0) return ['completed'];
    return circumstances.haltHeldUp ? ['stopped', 'completed'] : ['stopped'];
  }
  if (run.before.stopped > 0) return ['stopped', ...(shape.split ? missed : [])];
  // What is scheduled can be moved, and the new start be missed.
  const isMoved = standingMoves(run).length > 0 && run.before.running + run.before.completed === 0;
  // As can what is made anew without a contact.
  if (beyondCreated(run.before) > 0 && !shape.split && !isMoved)
    return ['completed', ...(run.suppressions.length > 0 ? missed : [])];
  return run.after && beyondCreated(run.after) > 0 && !shape.split
    ? ['completed']
    : [...(shape.split || !late.every(Boolean) ? ['completed' as const] : []), ...missed];
}

/** Whether the batch begins about when the halt comes. */
function isNear(run: Run): boolean {
  return (
    run.halts.some(({ truth }) => truth.scheduled > 0) &&
    run.after !== undefined &&
    run.after.scheduled === 0 &&
    beyondCreated(run.after) > 0
  );
}

/** For each start that was wished, whether the campaign can have been without one when the last that is allowed had passed. */
function lateness(shape: Shape, run: Run, { beganAt }: Circumstances): boolean[] {
  const first = shape.startInMs === null ? run.startedAt : beganAt + shape.startInMs;
  return [first, ...standingMoves(run).map(({ startAt }) => startAt)].map(
    // The start is asked for 2 or 3 minutes ahead, more after refusals, and rounded up to the next ten.
    (startAt) => (run.closedAt ?? 0) > startAt + DEFAULT_START_WINDOW_MS - 20 * MINUTE,
  );
}
