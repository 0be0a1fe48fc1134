const { readFileSync } = require('node:fs');
const { parse } = require('jest-docblock');
const { default: TestRunner } = require('jest-runner');

/** Suites that wait at the same time. They use a fraction of a core, but their crash waves start many processes. */
const WAITING_AT_ONCE = 3;

/**
 * Jest's own runner, in two lanes. Suites that mostly wait (for a clock that nobody can skip, for a dead worker to be noticed)
 * say so with `@waits <seconds>` in their first comment. They run beside the others instead of holding one of the places that
 * `maxWorkers` gives to suites that use a core, longest first.
 */
class LanesRunner extends TestRunner {
  constructor(globalConfig, context) {
    super(globalConfig, context);
    this.waiting = new TestRunner({ ...globalConfig, maxWorkers: WAITING_AT_ONCE }, context);
  }

  on(event, listener) {
    const ends = [super.on(event, listener), this.waiting.on(event, listener)];
    return () => {
      for (const end of ends) end();
    };
  }

  async runTests(tests, watcher, options) {
    if (options.serial) return super.runTests(tests, watcher, options);
    const timed = tests.map((test) => ({ test, seconds: secondsWaited(test.path) }));
    const busy = timed.filter(({ seconds }) => seconds === 0);
    const waiting = timed.filter(({ seconds }) => seconds !== 0).sort((one, other) => other.seconds - one.seconds);
    const suites = (lane) => lane.map(({ test }) => test);
    await Promise.all([
      busy.length > 0 && super.runTests(suites(busy), watcher, options),
      waiting.length > 0 && this.waiting.runTests(suites(waiting), watcher, options),
    ]);
  }
}

/** About how long a suite waits, in seconds; 0 where it does not say. @throws Error for anything but a whole number */
function secondsWaited(path) {
  const [docblock = ''] = /^\s*\/\*\*[\s\S]*?\*\//.exec(readFileSync(path, 'utf8')) ?? [];
  const { waits = '0' } = parse(docblock);
  if (!/^\d+$/.test(waits))
    throw new Error(`${path}: @waits takes whole seconds and nothing else, as in "@waits 120".`);
  return Number(waits);
}

module.exports = LanesRunner;
