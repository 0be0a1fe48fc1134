import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { batchWorkflowId } from '../../activities/batch-workflow-id';
import type { SimulatorOptions } from '../../simulator/options';
import type { CampaignInput } from '../../workflows/input';
import { remakeSignal, rescheduleUpdate, type SuppressAnswer, suppressUpdate } from '../../workflows/messages';
import { Gate } from '../support/lone-steps';
import { scheduledBatches, standingBatches } from '../support/once';
import { replays } from '../support/replays';
import { type CampaignHandle, csvOf, DAY, HOUR, MINUTE, numberOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';
import { ask, refusal } from '../support/updates';

const iso = (at: number) => new Date(at).toISOString();

describe('suppress', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.skipping();
  });
  afterAll(() => env.teardown());
  afterEach(() => rig.close());

  const world = async (options: Partial<SimulatorOptions> = {}) => {
    rig = await Rig.start({ env, ...options });
  };
  /** Starts a campaign that Bolna calls in an hour or later, on one of its marks. */
  const later = async (input: Partial<CampaignInput> = {}) => {
    const startAt = Math.ceil(((await env.currentTimeMs()) + HOUR) / HOUR) * HOUR;
    return { startAt, handle: await rig.begin({ startAt: iso(startAt), ...input }) };
  };
  let lists = 0;
  const listOf = async (handle: CampaignHandle, numbers: string[]): Promise<string> => {
    const path = `${handle.workflowId}/suppress-${++lists}.json`;
    await rig.storage.write(path, JSON.stringify({ numbers }));
    return rig.storage.uriOf(path);
  };
  const suppress = async (handle: CampaignHandle, numbers: string[], more = {}): Promise<SuppressAnswer> => {
    const asked = await ask(handle, suppressUpdate, { list: await listOf(handle, numbers), ...more });
    await env.sleep(MINUTE);
    return (await asked.result()) as SuppressAnswer;
  };
  const outcomes = ({ numbers }: SuppressAnswer) => numbers.map(({ outcome }) => outcome);
  const dialled = () => rig.simulator.dials().map(({ number }) => number);
  const resultOf = async (handle: CampaignHandle, i: number) =>
    (await rig.rows(handle.workflowId)).find((row) => row.includes(numberOf(i)))?.split(',')[2];

  test('leaves a contact out of the batch that is still to be created', async () => {
    await world();
    await rig.run(async () => {
      const now = await env.currentTimeMs();
      rig.simulator.addFault({ endpoint: 'create', during: [now, now + 10 * MINUTE], action: { status: 503 } });
      const handle = await rig.begin();
      await env.sleep(MINUTE);
      expect(outcomes(await suppress(handle, [numberOf(1)]))).toEqual(['suppressed']);
      expect(await handle.result()).toMatchObject({ status: 'completed', outcomes: { suppressed: 1 } });
      expect(dialled().sort()).toEqual([numberOf(0), numberOf(2)]);
      expect(rig.simulator.batches().map(({ total }) => total)).toEqual([2]);
      expect(await resultOf(handle, 1)).toBe('suppressed');
    });
  });

  test('a start cannot be moved once the only contact is suppressed, and nobody is said to be called', async () => {
    await world();
    await rig.run(async () => {
      const now = await env.currentTimeMs();
      rig.simulator.addFault({ endpoint: 'create', during: [now, now + 3 * MINUTE], action: { status: 503 } });
      const handle = await rig.begin({ contacts: { csv: csvOf(1) } });
      const moved = await ask(handle, rescheduleUpdate, { startAt: iso(now + DAY) });
      expect(outcomes(await suppress(handle, [numberOf(0)]))).toEqual(['suppressed']);
      expect(await handle.result()).toMatchObject({ status: 'completed', outcomes: { suppressed: 1 } });
      await expect(moved.result()).rejects.toMatchObject({
        cause: { message: 'Every contact was suppressed: nobody is called, so there is no start to move.' },
      });
      expect(await rig.progress(handle)).toMatchObject({ settled: 1, counts: { suppressed: 1 } });
    });
  });

  test('a start is not moved where the only call was stopped by itself, and the campaign ends at it', async () => {
    await world({ rules: { stopPrepared: true } });
    await rig.run(async () => {
      const one = { contacts: { csv: csvOf(1) } };
      const nobody = 'Every contact was suppressed: nobody is called, so there is no start to move.';
      const { handle: before } = await later(one);
      await env.sleep(MINUTE);
      expect(outcomes(await suppress(before, [numberOf(0)]))).toEqual(['suppressed']);
      const moved = await ask(before, rescheduleUpdate, { startAt: iso((await env.currentTimeMs()) + DAY) });
      await env.sleep(10 * MINUTE);
      await expect(moved.result()).rejects.toMatchObject({ cause: { message: nobody } });
      await before.result();
      // The batch has no call left that could begin.
      const { handle: after, startAt } = await later(one);
      await env.sleep(MINUTE);
      expect(outcomes(await suppress(after, [numberOf(0)]))).toEqual(['suppressed']);
      expect(await after.result()).toMatchObject({ status: 'completed', outcomes: { suppressed: 1 } });
      const { closeTime } = await after.describe();
      // The server's clock may be far ahead by now.
      expect((closeTime?.getTime() ?? 0) - startAt).toBeLessThan(HOUR);
      expect(dialled()).toEqual([]);
    });
  });

  test('knows how many are called without a contact, where Bolna says neither that nor when the batch is over', async () => {
    await world({ outcomes: () => ({ status: 'completed' }) });
    await rig.run(async () => {
      const now = await env.currentTimeMs();
      rig.simulator.addFault({ endpoint: 'create', during: [now, now + 10 * MINUTE], action: { status: 503 } });
      // Whoever takes the batch over, since the answer is lost, has not made it.
      const lost = [now + 10 * MINUTE, now + 20 * MINUTE] as const;
      rig.simulator.addFault({ endpoint: 'create', during: [...lost], nth: 1, action: { status: 502, after: true } });
      const handle = await rig.begin();
      await env.sleep(MINUTE);
      expect(outcomes(await suppress(handle, [numberOf(1)]))).toEqual(['suppressed']);
      while (dialled().length === 0) await env.sleep(MINUTE);
      const [batch] = rig.simulator.batches();
      rig.simulator.override(batch?.id ?? '', { valid_contacts: undefined, status: 'worked-through' });
      const read = jest.spyOn(rig.storage, 'read');
      const looks: number[] = [];
      rig.onActivity = async (phase, activity) => {
        if (phase === 'before' && activity === 'awaitProgress') looks.push(contactsRead());
      };
      const contactsRead = () => read.mock.calls.filter(([path]) => /\/contacts[^/]*\.csv$/.test(path)).length;
      const { status, reason, outcomes: told } = await handle.result();
      // The contacts are read at the first look, and remembered.
      expect(looks.length).toBeGreaterThan(3);
      expect(looks.at(-1)).toBe(1);
      // The reason would be that calls did not settle for days.
      expect({ status, reason, told }).toEqual({
        status: 'completed',
        reason: undefined,
        told: { completed: 2, suppressed: 1 },
      });
    });
  });

  test.each([
    ['whose prepared calls Bolna does not stop', {}],
    ['that has no calls yet', { executionsFrom: 'begin' as const }],
  ])('makes a batch anew that has not started and %s, for the same start', async (_, rules) => {
    await world({ rules });
    await rig.run(async () => {
      const { handle, startAt } = await later();
      await env.sleep(MINUTE);
      expect(outcomes(await suppress(handle, [numberOf(1)]))).toEqual(['suppressed']);
      expect(await handle.result()).toMatchObject({
        status: 'completed',
        startsAt: iso(startAt),
        outcomes: { suppressed: 1 },
      });
      expect(dialled().sort()).toEqual([numberOf(0), numberOf(2)]);
      expect(standingBatches(rig)).toEqual(['completed']);
    });
  });

  test.each([
    ['makes it anew, and on time, although the answer to the delete is lost', 8, [0, 1], 2],
    ['leaves it as it is where that could cost the others their calls, and stops the call by itself', 7, [0, 1], 1],
  ])('minutes before the only start in time, %s', async (_, minutes, called, batches) => {
    await world({ rules: { concurrency: 1 } });
    await rig.run(async () => {
      const { handle, startAt } = await later();
      await env.sleep(startAt - (await env.currentTimeMs()) - minutes * MINUTE);
      rig.simulator.addFault({ endpoint: 'delete', nth: 1, action: { status: 502, after: true } });
      const now = await env.currentTimeMs();
      rig.simulator.addFault({ endpoint: 'create', during: [now, now + MINUTE], action: { status: 503 } });
      await suppress(handle, [numberOf(2)]);
      expect(await handle.result()).toMatchObject({
        status: 'completed',
        startsAt: iso(startAt),
        outcomes: { suppressed: 1 },
      });
      expect(dialled().sort()).toEqual(called.map(numberOf));
      expect(rig.simulator.batches()).toHaveLength(batches);
    });
  });

  test('stops a call of a batch that has not started where Bolna does so', async () => {
    await world({ rules: { stopPrepared: true } });
    await rig.run(async () => {
      const { handle } = await later();
      await env.sleep(MINUTE);
      rig.simulator.addFault({ endpoint: 'stop-call', nth: 1, action: { status: 502, after: true } });
      expect(outcomes(await suppress(handle, [numberOf(1)]))).toEqual(['suppressed']);
      expect(await handle.result()).toMatchObject({ status: 'completed', outcomes: { suppressed: 1 } });
      expect(dialled().sort()).toEqual([numberOf(0), numberOf(2)]);
      expect(rig.simulator.batches()).toHaveLength(1);
    });
  });

  test('stops calls that wait for a line or a retry, and tells of each number whether it came in time', async () => {
    const away = { status: 'no-answer', ringSeconds: 30 } as const;
    const long = { status: 'completed', talkSeconds: 600 } as const;
    await world({
      rules: { concurrency: 2 },
      outcomes: ({ number }) => (number === numberOf(0) ? away : long),
    });
    await rig.run(async () => {
      const retry = { enabled: true, max_retries: 2, retry_on_statuses: ['no-answer' as const] };
      const { handle, startAt } = await later({ contacts: { csv: csvOf(5) }, retry });
      await env.sleep(startAt - (await env.currentTimeMs()) + MINUTE);
      const typed = [0, 1, 4].map(numberOf);
      const answer = await suppress(handle, [...typed, '+12025550199', 'nobody', '202-555-0103'], { country: 'US' });
      expect(answer.numbers).toEqual([
        { outcome: 'too-late', at: expect.any(String) },
        { outcome: 'too-late', at: expect.any(String) },
        { outcome: 'suppressed' },
        { outcome: 'not-in-campaign' },
        { outcome: 'unknown', why: 'unreadable' },
        { outcome: 'suppressed' },
      ]);
      const result = await handle.result();
      expect(result).toMatchObject({ status: 'completed', outcomes: { suppressed: 2 } });
      expect(dialled().sort()).toEqual([0, 1, 2].map(numberOf));
    });
  });

  test('keeps Bolna from retrying whom it calls at the moment', async () => {
    await world({ outcomes: () => ({ status: 'no-answer', ringSeconds: 90 }) });
    await rig.run(async () => {
      const retry = { enabled: true, max_retries: 1, retry_on_statuses: ['no-answer' as const] };
      const { handle, startAt } = await later({ retry });
      await env.sleep(startAt - (await env.currentTimeMs()) + 5_000);
      expect(outcomes(await suppress(handle, [numberOf(1)]))).toEqual(['too-late']);
      await handle.result();
      expect(dialled().sort()).toEqual([0, 0, 1, 2, 2].map(numberOf));
    });
  });

  test('answers that Bolna is silent, and prevents the call once it is back', async () => {
    await world();
    await rig.run(async () => {
      const { handle } = await later({ contacts: { csv: csvOf(1) } });
      await env.sleep(MINUTE);
      const now = await env.currentTimeMs();
      rig.simulator.addFault({ during: [now, now + 5 * MINUTE], action: { status: 503 } });
      expect(await suppress(handle, [numberOf(0)])).toEqual({
        says: expect.stringMatching(/The order stands and outlives any crash/),
        numbers: [{ outcome: 'unknown', why: 'not-shown' }],
      });
      expect(await handle.result()).toMatchObject({ status: 'completed', outcomes: { suppressed: 1 } });
      expect(dialled()).toEqual([]);
    });
  });

  test('suppresses contacts of several batches: of one that calls, of one that waits, and of one to come', async () => {
    await world({ rules: { concurrency: 1 }, outcomes: () => ({ status: 'completed', talkSeconds: 300 }) });
    await rig.run(async () => {
      const several = { contacts: { csv: csvOf(6) }, maxRowsPerBatch: 2, maxBatchesAtOnce: 2 };
      const { handle, startAt } = await later(several);
      await env.sleep(startAt - (await env.currentTimeMs()) + MINUTE);
      expect(outcomes(await suppress(handle, [1, 3, 5].map(numberOf)))).toEqual([
        'suppressed',
        'suppressed',
        'suppressed',
      ]);
      expect(await handle.result()).toMatchObject({ status: 'completed', outcomes: { completed: 3, suppressed: 3 } });
      expect(dialled().sort()).toEqual([0, 2, 4].map(numberOf));
    });
  });

  test('remakes each of several batches that has not started, also one that could not be looked at with the others', async () => {
    await world();
    await rig.run(async () => {
      const several = { contacts: { csv: csvOf(6) }, maxRowsPerBatch: 2, maxBatchesAtOnce: 3 };
      const { handle, startAt } = await later(several);
      await env.sleep(MINUTE);
      const unseen = rig.simulator.batches().find(({ fileName }) => fileName.endsWith('-0003.csv'));
      const when = ({ path }: { path: string }) => path.endsWith(`/batches/${unseen?.id}`);
      rig.simulator.addFault({ endpoint: 'get', nth: 1, when, action: { status: 503 } });
      expect(outcomes(await suppress(handle, [2, 3, 4].map(numberOf)))).toEqual([
        'suppressed',
        'suppressed',
        'suppressed',
      ]);
      expect(await handle.result()).toMatchObject({
        status: 'completed',
        startsAt: iso(startAt),
        outcomes: { suppressed: 3 },
      });
      expect(dialled().sort()).toEqual([0, 1, 5].map(numberOf));
      expect(scheduledBatches(rig)).toHaveLength(4);
    });
  });

  test('a cancel wins, and shows who was suppressed', async () => {
    await world();
    await rig.run(async () => {
      const { handle } = await later();
      await env.sleep(MINUTE);
      expect(outcomes(await suppress(handle, [numberOf(0)]))).toEqual(['suppressed']);
      const now = await env.currentTimeMs();
      rig.simulator.addFault({ during: [now, now + MINUTE], action: { status: 503 } });
      await rig.cancel(handle);
      await expect(suppress(handle, [numberOf(1)])).rejects.toMatchObject({
        cause: { message: expect.stringMatching(/asked to cancel already/) },
      });
      await expect(handle.result()).rejects.toThrow();
      expect((await rig.memoResult(handle)).outcomes).toEqual({ suppressed: 1, 'not-called': 2 });
      expect(dialled()).toEqual([]);
    });
  });

  test('orders outlive a run that is terminated, and are carried out by the next one', async () => {
    await world();
    await rig.run(async () => {
      const { handle, startAt } = await later();
      await env.sleep(MINUTE);
      // Bolna is silent from before it could make way until behind the next start.
      let isAway = true;
      rig.onActivity = async (when, name) => {
        if (when === 'before' && name === 'stopCalls' && isAway) throw new Error('Bolna is away.');
      };
      expect(outcomes(await suppress(handle, [numberOf(0)]))).toEqual(['unknown']);
      await handle.terminate('by mistake');
      isAway = false;
      const again = await rig.begin({ startAt: iso(startAt) }, handle.workflowId);
      expect(await again.result()).toMatchObject({ status: 'completed', outcomes: { suppressed: 1 } });
      expect(dialled().sort()).toEqual([numberOf(1), numberOf(2)]);
    });
  });

  test('a cancel while the contacts are read ends the campaign, and answers who waits', async () => {
    await world();
    await rig.run(async () => {
      const gate = new Gate();
      rig.onActivity = async (when, name) => {
        if (when !== 'before' || name !== 'validateContacts') return;
        await gate.pass();
        throw new Error('The storage is away.');
      };
      const handle = await rig.begin();
      await gate.reached;
      const list = await listOf(handle, [numberOf(0)]);
      const asked = await ask(handle, suppressUpdate, { list });
      await rig.cancel(handle);
      gate.open();
      await expect(handle.result()).rejects.toThrow();
      expect(await asked.result()).toEqual({
        says: 'The campaign was asked to cancel already, which keeps everyone else from being called.',
        numbers: [],
      });
    });
  });

  test('says that an order does not stand where the contacts cannot be used', async () => {
    await world();
    await rig.run(async () => {
      const gate = new Gate();
      rig.onActivity = async (when, name) => {
        if (when === 'before' && name === 'validateContacts') await gate.pass();
      };
      const handle = await rig.begin({ contacts: { csv: 'contact_number\nnobody\n' } });
      await gate.reached;
      const asked = await ask(handle, suppressUpdate, { list: await listOf(handle, [numberOf(0)]) });
      gate.open();
      await expect(handle.result()).rejects.toThrow();
      await expect(asked.result()).rejects.toMatchObject({
        cause: {
          message:
            'The campaign ended before the numbers were compared with its contacts, so they were not suppressed. Add them to the suppression lists of later campaigns.',
        },
      });
    });
  });

  test('a worker of an older version creates no batch that is scheduled with whom it does not know of', async () => {
    await world();
    rig.change = (activities) => ({
      ...activities,
      async createBatch(asked) {
        const { leftOut: _, ...created } = await activities.createBatch(asked);
        return created;
      },
    });
    await rig.run(async () => {
      const now = await env.currentTimeMs();
      rig.simulator.addFault({ endpoint: 'create', during: [now, now + 10 * MINUTE], action: { status: 503 } });
      const handle = await rig.begin();
      await env.sleep(MINUTE);
      await suppress(handle, [numberOf(0)]);
      await expect(handle.result()).rejects.toThrow();
      expect((await rig.memoResult(handle)).reason).toMatch(/^A worker of an older version .* Update all workers/);
      expect(dialled()).toEqual([]);
    });
  });

  /** The first start is sent by a worker of an older version, which ignores suppression orders. @returns lets it send that start */
  function oldWorkerSchedules(): () => void {
    let isOld = true;
    let isHeldUp = true;
    rig.change = (activities) => ({
      ...activities,
      async scheduleBatch(asked) {
        if (!isOld) return activities.scheduleBatch(asked);
        if (isHeldUp) throw new Error('It is held up.');
        isOld = false;
        const startsAt = asked.startAt ?? 0;
        await rig.context.bolna.scheduleBatch(asked.batchId, startsAt);
        return { outcome: 'scheduled', status: 'scheduled', phase: 'scheduled', startsAt };
      },
    });
    return () => {
      isHeldUp = false;
    };
  }

  test('has a batch made anew that a worker of an older version has scheduled all the same', async () => {
    await world();
    const letItSchedule = oldWorkerSchedules();
    await rig.run(async () => {
      const { handle } = await later();
      expect(outcomes(await suppress(handle, [numberOf(0)]))).toEqual(['suppressed']);
      letItSchedule();
      expect(await handle.result()).toMatchObject({ status: 'completed', outcomes: { suppressed: 1 } });
      expect(dialled().sort()).toEqual([numberOf(1), numberOf(2)]);
    });
  });

  test('stops a call that was answered as suppressed, of a batch that a worker of an older version starts too late to be made anew', async () => {
    await world({ rules: { concurrency: 1 } });
    const startAt = Math.ceil(((await env.currentTimeMs()) + HOUR) / HOUR) * HOUR;
    const letItSchedule = oldWorkerSchedules();
    await rig.run(async () => {
      await env.sleep(startAt - (await env.currentTimeMs()) - 7 * MINUTE);
      const handle = await rig.begin({ startAt: iso(startAt) });
      expect(outcomes(await suppress(handle, [numberOf(2)]))).toEqual(['suppressed']);
      letItSchedule();
      expect(await handle.result()).toMatchObject({ status: 'completed', outcomes: { suppressed: 1 } });
      expect(dialled().sort()).toEqual([numberOf(0), numberOf(1)]);
      expect(rig.simulator.batches()).toHaveLength(1);
    });
  });

  test('a signal that an older worker has ignored replays', async () => {
    await world();
    await rig.run(async () => {
      const { handle } = await later({ contacts: { csv: csvOf(4) }, maxRowsPerBatch: 2 });
      await env.sleep(MINUTE);
      const child = rig.client.workflow.getHandle(batchWorkflowId(handle.workflowId, 2));
      await child.signal('of-a-later-version', 1);
      await handle.result();
      const text = historyToJSON(await child.fetchHistory());
      const history = JSON.parse(text.replace('of-a-later-version', remakeSignal.name));
      async function* one() {
        yield { workflowId: child.workflowId, history };
      }
      for await (const { error } of replays(one())) expect(error).toBeUndefined();
    });
  });

  test('takes a bounded number of requests', async () => {
    await world();
    await rig.run(async () => {
      const carried = { stage: 'validating', begunAt: await env.currentTimeMs(), notes: [], suppressRequests: 500 };
      const handle = await rig.begin({}, undefined, carried as never);
      const list = await listOf(handle, [numberOf(0)]);
      expect(await refusal(handle, suppressUpdate, { list })).toBe(
        'The campaign has taken 500 requests to suppress contacts, and takes no more. Stop it, and start another one with a suppression list.',
      );
      await handle.result();
    });
  });
});
