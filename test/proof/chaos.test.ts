/** @crowded */
import { runChaos } from '../../chaos/chaos';
import { complaintOf, isWrong, sumOf } from '../../chaos/report';
import type { Outcome } from '../../chaos/run';
import { noCounts } from '../../chaos/verdict';

jest.setTimeout(300_000);

/** Each kind of fault at least twice, and none that takes long; `npm run chaos` does hundreds. */
const SEED = 'e';
const RUNS = [2, 34, 38, 41, 45, 47, 48, 49, 56, 57, 68, 78];

let outcomes: Outcome[];
beforeAll(async () => {
  outcomes = await runChaos({ seed: SEED, runs: RUNS, atOnce: RUNS.length });
});

test('whatever goes wrong, nobody is called twice, no row is lost, and every campaign ends', () => {
  const wrong = outcomes.filter(isWrong).map((outcome) => complaintOf(outcome, outcome.trace?.join('\n') ?? ''));
  expect(wrong).toEqual([]);
  expect(sumOf(outcomes)).toEqual(noCounts());
});

test('something does go wrong, and people are called all the same', () => {
  expect(outcomes).toHaveLength(RUNS.length);
  expect(outcomes.filter(({ disturbed }) => disturbed).length).toBeGreaterThan(RUNS.length / 2);
  expect(outcomes.filter(({ calls }) => calls > 0).length).toBeGreaterThan(RUNS.length / 2);
});
