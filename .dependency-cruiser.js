/**
 * Imports point one way (see docs/decisions.md, "The arrows"):
 *
 *   client → workflows ← worker → activities → bolna, contacts, results, report, storage, egress
 *
 * `only(from, to)` says all that a folder may import of this project; anything else is an error.
 */
const FOLDERS = [
  ...['workflows', 'activities', 'bolna', 'contacts', 'results', 'report', 'storage', 'egress', 'worker'],
  ...['client', 'simulator'],
  'chaos',
  'bench',
  'production',
  'screenshots',
];

function only(from, to) {
  const others = FOLDERS.filter((folder) => folder !== from && !to.includes(folder));
  return {
    name: `${from}-imports-only-${to.join('-') || 'itself'}`,
    severity: 'error',
    from: { path: `^${from}/` },
    to: { path: `^(${others.join('|')}|test)/` },
  };
}

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    only('bolna', []),
    only('contacts', []),
    only('storage', []),
    only('egress', []),
    only('simulator', []),
    only('results', ['bolna', 'contacts']),
    only('report', ['contacts', 'results', 'storage']),
    only('activities', ['bolna', 'contacts', 'results', 'report', 'storage', 'egress']),
    only('workflows', ['activities']),
    only('worker', ['activities', 'bolna', 'storage', 'egress', 'workflows']),
    {
      name: 'workflows-take-only-types-and-names-from-activities',
      comment: 'A workflow is deterministic: no code that does I/O may get into its bundle.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: '^activities/(?!(types|batch-workflow-id|trouble-signal)\\.ts$)' },
    },
    {
      name: 'the-library-imports-only-workflows-and-reads-results',
      comment:
        'What upstream systems use must not drag in a worker; it checks contacts and suppression lists as the worker does, and loads what reads those of the web only for them. The command line on top of it puts everything together.',
      severity: 'error',
      from: { path: '^client/(campaign/|(index|campaigns|errors|live-progress)\\.ts$)' },
      to: {
        path: '^(worker|simulator|bolna|contacts/(?!(as-csv|check|errors|header|number-rules|suppression|wording)\\.ts$)|egress|report|results/(?!(rows|columns|second-round)\\.ts$)|activities/(?!types\\.ts$)|client/(?!campaign/|preflight/(library|types)\\.ts$|(campaigns|errors|live-progress|web-lists)\\.ts$))',
      },
    },
    {
      name: 'the-gateway-uses-the-library-and-reads-what-campaigns-left',
      comment: 'What it can do, an upstream system with the library could do as well.',
      severity: 'error',
      from: { path: '^client/gateway/' },
      to: {
        path: '^(worker|simulator|bolna|activities|egress|contacts/(?!(csv-line|byte-order-mark|wording)\\.ts$)|client/(?!gateway/|campaign/|(campaigns|errors|live-progress)\\.ts$)|chaos|bench|production|screenshots|test/)',
      },
    },
    {
      name: 'chaos-knows-the-product-from-outside',
      comment: 'It starts campaigns as an upstream system does and looks at what Bolna and the storage have then.',
      severity: 'error',
      from: { path: '^chaos/' },
      to: {
        path: '^(activities|bolna|contacts|results|report|storage|egress|workflows/(?!(input|state)\\.ts$)|client/(?!campaign/start\\.ts$|(campaigns|errors)\\.ts$)|worker/(?!embedded/find-server\\.ts$)|test/(?!support/))',
      },
    },
    {
      name: 'the-production-check-knows-the-product-from-outside',
      comment: 'It starts what docker-compose.yml starts, and looks at what Bolna and the storage have then.',
      severity: 'error',
      from: { path: '^production/' },
      to: {
        path: '^(activities|bolna|contacts|results|storage|egress|chaos|bench|workflows/(?!state\\.ts$)|client/(?!(campaigns|run/interruption)\\.ts$)|worker/(?!embedded/(find-server|server-process)\\.ts$)|test/(?!support/))',
      },
    },
    {
      name: 'screenshots-know-the-product-from-outside',
      comment: 'They start campaigns as an upstream system does, where the simulator takes the calls.',
      severity: 'error',
      from: { path: '^screenshots/' },
      to: {
        path: '^(activities|bolna|contacts|results|report|storage|worker|chaos|bench|production|workflows/(?!(input|state)\\.ts$)|client/(?!(index|campaigns)\\.ts$)|test/(?!support/))',
      },
    },
    {
      name: 'workflows-use-nothing-of-node',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'bolna-knows-nothing-of-temporal',
      severity: 'error',
      from: { path: '^(bolna|contacts|results|report|storage|egress|simulator)/' },
      to: { path: '@temporalio' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.cache|coverage)/' },
  },
};
