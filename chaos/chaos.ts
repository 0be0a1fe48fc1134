import { DevServer } from '../test/support/dev-server';
import { endAll, pool } from '../test/support/processes';
import type { Kind } from './faults/fault';
import { planOf } from './plan';
import { type Outcome, runOne } from './run';

export interface ChaosOptions {
  seed: string;
  /** Numbers of the runs. */
  runs: readonly number[];
  /** The kind of every run's first fault. */
  only?: Kind | undefined;
  /** Campaigns under way at once; most of the time each only waits. */
  atOnce: number;
  onOutcome?: (outcome: Outcome) => void;
}

/** Runs campaigns in which something goes wrong. Leaves nothing behind. */
export async function runChaos({ seed, runs, only, atOnce, onOutcome }: ChaosOptions): Promise<Outcome[]> {
  const server = await DevServer.start();
  const run = pool(atOnce);
  try {
    return await Promise.all(
      runs.map((number) =>
        run(async () => {
          const outcome = await runOne(planOf(seed, number, only), server);
          onOutcome?.(outcome);
          return outcome;
        }),
      ),
    );
  } finally {
    await endAll();
    await server.stop();
  }
}
