import { hostname } from 'node:os';
import { ApplicationFailure } from '@temporalio/common';
import { clockWarning, MOST_WRONG_MS } from '../bolna/time';
import type { ActivityContext } from './context';

const MINUTE_MS = 60_000;

/** What is said of a worker whose clock differs from Bolna's; undefined where it is about right. @param ahead milliseconds, negative for behind */
export function workerClockWarning(ahead: number): string | undefined {
  return clockWarning(ahead, `The clock of worker ${process.pid}@${hostname()}`);
}

/**
 * A worker whose clock is that wrong schedules nothing: whatever else it compares with its clock would be wrong as well.
 * @throws ApplicationFailure `ClockWrong`, a retryable one: another worker, or a clock that was set, goes on
 */
export function refuseWrongClock({ clockIsAhead }: ActivityContext): void {
  const ahead = clockIsAhead?.() ?? 0;
  if (Math.abs(ahead) <= MOST_WRONG_MS) return;
  const message = `${workerClockWarning(ahead)} The campaign then goes on by itself.`;
  throw ApplicationFailure.create({ message, type: 'ClockWrong', nextRetryDelay: MINUTE_MS });
}
