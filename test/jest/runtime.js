const { createRequire, isBuiltin } = require('node:module');
const { compileFunction } = require('node:vm');
const { default: Runtime } = require('jest-runtime');

/** What belongs to jest itself, which each suite has anew. */
const JEST = /^(@jest\/|jest-|expect$)/;

/**
 * Jest's runtime, but packages are loaded once a process, by Node itself. In jest's own registry every suite would load and
 * compile all of them anew, and run them cold: that took half of the CPU of a suite with Temporal in it. So that objects of
 * packages are what the suite's own code takes them for (`instanceof Error`), both run in the process's own context; see
 * environment.js for what is put in order after each suite. The product's modules and the tests are still each suite's own.
 *
 * A package cannot be replaced with `jest.mock`.
 */
class SharingRuntime extends Runtime {
  constructor(...given) {
    super(...given);
    const { executor } = this;
    // As jest's own, which insists on a context beside the process's.
    executor.compile = (source, filename) => compileFunction(source, executor.injectedModuleParameters, { filename });
  }

  /** Tests that run at once load what they need also while jest is between two of them. What is left after the last one is still told. */
  leaveTestCode() {}

  requireModuleOrMock(from, name) {
    const isPackage = !/^[./]/.test(name) && !isBuiltin(name) && !JEST.test(name);
    return isPackage ? createRequire(from)(name) : super.requireModuleOrMock(from, name);
  }
}

module.exports = SharingRuntime;
