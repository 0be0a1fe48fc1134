import { Context } from '@temporalio/activity';
import type { Activities } from '../../activities/types';

/** How an attempt of a step dies: before its work, or with the work done and its answer lost. */
export interface Death {
  step: keyof Activities;
  work: 'undone' | 'done';
  /** Called in the dying attempt, for which the server still holds its clock. */
  then?: () => Promise<void>;
}

/** The attempts that the workers have made, and those that are to die. */
export class Attempts {
  readonly #open = new Map<object, keyof Activities>();
  readonly #ended = new Set<string>();
  #deaths: Death[] = [];
  /** What was asked of the attempts that have died before their work: they can also be frozen, and wake up. */
  frozen: { step: keyof Activities; ask: unknown }[] = [];
  /** Said of every attempt; replaced by whoever wants to know. */
  tell: (what: string) => void = () => {};

  get underWay(): (keyof Activities)[] {
    return [...this.#open.values()];
  }

  /** Whether an attempt that the server shows as the next is only waited for: the one before it has ended. */
  isWaitedFor(runId: string, activityId: string, attempt: number): boolean {
    return this.#ended.has(`${runId} ${activityId} ${attempt - 1}`);
  }

  /** The next attempt of a step dies. */
  doom(death: Death): void {
    this.#deaths.push(death);
  }

  forgetDeaths(): void {
    this.#deaths = [];
  }

  spareAll(): void {
    this.#deaths = [];
    this.frozen = [];
  }

  isDoomed(step: keyof Activities): boolean {
    return this.#deaths.some((death) => death.step === step);
  }

  async run<T>(step: keyof Activities, ask: unknown, work: () => Promise<T>): Promise<T> {
    const { workflowExecution, activityId, attempt } = Context.current().info;
    const self = {};
    this.#open.set(self, step);
    const death = this.#deaths.find((each) => each.step === step);
    this.#deaths = this.#deaths.filter((each) => each !== death);
    let told = 'done';
    try {
      if (death?.work === 'undone') {
        this.frozen.push({ step, ask });
        throw await died(death);
      }
      const outcome = await work();
      if (death) throw await died(death);
      return outcome;
    } catch (error) {
      told = String(error);
      throw error;
    } finally {
      this.tell(`${step} #${attempt}: ${told}`);
      this.#open.delete(self);
      this.#ended.add(`${workflowExecution?.runId} ${activityId} ${attempt}`);
    }
  }
}

async function died({ then, work }: Death): Promise<Error> {
  await then?.();
  return new Error(`This worker died with the work ${work}.`);
}
