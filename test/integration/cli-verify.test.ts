import { join } from 'node:path';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import { lockHome } from '../../worker/embedded/home';
import { CliRig, sentenceOf } from '../support/cli';
import { endAll, until } from '../support/processes';
import { AGENT } from '../support/simulator';

let simulator: Simulator;
let rig: CliRig;
beforeEach(async () => {
  simulator = await startSimulator();
  rig = new CliRig({ BOLNA_API_KEY: 'bn-test', BOLNA_BASE_URL: simulator.url, BOLNA_AGENT_ID: AGENT });
});
afterEach(async () => {
  await rig.endAll();
  await endAll();
  await simulator.close();
  rig.close();
});

const standing = () => simulator.batches().filter(({ deleted }) => !deleted);
const OWN = '+12025550111';
const WATCHED_BRIEFLY = ['verify-api', '--watch', '0s'];

/** Kills the command right before or after the first request of a kind that comes when it is due. */
async function killedAt(
  endpoint: string,
  when: 'before' | 'after',
  more: readonly string[] = [],
  isDue = () => true,
): Promise<void> {
  const command = rig.start([...WATCHED_BRIEFLY, ...more]);
  const done = simulator.onRequest(async (phase, request) => {
    if (request.endpoint !== endpoint || phase !== when || !isDue()) return undefined;
    await command.end('SIGKILL');
    return 'drop';
  });
  expect(await command.exited).toMatchObject({ signal: 'SIGKILL' });
  done();
}

test('a batch that a killed run has left is deleted by the next one', async () => {
  // Its answer was on its way: only the file name says whose it is.
  await killedAt('create', 'after');
  expect(standing()).toHaveLength(1);
  await killedAt('stop', 'before');
  expect(standing()).toHaveLength(1);
  await killedAt('delete', 'after');
  expect(standing()).toHaveLength(0);
  await killedAt('get', 'before', ['--call', OWN, '--yes'], () =>
    standing().some(({ status }) => status === 'scheduled'),
  );
  expect(standing()).toHaveLength(1);
  const shapes = join(rig.folder, 'shapes.json');
  const { code, stdout, stderr } = await rig.ask([...WATCHED_BRIEFLY, '--json', '--record', shapes]);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0]).toEqual({
    check: 'earlier run',
    verdict: 'ok',
    text: expect.stringMatching(/^the batch verify-api-[0-9a-f]{16}-check\.csv of an earlier run was deleted$/),
  });
  expect(lines.map(({ verdict }) => verdict)).not.toContain('differs');
  expect(stderr).toMatch(/nobody is called\.\n\d+ ok, 0 differ, \d+ unknown\.\n$/);
  expect([code, standing(), simulator.dials()]).toEqual([0, [], []]);
  const replay = rig.start(['simulator', '--dialect', shapes, '--port', '0']);
  const url = () => replay.stderr().match(/http:\/\/\S+?:\d+/)?.[0];
  await until(
    () => replay.stderr(),
    () => url() !== undefined,
  );
  const again = await rig.ask(WATCHED_BRIEFLY, { BOLNA_BASE_URL: url() });
  expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/^ok +create +HTTP 201 with a batch_id/m)]);
});

test('what cannot be checked is refused in a sentence', async () => {
  const noAgent = await rig.ask(['verify-api'], { BOLNA_AGENT_ID: '' });
  expect([noAgent.code, sentenceOf(noAgent)]).toEqual([2, expect.stringMatching(/^No agent is named: give --agent/)]);
  const noAccount = await rig.ask(['verify-api', '--account', 'sales']);
  expect([noAccount.code, sentenceOf(noAccount)]).toEqual([2, expect.stringMatching(/^There is no account "sales"/)]);
  const wrongKey = await rig.ask(['verify-api'], { BOLNA_API_KEY: 'wrong' });
  expect([wrongKey.code, sentenceOf(wrongKey)]).toEqual([
    2,
    expect.stringContaining('Bolna refused the API key (401)'),
  ]);
  const unasked = await rig.ask(['verify-api', '--call', OWN]);
  expect([unasked.code, sentenceOf(unasked)]).toEqual([
    2,
    expect.stringContaining('Nobody can be asked here: give --yes'),
  ]);
  expect(unasked.stderr).toMatch(/The agent will call \+12025550111.*\nCost: at most 1 call; minutes and cost unknown/);
  const noFolder = await rig.ask(['verify-api', '--record', join(rig.folder, 'none', 'shapes.json')]);
  expect([noFolder.code, sentenceOf(noFolder)]).toEqual([2, expect.stringMatching(/^There is no folder .*--record/)]);
  const noNumber = await rig.ask(['verify-api', '--call', '5550111']);
  expect([noNumber.code, noNumber.stderr]).toEqual([2, expect.stringContaining('E.164')]);
  expect(simulator.batches()).toEqual([]);
  const lock = await lockHome(join(rig.home, 'verify-api'));
  const second = await rig.ask(['verify-api']);
  lock.release();
  expect([second.code, sentenceOf(second)]).toEqual([2, expect.stringMatching(/verify-api is in use by another run/)]);
});
