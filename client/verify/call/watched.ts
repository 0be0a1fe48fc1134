import type { Batch, Execution } from '../../../bolna/schemas';

/** One look at the batch and its calls. */
export interface CallLook {
  /** Milliseconds since the epoch, by Bolna's clock. */
  at: number;
  batch: Batch;
  executions: readonly Execution[];
}

/** A call from its start to its end. */
export interface WatchedCall {
  /** Milliseconds since the epoch. */
  starts: readonly number[];
  looks: readonly CallLook[];
  walletBefore: number | undefined;
  walletAfter: number | undefined;
  /** What a stop was answered when the call was over; undefined where it was not over. */
  lateStop: 'stopped' | 'nothing to stop' | 'unclear' | undefined;
}
