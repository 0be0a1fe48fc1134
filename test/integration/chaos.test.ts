import { runChaos } from '../../chaos/chaos';
import { complaintOf, isWrong, sumOf } from '../../chaos/report';
import type { Outcome } from '../../chaos/run';
import { noCounts } from '../../chaos/verdict';

jest.setTimeout(300_000);

/** Each kind of fault at least once; `npm run chaos` does hundreds. */
const RUNS = 12;
const SEED = 'ci';

let outcomes: Outcome[];
beforeAll(async () => {
  const runs = Array.from({ length: RUNS }, (_, run) => run);
  outcomes = await runChaos({ seed: SEED, runs, atOnce: RUNS });
});

test('whatever goes wrong, nobody is called twice, no row is lost, and every campaign ends', () => {
  const wrong = outcomes.filter(isWrong).map((outcome) => complaintOf(outcome, outcome.trace?.join('\n') ?? ''));
  expect(wrong).toEqual([]);
  expect(sumOf(outcomes)).toEqual(noCounts());
});

test('something does go wrong, and people are called all the same', () => {
  expect(outcomes).toHaveLength(RUNS);
  expect(outcomes.filter(({ disturbed }) => disturbed).length).toBeGreaterThan(RUNS / 2);
  expect(outcomes.filter(({ calls }) => calls > 0).length).toBeGreaterThan(RUNS / 2);
});
