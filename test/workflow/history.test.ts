import type { WorkflowHandle } from '@temporalio/client';
import { batchWorkflowId } from '../../activities/batch-workflow-id';
import { csvOf, DAY, HOUR, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

/** What a batch may leave in its history, however many rows it has and however long it lasts. */
const MOST_EVENTS = 80;

async function eventsOf(handle: WorkflowHandle): Promise<number> {
  return (await handle.fetchHistory()).events?.length ?? 0;
}

describe('the history of a campaign', () => {
  let env: TestServer;
  let rig: Rig;
  beforeEach(async () => {
    env = await TestServer.skipping();
  });
  afterEach(async () => {
    await rig.close();
    await env.teardown();
  });

  test.each([
    ['a week', 1900, 7 * DAY],
    ['an hour', 12, HOUR / 2],
  ])('of %s of calls is as short as any', async (_, rows, longerThan) => {
    rig = await Rig.start({
      env,
      rules: { concurrency: 1 },
      outcomes: () => ({ status: 'completed', talkSeconds: 310, ringSeconds: 10 }),
    });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(rows) }, giveUpAfter: '30 days' });
      expect((await handle.result()).status).toBe('completed');
      expect(await eventsOf(handle)).toBeLessThanOrEqual(MOST_EVENTS);
      const dials = rig.simulator.dials();
      const lasted = (dials.at(-1)?.at ?? 0) - (dials[0]?.at ?? 0);
      expect(lasted).toBeGreaterThan(longerThan);
    });
  });

  test('is no longer for each of several batches, what stands in the campaign counted in', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(60) }, maxRowsPerBatch: 6 });
      expect((await handle.result()).status).toBe('completed');
      let events = await eventsOf(handle);
      for (let part = 1; part <= 10; part++) {
        events += await eventsOf(rig.client.workflow.getHandle(batchWorkflowId(handle.workflowId, part)));
      }
      expect(events / 10).toBeLessThanOrEqual(MOST_EVENTS);
    });
  });
});
