import { WorkflowUpdateFailedError } from '@temporalio/client';
import { batchWorkflowId } from '../../activities/batch-workflow-id';
import { bolnaRules } from '../../bolna/start-time';
import type { SimulatorOptions } from '../../simulator/options';
import { progressQuery, rescheduleSignal, rescheduleUpdate } from '../../workflows/messages';
import {
  expectEachCalledOnce,
  expectNobodyCalled,
  requestsTo,
  scheduledBatches,
  standingBatches,
} from '../support/once';
import { csvOf, DAY, HOUR, MINUTE, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';
import { ask, refusal } from '../support/updates';

const iso = (at: number) => new Date(at).toISOString();

describe('reschedule', () => {
  let env: TestServer;
  let rig: Rig;
  /** The start that the campaign is begun with: on one of Bolna's marks. */
  let startAt: number;
  beforeAll(async () => {
    env = await TestServer.skipping();
  });
  afterAll(() => env.teardown());
  afterEach(() => rig.close());

  const world = async (options: Partial<SimulatorOptions> = {}) => {
    rig = await Rig.start({ env, ...options });
    startAt = Math.ceil((await env.currentTimeMs()) / DAY) * DAY + DAY;
  };
  const waiting = async (more = {}) => {
    const handle = await rig.begin({ startAt: iso(startAt), ...more });
    await env.sleep(HOUR);
    return handle;
  };
  const outageOf = async (endpoint: 'delete' | 'stop' | 'create', ms: number) => {
    const now = await env.currentTimeMs();
    rig.simulator.addFault({ endpoint, during: [now, now + ms], action: { status: 503 } });
  };
  /** When the first call was made. */
  const firstCall = () => Math.min(...rig.simulator.dials().map(({ at }) => at));
  /** Waits for the campaign's end: as Bolna says it has started then, and all three people were called once. */
  const expectEachCalledAt = async (handle: { result(): Promise<unknown> }, startsAt: string) => {
    expect(await handle.result()).toMatchObject({ status: 'completed', startsAt });
    expectEachCalledOnce(rig, 3);
  };

  test.each([
    ['later', 5 * HOUR],
    ['earlier', -6 * HOUR],
    ['beyond what Bolna takes', 40 * DAY],
  ])('moves the start: %s', async (_, by) => {
    await world();
    await rig.run(async () => {
      const handle = await waiting();
      const asked = await ask(handle, rescheduleUpdate, { startAt: iso(startAt + by) });
      await env.sleep(MINUTE);
      expect(await asked.result()).toMatchObject(
        by < 30 * DAY
          ? { startsAt: iso(startAt + by), says: expect.stringMatching(/^The calls begin at/) }
          : { startsAt: null, says: expect.stringMatching(/Bolna takes that start from .* on/) },
      );
      const result = await handle.result();
      expect(result).toMatchObject({ status: 'completed', startsAt: iso(startAt + by), notes: [] });
      expect(firstCall()).toBeGreaterThanOrEqual(startAt + by);
      expectEachCalledOnce(rig, 3);
      expect(standingBatches(rig)).toEqual(['completed']);
    });
  });

  test('a campaign that was moved can be moved again, and the latest of several at once counts', async () => {
    await world();
    await rig.run(async () => {
      const handle = await waiting();
      const first = await ask(handle, rescheduleUpdate, { startAt: iso(startAt + HOUR) });
      await env.sleep(MINUTE);
      expect(await first.result()).toMatchObject({ startsAt: iso(startAt + HOUR) });
      const second = await ask(handle, rescheduleUpdate, { startAt: iso(startAt + 2 * HOUR) });
      const third = await ask(handle, rescheduleUpdate, { startAt: iso(startAt + 3 * HOUR) });
      await env.sleep(MINUTE);
      await second.result().catch((error) => expect(error).toBeInstanceOf(WorkflowUpdateFailedError));
      expect(await third.result()).toMatchObject({ startsAt: iso(startAt + 3 * HOUR) });
      await expectEachCalledAt(handle, iso(startAt + 3 * HOUR));
    });
  });

  test('whoever asked for a start that another one overtakes before Bolna has it is told so', async () => {
    await world();
    await rig.run(async () => {
      const handle = await waiting();
      await outageOf('create', 80_000);
      const first = await ask(handle, rescheduleUpdate, { startAt: iso(startAt + 5 * HOUR) });
      await env.sleep(MINUTE);
      expect(standingBatches(rig)).toEqual([]);
      const second = await ask(handle, rescheduleUpdate, { startAt: iso(startAt + HOUR) });
      await env.sleep(2 * MINUTE);
      await expect(first.result()).rejects.toMatchObject({
        cause: { message: 'Another start was asked for meanwhile, and that one counts.' },
      });
      expect(await second.result()).toMatchObject({ startsAt: iso(startAt + HOUR) });
      await expectEachCalledAt(handle, iso(startAt + HOUR));
    });
  });

  test('a start that was made way for stays where the one asked for after it is not had', async () => {
    await world({ rules: { deleteScheduled: false } });
    await rig.run(async () => {
      await outageOf('create', 80_000);
      const handle = await rig.begin({ startAt: iso(startAt) });
      await env.sleep(MINUTE);
      let isLost = true;
      rig.simulator.addFault({ endpoint: 'schedule', nth: 1, action: { status: 502, after: true } });
      rig.simulator.addFault({
        endpoint: 'get',
        when: () => isLost && scheduledBatches(rig).length > 0,
        action: { status: 503 },
      });
      const first = await ask(handle, rescheduleUpdate, { startAt: iso(startAt + HOUR) });
      while (scheduledBatches(rig).length === 0) await env.sleep(5_000);
      const second = await ask(handle, rescheduleUpdate, { startAt: iso(startAt + 2 * HOUR) });
      isLost = false;
      await env.sleep(MINUTE);
      await expect(second.result()).rejects.toMatchObject({
        cause: { message: expect.stringMatching(/^Bolna does not delete a batch that is scheduled/) },
      });
      expect(await first.result()).toMatchObject({ startsAt: iso(startAt + HOUR) });
      await expectEachCalledAt(handle, iso(startAt + HOUR));
    });
  });

  test('the same start asked for again is answered alike, and moved to once', async () => {
    await world();
    await rig.run(async () => {
      const handle = await waiting();
      const request = { startAt: iso(startAt + HOUR), startBy: iso(startAt + 3 * HOUR) };
      await outageOf('delete', 30_000);
      const first = await ask(handle, rescheduleUpdate, request);
      // While it is on its way, and while Bolna is not given it yet.
      const second = await ask(handle, rescheduleUpdate, request);
      while (standingBatches(rig).length > 0) {
        await env.sleep(1_000);
        await outageOf('create', 20_000);
      }
      const third = await ask(handle, rescheduleUpdate, request);
      await env.sleep(2 * MINUTE);
      const answer = await first.result();
      expect(answer).toMatchObject({ startsAt: request.startAt });
      const fourth = await ask(handle, rescheduleUpdate, request);
      expect(await Promise.all([second, third, fourth].map((asked) => asked.result()))).toEqual([
        answer,
        answer,
        answer,
      ]);
      expect(scheduledBatches(rig)).toHaveLength(2);
      // Once it was another one in between, it is no longer the same.
      for (const at of [iso(startAt + 2 * HOUR), request.startAt]) {
        const asked = await ask(handle, rescheduleUpdate, { ...request, startAt: at });
        await env.sleep(MINUTE);
        expect(await asked.result()).toMatchObject({ startsAt: at });
      }
      expect(scheduledBatches(rig)).toHaveLength(4);
      await expectEachCalledAt(handle, request.startAt);
    });
  });

  test('a delete whose answer is lost is looked into, and nobody is called twice', async () => {
    await world();
    await rig.run(async () => {
      const handle = await waiting();
      rig.simulator.addFault({ endpoint: 'delete', nth: 1, action: { status: 502, after: true } });
      const asked = await ask(handle, rescheduleUpdate, { startAt: iso(startAt + HOUR) });
      await env.sleep(4 * MINUTE);
      expect(await asked.result()).toMatchObject({ startsAt: iso(startAt + HOUR) });
      await expectEachCalledAt(handle, iso(startAt + HOUR));
    });
  });

  test('a start that has come by the time Bolna can show it is answered as the new one', async () => {
    await world();
    await rig.run(async () => {
      const handle = await waiting();
      const near = startAt - 10 * HOUR;
      await env.sleep(near - 175_000 - (await env.currentTimeMs()));
      rig.simulator.addFault({ endpoint: 'schedule', nth: 1, action: { status: 502, after: true } });
      rig.simulator.addFault({
        endpoint: 'get',
        during: [await env.currentTimeMs(), near + 5_000],
        when: () => scheduledBatches(rig).length > 1,
        action: { status: 503 },
      });
      const asked = await ask(handle, rescheduleUpdate, { startAt: iso(near) });
      await env.sleep(4 * MINUTE);
      expect(await asked.result()).toMatchObject({ startsAt: iso(near) });
      await expectEachCalledAt(handle, iso(near));
    });
  });

  test('a batch that has begun before it could be deleted is kept', async () => {
    await world();
    await rig.run(async () => {
      const handle = await waiting();
      await outageOf('delete', startAt + HOUR - (await env.currentTimeMs()));
      const asked = await ask(handle, rescheduleUpdate, { startAt: iso(startAt + 5 * HOUR) });
      await env.sleep(6 * MINUTE);
      expect(await asked.result()).toMatchObject({
        startsAt: null,
        says: expect.stringMatching(/has not taken that start yet/),
      });
      await expectEachCalledAt(handle, iso(startAt));
      expect(scheduledBatches(rig)).toHaveLength(1);
    });
  });

  test('a batch that vanishes at its start while it is being moved fails the campaign: nobody can tell who was called', async () => {
    await world();
    await rig.run(async () => {
      const handle = await waiting();
      const now = await env.currentTimeMs();
      // The delete works, and Bolna is away until the start has passed: it could as well have worked a moment after it.
      rig.simulator.addFault({ endpoint: 'delete', nth: 1, action: { status: 502, after: true } });
      rig.simulator.addFault({
        endpoint: 'get',
        during: [now, startAt + HOUR],
        when: () => requestsTo(rig, 'delete').length > 0,
        action: { status: 503 },
      });
      await ask(handle, rescheduleUpdate, { startAt: iso(startAt + 5 * HOUR) });
      await expect(handle.result()).rejects.toThrow();
      const result = await rig.memoResult(handle);
      expect(result).toMatchObject({ status: 'failed', errorType: 'BatchLost' });
      expect(result.reason).toMatch(/was being moved to another start: nobody can tell who was called/);
      expectNobodyCalled(rig);
    });
  });

  test('where Bolna does not delete what is scheduled, the start stays', async () => {
    await world({ rules: { deleteScheduled: false } });
    await rig.run(async () => {
      const handle = await waiting();
      const asked = await ask(handle, rescheduleUpdate, { startAt: iso(startAt + HOUR) });
      await env.sleep(MINUTE);
      await expect(asked.result()).rejects.toMatchObject({
        cause: { message: expect.stringMatching(/^Bolna does not delete a batch that is scheduled/) },
      });
      await expectEachCalledAt(handle, iso(startAt));
    });
  });

  test.each(['delete', 'create'] as const)('a stop in the middle of a move calls nobody: %s', async (endpoint) => {
    await world();
    await rig.run(async () => {
      const handle = await waiting();
      await outageOf(endpoint, HOUR);
      const asked = await ask(handle, rescheduleUpdate, { startAt: iso(startAt + HOUR) });
      await env.sleep(2 * MINUTE);
      await rig.stop(handle);
      await env.sleep(2 * MINUTE);
      await expect(asked.result()).rejects.toMatchObject({
        cause: { message: 'The campaign was asked to stop: nobody else is called.' },
      });
      expect((await handle.result()).status).toBe('stopped');
      expectNobodyCalled(rig);
      expect(standingBatches(rig)).toEqual([]);
    });
  });

  test('of a campaign that is run again, the batch that was moved is found', async () => {
    await world();
    await rig.run(async () => {
      const handle = await waiting();
      const asked = await ask(handle, rescheduleUpdate, { startAt: iso(startAt + HOUR) });
      await env.sleep(MINUTE);
      await asked.result();
      await handle.terminate();
      const again = await rig.begin({ startAt: iso(startAt) }, handle.workflowId);
      await expectEachCalledAt(again, iso(startAt + HOUR));
      expect(scheduledBatches(rig)).toHaveLength(2);
    });
  });

  test('before the batch is made it only changes the wish', async () => {
    await world();
    await outageOf('create', HOUR);
    await rig.run(async () => {
      const handle = await rig.begin({ startAt: iso(startAt) });
      await env.sleep(MINUTE);
      await ask(handle, rescheduleUpdate, { startAt: iso(startAt + 2 * HOUR) });
      await expectEachCalledAt(handle, iso(startAt + 2 * HOUR));
      expect(requestsTo(rig, 'delete')).toEqual([]);
    });
  });

  test('each refusal says what to mend, and changes nothing', async () => {
    await world();
    await rig.run(async () => {
      const handle = await waiting();
      const refused = (request: unknown) => refusal(handle, rescheduleUpdate, request);
      expect(await refused({})).toMatch(/^startAt: must be an ISO 8601 time with an offset, such as/);
      expect(await refused({ startAt: '2030-01-01T12:00:00' })).toMatch(/^startAt: must be an ISO 8601 time/);
      expect(await refused({ startAt: iso(startAt), at: 1 })).toMatch(/unknown field "at"/);
      expect(await refused({ startAt: iso(startAt - 10 * DAY) })).toBe(
        'startAt has passed already: give a time to come.',
      );
      expect(await refused({ startAt: iso(startAt + 400 * DAY) })).toMatch(/more than a year ahead/);
      expect(await refused({ startAt: iso(startAt), startBy: iso(startAt - HOUR) })).toMatch(/must not be before/);
      expect(await handle.result()).toMatchObject({ status: 'completed', startsAt: iso(startAt) });
    });
  });

  test('a start that Bolna could not begin in time is refused before anything is deleted', async () => {
    await world();
    await rig.run(async () => {
      const handle = await waiting({ startBy: iso(startAt) });
      const refused = (request: unknown) => refusal(handle, rescheduleUpdate, request);
      const at = startAt + HOUR;
      expect(await refused({ startAt: iso(at + 3 * MINUTE), startBy: iso(at + 5 * MINUTE) })).toMatch(
        /^Bolna starts at \S+ 01:10 UTC at the earliest, later than startBy \(\S+ 01:05 UTC\): give a later startBy\.$/,
      );
      expect(await refused({ startAt: iso(at + 3 * MINUTE) })).toMatch(
        /01:10 UTC at the earliest, later than startBy, which moves along \(\S+ 01:03 UTC\): give a later startBy\.$/,
      );
      // On a mark, and nearer than Bolna takes a start.
      const mark = Math.ceil((await env.currentTimeMs()) / (10 * MINUTE)) * 10 * MINUTE + 10 * MINUTE;
      await env.sleep(mark - 2 * MINUTE - (await env.currentTimeMs()));
      expect(await refused({ startAt: iso(mark), startBy: iso(mark) })).toMatch(/^Bolna starts at/);
      expect(requestsTo(rig, 'delete')).toEqual([]);
      expect(await handle.result()).toMatchObject({ status: 'completed', startsAt: iso(startAt) });
    });
  });

  test('a start that Bolna begins just in time is had', async () => {
    await world();
    await rig.run(async () => {
      const handle = await waiting();
      const startBy = iso(startAt + HOUR + 10 * MINUTE);
      const asked = await ask(handle, rescheduleUpdate, { startAt: iso(startAt + HOUR + 3 * MINUTE), startBy });
      await env.sleep(MINUTE);
      expect(await asked.result()).toMatchObject({ startsAt: startBy });
      expect(await handle.result()).toMatchObject({ status: 'completed', startsAt: startBy });
    });
  });

  test("how near Bolna takes a start is asked of the worker's settings", async () => {
    await world({ speed: 2 });
    rig.context.rules = bolnaRules(2);
    await rig.run(async () => {
      const handle = await waiting();
      const at = iso(startAt + HOUR + 5 * MINUTE);
      const asked = await ask(handle, rescheduleUpdate, { startAt: at, startBy: at });
      await env.sleep(MINUTE);
      expect(await asked.result()).toMatchObject({ startsAt: at });
      expect(await handle.result()).toMatchObject({ status: 'completed', startsAt: at });
    });
  });

  test('a campaign whose calls have begun is refused', async () => {
    await world({ rules: { concurrency: 1 }, outcomes: () => ({ status: 'completed', talkSeconds: 1800 }) });
    await rig.run(async () => {
      const handle = await waiting();
      await env.sleep(startAt - (await env.currentTimeMs()) + 5 * MINUTE);
      expect(await refusal(handle, rescheduleUpdate, { startAt: iso(startAt + HOUR) })).toMatch(/have begun/);
      expect((await handle.result()).status).toBe('completed');
      expectEachCalledOnce(rig, 3);
    });
  });

  test('told to a batch without a start is noted, and the batch still listens', async () => {
    await world();
    await rig.run(async () => {
      const handle = await waiting({ contacts: { csv: csvOf(4) }, maxRowsPerBatch: 2 });
      const batch = rig.client.workflow.getHandle(batchWorkflowId(handle.workflowId, 1));
      await batch.signal(rescheduleSignal.name);
      await batch.signal(rescheduleSignal.name, { startAt: '+12025550100'.repeat(100) });
      expect((await batch.query(progressQuery)).notes).toEqual([
        expect.stringMatching(/^The start was not moved\. /),
        expect.not.stringContaining('12025550100'),
      ]);
      await batch.signal('stop');
      await handle.signal('stop');
      expect(await handle.result()).toMatchObject({ status: 'stopped' });
      expectNobodyCalled(rig);
    });
  });

  test('of several batches all that have not begun are moved', async () => {
    await world();
    await rig.run(async () => {
      const handle = await waiting({ contacts: { csv: csvOf(6) }, maxRowsPerBatch: 2, maxBatchesAtOnce: 2 });
      const asked = await ask(handle, rescheduleUpdate, { startAt: iso(startAt + 2 * HOUR) });
      await env.sleep(2 * MINUTE);
      expect(await asked.result()).toMatchObject({ says: expect.stringMatching(/^The batches that are not begun/) });
      expect(await handle.result()).toMatchObject({ status: 'completed', startsAt: iso(startAt + 2 * HOUR) });
      expect(firstCall()).toBeGreaterThanOrEqual(startAt + 2 * HOUR);
      expectEachCalledOnce(rig, 6);
    });
  });
});
