import fc from 'fast-check';
import { type Sequence, sequences, Theatre } from '../model/sequences';

const RUNS = Number(process.env.MODEL_RUNS ?? 40);
const SEED = Number(process.env.MODEL_SEED ?? 20260623);
const PATH = process.env.MODEL_PATH;

describe('whatever is done to a campaign, in whatever order', () => {
  const theatre = new Theatre();
  afterAll(() => theatre.close());
  afterEach(() => theatre.stuck.map((each) => process.stderr.write(`STUCK ${each}\n`)));

  test(
    'nobody is called more often than intended, every row gets its result, and it ends as was to be expected',
    async () => {
      const property = fc.asyncProperty(sequences, (sequence: Sequence) => theatre.play(sequence));
      const began = performance.now();
      const details = await fc.check(property, {
        seed: SEED,
        numRuns: PATH === undefined ? RUNS : 1,
        ...(PATH !== undefined && { path: PATH, endOnFailure: true }),
      });
      if (details.failed) {
        const again = `MODEL_SEED=${details.seed} MODEL_PATH=${details.counterexamplePath} npx jest test/workflow/model`;
        const [sequence] = details.counterexample ?? [];
        throw new Error(
          `Again, exactly so: ${again}\n${JSON.stringify(sequence, undefined, 1)}\n${String(details.errorInstance)}`,
        );
      }
      const seconds = Math.round((performance.now() - began) / 1000);
      if (process.env.MODEL_RUNS)
        console.log(
          `${details.numRuns} sequences in ${seconds} s; stuck: ${theatre.stuck.length}\n${theatre.stuck.join('\n')}`,
        );
      expect(theatre.stuck.length).toBeLessThanOrEqual(RUNS / 50);
    },
    4 * 3_600_000,
  );
});
