import { Context } from '@temporalio/activity';
import { failureFrom } from './failures';

/** How often an attempt shows that it is alive; its time-out is 20 s (see workflows/activities.ts). */
const HEARTBEAT_MS = 4_000;

export interface Attempt {
  /** 1 for the first. */
  number: number;
  /** Aborts when the campaign no longer wants this step. Only for work that may be left half done. */
  signal: AbortSignal;
  /** What the last attempt remembered. */
  memory: unknown;
  /** Remembers something for the next attempt, on whatever machine it runs. */
  remember(memory: unknown): void;
  /**
   * To be called right before a request that changes something at Bolna: an attempt that is no longer wanted, or that was
   * thought dead and has been replaced, sends nothing more.
   */
  assertWanted(): void;
}

/**
 * Runs one attempt of an activity: shows that it is alive and turns what goes wrong into what Temporal should do about it.
 * @param options.keyMayBeMended whether a refused API key is waited for; a campaign that has begun must not be lost to a rotated key
 */
export async function durably<T>(
  options: { keyMayBeMended: boolean },
  work: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  let memory: unknown = context.info.heartbeatDetails;
  const pulse = setInterval(() => context.heartbeat(memory), HEARTBEAT_MS);
  try {
    return await work({
      number: context.info.attempt,
      signal: context.cancellationSignal,
      memory,
      remember(value) {
        memory = value;
        context.heartbeat(value);
      },
      assertWanted: () => context.cancellationSignal.throwIfAborted(),
    });
  } catch (error) {
    throw failureFrom(error, options);
  } finally {
    clearInterval(pulse);
  }
}
