const { readFileSync } = require('node:fs');
const { parse } = require('jest-docblock');
const { default: TestRunner } = require('jest-runner');

/**
 * Jest's own runners, side by side, so that suites which wait do not hold the places of those that use a core. The first comment
 * of a suite says where it belongs:
 *
 * - nothing: one of the `maxWorkers` places, as usual.
 * - `@waits 120`: mostly waits, for about so many seconds (for a clock that nobody can skip, for a dead worker to be noticed). Two
 *   of these run at a time, longest first.
 * - `@crowded`: also waits, but starts many processes or campaigns at once. One of these runs at a time.
 * - `@quiet`: needs a machine that is not overloaded, and runs when all others are over. The time-skipping server can hold its clock
 *   for good where a task is lost under load.
 */
class LanesRunner {
  supportsEventEmitters = true;

  constructor(globalConfig, context) {
    const runner = (maxWorkers) => new TestRunner({ ...globalConfig, maxWorkers }, context);
    this.lanes = { busy: runner(globalConfig.maxWorkers), waiting: runner(2), crowded: runner(1) };
  }

  on(event, listener) {
    const ends = Object.values(this.lanes).map((runner) => runner.on(event, listener));
    return () => {
      for (const end of ends) end();
    };
  }

  async runTests(tests, watcher, options) {
    const run = async (runner, suites) => {
      if (suites.length > 0) await runner.runTests(suites, watcher, options);
    };
    const { busy, waiting, crowded } = this.lanes;
    if (options.serial) return run(busy, tests);
    const marked = tests.map((test) => ({ test, ...marksOf(test.path) })).sort((one, other) => other.waits - one.waits);
    const suites = (lane) => marked.filter((suite) => suite.lane === lane).map(({ test }) => test);
    await Promise.all([run(busy, suites('busy')), run(waiting, suites('waiting')), run(crowded, suites('crowded'))]);
    await run(busy, suites('quiet'));
  }
}

/** @throws Error for an @waits that is not a whole number */
function marksOf(path) {
  const [docblock = ''] = /^\s*\/\*\*[\s\S]*?\*\//.exec(readFileSync(path, 'utf8')) ?? [];
  const { waits = '0', quiet, crowded } = parse(docblock);
  if (!/^\d+$/.test(waits)) {
    throw new Error(`${path}: @waits takes whole seconds and nothing else, as in "@waits 120".`);
  }
  if (quiet !== undefined) return { lane: 'quiet', waits: 0 };
  if (crowded !== undefined) return { lane: 'crowded', waits: 0 };
  return { lane: Number(waits) > 0 ? 'waiting' : 'busy', waits: Number(waits) };
}

module.exports = LanesRunner;
