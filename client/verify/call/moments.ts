import { hasBegun, hasEnded, isTerminal } from '../../../bolna/statuses';
import type { CallLook } from './watched';

/** Whether every call of the batch is over. */
export function areOver({ executions }: CallLook): boolean {
  return executions.length > 0 && executions.every(({ status }) => isTerminal(String(status)));
}

/** When calls were first seen to have begun; undefined if they never were. In milliseconds since the epoch. */
export function begunAt(looks: readonly CallLook[]): number | undefined {
  return looks.find(
    ({ batch, executions }) =>
      hasBegun(batch.counts ?? {}) || executions.some(({ status }) => hasBegun({ [String(status)]: 1 })),
  )?.at;
}

/** When a look first showed that Bolna is through with the batch. */
export function workedAt(looks: readonly CallLook[]): number | undefined {
  return looks.find(({ batch: { phase } }) => hasEnded(phase))?.at;
}

/** When all calls were first seen to be over. */
export function settledAt(looks: readonly CallLook[]): number | undefined {
  return looks.find(areOver)?.at;
}
