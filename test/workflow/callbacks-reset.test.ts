/** @waits 50 */
import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { bolnaRules } from '../../bolna/start-time';
import { callbackStatus, resendCallbacks } from '../../client/campaign/callbacks';
import { Outside } from '../../egress/outside';
import { parseNetwork } from '../../egress/public-address';
import type { CallbackEnd } from '../../workflows/callback';
import type { CallbackEvent } from '../../workflows/callback-events';
import { type Answer, CallbackReceiver, secrets } from '../support/callback-receiver';
import { until } from '../support/processes';
import { type CampaignHandle, csvOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

/** Bolna's minute is 20 ms: the time-skipping server knows neither reset nor continue-as-new, so this runs on a real clock. */
const SPEED = 3000;
const CONTACTS = 20;

type EventId = temporal.api.history.v1.IHistoryEvent['eventId'];

describe('the callback of a campaign of several runs', () => {
  let env: TestServer;
  let outside: Outside;
  let rig: Rig;
  let receiver: CallbackReceiver;
  beforeAll(async () => {
    env = await TestServer.real(['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=60']);
    outside = new Outside({ allowed: [parseNetwork('127.0.0.1') ?? fail()] });
  });
  afterAll(async () => {
    await outside.close();
    await env.teardown();
  });
  beforeEach(async () => {
    rig = await Rig.start({
      env,
      speed: SPEED,
      rules: { concurrency: 2 },
      context: {
        outside,
        callbackSecrets: secrets,
        rules: bolnaRules(SPEED),
        leadMs: 500,
        polling: { minMs: 50, maxMs: 200 },
      },
    });
  });
  afterEach(async () => {
    await receiver.close();
    await rig.close();
  });

  const begin = () => rig.begin({ contacts: { csv: csvOf(CONTACTS) }, callbackUrl: receiver.url });

  /** The workflow that tells the callback, when it has ended. */
  async function told({ workflowId, firstExecutionRunId }: CampaignHandle): Promise<CallbackEnd> {
    return (await rig.client.workflow
      .getHandle(`${workflowId}/callbacks/${firstExecutionRunId}`)
      .result()) as CallbackEnd;
  }

  /** Nothing is told under two names, and no name is given to two things. */
  function expectEachUnderOneId(): void {
    const factOf = ({ type, data }: CallbackEvent) =>
      JSON.stringify([type, type === 'campaign.started' || data.settled]);
    const pairs = new Set(receiver.received.map(({ id, event }) => `${id} ${factOf(event)}`));
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(pairs.size);
    expect(new Set(receiver.received.map(({ event }) => factOf(event))).size).toBe(pairs.size);
  }

  /** Of the first run, whatever came after it. */
  async function historyOf({ workflowId, firstExecutionRunId }: CampaignHandle) {
    const { events } = await rig.client.workflow.getHandle(workflowId, firstExecutionRunId).fetchHistory();
    return events ?? [];
  }

  async function pointsOf(handle: CampaignHandle): Promise<EventId[]> {
    return (await historyOf(handle))
      .filter((event) => event.workflowTaskCompletedEventAttributes)
      .map(({ eventId }) => eventId);
  }

  /** @returns the result of the campaign's new run */
  async function resetTo(handle: CampaignHandle, eventId: EventId): Promise<unknown> {
    const { runId } = await rig.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: handle.workflowId, runId: handle.firstExecutionRunId },
      reason: 'A test goes back in time.',
      workflowTaskFinishEventId: eventId ?? null,
      requestId: randomUUID(),
    });
    return rig.client.workflow.getHandle(handle.workflowId, runId).result();
  }

  test('is told each thing under one ID, to whatever point the campaign is reset', async () => {
    receiver = await CallbackReceiver.start(Date.now);
    await rig.run(async () => {
      const handle = await begin();
      await handle.result();
      await told(handle);
      expect(receiver.taken.at(-1)?.type).toBe('campaign.finished');
      for (const point of await pointsOf(handle)) {
        const before = receiver.taken.length;
        expect(await resetTo(handle, point)).toMatchObject({ status: 'completed' });
        await told(handle);
        if (receiver.taken.length > before) expect(receiver.taken.at(-1)?.type).toBe('campaign.finished');
        expectEachUnderOneId();
      }
    });
  });

  test('is told the other end that a campaign has after a reset', async () => {
    receiver = await CallbackReceiver.start(Date.now);
    let isMended = false;
    rig.change = (activities) => ({
      ...activities,
      reconcileResults: (ask) => {
        if (!isMended) throw ApplicationFailure.nonRetryable('The disk is gone.', 'Gone');
        return activities.reconcileResults(ask);
      },
    });
    await rig.run(async () => {
      const handle = await begin();
      await expect(handle.result()).rejects.toThrow();
      await told(handle);
      isMended = true;
      const points = await pointsOf(handle);
      expect(await resetTo(handle, points.at(-5))).toMatchObject({ status: 'completed' });
      await told(handle);
      const ends = receiver.received.filter(({ event }) => event.type === 'campaign.finished');
      expect(ends.map(({ event }) => event.data.state)).toEqual(['failed', 'completed']);
      expect(ends[0]?.id).not.toBe(ends[1]?.id);
    });
  });

  test('that was down for the end of one run is told that and the end of the next, and nothing twice', async () => {
    let isUp = false;
    receiver = await CallbackReceiver.start(Date.now, () => (isUp ? 200 : 503));
    await rig.run(async () => {
      const handle = await begin();
      await handle.result();
      const [first] = await pointsOf(handle);
      await resetTo(handle, first);
      isUp = true;
      await told(handle);
      const ids = receiver.received.filter(({ status }) => status === 200).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(receiver.taken.map(({ type }) => type)).toEqual(
        ['started', 'progress', 'finished'].map((type) => `campaign.${type}`),
      );
      expectEachUnderOneId();
    });
  });

  test('is told each thing once however often it is sent again, by runs with short histories', async () => {
    let answer: Answer = { status: 503, retryAfter: '3600' };
    let isAsked = false;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    receiver = await CallbackReceiver.start(Date.now, async () => {
      isAsked = true;
      await released;
      return answer;
    });
    await rig.run(async () => {
      const { workflowId, firstExecutionRunId } = await begin();
      const teller = rig.client.workflow.getHandle(`${workflowId}/callbacks/${firstExecutionRunId}`);
      await until(
        () => 'it is told',
        () => isAsked,
      );
      const firstRun = (await teller.describe()).runId;
      expect(await resendCallbacks(rig.client, workflowId)).toEqual({
        campaignId: workflowId,
        events: 0,
        says: 'Nothing is sent again: an attempt at the callback is being made right now.',
      });
      release();
      for (let attempts = 1; attempts <= 12; attempts++) {
        await until(
          () => `attempt ${attempts} was refused`,
          async () =>
            receiver.received.length === attempts &&
            (await callbackStatus(rig.client, workflowId))?.trying?.attempt === 2,
        );
        if (attempts === 12) answer = 204;
        expect(await resendCallbacks(rig.client, workflowId)).toMatchObject({ events: 1 });
      }
      expect(await rig.client.workflow.getHandle(workflowId).result()).toMatchObject({ status: 'completed' });
      const { delivered, givenUp } = (await teller.result()) as CallbackEnd;
      expect({ delivered, givenUp }).toEqual({ delivered: receiver.taken.length, givenUp: 0 });
      const { runId, historyLength } = await teller.describe();
      expect(runId).not.toBe(firstRun);
      expect(historyLength).toBeLessThan(150);
      const types = receiver.taken.map(({ type }) => type);
      expect([types[0], types.at(-1)]).toEqual(['campaign.started', 'campaign.finished']);
      expectEachUnderOneId();
    });
  });

  test.each(['says so (410)', 'has its workflow canceled'])(
    'that wants no more, and %s, is told no more',
    async (how) => {
      const gone = how.endsWith('(410)');
      receiver = await CallbackReceiver.start(Date.now, () => (gone ? 410 : 500));
      await rig.run(async () => {
        const handle = await begin();
        if (!gone) {
          await until(
            () => 'it is told',
            async () => receiver.received.length > 0,
          );
          await rig.client.workflow.getHandle(`${handle.workflowId}/callbacks/${handle.firstExecutionRunId}`).cancel();
        }
        expect((await handle.result()).status).toBe('completed');
        const asked = receiver.received.length;
        const points = await pointsOf(handle);
        for (const point of [points[0], points.at(-3)]) {
          expect(await resetTo(handle, point)).toMatchObject({ status: 'completed' });
        }
        expect(receiver.received.length).toBe(asked);
        const lost = (await historyOf(handle)).filter(
          (event) => event.signalExternalWorkflowExecutionFailedEventAttributes,
        );
        expect(lost.length).toBeLessThanOrEqual(1);
      });
    },
  );

  test.each([
    ['failed', { type: 'campaignWorkflow', args: [{}] }],
    ['ran out of time', { type: 'callbackWorkflow', args: [{}], workflowExecutionTimeout: 1_000 }],
  ])('whose workflow %s, which nobody has asked for, is told the end', async (_, { type, ...how }) => {
    receiver = await CallbackReceiver.start(Date.now);
    await rig.run(async () => {
      const handle = await begin();
      await handle.result();
      await told(handle);
      const before = receiver.taken.length;
      const teller = `${handle.workflowId}/callbacks/${handle.firstExecutionRunId}`;
      const ended = await rig.client.workflow.start(type, { ...how, taskQueue: rig.taskQueue, workflowId: teller });
      await expect(ended.result()).rejects.toThrow();
      const [first] = await pointsOf(handle);
      await resetTo(handle, first);
      await told(handle);
      expect(receiver.taken.slice(before).at(-1)?.type).toBe('campaign.finished');
    });
  });

  test('is told each thing once where the campaign goes on as a new run', async () => {
    receiver = await CallbackReceiver.start(Date.now);
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(200) }, callbackUrl: receiver.url });
      await handle.result();
      const end = await told(handle);
      expect((await rig.client.workflow.getHandle(handle.workflowId).describe()).runId).not.toBe(
        handle.firstExecutionRunId,
      );
      const types = receiver.taken.map(({ type }) => type.replace('campaign.', ''));
      expect([types[0], types.at(-1)]).toEqual(['started', 'finished']);
      expect(types.filter((type) => type !== 'progress')).toHaveLength(2);
      expect(end).toEqual({ delivered: types.length, givenUp: 0, gone: false });
      expectEachUnderOneId();
    });
  });
});

function fail(): never {
  throw new Error('127.0.0.1 is an address.');
}
