import { CancellationScope, TemporalFailure } from '@temporalio/workflow';

/** Why a start is not moved any more. */
export const BEGUN = 'The calls have begun, or do at any moment: the start can no longer be moved.';
export const NOT_DELETED =
  'Bolna does not delete a batch that is scheduled, so its start cannot be moved: stop the campaign, and start it under a new ID.';

/** A start that was asked for, milliseconds since the epoch, and what became of that. */
export interface Move {
  startAt: number;
  startBy: number;
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
  /** Asks for another start; the latest that is asked for counts. */
  ask(move: Move): void;
  /** Tells of the start that is pending, and of each that is asked for later. */
  whenAsked(listener: (move: Move) => void): void;
  /** Says that the pending one was seen to, or why it cannot be had. */
  settle(refused?: string): void;
}

export function newMoves(): Moves {
  let move: Move | undefined;
  let latest: Move | undefined;
  let current: CancellationScope | undefined;
  const listeners: ((move: Move) => void)[] = [];
  return {
    async unlessMoved(steps) {
      if (move) return;
      const scope = new CancellationScope();
      current = scope;
      try {
        await scope.run(steps);
      } catch (error) {
        if (!move || !(error instanceof TemporalFailure)) throw error;
      } finally {
        current = undefined;
      }
    },
    pending: () => move,
    ask(wish) {
      // Also where the way is made for it already, and whoever asked waits for Bolna to take it.
      if (latest) latest.refused = 'Another start was asked for meanwhile, and that one counts.';
      latest = wish;
      move = wish;
      current?.cancel();
      for (const listener of listeners) listener(wish);
    },
    whenAsked(listener) {
      listeners.push(listener);
      if (move) listener(move);
    },
    settle(refused) {
      if (move) Object.assign(move, refused === undefined ? { made: true } : { refused });
      move = undefined;
    },
  };
}
