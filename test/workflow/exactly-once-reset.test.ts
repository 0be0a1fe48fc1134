/** @waits 25 */
import { randomUUID } from 'node:crypto';
import type { temporal } from '@temporalio/proto';
import { batchWorkflowId } from '../../activities/batch-workflow-id';
import { bolnaRules } from '../../bolna/start-time';
import { rescheduleUpdate } from '../../workflows/messages';
import { expectEachCalledOnce, scheduledBatches } from '../support/once';
import { until } from '../support/processes';
import { type CampaignHandle, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

/** Bolna's minute is 20 ms: the time-skipping server knows no reset, so this one runs on a real clock. */
const SPEED = 3000;
const CONTACTS = 3;
const FAST = { rules: bolnaRules(SPEED), leadMs: 500, polling: { minMs: 50, maxMs: 200 } };

type EventId = temporal.api.history.v1.IHistoryEvent['eventId'];

describe('a Temporal reset', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.real();
    rig = await Rig.start({
      env,
      speed: SPEED,
      context: FAST,
    });
  });
  afterAll(async () => {
    await rig.close();
    await env.teardown();
  });

  test('to every point of a campaign calls nobody twice', async () => {
    await rig.run(async () => {
      const handle = await rig.begin({}, 'reset');
      expect((await handle.result()).status).toBe('completed');
      const { events } = await handle.fetchHistory();
      const points = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
      expect(points.length).toBeGreaterThan(5);
      for (const { eventId } of points) {
        await resetTo(handle, eventId);
        const again = await rig.client.workflow.getHandle('reset').result();
        expect(again).toMatchObject({ status: 'completed', batchId: scheduledBatches(rig)[0] });
        await rig.simulator.sync();
        expectEachCalledOnce(rig, CONTACTS);
      }
      expect(scheduledBatches(rig)).toHaveLength(1);
      expect(rig.simulator.batches()).toHaveLength(1);
    });
  });

  test('to every point of a campaign whose start was moved calls nobody twice', async () => {
    const other = await Rig.start({ env, speed: SPEED, context: FAST });
    try {
      await other.run(async () => {
        const now = Date.now();
        const handle = await other.begin({ startAt: new Date(now + 20_000).toISOString() }, 'moved');
        await until(
          () => 'a campaign that waits',
          async () => (await other.progress(handle)).state === 'waiting',
        );
        const startAt = new Date(now + 5_000).toISOString();
        await handle.executeUpdate(rescheduleUpdate, { args: [{ startAt }] });
        const { status, outcomes } = await handle.result();
        expect(status).toBe('completed');
        const [, batchId] = scheduledBatches(other);
        const { events } = await handle.fetchHistory();
        const points = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
        expect(points.length).toBeGreaterThan(8);
        for (const { eventId } of points) {
          await resetTo(handle, eventId);
          const again = await other.client.workflow.getHandle('moved').result();
          expect(again).toMatchObject({ status: 'completed', batchId, outcomes });
          await other.simulator.sync();
          expectEachCalledOnce(other, CONTACTS);
        }
        expect(scheduledBatches(other)).toHaveLength(2);
      });
    } finally {
      await other.close();
    }
  }, 180_000);

  test('leaves no batch behind that goes on while the campaign says that nobody was called', async () => {
    let isHeld = () => {};
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      isHeld = resolve;
    });
    const release = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    rig.onActivity = async (phase, activity) => {
      if (phase !== 'before' || activity !== 'createBatch') return;
      isHeld();
      await release;
    };
    const before = scheduledBatches(rig);
    await rig.run(async () => {
      try {
        const handle = await rig.begin({ maxRowsPerBatch: 1, maxBatchesAtOnce: 1 }, 'orphan');
        await held;
        const { events } = await handle.fetchHistory();
        await resetTo(handle, events?.find((event) => event.workflowTaskCompletedEventAttributes)?.eventId);
        // Its first batch is no child of the run that is stopped here.
        await rig.stop(handle);
        const result = await rig.client.workflow.getHandle('orphan').result();
        expect(result).toMatchObject({ status: 'stopped', outcomes: { 'not-called': CONTACTS } });
        const batch = rig.client.workflow.getHandle(batchWorkflowId('orphan', 1));
        expect((await batch.describe()).status.name).toBe('TERMINATED');
      } finally {
        letGo();
      }
    });
    rig.onActivity = undefined;
    expect(scheduledBatches(rig)).toEqual(before);
  });

  async function resetTo(handle: CampaignHandle, eventId: EventId): Promise<void> {
    await rig.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: handle.workflowId, runId: handle.firstExecutionRunId },
      reason: 'A test goes back in time.',
      workflowTaskFinishEventId: eventId ?? null,
      requestId: randomUUID(),
    });
  }
});
