import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { Client } from '@temporalio/client';
import { CampaignClient } from '../client/campaigns';
import { AGENT, csvOf } from '../test/support/rig';
import { TestServer } from '../test/support/test-server';
import { type Figure, median, type Section } from './figures';
import { Program, startSimulatorProcess, startWorkerProcess, temporaryFolder } from './processes';

/** Ten minutes of Bolna's are a fifth of a second: a campaign waits for next to nothing. */
const SPEED = 3000;
const ROWS = 3;

interface Shape {
  activities: number;
  /** Milliseconds of each timer. */
  timers: number[];
}

/** Campaigns finished a second on one worker, beside a bare workflow with as many empty activities and timers. */
export async function throughput({ small }: { small: boolean }): Promise<Section> {
  const campaigns = small ? 20 : 200;
  const rounds = small ? 1 : 5;
  const env = await TestServer.real();
  const simulator = await startSimulatorProcess(SPEED, ['--concurrency', '100000', '--rate-limit', '100000000']);
  const taskQueue = `bench-${randomUUID()}`;
  const place = { address: env.address, bolnaUrl: simulator.url, data: temporaryFolder() };
  const worker = await startWorkerProcess(SPEED, taskQueue, place);
  const bareEnv = { TEMPORAL_ADDRESS: env.address, CAMPAIGN_TASK_QUEUE: `${taskQueue}-bare` };
  const bareWorker = await Program.start([resolve(__dirname, 'bare-worker.js')], bareEnv, /Worker on task queue/);
  try {
    const shape = await shapeOf(env.client, taskQueue);
    const ours: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < rounds; round++) {
      // Bolna lists all that an agent ever had: a round must not depend on those before it.
      const agentId = randomUUID();
      ours.push(await perSecond(campaigns, () => campaign(env.client, taskQueue, agentId)));
      bare.push(await perSecond(campaigns, () => bareWorkflow(env.client, `${taskQueue}-bare`, shape)));
    }
    const figures: Figure[] = [
      { what: 'activities of a campaign', value: shape.activities, unit: '' },
      { what: 'timers of a campaign', value: shape.timers.length, unit: '' },
      { what: 'bare workflows finished', value: median(bare), unit: 'a second' },
      { what: 'campaigns finished', value: median(ours), unit: 'a second' },
      { what: 'campaigns to bare workflows', value: median(ours) / median(bare), unit: '', goal: { least: 0.9 } },
    ];
    const setting = `${campaigns} at once, ${rounds} rounds each, in turns, on the development server`;
    return { name: 'throughput', setting, figures };
  } finally {
    await Promise.all([worker.end(), bareWorker.end(), simulator.program.end()]);
    await env.teardown();
  }
}

async function perSecond(n: number, one: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await Promise.all(Array.from({ length: n }, one));
  return n / ((performance.now() - begun) / 1000);
}

async function campaign(client: Client, taskQueue: string, agentId: string, id: string = randomUUID()): Promise<void> {
  const campaigns = new CampaignClient(client, { taskQueue });
  await campaigns.start(id, { agentId, contacts: { csv: csvOf(ROWS) } });
  const { status } = await campaigns.result(id);
  if (status !== 'completed') throw new Error(`A campaign ended ${status}.`);
}

async function bareWorkflow(client: Client, taskQueue: string, { activities, timers }: Shape): Promise<void> {
  await client.workflow.execute('bareWorkflow', { taskQueue, workflowId: randomUUID(), args: [activities, timers] });
}

/** How many activities and timers a campaign has; what is tried several times counts once. */
async function shapeOf(client: Client, taskQueue: string): Promise<Shape> {
  const id = randomUUID();
  await campaign(client, taskQueue, AGENT, id);
  const { events } = await client.workflow.getHandle(id).fetchHistory();
  const shape: Shape = { activities: 0, timers: [] };
  for (const event of events ?? []) {
    if (event.activityTaskScheduledEventAttributes) shape.activities += 1;
    const timer = event.timerStartedEventAttributes?.startToFireTimeout;
    if (timer) shape.timers.push(Number(timer.seconds ?? 0) * 1000 + (timer.nanos ?? 0) / 1e6);
  }
  return shape;
}
