import { hostname } from 'node:os';
import { ApplicationFailure } from '@temporalio/common';
import { MOST_WRONG_MS } from '../bolna/time';
import type { ActivityContext } from './context';

const MINUTE_MS = 60_000;

/** How a machine's clock differs from Bolna's, as a sentence about this worker. @param ahead milliseconds, negative for behind */
export function wrongClock(ahead: number): string {
  const minutes = Math.round(Math.abs(ahead) / MINUTE_MS);
  return `The clock of worker ${process.pid}@${hostname()} is ${minutes} min ${ahead > 0 ? 'ahead of' : 'behind'} Bolna's.`;
}

/**
 * A worker whose clock is that wrong schedules nothing: whatever else it compares with its clock would be wrong as well.
 * @throws ApplicationFailure `ClockWrong`, a retryable one: another worker, or a clock that was set, goes on
 */
export function refuseWrongClock({ clockIsAhead }: ActivityContext): void {
  const ahead = clockIsAhead?.() ?? 0;
  if (Math.abs(ahead) <= MOST_WRONG_MS) return;
  const message = `${wrongClock(ahead)} Nothing is scheduled until it is set, for example by NTP; the campaign then goes on by itself.`;
  throw ApplicationFailure.create({ message, type: 'ClockWrong', nextRetryDelay: MINUTE_MS });
}
