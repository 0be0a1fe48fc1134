import { randomUUID } from 'node:crypto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { bolnaRules } from '../../bolna/start-time';
import { prepared } from '../support/env';
import { expectEachCalledOnce, scheduledBatches } from '../support/once';
import { Rig } from '../support/rig';

/** Bolna's minute is 20 ms: the time-skipping server knows no reset, so this one runs on a real clock. */
const SPEED = 3000;
const CONTACTS = 3;

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
        await rig.client.workflowService.resetWorkflowExecution({
          namespace: 'default',
          workflowExecution: { workflowId: 'reset', runId: handle.firstExecutionRunId },
          reason: 'A test goes back in time.',
          workflowTaskFinishEventId: eventId ?? null,
          requestId: randomUUID(),
        });
        const again = await rig.client.workflow.getHandle('reset').result();
        expect(again).toMatchObject({ status: 'completed', batchId: scheduledBatches(rig)[0] });
        await rig.simulator.sync();
        expectEachCalledOnce(rig, CONTACTS);
      }
      expect(scheduledBatches(rig)).toHaveLength(1);
      expect(rig.simulator.batches()).toHaveLength(1);
    });
  });
});
