import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities } from '../../activities';
import type { Activities } from '../../activities/types';
import type { Rig } from './rig';

export interface AttemptInfo {
  attempt?: number;
  /** What the attempt before remembered. */
  heartbeatDetails?: unknown;
}

/** One attempt of an activity by itself, as a worker would run it: for zombies, races and crashes between two lines. */
export class LoneAttempt<N extends keyof Activities> {
  private readonly environment: MockActivityEnvironment;
  readonly outcome: Promise<Awaited<ReturnType<Activities[N]>>>;
  /** What was remembered last. */
  remembered: unknown;

  constructor(rig: Rig, name: N, ask: Parameters<Activities[N]>[0], info: AttemptInfo = {}) {
    this.environment = new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
    this.environment.on('heartbeat', (details: unknown) => {
      this.remembered = details;
    });
    type Run = (asked: typeof ask) => Promise<Awaited<ReturnType<Activities[N]>>>;
    this.outcome = this.environment.run(createActivities(rig.context)[name] as Run, ask);
    this.outcome.catch(() => undefined);
  }

  cancel(): void {
    this.environment.cancel('CANCELLED');
  }
}

export function attempt<N extends keyof Activities>(
  rig: Rig,
  name: N,
  ask: Parameters<Activities[N]>[0],
  info?: AttemptInfo,
): Promise<Awaited<ReturnType<Activities[N]>>> {
  return new LoneAttempt(rig, name, ask, info).outcome;
}
