import { ApplicationFailure } from '@temporalio/common';
import { afterActivity, atRequest, beforeActivity, haltBy } from '../support/moments';
import { AGENT, csvOf, DAY, HOUR, MINUTE, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

describe('when things are not as they should be', () => {
  let env: TestServer;
  let rig: Rig;
  beforeEach(async () => {
    env = await TestServer.skipping();
  });
  afterEach(async () => {
    await rig.close();
    await env.teardown();
  });

  const metadata = (): Promise<{ currentDetails: string }> => rig.latest.query('__temporal_workflow_metadata');
  const at = (ms: number) => new Date(ms).toISOString();

  test.each(['signal stop', 'signal cancel'] as const)(
    'half a character, lines and a phone number in the words of a %s end up as one harmless line',
    async (way) => {
      rig = await Rig.start({ env });
      await rig.run(async () => {
        const why = { reason: 'wrong list\ud83d\n\n| a | b |\r\n# called +12025550101 twice', by: '\udc00Ann\u0000' };
        atRequest('schedule')(rig, () => haltBy(way, rig.latest, why));
        const handle = await rig.begin();
        await handle.result().catch(() => undefined);
        const { reason } = await rig.memoResult(handle);
        expect(reason).toContain('by Ann: wrong list | a | b | # called +… twice');
        const { currentDetails } = await metadata();
        expect(currentDetails).toMatch(
          /^- (Stop|Cancel) asked for at .* by Ann: wrong list \| a \| b \| # called \+… twice$/m,
        );
        expect(currentDetails).not.toContain('2025550101');
      });
    },
  );

  test('a cancel during an outage while results are collected waits minutes for Bolna, not days', async () => {
    rig = await Rig.start({ env });
    const over = () => rig.simulator.batches()[0]?.open === 0;
    const refusal = { status: 429, retryAfter: 3600 };
    rig.simulator.addFault({ endpoint: 'executions', when: over, to: 1, action: refusal });
    await rig.run(async () => {
      const handle = await rig.begin();
      // Canceled while it waits to ask again: an attempt that fails with the cancel on its way hangs in this test server.
      while (!rig.simulator.requests.some(({ status }) => status === refusal.status)) await env.sleep(MINUTE);
      await env.sleep(MINUTE);
      rig.simulator.addFault({ action: { status: 503 } });
      await haltBy('signal cancel', handle);
      const canceledAt = await env.currentTimeMs();
      await handle.result().catch(() => undefined);
      const { closeTime } = await handle.describe();
      expect((closeTime?.getTime() ?? 0) - canceledAt).toBeLessThan(25 * MINUTE);
      const result = await rig.memoResult(handle);
      expect(result).toMatchObject({ status: 'canceled', outcomes: { unsettled: 3 } });
      expect(result.notes.join()).toMatch(/could not be collected/);
    });
  });

  test('a stop that comes when the campaign has given up waiting still keeps the rest from being called', async () => {
    const outcomes = () => ({ status: 'completed', ringSeconds: 30, talkSeconds: 1800 }) as const;
    rig = await Rig.start({ env, rules: { concurrency: 1 }, outcomes });
    await rig.run(async () => {
      let stoppedAt = 0;
      beforeActivity('reconcileResults')(rig, async () => {
        await haltBy('signal stop', rig.latest);
        stoppedAt = await env.currentTimeMs();
      });
      const handle = await rig.begin({ giveUpAfter: '10m' });
      const result = await handle.result();
      expect(result).toMatchObject({ status: 'stopped', outcomes: { 'not-called': 2, unsettled: 1 } });
      expect(JSON.parse(await rig.file(handle.workflowId, 'summary.json')).status).toBe('stopped');
      await env.sleep(DAY);
      await rig.simulator.sync();
      expect(rig.simulator.dials().filter((dial) => dial.at > stoppedAt + 1000)).toEqual([]);
    });
  });

  test('a worker whose clock is behind does not fill the history with too early starts', async () => {
    const now = async () => (await env.currentTimeMs()) - 20 * MINUTE;
    rig = await Rig.start({ env, context: { now } });
    await rig.run(async () => {
      const handle = await rig.begin({ startAt: at((await env.currentTimeMs()) + 40 * DAY) });
      await handle.result();
      const { events = [] } = await handle.fetchHistory();
      expect(events?.length).toBeLessThan(400);
    });
  });

  test('an input that its sender has not checked fails the campaign, and nothing is sent to Bolna', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const handle = await rig.begin({ agentId: 'agent-7' });
      const error = await handle.result().catch((reason) => reason);
      expect(error.cause).toBeInstanceOf(ApplicationFailure);
      expect(error.cause).toMatchObject({
        type: 'InvalidInput',
        message: expect.stringMatching(/^agentId must be the UUID/),
      });
      expect(await rig.progress(handle)).toMatchObject({ state: 'failed', lastError: error.cause.message });
      expect(rig.simulator.requests).toEqual([]);
    });
  });

  test('a stop of a campaign that nobody works on is obeyed by the next worker, before anybody is called', async () => {
    rig = await Rig.start({ env });
    const handle = await rig.client.workflow.start('campaignWorkflow', {
      workflowId: `waiting-${rig.taskQueue}`,
      taskQueue: rig.taskQueue,
      args: [{ agentId: AGENT, contacts: { csv: csvOf(3) } }],
    });
    await handle.signal('stop');
    await rig.run(async () => {
      expect(await handle.result()).toMatchObject({ status: 'stopped', outcomes: { 'not-called': 3 } });
      expect(rig.simulator.batches()).toEqual([]);
    });
  });

  test('a campaign canceled before its start is made anew under the same ID, and calls each person once', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const halted = new Promise<void>((resolve) => {
        afterActivity('scheduleBatch', HOUR)(rig, () => haltBy('signal cancel', rig.latest).then(resolve));
      });
      const startAt = at((await env.currentTimeMs()) + DAY);
      const canceled = await rig.begin({ startAt });
      await halted;
      // Not by its result: once that is there, the server's clock runs on by years.
      while ((await canceled.describe()).status.name === 'RUNNING');
      const again = await rig.begin({ startAt }, canceled.workflowId);
      expect(await again.result()).toMatchObject({ status: 'completed' });
      expect(rig.simulator.dials()).toHaveLength(3);
    });
  });
});
