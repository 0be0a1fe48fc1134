/** @quiet */
import fc from 'fast-check';
import { type Sequence, sequences, Theatre } from '../model/sequences';

/** Few, so that they fit among the other tests; `npm run model` plays a thousand. */
const RUNS = Number(process.env.MODEL_RUNS ?? 40);
const SEED = Number(process.env.MODEL_SEED ?? 20260623);
/** Of a sequence that has failed, as its failure says. */
const PATH = process.env.MODEL_PATH;
/** `no` to see at once whether, and after how many sequences, a mistake is noticed. */
const SHRINK = process.env.MODEL_SHRINK !== 'no';

describe('whatever is done to a campaign, in whatever order', () => {
  const theatre = new Theatre();
  afterAll(() => theatre.close());

  test(
    'nobody is called more often than intended, every row gets its result, and it ends as was to be expected',
    async () => {
      const property = fc.asyncProperty(sequences, (sequence: Sequence) => theatre.play(sequence));
      const details = await fc.check(property, {
        seed: SEED,
        ...(PATH === undefined ? { numRuns: RUNS, endOnFailure: !SHRINK } : { path: PATH, endOnFailure: true }),
      });
      if (details.failed) throw new Error(failureText(details));
      // The server's own mistakes: a few are borne, and the sequence played anew.
      expect(theatre.stuck.slice(Math.floor(RUNS / 50))).toEqual([]);
      if (process.env.MODEL_RUNS) process.stdout.write(`${theatre.chronicle.report()}\n`);
    },
    8 * 3_600_000,
  );
});

function failureText({ seed, counterexamplePath, counterexample, numRuns, errorInstance }: fc.RunDetails<[Sequence]>) {
  const again = `MODEL_SEED=${seed} MODEL_PATH=${counterexamplePath} npx jest test/proof/model.test`;
  const [sequence] = counterexample ?? [];
  const what = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return `Sequence ${numRuns}. The same again: ${again}\n${JSON.stringify(sequence, undefined, 1)}\n${what}`;
}
