import { randomUUID } from 'node:crypto';
import type { temporal } from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { batchWorkflowId } from '../../activities/batch-workflow-id';
import { bolnaRules } from '../../bolna/start-time';
import { prepared } from '../support/env';
import { expectEachCalledOnce, scheduledBatches } from '../support/once';
import { type CampaignHandle, Rig } from '../support/rig';

/** Bolna's minute is 20 ms: the time-skipping server knows no reset, so this one runs on a real clock. */
const SPEED = 3000;
const CONTACTS = 3;

type EventId = temporal.api.history.v1.IHistoryEvent['eventId'];

describe('a Temporal reset', () => {
  let env: TestWorkflowEnvironment;
  let rig: Rig;
  beforeAll(async () => {
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
    });
    env = await TestWorkflowEnvironment.createLocal({
      server: { executable: { type: 'existing-path', path: prepared('TEST_CLI_PATH') } },
    });
    rig = await Rig.start({
      env,
      speed: SPEED,
      context: { rules: bolnaRules(SPEED), leadMs: 500, polling: { minMs: 50, maxMs: 200 } },
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
