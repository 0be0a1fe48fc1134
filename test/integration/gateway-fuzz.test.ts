import { GatewayRig } from '../support/gateway-rig';
import { pythonWith } from '../support/python';
import { runProgram } from '../support/run-program';

/** Schemathesis makes requests of the gateway's own description, good ones and bad ones, and compares the answers with it. */

/** Requests of each kind and route. `npm run fuzz` asks for more. */
const EXAMPLES = Number(process.env.FUZZ_RUNS ?? 40);
const CHECKS = [
  ...['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_headers_conformance'],
  ...['response_schema_conformance', 'negative_data_rejection', 'positive_data_acceptance', 'ignored_auth'],
];

let rig: GatewayRig;
beforeAll(async () => {
  rig = await GatewayRig.start();
});
afterAll(() => rig?.close());

test('no request brings an error of ours, or an answer that is not described', async () => {
  const python = await pythonWith('test/support/schemathesis.txt', 'schemathesis');
  const { code, stdout } = await runProgram(python, [
    ...[
      '-m',
      'schemathesis.cli',
      'run',
      `${rig.url}/openapi.json`,
      '--header',
      `Authorization: Bearer ${rig.held.operator}`,
    ],
    ...['--max-examples', String(EXAMPLES), '--seed', '1', '--checks', CHECKS.join(','), '--no-color'],
    ...['--generation-database', 'none', '--suppress-health-check', 'all'],
  ]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/\d+ operations?|No issues/i) });
});
