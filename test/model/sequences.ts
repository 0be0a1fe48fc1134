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
    for (let stuck = 0; ; stuck++) {
      try {
        return await this.#playOnce(sequence);
      } catch (error) {
        // The same sequence again and again would be no accident of the server.
        if (!(error instanceof ServerStuckError) || stuck === 2) throw error;
        this.stuck.push(`${error.message}\n${JSON.stringify(sequence)}`);
        await this.#stage?.abandon();
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
      if (error instanceof ServerStuckError) error.message = [error.message, ...world.journal.slice(-12)].join('\n');
      else this.#left = 0;
      throw error;
    } finally {
      await world.close();
    }
  }
}
