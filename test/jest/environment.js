const { AsyncLocalStorage } = require('node:async_hooks');
const { appendFileSync } = require('node:fs');
const { LegacyFakeTimers, ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');
const { cpuSeconds } = require('./cpu');

/** On Node 20 and 22 every AsyncLocalStorage that was ever used costs time at each promise until the process ends. */
const inUse = new Set();
for (const method of ['run', 'enterWith']) {
  const original = AsyncLocalStorage.prototype[method];
  AsyncLocalStorage.prototype[method] = function (...args) {
    inUse.add(this);
    return original.apply(this, args);
  };
}

/** What jest's runner of tests keeps on the global object. The next suite must not find it. */
const OF_THE_RUNNER =
  /^(JEST_STATE_SYMBOL|EVENT_HANDLERS|TEST_TIMEOUT_SYMBOL|(LOG_ERRORS_BEFORE_|WAIT_BEFORE_)?RETRY.*)$/;

// Each suite has its own module that ends the processes of its tests with this one.
process.setMaxListeners(0);

/**
 * The process's own context for all suites, so that they can share packages (see runtime.js). It puts back what a suite has
 * changed of the process and of the globals, and writes down what the suite has cost.
 */
class SharedEnvironment {
  constructor(config, context) {
    this.suite = context.testPath;
    this.kind = config.projectConfig.displayName?.name ?? '';
    this.began = Date.now();
    this.before = cpuSeconds();
    this.global = globalThis;
    this.putBack = [kept(globalThis), kept(process), kept(Error), keptVariables()];
    const { projectConfig } = config;
    const global = globalThis;
    this.moduleMocker = new ModuleMocker(global);
    this.fakeTimers = new LegacyFakeTimers({ config: projectConfig, global, moduleMocker: this.moduleMocker });
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global });
  }

  async setup() {}

  async teardown() {
    this.fakeTimers.dispose();
    this.fakeTimersModern.dispose();
    for (const putBack of this.putBack) putBack();
    for (const symbol of Object.getOwnPropertySymbols(globalThis)) {
      if (OF_THE_RUNNER.test(symbol.description)) delete globalThis[symbol];
    }
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

  exportConditions() {
    return ['node', 'node-addons'];
  }

  /** There is none beside the process's: the runtime compiles without. */
  getVmContext() {
    return null;
  }
}

/** @returns what gives an object the values again that it has now */
function kept(object) {
  const before = Object.entries(Object.getOwnPropertyDescriptors(object)).filter(
    ([, { value }]) => value !== undefined,
  );
  return () => {
    for (const [name, { value }] of before) if (object[name] !== value) object[name] = value;
  };
}

/** @returns what makes the process's variables again those that there are now */
function keptVariables() {
  const before = { ...process.env };
  return () => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  };
}

module.exports = SharedEnvironment;
