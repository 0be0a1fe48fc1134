/**
 * Four kinds of test: rules (unit), orchestration on virtual time (workflow), real servers and processes (integration), and
 * what is proven by numbers of crashes, seeds and shapes (proof). `npx jest --selectProjects unit` runs one kind.
 */
const KINDS = ['unit', 'workflow', 'integration', 'proof'];

const common = {
  rootDir: __dirname,
  testEnvironment: '<rootDir>/test/jest/environment.js',
  runtime: '<rootDir>/test/jest/runtime.js',
  runner: '<rootDir>/test/jest/lanes.js',
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' }, sourceMaps: true },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.cache/'],
};

module.exports = {
  projects: KINDS.map((kind) => ({
    ...common,
    displayName: kind,
    roots: [`<rootDir>/test/${kind}`],
    testMatch: ['**/*.test.ts'],
  })),
  // Only a hung test takes so long: the slowest takes 13 seconds alone, and a machine may be five times slower.
  testTimeout: 180_000,
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/test/jest/costs-reporter.js'],
  // V8's own coverage keeps the whole process from being optimised: ten times as slow here.
  coverageProvider: 'babel',
  coverageReporters: ['text-summary'],
  collectCoverageFrom: [
    '{workflows,activities,bolna,contacts,results,report,storage,egress,worker,client,simulator}/**/*.ts',
  ],
};
