import { type Simulator, startSimulator } from '../../simulator/simulator';
import { CliRig } from '../support/cli';
import { DevServer, freePort } from '../support/dev-server';
import { until } from '../support/processes';
import { AGENT, csvOf, DAY, MINUTE } from '../support/rig';

/** What a worker says on stderr when it is no terminal: for machines, a line each. */

const KEY = 'bn-very-secret';

let server: DevServer;
let simulator: Simulator;
let rig: CliRig;
beforeAll(async () => {
  server = await DevServer.start();
  simulator = await startSimulator({
    faults: [{ endpoint: 'schedule', nth: 1, action: { status: 503 } }],
    // So this machine's clock is ahead.
    clock: { now: () => Date.now() - 10 * MINUTE },
  });
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
  const metrics = `127.0.0.1:${await freePort()}`;
  const worker = rig.start(['worker'], { CAMPAIGN_METRICS: metrics });
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
  expect(lines).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      msg: expect.stringMatching(/^The clock of worker \d+@\S+ is 10 min ahead of Bolna's\. Bolna's is used\. Set it/),
    }),
  );
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
  // The same in numbers, beside Temporal's own.
  await until(worker.stderr, async () => (await rig.run(['status', 'logged'])).stdout.includes('waiting'));
  const told = await (await fetch(`http://${metrics}/metrics`)).text();
  const requests = (endpoint: string, status: string) =>
    Number(
      new RegExp(`^bolna_requests_total\\{.*endpoint="${endpoint}".*status="${status}".*\\} (\\d+)$`, 'm').exec(
        told,
      )?.[1],
    );
  expect([requests('create', '201'), requests('schedule', '503'), requests('schedule', '200')]).toEqual([1, 1, 1]);
  expect(told).toMatch(/^bolna_request_seconds_count\{.*endpoint="create".*\} 1$/m);
  expect(told).toMatch(/^temporal_worker_task_slots_available\{/m);
  expect(told).not.toContain(KEY);
  expect(worker.stderr()).not.toContain(KEY);
  expect(worker.stderr()).not.toMatch(/\n\s+at /);
});
