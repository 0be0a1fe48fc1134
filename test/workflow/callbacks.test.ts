import { callbackStatus, resendCallbacks } from '../../client/campaign/callbacks';
import { look } from '../../client/campaign/look';
import { NamedStorage } from '../../client/campaign/named-storage';
import { callback } from '../../client/gateway/schemas';
import { Outside } from '../../egress/outside';
import { parseNetwork } from '../../egress/public-address';
import type { CallbackEnd, callbackWorkflow } from '../../workflows/callback';
import type { CallbackEvent } from '../../workflows/callback-events';
import { tellSignal } from '../../workflows/messages';
import { type Answer, CallbackReceiver, secrets } from '../support/callback-receiver';
import { afterActivity } from '../support/moments';
import { type CampaignHandle, csvOf, DAY, HOUR, MINUTE, numberOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

/** A minute of talk each, one after another: long enough for every share of the calls to be seen. */
const slowly = {
  rules: { concurrency: 1 },
  outcomes: () => ({ status: 'completed' as const, talkSeconds: 60 }),
};

describe('a campaign with a callback', () => {
  let env: TestServer;
  let rig: Rig;
  let receiver: CallbackReceiver;
  let outside: Outside;
  beforeEach(async () => {
    env = await TestServer.skipping();
    outside = new Outside({ allowed: [parseNetwork('127.0.0.1') ?? fail()] });
  });
  afterEach(async () => {
    await receiver.close();
    await rig.close();
    await outside.close();
    await env.teardown();
  });

  const now = () => env.currentTimeMs();
  const context = () => ({ outside, callbackSecrets: secrets });

  /** The workflow that tells the callback, when it is over; its history is replayed too. */
  async function told({ workflowId, firstExecutionRunId }: CampaignHandle): Promise<CallbackEnd> {
    const handle = rig.client.workflow.getHandle(`${workflowId}/callbacks/${firstExecutionRunId}`);
    const end = (await handle.result()) as CallbackEnd;
    const { runId } = await handle.describe();
    await rig.replay({ workflowId: handle.workflowId, firstExecutionRunId: runId });
    return end;
  }

  const typesOf = (events: { type: string }[]) => events.map(({ type }) => type.replace('campaign.', ''));

  test('tells its start, every 5% and its end, in order, signed, and no number of anybody', async () => {
    receiver = await CallbackReceiver.start(now);
    rig = await Rig.start({ env, context: context(), ...slowly });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(60) }, callbackUrl: receiver.url });
      const result = await handle.result();
      expect(await told(handle)).toEqual({ delivered: receiver.taken.length, givenUp: 0, gone: false });
      const [first, ...others] = receiver.taken;
      const last = others.pop();
      expect(first).toMatchObject({ type: 'campaign.started', data: { settled: 0, contacts: { valid: 60 } } });
      expect(last).toMatchObject({ type: 'campaign.finished', data: { state: 'completed', summary: result } });
      expect(new Set(typesOf(others))).toEqual(new Set(['progress']));
      const settled = others.map(({ data }) => data.settled);
      expect(settled.length).toBeGreaterThanOrEqual(2);
      expect(settled).toEqual([...new Set(settled)].sort((a, b) => a - b));
      const ids = receiver.received.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const all = receiver.received.map(({ body }) => body).join('\n');
      // What the gateway's description says of it is all there is.
      for (const event of receiver.taken) expect(callback.parse(event)).toEqual(event);
      expect(all).not.toContain(numberOf(0).slice(1, 8));
    });
  });

  test('leaves at most five more events in its history for each that it tells', async () => {
    receiver = await CallbackReceiver.start(now);
    rig = await Rig.start({ env, context: context(), ...slowly });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(300) }, callbackUrl: receiver.url });
      await handle.result();
      const end = await told(handle);
      const events = (await handle.fetchHistory()).events?.length ?? 0;
      expect(end.delivered).toBeGreaterThan(3);
      expect(end.delivered).toBeLessThanOrEqual(22);
      expect(events).toBeLessThanOrEqual(80 + 5 * 22 + 5);
    });
  });

  test('whose receiver is down for a day is over in time, and told in order when it is back, without stale progress', async () => {
    let backAt = Number.POSITIVE_INFINITY;
    receiver = await CallbackReceiver.start(now, (_, at) => (at < backAt ? 503 : 200));
    rig = await Rig.start({ env, context: context(), ...slowly });
    await rig.run(async () => {
      const begunAt = await now();
      backAt = begunAt + DAY;
      const handle = await rig.begin({ contacts: { csv: csvOf(60) }, callbackUrl: receiver.url });
      const result = await handle.result();
      expect(await now()).toBeLessThan(begunAt + 3 * HOUR);
      expect(receiver.taken).toEqual([]);
      expect(await told(handle)).toEqual({ delivered: 3, givenUp: 0, gone: false });
      expect(typesOf(receiver.taken)).toEqual(['started', 'progress', 'finished']);
      expect(receiver.taken[1]).toMatchObject({ data: { settled: 60 } });
      expect(receiver.taken[2]).toMatchObject({ data: { summary: result } });
      expect(receiver.received.at(-1)?.at).toBeLessThan(backAt + HOUR);
      const started = receiver.received.filter(({ event }) => event.type === 'campaign.started');
      expect(started.length).toBeGreaterThan(10);
      expect(new Set(started.map(({ id, body }) => `${id} ${body}`)).size).toBe(1);
    });
  });

  test.each([
    ['refuses', 500],
    ['sends elsewhere', 302],
  ])('whose receiver %s for three days has completed long before, and it is given up', async (_, status) => {
    let answer = status;
    receiver = await CallbackReceiver.start(now, () => answer);
    rig = await Rig.start({ env, context: context() });
    await rig.run(async () => {
      const begunAt = await now();
      const handle = await rig.begin({ callbackUrl: receiver.url });
      expect((await handle.result()).status).toBe('completed');
      const endedAt = await now();
      expect(endedAt).toBeLessThan(begunAt + HOUR);
      const end = await told(handle);
      expect(end).toMatchObject({ delivered: 0, givenUp: 3, gone: false });
      const last = receiver.received.at(-1);
      expect(last?.event.type).toBe('campaign.finished');
      expect(last?.at).toBeGreaterThan(endedAt + 3 * DAY - 20 * MINUTE);
      expect(last?.at).toBeLessThanOrEqual(endedAt + 3 * DAY + 5 * MINUTE);

      // It stands there to be sent again, without progress that is news no more.
      expect(typesOf((end.undelivered ?? []).map(({ event }) => event))).toEqual(['started', 'finished']);
      const { workflowId } = handle;
      expect(await callbackStatus(rig.client, workflowId)).toMatchObject({
        undelivered: [
          { type: 'campaign.started', reason: `The callback answered ${status}.` },
          { type: 'campaign.finished' },
        ],
        trying: null,
      });
      const { attention } = (await look(rig.client, workflowId, new NamedStorage(undefined))).progress;
      expect(attention).toMatchObject({ kind: 'callback-undelivered', text: expect.stringContaining('2 callbacks') });
      const before = new Map(receiver.received.map(({ event, id }) => [event.type, id]));
      answer = 204;
      receiver.received.splice(0);
      expect(await resendCallbacks(rig.client, workflowId)).toEqual({
        campaignId: workflowId,
        events: 2,
        says: '2 callbacks are being sent again.',
      });
      expect(await told(handle)).toEqual({ delivered: 2, givenUp: 0, gone: false });
      expect(receiver.received.map(({ event, id }) => [event.type, id])).toEqual([
        ['campaign.started', before.get('campaign.started')],
        ['campaign.finished', before.get('campaign.finished')],
      ]);
      expect((await look(rig.client, workflowId, new NamedStorage(undefined))).progress.attention).toBeUndefined();
      await expect(resendCallbacks(rig.client, workflowId)).rejects.toThrow('has no callback to send again');
    });
  });

  test('that is still running sends again what it has given up, and keeps it for a receiver that is down again', async () => {
    let answer: Answer = { status: 503, retryAfter: String(DAY / 1_000) };
    receiver = await CallbackReceiver.start(now, () => answer);
    rig = await Rig.start({ env, context: context() });
    await rig.run(async () => {
      const startAt = new Date((await now()) + 20 * DAY).toISOString();
      const handle = await rig.begin({ callbackUrl: receiver.url, startAt });
      const { workflowId } = handle;
      const undelivered = async () => (await callbackStatus(rig.client, workflowId))?.undelivered.length;
      const attention = async () =>
        (await look(rig.client, workflowId, new NamedStorage(undefined))).progress.attention;
      await env.sleep(HOUR - MINUTE);
      expect(await attention()).toBeUndefined();
      await env.sleep(2 * MINUTE);
      // An hour without an answer 2xx is a person's business, though the receiver has asked for a day.
      const { timestamp } = receiver.received[0]?.event ?? {};
      const { host } = new URL(receiver.url);
      const late = { type: 'campaign.started', timestamp, host };
      expect(await callbackStatus(rig.client, workflowId)).toMatchObject({ late, undelivered: [], trying: {} });
      expect(await attention()).toEqual({
        kind: 'callback-undelivered',
        text: expect.stringMatching(
          `^${host} has not accepted .* since ${timestamp}. The callback answered 503. .* POST \\S+resend, or by: bolna-campaigns callbacks ${workflowId} --resend$`,
        ),
      });
      const teller = rig.client.workflow.getHandle(`${workflowId}/callbacks/${handle.firstExecutionRunId}`);
      const { searchAttributes, historyLength } = await teller.describe();
      expect(searchAttributes).toMatchObject({ CampaignNeedsAttention: ['callback-undelivered'] });
      await env.sleep(2 * DAY);
      expect([receiver.received.length, (await teller.describe()).historyLength]).toEqual([3, historyLength]);
      // The next attempt is a day away, and made at once on request.
      expect(await resendCallbacks(rig.client, workflowId)).toMatchObject({
        events: 1,
        says: 'The next attempt at the callback is made now.',
      });
      await env.sleep(MINUTE);
      expect([receiver.received.length, await undelivered(), (await attention())?.kind]).toEqual([
        4,
        0,
        'callback-undelivered',
      ]);
      await env.sleep(4 * DAY);
      expect(await undelivered()).toBe(1);
      await resendCallbacks(rig.client, workflowId);
      await env.sleep(HOUR);
      expect(await callbackStatus(rig.client, workflowId)).toMatchObject({
        undelivered: [],
        trying: { lastError: 'The callback answered 503.' },
      });
      await env.sleep(4 * DAY);
      expect(await undelivered()).toBe(1);
      expect(await attention()).toMatchObject({
        text: expect.stringMatching(/^1 callback was not delivered in three days/),
      });
      // What was given up is sent before what is tried since.
      const event = { ...receiver.received[0]?.event, type: 'campaign.progress' } as CallbackEvent;
      await teller.signal(tellSignal, { ...event, timestamp: new Date(await now()).toISOString() });
      await env.sleep(MINUTE);
      expect(receiver.received.at(-1)?.event.type).toBe('campaign.progress');
      answer = 204;
      expect(await resendCallbacks(rig.client, workflowId)).toMatchObject({ events: 2 });
      await env.sleep(MINUTE);
      expect([await undelivered(), typesOf(receiver.taken)]).toEqual([0, ['started', 'progress']]);
      await rig.cancel(handle);
      await handle.result().catch(() => undefined);
      expect(await told(handle)).toEqual({ delivered: 3, givenUp: 2, gone: false });
    });
  });

  test.each([
    ['in seconds', 429, (_: number) => '7200'],
    ['as a date', 503, (at: number) => new Date(at + 2 * HOUR).toUTCString()],
  ])('whose receiver asks for two hours (%s) is not asked sooner', async (_, status, retryAfter) => {
    let refused = 0;
    receiver = await CallbackReceiver.start(now, (_, at) =>
      ++refused <= 2 ? { status, retryAfter: retryAfter(at) } : 200,
    );
    rig = await Rig.start({ env, context: context() });
    await rig.run(async () => {
      const handle = await rig.begin({ callbackUrl: receiver.url });
      await handle.result();
      await told(handle);
      const started = receiver.received.filter(({ event }) => event.type === 'campaign.started').map(({ at }) => at);
      const waits = started.slice(1).map((at, i) => at - (started[i] ?? 0));
      expect(waits).toHaveLength(2);
      for (const wait of waits) {
        // A date has no fractions of a second.
        expect(wait).toBeGreaterThan(2 * HOUR - 2_000);
        expect(wait).toBeLessThan(2 * HOUR + MINUTE);
      }
    });
  });

  test('whose receiver asks for a year is asked each day, and once more before it is given up', async () => {
    receiver = await CallbackReceiver.start(now, () => ({ status: 503, retryAfter: '31536000' }));
    rig = await Rig.start({ env, context: context() });
    await rig.run(async () => {
      const handle = await rig.begin({ callbackUrl: receiver.url });
      await handle.result();
      const endedAt = await now();
      expect(await told(handle)).toMatchObject({ delivered: 0, gone: false });
      const started = receiver.received.filter(({ event }) => event.type === 'campaign.started').map(({ at }) => at);
      expect(started).toHaveLength(4);
      expect((started[1] ?? 0) - (started[0] ?? 0)).toBeGreaterThan(DAY - MINUTE);
      expect((started[3] ?? 0) - (started[0] ?? 0)).toBeGreaterThan(3 * DAY - 5 * MINUTE);
      expect(receiver.received.at(-1)?.at).toBeLessThanOrEqual(endedAt + 3 * DAY + 5 * MINUTE);
    });
  });

  test('whose receiver would be asked again at once is asked as any other', async () => {
    receiver = await CallbackReceiver.start(now, () => ({ status: 503, retryAfter: '0' }));
    rig = await Rig.start({ env, context: context() });
    await rig.run(async () => {
      const handle = await rig.begin({ callbackUrl: receiver.url });
      await handle.result();
      expect(await told(handle)).toMatchObject({ delivered: 0 });
      const started = receiver.received.filter(({ event }) => event.type === 'campaign.started').length;
      // Each 15 minutes of three days.
      expect(started).toBeGreaterThan(250);
      expect(started).toBeLessThan(320);
    });
  });

  test('whose receiver wants no more (410) tells no more', async () => {
    receiver = await CallbackReceiver.start(now, () => 410);
    rig = await Rig.start({ env, context: context() });
    await rig.run(async () => {
      const handle = await rig.begin({ callbackUrl: receiver.url });
      expect((await handle.result()).status).toBe('completed');
      expect(await told(handle)).toEqual({ delivered: 0, givenUp: 0, gone: true });
      expect(typesOf(receiver.received.map(({ event }) => event))).toEqual(['started']);
    });
  });

  test('is told, whatever else was sent to who tells it', async () => {
    receiver = await CallbackReceiver.start(now);
    rig = await Rig.start({ env, context: context() });
    await rig.run(async () => {
      const handle = await rig.client.workflow.start<typeof callbackWorkflow>('callbackWorkflow', {
        args: [{ campaignId: 'nobody', url: receiver.url }],
        taskQueue: rig.taskQueue,
        workflowId: 'nobody/callbacks/of-a-test',
      });
      for (const nothing of [undefined, null, {}, { type: 'campaign.started' }, { type: 1, timestamp: 'never' }])
        await handle.signal<unknown[]>(tellSignal.name, nothing);
      const event = { type: 'campaign.finished', timestamp: new Date(await now()).toISOString(), data: {} };
      await handle.signal<unknown[]>(tellSignal.name, event);
      expect(await handle.result()).toEqual({ delivered: 1, givenUp: 0, gone: false });
      expect(receiver.taken).toEqual([event]);
    });
  });

  test('of several batches tells of all of them together', async () => {
    receiver = await CallbackReceiver.start(now);
    rig = await Rig.start({ env, context: context() });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(8) }, maxRowsPerBatch: 2, callbackUrl: receiver.url });
      await handle.result();
      await told(handle);
      const types = typesOf(receiver.taken);
      expect([types[0], types.at(-1)]).toEqual(['started', 'finished']);
      expect(receiver.taken.at(-2)).toMatchObject({ type: 'campaign.progress', data: { settled: 8 } });
    });
  });

  test.each([
    ['stopped', 'stopped'],
    ['canceled', 'canceled'],
  ] as const)('that is %s tells that too', async (how, status) => {
    receiver = await CallbackReceiver.start(now);
    rig = await Rig.start({ env, context: context(), ...slowly });
    afterActivity('scheduleBatch', MINUTE)(rig, () =>
      how === 'stopped' ? rig.stop(rig.latest) : rig.cancel(rig.latest),
    );
    await rig.run(async () => {
      const handle = await rig.begin({ callbackUrl: receiver.url });
      await handle.result().catch(() => undefined);
      await told(handle);
      expect(receiver.taken.at(-1)).toMatchObject({ data: { state: status, summary: { status } } });
    });
  });

  test('whose contacts are refused tells its end alone', async () => {
    receiver = await CallbackReceiver.start(now);
    rig = await Rig.start({ env, context: context() });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: 'name\nPerson\n' }, callbackUrl: receiver.url });
      await expect(handle.result()).rejects.toThrow();
      await told(handle);
      expect(typesOf(receiver.taken)).toEqual(['finished']);
      expect(receiver.taken[0]).toMatchObject({
        data: { summary: { status: 'failed', errorType: 'InvalidContacts' } },
      });
    });
  });

  test.each(['is over', 'never was'])(
    'that %s, and never told its end, leaves nobody waiting for it',
    async (which) => {
      receiver = await CallbackReceiver.start(now);
      rig = await Rig.start({ env, context: context() });
      await rig.run(async () => {
        const campaign = await rig.begin();
        await campaign.result();
        const overAt = await now();
        const campaignId = which === 'is over' ? campaign.workflowId : 'nobody';
        const handle = await rig.client.workflow.start<typeof callbackWorkflow>('callbackWorkflow', {
          args: [{ campaignId, url: receiver.url }],
          taskQueue: rig.taskQueue,
          workflowId: `${campaignId}/callbacks`,
        });
        expect(await handle.result()).toEqual({ delivered: 0, givenUp: 0, gone: false });
        expect(await now()).toBeGreaterThanOrEqual(overAt + 7 * DAY);
      });
    },
  );

  test('that nobody can look at for a while is looked at again, and told of until it is over', async () => {
    receiver = await CallbackReceiver.start(now);
    rig = await Rig.start({ env, context: context() });
    const awayUntil = (await now()) + 7 * DAY + HOUR;
    let looks = 0;
    rig.change = (activities) => ({
      ...activities,
      campaignIsOver: async (ask) => {
        looks++;
        if ((await now()) < awayUntil) throw new Error('Temporal does not answer.');
        return activities.campaignIsOver(ask);
      },
    });
    await rig.run(async () => {
      const begunAt = await now();
      const handle = await rig.client.workflow.start<typeof callbackWorkflow>('callbackWorkflow', {
        args: [{ campaignId: 'nobody', url: receiver.url }],
        taskQueue: rig.taskQueue,
        workflowId: 'nobody/callbacks/unseen',
      });
      expect(await handle.result()).toEqual({ delivered: 0, givenUp: 0, gone: false });
      expect(looks).toBeGreaterThan(5);
      expect(await now()).toBeGreaterThanOrEqual(begunAt + 14 * DAY);
    });
  });

  test('that nobody can sign is refused before anybody is called', async () => {
    receiver = await CallbackReceiver.start(now);
    rig = await Rig.start({ env, context: { outside } });
    await rig.run(async () => {
      const handle = await rig.begin({ callbackUrl: receiver.url });
      await expect(handle.result()).rejects.toMatchObject({
        cause: { message: expect.stringMatching(/CAMPAIGN_CALLBACK_SECRET.*without callbackUrl/) },
      });
      expect(await rig.memoResult(handle)).toMatchObject({ errorType: 'InvalidCallback' });
      expect(rig.simulator.dials()).toEqual([]);
    });
  });

  test('to an address that is not public is refused, and nothing is sent there', async () => {
    receiver = await CallbackReceiver.start(now);
    await outside.close();
    outside = new Outside();
    rig = await Rig.start({ env, context: context() });
    await rig.run(async () => {
      const handle = await rig.begin({ callbackUrl: receiver.url });
      await expect(handle.result()).rejects.toMatchObject({
        cause: { message: expect.stringMatching(/^callbackUrl: 127\.0\.0\.1 .*CAMPAIGN_ALLOW_PRIVATE_ADDRESSES/) },
      });
      expect(receiver.received).toEqual([]);
    });
  });

  test('to an address with a password in it, which would not be sent, is refused', async () => {
    receiver = await CallbackReceiver.start(now);
    rig = await Rig.start({ env, context: context() });
    await rig.run(async () => {
      const handle = await rig.begin({ callbackUrl: receiver.url.replace('//', '//crm:hush@') });
      const error = await handle.result().catch((error: Error) => error);
      expect(error).toMatchObject({
        cause: { message: expect.stringMatching(/^callbackUrl: .* password .* take them out/) },
      });
      expect(await rig.memoResult(handle)).toMatchObject({ errorType: 'InvalidCallback' });
      expect(receiver.received).toEqual([]);
    });
  });

  test('to a name that leads to such an address runs as any other, and nothing is sent there', async () => {
    receiver = await CallbackReceiver.start(now);
    await outside.close();
    outside = new Outside();
    rig = await Rig.start({ env, context: context() });
    await rig.run(async () => {
      const callbackUrl = receiver.url.replace('127.0.0.1', 'localhost');
      const handle = await rig.begin({ callbackUrl });
      expect((await handle.result()).status).toBe('completed');
      expect(await told(handle)).toMatchObject({ delivered: 0, givenUp: 3, gone: false });
      expect(receiver.received).toEqual([]);
    });
  });
});

function fail(): never {
  throw new Error('127.0.0.1 is an address.');
}
