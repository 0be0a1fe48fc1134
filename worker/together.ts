import { GracefulShutdownPeriodExpiredError, type Worker } from '@temporalio/worker';

/**
 * Runs several of Temporal's workers as one, until a promise is settled or one of them fails; then all of them end at the same
 * time, so that together they take no longer than one alone.
 * @returns what the promise gives, and what it rejects with it rejects with
 * @throws what the first of them failed with
 */
export async function workTogether<T>(workers: readonly Worker[], end: Promise<T>): Promise<T> {
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const over = Promise.race([end, failed]);
  const runs = workers.map((worker) => worker.runUntil(over).catch(unlessCutOff));
  for (const run of runs) run.catch(fail);
  await Promise.allSettled(runs);
  const outcome = await over;
  await Promise.all(runs);
  return outcome;
}

/** A step that did not end in time is tried again elsewhere, as after a crash: no failure of this worker. */
function unlessCutOff(error: unknown): void {
  if (!(error instanceof GracefulShutdownPeriodExpiredError)) throw error;
}
