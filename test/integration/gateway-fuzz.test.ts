import { Writable } from 'node:stream';
import { removeFolder, temporaryFolder } from '../support/folders';
import { GatewayRig } from '../support/gateway-rig';
import { pythonWith } from '../support/python';
import { runProgram } from '../support/run-program';

/** Schemathesis makes requests of the gateway's own description, good ones and bad ones, and compares the answers with it. */

/** Requests of each kind and route; FUZZ_EXAMPLES asks for more. */
const EXAMPLES = Number(process.env.FUZZ_EXAMPLES ?? 40);
const CHECKS = [
  ...['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_headers_conformance'],
  ...['response_schema_conformance', 'negative_data_rejection', 'ignored_auth'],
];

let rig: GatewayRig;
/** What the gateway has logged. */
const log: string[] = [];
beforeAll(async () => {
  rig = await GatewayRig.start({ log: new Writable({ write: (line, _, done) => done(void log.push(String(line))) }) });
});
afterAll(() => rig?.close());

test('no request brings an error of ours, or an answer that is not described', async () => {
  const python = await pythonWith('test/support/schemathesis.txt', 'schemathesis');
  const args = [
    ...['-m', 'schemathesis.cli', 'run', `${rig.url}/openapi.json`],
    ...['--header', `Authorization: Bearer ${rig.held.operator}`],
    ...['--max-examples', String(EXAMPLES), '--seed', '1', '--checks', CHECKS.join(','), '--no-color'],
    ...['--generation-database', 'none', '--suppress-health-check', 'all'],
  ];
  // It keeps what it finds in the folder where it runs.
  const folder = temporaryFolder('schemathesis-');
  const { code, stdout, stderr } = await runProgram(python, args, { cwd: folder }).finally(() => removeFolder(folder));
  const errors = log.filter((line) => JSON.parse(line).level >= 50);
  if (code !== 0) throw new Error(`Schemathesis has found something:\n${stdout}\n${stderr}\n${errors.join('')}`);
  // It has found the routes, and asked them.
  expect(stdout).toMatch(/Selected: +(\d\d)\/\1/);
});
