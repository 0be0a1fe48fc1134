/** @quiet */
import fc from 'fast-check';
import { abruptSequences, Chronicle } from '../model/sequences';
import { Stage } from '../model/stage';
import { TestServer } from '../support/test-server';

/** Bolna's ten minutes are a second. */
const SPEED = 600;
/** Sequences that are played side by side: each waits most of its time. */
const LANES = 4;
const RUNS = Number(process.env.MODEL_RUNS ?? 12);
const SEED = Number(process.env.MODEL_SEED ?? 20260623);
/** Only this one of the sequences, counted from 0. On a real clock it need not go the same way again. */
const ONLY = process.env.MODEL_ONLY;

describe('whatever is done to a campaign abruptly, or done again by a reset', () => {
  let env: TestServer;
  beforeAll(async () => {
    env = await TestServer.real();
  });
  afterAll(() => env.teardown());

  test(
    'nobody is called more often than intended, and every row gets its result',
    async () => {
      const sequences = fc.sample(abruptSequences, { seed: SEED, numRuns: RUNS });
      const left = [...sequences.entries()].filter(([at]) => ONLY === undefined || at === Number(ONLY));
      const chronicle = new Chronicle();
      const lane = async () => {
        const stage = await Stage.openOn(env, SPEED);
        try {
          for (let next = left.shift(); next; next = left.shift()) {
            const [at, sequence] = next;
            await chronicle.playOn(stage, sequence).catch((error: unknown) => {
              left.length = 0;
              const again = `MODEL_RUNS=${RUNS} MODEL_SEED=${SEED} MODEL_ONLY=${at} npx jest test/proof/model-resets`;
              throw new Error(`The same again: ${again}\n${JSON.stringify(sequence, undefined, 1)}\n${error}`);
            });
          }
        } finally {
          await stage.close();
        }
      };
      const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
      for (const each of lanes) if (each.status === 'rejected') throw each.reason;
      if (process.env.MODEL_RUNS) process.stdout.write(`${chronicle.report()}\n`);
    },
    8 * 3_600_000,
  );
});
