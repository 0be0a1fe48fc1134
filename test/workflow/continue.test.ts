import { bolnaRules } from '../../bolna/start-time';
import { hintSignal, progressQuery, type SuppressAnswer, suppressUpdate } from '../../workflows/messages';
import { textOf } from '../support/history-text';
import { until } from '../support/processes';
import { replays } from '../support/replays';
import { type CampaignHandle, csvOf, numberOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

/** Bolna's minute is 60 ms: the time-skipping server suggests no continue-as-new, so this runs on a real clock. */
const SPEED = 1000;
const CONTACTS = 20;
/** Too many to be called before a second run is seen, on a machine that is busy. */
const MANY = 400;

/** Its telephone rings for three seconds of the real clock, and nobody answers. */
const AWAY = numberOf(500);

describe('a campaign whose history grows long', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.real(['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=20']);
    rig = await Rig.start({
      env,
      speed: SPEED,
      rules: { concurrency: 2 },
      outcomes: ({ number }) => (number === AWAY ? { status: 'no-answer', ringSeconds: 3_000 } : undefined),
      context: { rules: bolnaRules(SPEED), leadMs: 1_000, polling: { minMs: 50, maxMs: 300 } },
    });
  });
  afterAll(async () => {
    await rig.close();
    await env.teardown();
  });

  /** Every run of a campaign replays, not only its first. @returns how many there were */
  async function replayAllRuns(handle: CampaignHandle): Promise<number> {
    const query = `WorkflowId = '${handle.workflowId}'`;
    let runs = 0;
    for await (const { error } of replays(rig.client.workflow.list({ query }).intoHistories())) {
      if (error) throw error;
      runs++;
    }
    return runs;
  }

  test('goes on as a new run that remembers everything and calls nobody twice', async () => {
    const handle = await rig.run(async () => {
      const begun = await rig.begin({ contacts: { csv: `${csvOf(CONTACTS)}nonsense,Nobody\n` } }, 'long');
      const result = await begun.result();
      expect(result).toMatchObject({ status: 'completed', contacts: { total: 21, valid: CONTACTS, rejected: 1 } });
      expect(await rig.rows('long')).toHaveLength(22);
      expect(rig.simulator.batches()).toHaveLength(1);
      const dialled = rig.simulator.dials().map(({ number }) => number);
      expect(dialled.sort()).toEqual(Array.from({ length: CONTACTS }, (_, i) => numberOf(i)));
      expect((await rig.memoResult(begun)).status).toBe('completed');
      expect(await rig.client.workflow.getHandle('long').query(progressQuery)).toMatchObject({
        state: 'completed',
        settled: CONTACTS,
        contacts: { total: 21 },
      });
      return begun;
    });
    expect(await replayAllRuns(handle)).toBeGreaterThan(1);
  });

  test('looks once for a hint that waits while it is handed on', async () => {
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(MANY) } }, 'long-hinted');
      const latest = rig.client.workflow.getHandle('long-hinted');
      let firstRun = '';
      const earlier = rig.simulator.dials().length;
      // A run whose step waits for Bolna's answer is not handed on meanwhile.
      let lookedFor = () => {};
      const hinted = new Promise<void>((resolve) => {
        lookedFor = resolve;
      });
      let looks = 0;
      const remove = rig.simulator.onRequest(async (when, { endpoint }) => {
        if (when !== 'before' || endpoint !== 'get' || rig.simulator.dials().length === earlier) return undefined;
        if (++looks === 1) {
          firstRun = (await latest.describe()).runId;
          await latest.signal(hintSignal);
          await hinted;
        } else {
          remove();
          // The look for the first one is under way, and that for the second waits for half a minute: it is handed on.
          await latest.signal(hintSignal);
          lookedFor();
        }
        return undefined;
      });
      await until(
        () => 'there is a second run',
        async () => firstRun !== '' && (await latest.describe()).runId !== firstRun,
      );
      const events = async (runId: string) =>
        (await rig.client.workflow.getHandle('long-hinted', runId).fetchHistory()).events ?? [];
      const next = (await events(firstRun))
        .map((event) => event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId)
        .find((runId) => runId);
      const looksForIt = async () =>
        (await events(next ?? '')).filter((event) => textOf(event).includes('"hinted":true}')).length;
      await until(
        () => 'the second run looks for it',
        async () => (await looksForIt()) > 0,
      );
      await rig.cancel(handle);
      await expect(handle.result()).rejects.toThrow();
      expect(await looksForIt()).toBe(1);
      expect(
        (await events(next ?? '')).filter(
          ({ workflowExecutionSignaledEventAttributes: told }) => told?.signalName === 'hint',
        ),
      ).toEqual([]);
    });
  });

  test('loses no stop that comes while it is handed on', async () => {
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(MANY) } }, 'long-stopped');
      const latest = rig.client.workflow.getHandle('long-stopped');
      const firstRun = handle.firstExecutionRunId;
      // As soon as there is a second run, whatever it is at: the first may not even have been seen as closed.
      for (;;) {
        const { runId } = await latest.describe();
        if (runId !== firstRun) break;
      }
      await latest.signal('stop', { reason: 'enough', by: 'a test' });
      const result = await handle.result();
      expect(result.reason).toMatch(/by a test: enough/);
      expect(result.status).toBe('stopped');
      expect(Object.values(result.outcomes).reduce((sum, rows) => sum + rows, 0)).toBe(MANY);
      const after = rig.simulator.dials().length;
      await rig.simulator.sync();
      expect(rig.simulator.dials()).toHaveLength(after);
    });
  });

  test('goes on with a suppression order that is open while it is handed on', async () => {
    await rig.run(async () => {
      const csv = csvOf(MANY).replace('\n', `\n${AWAY},Asha\n`);
      const retry = { enabled: true, max_retries: 1, retry_on_statuses: ['no-answer' as const] };
      const handle = await rig.begin({ contacts: { csv }, retry }, 'long-suppressed');
      await until(
        () => 'she is on the line',
        () => rig.simulator.dials(AWAY).length === 1,
      );
      await rig.storage.write('long-suppressed/list.json', JSON.stringify({ numbers: [AWAY] }));
      const list = rig.storage.uriOf('long-suppressed/list.json');
      const latest = rig.client.workflow.getHandle('long-suppressed');
      const asked = () => latest.executeUpdate<SuppressAnswer, [object]>(suppressUpdate.name, { args: [{ list }] });
      expect((await asked()).numbers).toMatchObject([{ outcome: 'too-late' }]);
      const answeredIn = (await latest.describe()).runId;
      await until(
        () => 'there is another run, and her retry was prevented',
        async () =>
          (await latest.describe()).runId !== answeredIn &&
          rig.simulator
            .batches()
            .some(({ executions }) =>
              executions.some(({ contact, status }) => contact.number === AWAY && status === 'stopped'),
            ),
      );
      await rig.stop(handle);
      await handle.result();
      expect(rig.simulator.dials(AWAY)).toHaveLength(1);
    });
  });
});
