import type { FaultAction } from '../../simulator/faults';
import { attempt, LoneAttempt } from '../support/attempts';
import {
  expectEachCalledOnce,
  expectNobodyCalled,
  requestsTo,
  scheduledBatches,
  standingBatches,
} from '../support/once';
import { AGENT, csvOf, HOUR, MINUTE, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

const CONTACTS = 3;

/** Every way in which an answer can be lost although the work may be done. */
const LOST_ANSWERS: [string, FaultAction][] = [
  ['the connection is reset before the work', { reset: 'before' }],
  ['the connection is reset after the work', { reset: 'after' }],
  ['Bolna hangs before the work', { hang: 'before' }],
  ['Bolna hangs after the work', { hang: 'after' }],
  ['Bolna answers 502 before the work', { status: 502 }],
  ['Bolna answers 503 after the work', { status: 503, after: true }],
  ['Bolna answers 408 after the work', { status: 408, after: true }],
  ['Bolna answers 429', { status: 429, retryAfter: 30 }],
  ['the answer is cut off', { truncate: 12 }],
  ['the answer is empty', { emptyBody: true }],
  ['the answer is a web page with status 200', { html: true }],
];

describe('exactly once', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.skipping();
  });
  afterAll(() => env.teardown());
  afterEach(() => rig.close());

  async function completes(startAgain?: string): Promise<string> {
    const handle = await rig.begin({}, startAgain);
    const result = await handle.result();
    expect(result.status).toBe('completed');
    expect(result.batchId).toBe(scheduledBatches(rig)[0]);
    return handle.workflowId;
  }

  describe('when the answer to a create is lost', () => {
    test.each(LOST_ANSWERS)('makes the calls of one batch although %s', async (_, action) => {
      rig = await Rig.start({ env, faults: [{ endpoint: 'create', nth: 1, action }] });
      await rig.run(() => completes());
      expectEachCalledOnce(rig, CONTACTS);
      expect(scheduledBatches(rig)).toHaveLength(1);
      expect(standingBatches(rig)).toEqual(['completed']);
      // What was made the first time is found and not made again.
      expect(rig.simulator.batches()).toHaveLength(1);
    });

    test('schedules one of the twins and deletes the others, where the lost one does not show in time', async () => {
      rig = await Rig.start({
        env,
        rules: { listLagMs: 5 * MINUTE },
        faults: [{ endpoint: 'create', to: 2, action: { reset: 'after' } }],
      });
      await rig.run(() => completes());
      expect(rig.simulator.batches()).toHaveLength(3);
      expectEachCalledOnce(rig, CONTACTS);
      expect(scheduledBatches(rig)).toHaveLength(1);
      expect(standingBatches(rig)).toEqual(['completed']);
    });

    test('looks for the batch by a name made of campaign and content', async () => {
      rig = await Rig.start({ env });
      const id = await rig.run(() => completes());
      const [create] = requestsTo(rig, 'create');
      expect(create?.file?.name).toMatch(new RegExp(`^${id}-[0-9a-f]{16}\\.csv$`));
      const requests = rig.simulator.requests.map((request) => request.endpoint);
      expect(requests.indexOf('list')).toBeLessThan(requests.indexOf('create'));
    });

    test('outlives an outage of six hours', async () => {
      rig = await Rig.start({ env });
      const from = await env.currentTimeMs();
      rig.simulator.addFault({ during: [from, from + 6 * HOUR], action: { status: 503 } });
      await rig.run(() => completes());
      expectEachCalledOnce(rig, CONTACTS);
      expect(requestsTo(rig, 'create')).toHaveLength(1);
    });
  });

  describe('when several batches of the campaign are found', () => {
    /** Makes a batch under the name the campaign will use, as a lost request does. */
    async function leaveTwin(campaignId: string): Promise<string> {
      const contacts = { csv: csvOf(CONTACTS) };
      const { fileName, edition } = await attempt(rig, 'validateContacts', { campaignId, contacts });
      const csv = await rig.file(campaignId, `contacts-${edition}.csv`);
      const form = new FormData();
      form.append('agent_id', AGENT);
      form.append('file', new Blob([csv], { type: 'text/csv' }), fileName);
      const answer = await fetch(`${rig.simulator.url}/batches`, {
        method: 'POST',
        headers: { authorization: 'Bearer bn-test' },
        body: form,
      });
      return ((await answer.json()) as { batch_id: string }).batch_id;
    }

    async function schedule(batchId: string, inMs: number): Promise<void> {
      const at = new Date((await env.currentTimeMs()) + inMs).toISOString().replace('Z', '+00:00');
      const form = new FormData();
      form.append('scheduled_at', at);
      const url = `${rig.simulator.url}/batches/${batchId}/schedule`;
      const answer = await fetch(url, { method: 'POST', headers: { authorization: 'Bearer bn-test' }, body: form });
      expect(answer.status).toBe(200);
    }

    test('takes over the one that is scheduled, and no other is ever scheduled', async () => {
      rig = await Rig.start({ env });
      const twins: string[] = [];
      rig.onActivity = async (phase, activity) => {
        if (phase !== 'after' || activity !== 'validateContacts') return;
        for (let i = 0; i < 3; i++) twins.push(await leaveTwin('twins'));
        await schedule(twins[1] ?? '', HOUR);
      };
      await rig.run(async () => {
        const result = await (await rig.begin({}, 'twins')).result();
        expect(result).toMatchObject({ status: 'completed', batchId: twins[1] });
      });
      expectEachCalledOnce(rig, CONTACTS);
      expect(requestsTo(rig, 'create')).toHaveLength(3);
      expect(scheduledBatches(rig)).toEqual([twins[1]]);
      expect(standingBatches(rig)).toEqual(['completed']);
    });

    test('schedules none of its own once somebody has scheduled a twin by hand', async () => {
      rig = await Rig.start({ env });
      let twin = '';
      rig.onActivity = async (phase, activity) => {
        if (phase !== 'before' || activity !== 'scheduleBatch' || twin !== '') return;
        twin = await leaveTwin('by-hand');
        await schedule(twin, HOUR);
      };
      await rig.run(async () => {
        const result = await (await rig.begin({}, 'by-hand')).result();
        expect(result).toMatchObject({ status: 'completed', batchId: twin });
      });
      expectEachCalledOnce(rig, CONTACTS);
      expect(scheduledBatches(rig)).toEqual([twin]);
      expect(standingBatches(rig)).toEqual(['completed']);
    });
  });

  describe('when the answer to a schedule is lost', () => {
    test.each(LOST_ANSWERS)('starts the batch once although %s', async (_, action) => {
      rig = await Rig.start({ env, faults: [{ endpoint: 'schedule', nth: 1, action }] });
      await rig.run(() => completes());
      expectEachCalledOnce(rig, CONTACTS);
      expect(requestsTo(rig, 'schedule').filter((request) => request.worked)).toHaveLength(1);
    });

    test('reads the batch before each request that schedules it', async () => {
      rig = await Rig.start({ env, faults: [{ endpoint: 'schedule', to: 3, action: { reset: 'before' } }] });
      await rig.run(() => completes());
      const endpoints = rig.simulator.requests.map((request) => request.endpoint);
      const schedules = endpoints.flatMap((endpoint, i) => (endpoint === 'schedule' ? [i] : []));
      expect(schedules).toHaveLength(4);
      let last = 0;
      for (const at of schedules) {
        expect(endpoints.slice(last, at)).toContain('get');
        last = at + 1;
      }
    });

    test('does not move a start that Bolna would let be moved', async () => {
      rig = await Rig.start({
        env,
        rules: { scheduleTwice: 'move' },
        faults: [{ endpoint: 'schedule', nth: 1, action: { reset: 'after' } }],
      });
      await rig.run(() => completes());
      expect(requestsTo(rig, 'schedule')).toHaveLength(1);
      expectEachCalledOnce(rig, CONTACTS);
    });

    test('goes on when Bolna does not know the batch for a moment', async () => {
      rig = await Rig.start({ env, faults: [{ endpoint: 'get', to: 2, action: { status: 404 } }] });
      await rig.run(() => completes());
      expectEachCalledOnce(rig, CONTACTS);
      expect(rig.simulator.batches()).toHaveLength(1);
    });
  });

  describe('when two attempts race', () => {
    test('an attempt thought dead cannot schedule a twin', async () => {
      rig = await Rig.start({ env });
      const csv = csvOf(CONTACTS);
      await rig.storage.write('race/contacts.csv', csv);
      const fileName = 'race-0123456789abcdef.csv';
      const attempts = await Promise.all(
        Array.from({ length: 6 }, async () => {
          const { batchId } = await attempt(rig, 'createBatch', { campaignId: 'race', agentId: AGENT, fileName });
          const startBy = (await env.currentTimeMs()) + 8 * HOUR;
          const ask = { campaignId: 'race', agentId: AGENT, batchId, fileName, startAt: undefined, startBy };
          return attempt(rig, 'scheduleBatch', ask).catch((error: unknown) => error);
        }),
      );
      expect(attempts.length).toBe(6);
      expect(scheduledBatches(rig)).toHaveLength(1);
      await env.sleep(HOUR);
      await rig.simulator.sync();
      expectEachCalledOnce(rig, CONTACTS);
    });

    test('an attempt that is no longer wanted sends nothing', async () => {
      rig = await Rig.start({ env });
      await rig.storage.write('zombie/contacts.csv', csvOf(CONTACTS));
      const ask = { campaignId: 'zombie', agentId: AGENT, fileName: 'zombie-0123456789abcdef.csv' };
      let zombie: LoneAttempt<'createBatch'> | undefined;
      rig.simulator.onRequest((phase, request) => {
        if (phase === 'after' && request.endpoint === 'list') zombie?.cancel();
      });
      zombie = new LoneAttempt(rig, 'createBatch', ask);
      await expect(zombie.outcome).rejects.toThrow();
      expect(rig.simulator.batches()).toEqual([]);
      expectNobodyCalled(rig);
    });
  });
});
