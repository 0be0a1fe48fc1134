import { relative } from 'node:path';
import fc from 'fast-check';

/** A run that has not ended by then hangs. Far above any that does, also on a machine with other work. */
const HANGS_AFTER_MS = 15_000;

/** What a change broke must not be mixed up with what nobody had found yet: `npm run fuzz` is for looking. */
const STANDARD_SEED = '7';

/** How many cases a property is tried with: FUZZ_RUNS, else what the normal test run has time for. */
export function fuzzRuns(standard: number): number {
  const asked = Number(process.env.FUZZ_RUNS ?? standard);
  if (!Number.isInteger(asked) || asked < 1) throw new Error('FUZZ_RUNS is the number of cases, 1 or more');
  return asked;
}

/** What FUZZ_SEED asks for; undefined where each run is to try others. */
function fuzzSeed(): number | undefined {
  const asked = process.env.FUZZ_SEED ?? STANDARD_SEED;
  if (asked === 'new') return undefined;
  const seed = Number(asked);
  // Of anything else fast-check makes a seed of its own: cases that nobody asked for would be said to hold.
  if (!/^-?\d+$/.test(asked) || seed !== (seed | 0))
    throw new Error('FUZZ_SEED is a whole number of 32 bits, as a failure names it, or "new"');
  return seed;
}

/** Milliseconds a test of so many runs may take: enough to shrink a failure and to print how to see it again. */
export function fuzzTimeout(runs: number): number {
  return 240_000 + runs * 50;
}

/** Whether one earlier case is looked at again, so that nothing can be said about the run as a whole. */
export function isReplay(): boolean {
  return process.env.FUZZ_PATH !== undefined;
}

/**
 * Tries a property with cases that follow from FUZZ_SEED, the same in each run unless it is `new`, and names the smallest that breaks it.
 *
 * @throws Error whose message ends with the one command that runs that case again
 */
export async function fuzz<T>(property: fc.IAsyncProperty<T>, runs: number): Promise<void> {
  const { FUZZ_PATH: path } = process.env;
  const seed = fuzzSeed();
  const result = await fc.check(property, {
    numRuns: runs,
    timeout: HANGS_AFTER_MS,
    ...(seed !== undefined && { seed }),
    ...(path !== undefined && { path }),
  });
  if (!result.failed) return;
  const again = result.counterexamplePath === null ? '' : ` FUZZ_PATH=${result.counterexamplePath}`;
  const { currentTestName = '', testPath = '' } = expect.getState();
  const file = relative(process.cwd(), testPath).replace(/\.test\.ts$/, '');
  const what = result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance);
  throw new Error(
    [
      `Broken by the ${result.numRuns}th case${result.numShrinks > 0 ? `, ${result.numShrinks} times made smaller` : ''}:`,
      fc.stringify(result.counterexample),
      what,
      'To see it again:',
      `FUZZ_SEED=${result.seed}${again} npx jest ${file} -t ${shellQuoted(currentTestName)}`,
    ].join('\n'),
    { cause: result.errorInstance },
  );
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
