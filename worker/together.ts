import type { Worker } from '@temporalio/worker';

/** The SDK's timers and ours need not agree to the millisecond. */
const LEEWAY_MS = 100;

/**
 * Runs several of Temporal's workers as one, until a promise is settled or one of them fails; then all of them end at the same
 * time, so that together they take no longer than one alone.
 * @param forceMs their `shutdownForceTime`: a step that has not ended by then is tried again elsewhere, as after a crash, and
 * is no failure of the worker. The SDK says it with one error or another, so it is told by the time.
 * @returns what the promise gives, and what it rejects with it rejects with
 * @throws what the first of them failed with
 */
export async function workTogether<T>(
  workers: readonly Pick<Worker, 'runUntil'>[],
  end: Promise<T>,
  forceMs: number,
): Promise<T> {
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const over = Promise.race([end, failed]);
  let overSince = Number.POSITIVE_INFINITY;
  const note = () => {
    overSince = performance.now();
  };
  over.then(note, note);
  const runs = workers.map(async (worker) => {
    try {
      await worker.runUntil(over);
    } catch (error) {
      if (performance.now() - overSince < forceMs - LEEWAY_MS) throw error;
    }
  });
  for (const run of runs) run.catch(fail);
  await Promise.allSettled(runs);
  const outcome = await over;
  await Promise.all(runs);
  return outcome;
}
