import { CancellationScope, TemporalFailure } from '@temporalio/workflow';

/** Why a start is not moved any more. */
export const BEGUN = 'The calls have begun, or do at any moment: the start can no longer be moved.';
export const NOBODY_LEFT = 'Every contact was suppressed: nobody is called, so there is no start to move.';
export const NOT_DELETED =
  'Bolna does not delete a batch that is scheduled, so its start cannot be moved: stop the campaign, and start it under a new ID.';

const OVERTAKEN = 'Another start was asked for meanwhile, and that one counts.';

/** A start that was asked for, milliseconds since the epoch, and what became of that. */
export interface Move {
  startAt: number;
  startBy: number;
  /** Set where the start stays the same, and the batch is made anew because contacts of it were suppressed. */
  remake?: true;
  /** Set once the way is made for it: what is scheduled next is scheduled for it. */
  made?: boolean;
  /** What keeps it from being had. */
  refused?: string;
}

export interface Moves {
  /** Runs steps that another start may end at once; while one is pending they are not begun. */
  unlessMoved(steps: () => Promise<void>): Promise<void>;
  /** The start that is to be had in the place of the one there is. */
  pending(): Move | undefined;
  /** The one that counts, as far as is known now, where it is the same as this one: to ask for it again changes nothing. */
  same(wish: Move): Move | undefined;
  /** Asks for another start; the latest that can be had counts. */
  ask(move: Move): void;
  /** Tells of the start that is pending, and of each that is asked for later. */
  whenAsked(listener: (move: Move) => void): void;
  /** Says that the pending one was seen to, or why it cannot be had: then the one before it still counts. */
  settle(refused?: string): void;
}

export function newMoves(): Moves {
  let pending: Move | undefined;
  let made: Move | undefined;
  let current: CancellationScope | undefined;
  const listeners: ((move: Move) => void)[] = [];
  return {
    async unlessMoved(steps) {
      if (pending) return;
      const scope = new CancellationScope();
      current = scope;
      try {
        await scope.run(steps);
      } catch (error) {
        if (!pending || !(error instanceof TemporalFailure)) throw error;
      } finally {
        current = undefined;
      }
    },
    pending: () => pending,
    same({ startAt, startBy }) {
      const counts = pending ?? made;
      return counts?.startAt === startAt && counts.startBy === startBy ? counts : undefined;
    },
    ask(move) {
      if (pending) pending.refused = OVERTAKEN;
      pending = move;
      current?.cancel();
      for (const listener of listeners) listener(move);
    },
    whenAsked(listener) {
      listeners.push(listener);
      if (pending) listener(pending);
    },
    settle(refused) {
      if (!pending) return;
      if (refused !== undefined) pending.refused = refused;
      else {
        // Whoever asked for that one may still wait for Bolna to take it.
        if (made) made.refused = OVERTAKEN;
        made = pending;
        made.made = true;
      }
      pending = undefined;
    },
  };
}
