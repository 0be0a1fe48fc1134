import fc from 'fast-check';
import { ServerStuckError } from './clock';
import { wrongsOf } from './invariants';
import { play } from './play';
import { abruptShapes, type Shape, shapes } from './shape';
import { Stage } from './stage';
import { abruptSteps, type Step, steps } from './steps';
import { World } from './world';

export interface Sequence {
  shape: Shape;
  steps: Step[];
}

export const sequences: fc.Arbitrary<Sequence> = fc.record({ shape: shapes, steps });

/** For a real server, on which things are done at any moment. */
export const abruptSequences: fc.Arbitrary<Sequence> = fc.record({ shape: abruptShapes, steps: abruptSteps });

/** A server grows slower with all that it remembers. */
const SEQUENCES_PER_STAGE = 150;

/** Counts what came to pass in the sequences that went well. */
export class Chronicle {
  played = 0;
  readonly #began = performance.now();
  readonly #tally: Record<string, number> = {};

  /** @throws Error with what was wrong and all that happened */
  async playOn(stage: Stage, { shape, steps: taken }: Sequence): Promise<void> {
    const world = await World.open(stage, shape, `model-${++this.played}`);
    try {
      await play(world, taken);
      const wrongs = await wrongsOf(world);
      if (wrongs.length > 0) throw new Error([...wrongs, '', 'What happened:', ...world.journal].join('\n'));
      for (const what of world.tally) this.#tally[what] = (this.#tally[what] ?? 0) + 1;
    } catch (error) {
      if (error instanceof ServerStuckError) error.message = [error.message, ...world.journal.slice(-12)].join('\n');
      throw error;
    } finally {
      await world.close();
    }
  }

  /** How many were played, how fast, and what came to pass in how many of them. */
  report(): string {
    const seconds = (performance.now() - this.#began) / 1000;
    const tally = Object.entries(this.#tally)
      .sort(([, a], [, b]) => b - a)
      .map(([what, n]) => `${String(n).padStart(6)}  ${what}`);
    const pace = `${this.played} sequences in ${seconds.toFixed(0)} s (${(this.played / seconds).toFixed(1)} a second)`;
    return [`${pace}. What came to pass, in how many of them:`, ...tally].join('\n');
  }
}

/** Plays sequence after sequence, on a new stage now and then, and where the server of the old one was stuck. */
export class Theatre {
  readonly chronicle = new Chronicle();
  /** What the server was stuck at. */
  readonly stuck: string[] = [];
  #stage: Stage | undefined;
  #left = 0;

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

  async #playOnce(sequence: Sequence): Promise<void> {
    if (this.#left === 0 && this.#stage) await this.#stage.close();
    if (this.#left === 0 || !this.#stage) {
      this.#stage = await Stage.open();
      this.#left = SEQUENCES_PER_STAGE;
    }
    this.#left--;
    try {
      await this.chronicle.playOn(this.#stage, sequence);
    } catch (error) {
      // After a sequence that broke off, something of it may still be under way.
      this.#left = 0;
      throw error;
    }
  }
}
