import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { removeFolder, temporaryFolder } from '../support/folders';
import { GatewayRig } from '../support/gateway-rig';
import { pythonWith } from '../support/python';
import { AGENT, csvOf, HOUR } from '../support/rig';
import { runProgram } from '../support/run-program';

/** Schemathesis makes requests of the gateway's own description, good ones and bad ones, and compares the answers with it. */

/** Requests of each kind and route; FUZZ_EXAMPLES asks for more. */
const EXAMPLES = Number(process.env.FUZZ_EXAMPLES ?? 40);
const CHECKS = [
  ...['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_headers_conformance'],
  ...['response_schema_conformance', 'negative_data_rejection', 'ignored_auth'],
];

/** Waits for its start, and is asked for changes: of a campaign that there is not, each is refused for that alone. */
const WAITING = 'fuzz-waiting';
const CHANGES = ['reschedule', 'max-cost'].map(
  (change) => `[[operations]]\ninclude-path = "/campaigns/{id}/${change}"\nparameters = { id = "${WAITING}" }\n`,
);
/**
 * Where one request follows another, Schemathesis 4.32 takes an upload that it made as a good one for a bad one, and its acceptance for
 * a mistake. Bad requests of every route are sent by the phases before.
 */
const NO_FALSE_ALARM = '[phases.stateful.checks]\nnegative_data_rejection.enabled = false\n';
const ENABLED = CHECKS.map((check) => `${check}.enabled = true\n`).join('');
const CONFIG = [`[checks]\nenabled = false\n${ENABLED}`, NO_FALSE_ALARM, ...CHANGES].join('\n');

let rig: GatewayRig;
/** What the gateway has logged. */
const log: string[] = [];
beforeAll(async () => {
  rig = await GatewayRig.start({ log: new Writable({ write: (line, _, done) => done(void log.push(String(line))) }) });
  const startAt = new Date(Date.now() + HOUR).toISOString();
  await rig.scene.campaigns.start(WAITING, { agentId: AGENT, contacts: { csv: csvOf(3) }, startAt });
  await rig.scene.until('it waits', async () => (await rig.scene.campaigns.get(WAITING)).state === 'waiting');
});
afterAll(() => rig?.close());

test('no request brings an error of ours, or an answer that is not described', async () => {
  const python = await pythonWith('test/support/schemathesis.txt', 'schemathesis');
  const args = [
    ...['-m', 'schemathesis.cli', 'run', `${rig.url}/openapi.json`],
    ...['--header', `Authorization: Bearer ${rig.held.operator}`],
    ...['--max-examples', String(EXAMPLES), '--seed', '1', '--no-color'],
    ...['--generation-database', 'none', '--suppress-health-check', 'all'],
  ];
  // It keeps what it finds in the folder where it runs, and reads its settings there.
  const folder = temporaryFolder('schemathesis-');
  writeFileSync(join(folder, 'schemathesis.toml'), CONFIG);
  const { code, stdout, stderr } = await runProgram(python, args, { cwd: folder }).finally(() => removeFolder(folder));
  const errors = log.filter((line) => ['error', 'fatal'].includes(JSON.parse(line).level));
  if (code !== 0) throw new Error(`Schemathesis has found something:\n${stdout}\n${stderr}\n${errors.join('')}`);
  // It has found the routes, and asked them.
  const answers = (change: string) => statusesOf(`/campaigns/${WAITING}/${change}`);
  expect(answers('max-cost')).toEqual(expect.arrayContaining([200, 400]));
  expect(answers('reschedule')).toEqual(expect.arrayContaining([400, 422]));
  expect(stdout).toMatch(/Selected: +(\d\d)\/\1/);
});

/** What the gateway has answered to posts to a path. */
function statusesOf(path: string): number[] {
  const lines = log.map((line) => JSON.parse(line));
  const asked = new Set(
    lines.filter(({ req }) => req?.method === 'POST' && req.url.split('?')[0] === path).map(({ reqId }) => reqId),
  );
  return lines.filter(({ reqId, res }) => res && asked.has(reqId)).map(({ res }) => res.statusCode);
}
