/** @waits 50 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CampaignClient } from '../../client/campaigns';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import { DevServer } from '../support/dev-server';
import { prepared } from '../support/env';
import { endAll, startNode, until } from '../support/processes';
import { AGENT, numberOf } from '../support/rig';

/** Bolna's minute is a second. */
const SPEED = 60;
const LIMIT = 60;
const CAMPAIGNS = 24;
const ROWS = 60;

describe('an account that several campaigns and workers share', () => {
  const folder = mkdtempSync(join(tmpdir(), 'limit-'));
  let server: DevServer;
  let simulator: Simulator;
  beforeAll(async () => {
    server = await DevServer.start();
  });
  afterEach(async () => {
    await endAll();
    await simulator.close();
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs many campaigns at once on two workers. @returns requests that Bolna refused for being too many */
  async function refusedUnderLoad(limit: number, requestsPerMinute: number, campaigns = CAMPAIGNS): Promise<number> {
    simulator = await startSimulator({
      speed: SPEED,
      rateLimit: limit,
      rules: { concurrency: 10_000 },
      outcomes: () => ({ status: 'completed', talkSeconds: 30, postProcessingSeconds: 60 }),
    });
    const taskQueue = `limit-${simulator.port}`;
    const env = {
      TEST_BUILD: prepared('TEST_BUILD'),
      CRASH_SPEED: String(SPEED),
      HOME: folder,
      TEMPORAL_ADDRESS: server.address,
      BOLNA_API_KEY: 'bn-test',
      BOLNA_BASE_URL: simulator.url,
      BOLNA_REQUESTS_PER_MINUTE: String(requestsPerMinute),
      CAMPAIGN_TASK_QUEUE: taskQueue,
      CAMPAIGN_DATA: folder,
      CAMPAIGN_POLL_MIN: '250ms',
      CAMPAIGN_POLL_MAX: '1s',
    };
    const workers = [1, 2].map(() => startNode([resolve('test/support/crash-worker.js')], env));
    const working = () => workers.every((worker) => worker.stderr().includes('Worker on task queue'));
    await until(() => workers.map((worker) => worker.stderr()).join('\n'), working);
    const client = new CampaignClient(await server.client(), { taskQueue });
    const results = Array.from({ length: campaigns }, async (_, n) => {
      const rows = Array.from({ length: ROWS }, (_, i) => numberOf(n * ROWS + i));
      const id = `${taskQueue}-${n}`;
      await client.start(id, { agentId: AGENT, contacts: { csv: `contact_number\n${rows.join('\n')}\n` } });
      return client.result(id);
    });
    for (const { status } of await Promise.all(results)) expect(status).toBe('completed');
    expect(simulator.dials()).toHaveLength(campaigns * ROWS);
    return simulator.requests.filter(({ status }) => status === 429).length;
  }

  test('is never asked more often than it allows', async () => {
    expect(await refusedUnderLoad(LIMIT, LIMIT)).toBe(0);
  });

  test('would be, by the same campaigns, if nothing held them back', async () => {
    // So few that a busy machine, too, would ask more often.
    expect(await refusedUnderLoad(10, 100 * LIMIT, 6)).toBeGreaterThan(0);
  });
});
