import { Readable } from 'node:stream';
import { holdRecord } from '../../activities/schedule-record';
import { attempt } from '../support/attempts';
import { expectEachCalledOnce, expectNobodyCalled, requestsTo, standingBatches } from '../support/once';
import { AGENT, csvOf, DAY, HOUR, MINUTE, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

const CONTACTS = 3;
const TEN_MINUTES = 10 * MINUTE;

describe('scheduling', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.skipping();
  });
  afterAll(() => env.teardown());
  afterEach(() => rig.close());

  const inTime = async (ms: number) => new Date((await env.currentTimeMs()) + ms).toISOString();
  const firstDial = () => rig.simulator.dials()[0]?.at ?? Number.NaN;
  const rowResults = async (id: string) => (await rig.rows(id)).slice(1).map((row) => row.split(',')[2]);

  describe('the start that is asked for', () => {
    test('has a numeric offset and is more than two minutes ahead when it arrives', async () => {
      rig = await Rig.start({ env });
      await rig.run(async () => (await rig.begin()).result());
      const [request] = requestsTo(rig, 'schedule');
      const [at = ''] = request?.fields.scheduled_at ?? [];
      expect(at).toMatch(/\+00:00$/);
      expect(Date.parse(at)).toBeGreaterThan((request?.at ?? 0) + 2 * MINUTE);
    });

    test('is computed anew at each attempt', async () => {
      rig = await Rig.start({ env, faults: [{ endpoint: 'schedule', to: 12, action: { status: 503 } }] });
      await rig.run(async () => (await rig.begin()).result());
      const requests = requestsTo(rig, 'schedule');
      expect(requests).toHaveLength(13);
      for (const { at, fields } of requests) {
        const ahead = Date.parse(fields.scheduled_at?.[0] ?? '') - at;
        expect(ahead).toBeGreaterThan(2 * MINUTE);
        // An outage is no reason to start later than need be.
        expect(ahead).toBeLessThan(4 * MINUTE);
      }
      expectEachCalledOnce(rig, CONTACTS);
    });

    test('moves further ahead when Bolna finds it too near', async () => {
      rig = await Rig.start({ env, rules: { minLeadMs: 4 * MINUTE } });
      const result = await rig.run(async () => (await rig.begin()).result());
      expect(result.status).toBe('completed');
      expect(requestsTo(rig, 'schedule').map(({ status }) => status)).toEqual([400, 400, 200]);
      expectEachCalledOnce(rig, CONTACTS);
    });

    test('is given up with what Bolna said, where it is refused again and again', async () => {
      rig = await Rig.start({ env, rules: { minLeadMs: HOUR } });
      await rig.run(async () => {
        const handle = await rig.begin();
        await expect(handle.result()).rejects.toMatchObject({
          cause: { message: expect.stringContaining('should be atleast 2 minutes in the future') },
        });
        expect(await rowResults(handle.workflowId)).toEqual(['not-called', 'not-called', 'not-called']);
      });
      expect(requestsTo(rig, 'schedule')).toHaveLength(5);
      expectNobodyCalled(rig);
      expect(standingBatches(rig)).toEqual([]);
    });

    test('carries bypassCallGuardrails', async () => {
      rig = await Rig.start({ env });
      await rig.run(async () => (await rig.begin({ bypassCallGuardrails: true })).result());
      expect(requestsTo(rig, 'schedule')[0]?.fields.bypass_call_guardrails).toEqual(['true']);
    });
  });

  describe('the start that Bolna names', () => {
    test.each([
      ['202 with a time', { scheduleStatus: 202 }],
      ['the older "scheduled"', { dialect: 'older' }],
      ['times with Z and fractions', { times: 'zulu-fraction' }],
    ] as const)('is understood from %s', async (_, rules) => {
      rig = await Rig.start({ env, rules });
      const result = await rig.run(async () => (await rig.begin({ startAt: await inTime(3 * HOUR) })).result());
      expect(result.status).toBe('completed');
      expect(Date.parse(result.startsAt ?? '')).toBe(rig.simulator.batches()[0]?.scheduledAt);
      expectEachCalledOnce(rig, CONTACTS);
    });

    test.each([
      ['the answer', {}],
      ['the rounding rule', { scheduleState: 'bare' }],
    ] as const)('comes from %s where scheduled_at is null', async (_, rules) => {
      rig = await Rig.start({ env, rules });
      rig.simulator.onRequest((_phase, request) => {
        if (request.endpoint === 'schedule') rig.simulator.override(request.batchId ?? '', { scheduled_at: null });
      });
      const result = await rig.run(async () => (await rig.begin({ startAt: await inTime(3 * HOUR) })).result());
      expect(Date.parse(result.startsAt ?? '')).toBe(rig.simulator.batches()[0]?.scheduledAt);
      expectEachCalledOnce(rig, CONTACTS);
    });

    test('is believed and noted where it is another than the rule says', async () => {
      rig = await Rig.start({ env, rules: { roundingMs: HOUR } });
      const quarterPast = Math.ceil((await env.currentTimeMs()) / HOUR) * HOUR + HOUR + 15 * MINUTE;
      const startAt = new Date(quarterPast).toISOString();
      const result = await rig.run(async () => (await rig.begin({ startAt })).result());
      expect(Date.parse(result.startsAt ?? '')).toBe(rig.simulator.batches()[0]?.scheduledAt);
      expect(result.notes.join()).toContain('Bolna is believed');
      expectEachCalledOnce(rig, CONTACTS);
    });

    test('is what the campaign sleeps until, and Bolna is left in peace', async () => {
      rig = await Rig.start({ env });
      await rig.run(async () => (await rig.begin({ startAt: await inTime(20 * DAY) })).result());
      const start = rig.simulator.batches()[0]?.scheduledAt ?? 0;
      const [scheduled] = requestsTo(rig, 'schedule');
      const between = rig.simulator.requests.filter(({ at }) => at > (scheduled?.at ?? 0) + MINUTE && at < start);
      expect(between).toEqual([]);
      expect(firstDial()).toBeGreaterThanOrEqual(start);
    });
  });

  describe('a start far ahead', () => {
    test.each([25, 45])('%d days ahead is kept to', async (days) => {
      rig = await Rig.start({ env });
      const startAt = await inTime(days * DAY);
      const result = await rig.run(async () => (await rig.begin({ startAt })).result());
      expect(result.status).toBe('completed');
      expect(firstDial() - Date.parse(startAt)).toBeGreaterThanOrEqual(0);
      expect(firstDial() - Date.parse(startAt)).toBeLessThan(TEN_MINUTES + MINUTE);
      expect(requestsTo(rig, 'schedule')).toHaveLength(1);
      expectEachCalledOnce(rig, CONTACTS);
    });

    test('is not asked for before Bolna takes it', async () => {
      rig = await Rig.start({ env });
      const startAt = await inTime(45 * DAY);
      await rig.run(async () => (await rig.begin({ startAt })).result());
      const [request] = requestsTo(rig, 'schedule');
      expect(Date.parse(startAt) - (request?.at ?? 0)).toBeLessThan(30 * DAY);
      expect(Date.parse(startAt) - (request?.at ?? 0)).toBeGreaterThan(29 * DAY);
    });
  });

  describe('a missed start', () => {
    /** Bolna takes batches but cannot be reached to schedule them. */
    async function scheduleFailsFor(ms: number): Promise<void> {
      const from = await env.currentTimeMs();
      rig.simulator.addFault({ endpoint: 'schedule', during: [from, from + ms], action: { status: 503 } });
    }

    test('ends the campaign as missed, its batch deleted and nobody called', async () => {
      rig = await Rig.start({ env });
      await scheduleFailsFor(5 * HOUR);
      await rig.run(async () => {
        const handle = await rig.begin({ startAt: await inTime(HOUR), startBy: await inTime(2 * HOUR) });
        const result = await handle.result();
        expect(result.status).toBe('missed');
        expect(result.outcomes).toEqual({ 'not-called': CONTACTS });
        expect(await rowResults(handle.workflowId)).toEqual(['not-called', 'not-called', 'not-called']);
      });
      await env.sleep(DAY);
      await rig.simulator.sync();
      expectNobodyCalled(rig);
      expect(standingBatches(rig)).toEqual([]);
    });

    test('is one by eight hours, where startBy is not given', async () => {
      rig = await Rig.start({ env });
      await scheduleFailsFor(10 * HOUR);
      const result = await rig.run(async () => (await rig.begin({ startAt: await inTime(HOUR) })).result());
      expect(result.status).toBe('missed');
      expectNobodyCalled(rig);
    });

    test('is made up for within eight hours', async () => {
      rig = await Rig.start({ env });
      await scheduleFailsFor(6 * HOUR);
      const startAt = await inTime(HOUR);
      const result = await rig.run(async () => (await rig.begin({ startAt })).result());
      expect(result.status).toBe('completed');
      expect(firstDial() - Date.parse(startAt)).toBeLessThan(6 * HOUR);
      expectEachCalledOnce(rig, CONTACTS);
    });

    test('calls nobody although the batch was scheduled by a request whose answer was lost', async () => {
      rig = await Rig.start({ env });
      const from = await env.currentTimeMs();
      // The start is taken and its answer lost; then nothing is heard of Bolna until long after.
      rig.simulator.addFault({ endpoint: 'schedule', nth: 1, action: { reset: 'after' } });
      rig.simulator.addFault({
        during: [from + MINUTE / 60, from + 20 * HOUR],
        endpoint: 'get',
        from: 2,
        action: { status: 503 },
      });
      const result = await rig.run(async () => (await rig.begin()).result());
      // It has run by then: it is taken as it is, and nobody is called a second time.
      expect(result.status).toBe('completed');
      expectEachCalledOnce(rig, CONTACTS);
    });
  });

  describe('an outage of six hours', () => {
    test.each(['create', 'schedule', 'get', 'executions', 'list'] as const)('of %s is outlived', async (endpoint) => {
      rig = await Rig.start({ env });
      const from = await env.currentTimeMs();
      rig.simulator.addFault({ endpoint, during: [from, from + 6 * HOUR], action: { status: 502 } });
      const result = await rig.run(async () => (await rig.begin()).result());
      expect(result.status).toBe('completed');
      expect(Object.values(result.outcomes).reduce((a, b) => a + b, 0)).toBe(CONTACTS);
      expectEachCalledOnce(rig, CONTACTS);
    });
  });

  describe('a schedule whose end is not known', () => {
    test('says of no row that it was not called, where Bolna was silent for a week', async () => {
      rig = await Rig.start({ env });
      let silentFrom = Number.POSITIVE_INFINITY;
      rig.simulator.addFault({ endpoint: 'schedule', nth: 1, action: { reset: 'after' } });
      rig.simulator.addFault({ when: ({ at }) => at >= silentFrom, action: { status: 503, retryAfter: 3600 } });
      rig.simulator.onRequest((phase, { endpoint, at }) => {
        if (phase === 'after' && endpoint === 'schedule') silentFrom = at;
      });
      await rig.run(async () => {
        const handle = await rig.begin();
        await expect(handle.result()).rejects.toThrow();
        expect(await rowResults(handle.workflowId)).toEqual(['unsettled', 'unsettled', 'unsettled']);
      });
      await rig.simulator.sync();
      expectEachCalledOnce(rig, CONTACTS);
    });

    test('is not guessed from an answer without a status', async () => {
      rig = await Rig.start({ env });
      await rig.storage.write('blank/contacts.csv', csvOf(CONTACTS));
      const ask = { campaignId: 'blank', agentId: AGENT, fileName: 'blank-0123456789abcdef.csv' };
      const { batchId } = await attempt(rig, 'createBatch', ask);
      rig.simulator.override(batchId, { status: undefined });
      const startBy = (await env.currentTimeMs()) + DAY;
      await expect(attempt(rig, 'scheduleBatch', { ...ask, batchId, startAt: undefined, startBy })).rejects.toThrow(
        'without a status, without a start and without a call',
      );
    });
  });

  describe('a list that contradicts what Bolna says of the batch itself', () => {
    const listed = (id: string | undefined, status: string | undefined) => ({
      batch_id: id,
      file_name: rig.simulator.batches()[0]?.fileName,
      ...(status !== undefined && { status }),
    });

    test.each([undefined, 'draft', 'running'])('does not keep it from being scheduled (%s)', async (status) => {
      rig = await Rig.start({ env });
      rig.onActivity = (phase, name) => {
        if (phase !== 'before' || name !== 'scheduleBatch') return;
        rig.onActivity = undefined;
        const body = [listed(rig.simulator.batches()[0]?.id, status)];
        rig.simulator.addFault({ endpoint: 'list', action: { status: 200, body } });
      };
      await rig.run(async () => expect((await (await rig.begin()).result()).status).toBe('completed'));
      expectEachCalledOnce(rig, CONTACTS);
    });

    test('is asked again a minute later, and not at once', async () => {
      rig = await Rig.start({ env });
      const asked: number[] = [];
      rig.onActivity = async (phase, name) => {
        if (phase !== 'before' || name !== 'scheduleBatch') return;
        asked.push(await env.currentTimeMs());
        if (asked.length === 10) rig.simulator.clearFaults();
        if (asked.length > 1) return;
        // A twin, which the record is for; the list takes the first one for begun.
        const [first] = rig.simulator.batches();
        const { fileName = '' } = first ?? {};
        const form = { agentId: AGENT, fileName, csv: Readable.from([csvOf(CONTACTS)]) };
        const { batchId } = await rig.context.bolna.createBatch({ ...form, csvBytes: csvOf(CONTACTS).length });
        const times = { requestedStart: asked[0] ?? 0, roundedStart: asked[0] ?? 0 };
        await holdRecord(rig.storage, { campaignId: rig.latest.workflowId }, { batchId, fileName, ...times });
        const body = [listed(first?.id, 'running'), listed(batchId, 'created')];
        rig.simulator.addFault({ endpoint: 'list', action: { status: 200, body } });
      };
      await rig.run(async () => expect((await (await rig.begin()).result()).status).toBe('completed'));
      expect((asked.at(-1) ?? 0) - (asked[0] ?? 0)).toBeGreaterThan(8 * MINUTE);
      expectEachCalledOnce(rig, CONTACTS);
    });
  });
});
