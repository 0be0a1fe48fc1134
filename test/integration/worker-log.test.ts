import { type Simulator, startSimulator } from '../../simulator/simulator';
import { CliRig } from '../support/cli';
import { DevServer } from '../support/dev-server';
import { until } from '../support/processes';
import { AGENT, csvOf, DAY } from '../support/rig';

/** What a worker says on stderr when it is no terminal: for machines, a line each. */

const KEY = 'bn-very-secret';

let server: DevServer;
let simulator: Simulator;
let rig: CliRig;
beforeAll(async () => {
  server = await DevServer.start();
  simulator = await startSimulator({ faults: [{ endpoint: 'schedule', nth: 1, action: { status: 503 } }] });
  rig = new CliRig({ BOLNA_API_KEY: KEY, BOLNA_BASE_URL: simulator.url, TEMPORAL_ADDRESS: server.address });
  rig.file('recipients.csv', csvOf(3));
});
afterAll(async () => {
  await rig.endAll();
  await simulator.close();
  await server.stop();
  rig.close();
});

test('an attempt that fails is a line of JSON with campaign, batch and reason, and no secret', async () => {
  const worker = rig.start(['worker']);
  const at = new Date(Date.now() + DAY).toISOString();
  expect(
    (await rig.run(['start', '--csv', 'recipients.csv', '--agent', AGENT, '--id', 'logged', '--at', at])).code,
  ).toBe(0);
  await until(worker.stderr, () => worker.stderr().includes('Activity failed'));
  const lines = worker
    .stderr()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  expect(lines).toContainEqual(expect.objectContaining({ level: 'info', state: 'RUNNING' }));
  const failed = lines.find(({ msg }) => msg === 'Activity failed');
  const { progress } = JSON.parse((await rig.run(['status', 'logged', '--json'])).stdout);
  expect(failed).toMatchObject({
    level: 'warn',
    campaignId: 'logged',
    batchId: progress.batchId,
    step: 'scheduleBatch',
    attempt: 1,
    error: { type: expect.any(String), message: expect.stringContaining('503') },
  });
  expect(worker.stderr()).not.toContain(KEY);
  expect(worker.stderr()).not.toMatch(/\n\s+at /);
});
