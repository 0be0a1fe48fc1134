const { appendFileSync } = require('node:fs');
const { TestEnvironment } = require('jest-environment-node');
const { cpuSeconds } = require('./cpu');

/** Jest's environment for Node, which also writes down what each suite has cost. */
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
    const { own, children } = cpuSeconds();
    const cost = {
      suite: this.suite,
      kind: this.kind,
      wall: (Date.now() - this.began) / 1_000,
      own: own - this.before.own,
      children: children - this.before.children,
    };
    if (process.env.TEST_COSTS) appendFileSync(process.env.TEST_COSTS, `${JSON.stringify(cost)}\n`);
  }
}

module.exports = CostEnvironment;
