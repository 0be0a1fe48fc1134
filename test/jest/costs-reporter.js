const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join, relative } = require('node:path');
const budget = require('./budget.json');
const { cpuSeconds } = require('./cpu');

const DEAREST = 10;
/** A run may cost this much more than its budget: two runs on one machine differ by a tenth, two machines by more. */
const TOLERANCE = 4 / 3;

/**
 * Prints the CPU seconds of each kind of test beside its budget, and the dearest suites. A kind that ran whole and is over its
 * budget by more than a third fails the run. TEST_CPU_SCALE=2 doubles the budget, for a machine that is half as fast.
 */
class CostsReporter {
  constructor(globalConfig) {
    this.isWhole = !isNarrowed(globalConfig);
    this.scale = Number(process.env.TEST_CPU_SCALE ?? 1);
    if (!(this.scale > 0)) throw new Error('TEST_CPU_SCALE is a number above 0, such as 2.');
    this.before = cpuSeconds().own;
    // The environment of each suite appends what it has cost, in whichever process it runs.
    this.file = join(mkdtempSync(join(tmpdir(), 'costs-')), 'costs.jsonl');
    writeFileSync(this.file, '');
    process.env.TEST_COSTS = this.file;
  }

  onRunComplete() {
    const costs = readFileSync(this.file, 'utf8')
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    rmSync(dirname(this.file), { recursive: true, force: true });
    if (process.env.TEST_COSTS_FILE) writeFileSync(process.env.TEST_COSTS_FILE, JSON.stringify(costs, undefined, 1));
    const rows = this.byKind(costs);
    print(
      ['', 'CPU seconds', 'used', 'budget'],
      rows.map(({ kind, used, limit }) => [kind, used, limit]),
    );
    const dearest = costs.map((cost) => ({ ...cost, cpu: cost.own + cost.children })).sort((a, b) => b.cpu - a.cpu);
    print(
      ['', 'dearest suites', 'CPU s', 'wall s'],
      dearest.slice(0, DEAREST).map(({ suite, cpu, wall }) => [relative(process.cwd(), suite), cpu, wall]),
    );
    const over = rows.filter(({ used, limit }) => used > limit * TOLERANCE);
    if (!this.isWhole || over.length === 0) return;
    const kinds = over.map(({ kind, used, limit }) => `${kind} ${used.toFixed(0)} of ${limit.toFixed(0)}`);
    this.error = new Error(
      `CPU seconds are over the budget by more than a third: ${kinds.join(', ')}. See CONTRIBUTING.md.`,
    );
    // Jest fails the run for the error, and does not show it.
    process.stderr.write(`${this.error.message}\n`);
  }

  getLastError() {
    return this.error;
  }

  byKind(costs) {
    const used = new Map();
    for (const { kind, own, children } of costs) used.set(kind, (used.get(kind) ?? 0) + own + children);
    const kinds = [...used].map(([kind, seconds]) => ({ kind, used: seconds, limit: budget[kind] * this.scale }));
    // With --runInBand the suites run in this process, too.
    const suites = costs.filter(({ pid }) => pid === process.pid).reduce((sum, { own }) => sum + own, 0);
    const setUp = cpuSeconds().own - this.before - suites;
    return [...kinds, { kind: 'set-up', used: setUp, limit: budget['set-up'] * this.scale }];
  }
}

/** Whether only some tests were asked for. */
function isNarrowed({ testPathPatterns, ...config }) {
  const narrowing = ['testNamePattern', 'onlyChanged', 'onlyFailures', 'findRelatedTests', 'runTestsByPath', 'shard'];
  return testPathPatterns.patterns.length > 0 || narrowing.some((name) => config[name]);
}

function print([gap, title, ...columns], rows) {
  const lines = [
    `${title.padEnd(48)}${columns.map((column) => column.padStart(10)).join('')}`,
    ...rows.map(
      ([name, ...figures]) => `  ${name.padEnd(46)}${figures.map((n) => n.toFixed(0).padStart(10)).join('')}`,
    ),
  ];
  process.stderr.write(`${[gap, ...lines].join('\n')}\n`);
}

module.exports = CostsReporter;
