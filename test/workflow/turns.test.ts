/** @waits 35 */
import { Worker } from '@temporalio/worker';
import { createActivities } from '../../activities';
import { FAIR_QUEUES } from '../../worker/embedded/server';
import { DEFAULT_ACCOUNT } from '../../workflows/account';
import { bolnaTaskQueue } from '../../workflows/input';
import { prepared } from '../support/env';
import { until } from '../support/processes';
import { csvOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

/** Batches of the large campaign that are under way at once. */
const BATCHES = 60;

describe('campaigns that wait for the same account', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.real(FAIR_QUEUES);
    rig = await Rig.start({ env });
  });
  afterAll(async () => {
    await rig.close();
    await env.teardown();
  });

  test('take turns, however many batches one of them has, and a halt goes before all', async () => {
    const order: string[] = [];
    const activities = createActivities(rig.context);
    const noted = {
      ...activities,
      createBatch: async (ask: Parameters<typeof activities.createBatch>[0]) => {
        order.push(ask.campaignId);
        return activities.createBatch(ask);
      },
      haltBatches: async (ask: Parameters<typeof activities.haltBatches>[0]) => {
        order.push(`halt ${ask.campaignId}`);
        return activities.haltBatches(ask);
      },
    };
    const common = { connection: env.nativeConnection, activities: noted };
    const campaigns = await Worker.create({
      ...common,
      taskQueue: rig.taskQueue,
      workflowBundle: { codePath: prepared('TEST_WORKFLOW_BUNDLE') },
    });
    await campaigns.runUntil(async () => {
      await rig.begin({ contacts: { csv: csvOf(BATCHES) }, maxRowsPerBatch: 1, maxBatchesAtOnce: BATCHES }, 'large');
      const halted = await rig.begin({}, 'halted');
      await waiting('createBatch', BATCHES + 1);
      await rig.begin({}, 'small');
      await waiting('createBatch', BATCHES + 2);
      await rig.stop(halted);
      await waiting('haltBatches', 1);
      // One step at a time, so that the order in which the server hands them out is seen.
      const taskQueue = bolnaTaskQueue(rig.taskQueue, DEFAULT_ACCOUNT);
      const bolna = await Worker.create({ ...common, taskQueue, maxConcurrentActivityTaskExecutions: 1 });
      await bolna.runUntil(async () => {
        await until(
          () => order.join(' '),
          () => order.filter((id) => id === 'large').length >= 20,
        );
      });
    });
    expect(order.indexOf('halt halted')).toBeLessThan(3);
    expect(order.indexOf('small')).toBeGreaterThanOrEqual(0);
    expect(order.indexOf('small')).toBeLessThan(10);
  });

  /** Waits until so many steps of this kind wait for a worker. */
  async function waiting(name: string, n: number): Promise<void> {
    for (;;) {
      let found = 0;
      for await (const { workflowId } of env.client.workflow.list()) {
        const { raw } = await env.client.workflow.getHandle(workflowId).describe();
        found += raw.pendingActivities?.filter(({ activityType }) => activityType?.name === name).length ?? 0;
      }
      if (found >= n) return;
    }
  }
});
