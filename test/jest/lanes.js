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
    const seconds = new Map(tests.map((test) => [test, secondsWaited(test.path)]));
    const busy = tests.filter((test) => seconds.get(test) === 0);
    const waiting = tests
      .filter((test) => seconds.get(test) > 0)
      .sort((one, other) => seconds.get(other) - seconds.get(one));
    await Promise.all([
      busy.length > 0 && super.runTests(busy, watcher, options),
      waiting.length > 0 && this.waiting.runTests(waiting, watcher, options),
    ]);
  }
}

/** About how long a suite waits, in seconds; 0 where it does not say. */
function secondsWaited(path) {
  const [docblock = ''] = /^\s*\/\*\*[\s\S]*?\*\//.exec(readFileSync(path, 'utf8')) ?? [];
  return Number(parse(docblock).waits ?? 0);
}

module.exports = LanesRunner;
