const { AsyncLocalStorage } = require('node:async_hooks');
const { appendFileSync } = require('node:fs');
const { TestEnvironment } = require('jest-environment-node');
const { cpuSeconds } = require('./cpu');

/**
 * On Node 20 and 22 every AsyncLocalStorage that was ever used costs time at each promise until the process ends, and each
 * suite brings its own copies of the SDK's.
 */
const inUse = new Set();
for (const method of ['run', 'enterWith']) {
  const original = AsyncLocalStorage.prototype[method];
  AsyncLocalStorage.prototype[method] = function (...args) {
    inUse.add(this);
    return original.apply(this, args);
  };
}

/** Jest's environment for Node. It also writes down what each suite has cost, and leaves nothing behind for the next one. */
class CostEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.suite = context.testPath;
    this.kind = config.projectConfig.displayName?.name ?? '';
    this.began = Date.now();
    this.before = cpuSeconds();
  }

  async teardown() {
    await super.teardown();
    for (const storage of inUse) storage.disable();
    inUse.clear();
    const { own, children } = cpuSeconds();
    const cost = {
      suite: this.suite,
      pid: process.pid,
      kind: this.kind,
      wall: (Date.now() - this.began) / 1_000,
      own: own - this.before.own,
      children: children - this.before.children,
    };
    if (process.env.TEST_COSTS) appendFileSync(process.env.TEST_COSTS, `${JSON.stringify(cost)}\n`);
  }
}

module.exports = CostEnvironment;
