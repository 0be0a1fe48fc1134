import { Context } from '@temporalio/activity';
import { failureFrom } from './failures';
import { afterFailure, afterTelling, type Errors, isTriedAgain, tellWorkflow } from './trouble';

/** How often an attempt shows that it is alive; its time-out is 20 s (see workflows/activities.ts). */
const HEARTBEAT_MS = 4_000;
/** So long without that, and another attempt may be under way already: the process was frozen, or its machine asleep. */
const STALE_MS = 15_000;

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
   * To be called right before a request that changes something at Bolna, and before a file is replaced: an attempt that is no
   * longer wanted, or that was thought dead and may have been replaced, changes nothing more.
   */
  assertWanted(): void;
  /** How long this attempt may still take, in milliseconds: then Temporal takes it for lost. */
  timeLeft(): number;
}

export interface Durability {
  /** Whether a refused API key is waited for; a campaign that has begun must not be lost to a rotated key. */
  keyMayBeMended: boolean;
  /** Whether the workflow listens for trouble (see workflows/troubles.ts). Default: true. */
  tellsTrouble?: boolean;
}

/** The content of a file, which comes to its end only where the attempt is still wanted: else the file is not replaced. */
export async function* whileWanted(attempt: Attempt, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* content;
  attempt.assertWanted();
}

/**
 * Runs one attempt of an activity: shows that it is alive and turns what goes wrong into what Temporal should do about it.
 */
export async function durably<T>(options: Durability, work: (attempt: Attempt) => Promise<T>): Promise<T> {
  const context = Context.current();
  const { startToCloseTimeoutMs, scheduleToCloseTimeoutMs, ...times } = context.info;
  const before = times.currentAttemptScheduledTimestampMs - times.scheduledTimestampMs;
  const end = performance.now() + Math.min(startToCloseTimeoutMs, scheduleToCloseTimeoutMs - before);
  let { memory, errors } = unpacked(context.info.heartbeatDetails);
  const liveness = new Liveness();
  const pulse = setInterval(() => {
    liveness.note();
    context.heartbeat(packed(memory, errors));
  }, HEARTBEAT_MS);
  try {
    return await work({
      number: context.info.attempt,
      signal: context.cancellationSignal,
      memory,
      remember(value) {
        memory = value;
        context.heartbeat(packed(memory, errors));
      },
      assertWanted() {
        context.cancellationSignal.throwIfAborted();
        liveness.assert();
      },
      timeLeft: () => end - performance.now(),
    });
  } catch (error) {
    const failure = failureFrom(error, options);
    // Whoever looks for a mistake of ours needs the way to it, which a failure does not carry.
    if (failure !== error) context.log.debug('A step fails', { error });
    if (options.tellsTrouble !== false && isTriedAgain(failure)) {
      const before = errors;
      errors = await toldOf(failure, before, liveness);
      if (before || errors) context.heartbeat(packed(memory, errors));
    }
    throw failure;
  } finally {
    clearInterval(pulse);
  }
}

/** Tells the workflow of trouble, and of its end. That it could not be told changes nothing: the next attempt tells it. */
async function toldOf(failure: unknown, before: Errors | undefined, liveness: Liveness): Promise<Errors | undefined> {
  const { info, cancellationSignal, log } = Context.current();
  const { errors, tell } = afterFailure(before, failure, info.currentAttemptScheduledTimestampMs);
  if (tell === undefined || cancellationSignal.aborted) return errors;
  try {
    liveness.assert();
    await tellWorkflow(tell);
    return afterTelling(errors, tell);
  } catch (error) {
    log.debug('The workflow is not told', { error });
    return errors;
  }
}

/** The heartbeat's details: what the step remembers, which clients read too, and beside it what went wrong. */
function packed(memory: unknown, errors: Errors | undefined): unknown {
  if (errors === undefined) return memory;
  // A plain number has no room for more.
  return memory === undefined || (typeof memory === 'object' && memory !== null) ? { ...memory, errors } : memory;
}

function unpacked(details: unknown): { memory: unknown; errors: Errors | undefined } {
  if (typeof details !== 'object' || details === null || !('errors' in details))
    return { memory: details, errors: undefined };
  const { errors, ...memory } = details as { errors: Errors };
  return { memory: Object.keys(memory).length > 0 ? memory : undefined, errors };
}

/** Whether an attempt has shown at all times that it is alive. Once it has not, it is not to be trusted again. */
class Liveness {
  #notedAt = performance.now();
  #isStale = false;

  note(): void {
    const now = performance.now();
    this.#isStale ||= now - this.#notedAt > STALE_MS;
    this.#notedAt = now;
  }

  assert(): void {
    this.note();
    if (this.#isStale)
      throw new Error('This attempt stood still for so long that another may be under way; trying anew.');
  }
}
