import fc from 'fast-check';
import { ServerStuckError } from './clock';
import { wrongsOf } from './invariants';
import { play } from './play';
import { type Shape, shapes } from './shape';
import { Stage } from './stage';
import { type Step, steps } from './steps';
import { World } from './world';

export interface Sequence {
  shape: Shape;
  steps: Step[];
}

export const sequences: fc.Arbitrary<Sequence> = fc.record({ shape: shapes, steps });

/** A server grows slower with all that it remembers. */
const SEQUENCES_PER_STAGE = 150;

/** Plays sequence after sequence, on a new stage now and then, and where the server of the old one was stuck. */
export class Theatre {
  played = 0;
  /** What the server was stuck at. */
  readonly stuck: string[] = [];
  #stage: Stage | undefined;
  #left = 0;

  /** @throws Error with what was wrong and all that happened */
  async play(sequence: Sequence): Promise<void> {
    for (;;) {
      try {
        return await this.#playOnce(sequence);
      } catch (error) {
        if (!(error instanceof ServerStuckError)) throw error;
        this.stuck.push(`${error.message} ${JSON.stringify(sequence)}`);
        if (this.stuck.length > 20 + this.played / 50) throw error;
        this.#stage?.abandon();
        this.#stage = undefined;
      }
    }
  }

  async close(): Promise<void> {
    await this.#stage?.close();
  }

  async #playOnce({ shape, steps: taken }: Sequence): Promise<void> {
    if (this.#left === 0 && this.#stage) await this.#stage.close();
    if (this.#left === 0 || !this.#stage) {
      this.#stage = await Stage.open();
      this.#left = SEQUENCES_PER_STAGE;
    }
    this.#left--;
    const world = await World.open(this.#stage, shape, `model-${++this.played}`);
    try {
      await play(world, taken);
      const wrongs = await wrongsOf(world);
      if (wrongs.length > 0) throw new Error([...wrongs, '', 'What happened:', ...world.journal].join('\n'));
    } catch (error) {
      // After a sequence that broke off, something of it may still be under way.
      if (!(error instanceof ServerStuckError)) this.#left = 0;
      throw error;
    } finally {
      await world.close();
    }
  }
}
