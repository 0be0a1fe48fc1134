import type { SimulatorRules } from '../../simulator/rules';
import { progressQuery } from '../../workflows/messages';
import { expectEachCalledOnce, requestsTo } from '../support/once';
import { csvOf, DAY, HOUR, MINUTE, numberOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

const CONTACTS = 3;

describe('what Bolna answers', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.skipping();
  });
  afterAll(() => env.teardown());
  afterEach(() => rig.close());

  const answered = () => ({ status: 'completed', talkSeconds: 60, voicemail: false }) as const;
  const rowResults = async (id: string) => (await rig.rows(id)).slice(1).map((row) => row.split(',')[2]);

  /** Lays something over what Bolna shows of a batch, from its creation on. */
  function shown(patch: (batch: Record<string, unknown>) => Record<string, unknown>): void {
    rig.simulator.onRequest((phase, request) => {
      if (phase === 'after' && request.endpoint === 'create') rig.simulator.override(request.batchId ?? '', patch);
    });
  }

  describe('is understood in every spelling', () => {
    const spellings: [string, Partial<SimulatorRules>][] = [
      ['the older dialect', { dialect: 'older' }],
      ['200 for a create', { createStatus: 200 }],
      ['202 for a schedule', { scheduleStatus: 202 }],
      ['an account without the paged address', { v2Path: 'missing' }],
      ['a bare array from the paged address', { v2Path: 'bare' }],
      ['pages from the older address', { v2Path: 'missing', oldPath: 'paged' }],
      ['pages from the older address when asked for them', { v2Path: 'missing', oldPath: 'paged-when-asked' }],
      ['"page" for "page_number"', { pageKey: 'page' }],
      ['integer execution IDs', { executionIds: 'integer' }],
      ['an updated_at that is no time', { invalidUpdatedAt: true }],
      ['times with Z', { times: 'zulu' }],
      ['times with fractions', { times: 'offset-fraction' }],
      ['executions that exist from the upload on', { executionsFrom: 'create' }],
    ];
    test.each(spellings)('%s', async (_, rules) => {
      rig = await Rig.start({ env, rules, outcomes: answered });
      const contacts = { csv: csvOf(120) };
      const result = await rig.run(async () => (await rig.begin({ contacts })).result());
      expect(result.status).toBe('completed');
      expect(result.outcomes).toEqual({ completed: 120 });
      expectEachCalledOnce(rig, 120);
    });
  });

  test('ends no campaign with a batch status never seen before', async () => {
    rig = await Rig.start({ env, outcomes: answered });
    shown((batch) => (batch.status === 'running' ? { status: 'warming-up' } : {}));
    const result = await rig.run(async () => (await rig.begin()).result());
    expect(result).toMatchObject({ status: 'completed', outcomes: { completed: CONTACTS } });
    expectEachCalledOnce(rig, CONTACTS);
  });

  test('ends a campaign whose calls are all over, although the batch stays in a status never seen before', async () => {
    rig = await Rig.start({ env, outcomes: answered });
    shown((batch) => (batch.status === 'completed' ? { status: 'archived' } : {}));
    const result = await rig.run(async () => (await rig.begin()).result());
    expect(result).toMatchObject({ status: 'completed', outcomes: { completed: CONTACTS } });
    expect(result.reason).toBeUndefined();
  });

  test('gives up after giveUpAfter on a batch in an unknown status with a call that does not end', async () => {
    rig = await Rig.start({ env, outcomes: answered });
    shown((batch) =>
      batch.status === 'completed' ? { status: 'archived', execution_status: { completed: 2, ringing: 1 } } : {},
    );
    const result = await rig.run(async () =>
      (await rig.begin({ giveUpAfter: '1 day', polling: { max: '1 hour' } })).result(),
    );
    expect(result).toMatchObject({ status: 'completed', outcomes: { completed: CONTACTS } });
    expect(result.reason).toContain('giveUpAfter');
  });

  test('is counted from the executions where execution_status is missing', async () => {
    rig = await Rig.start({ env, outcomes: () => ({ ...answered(), postProcessingSeconds: 1800 }) });
    shown(() => ({ execution_status: undefined }));
    const result = await rig.run(async () => (await rig.begin()).result());
    expect(result).toMatchObject({ status: 'completed', outcomes: { completed: CONTACTS } });
  });

  test('is waited for again when the counts go down', async () => {
    rig = await Rig.start({ env, outcomes: () => ({ ...answered(), postProcessingSeconds: 3600 }) });
    let looks = 0;
    shown((batch) =>
      batch.status === 'completed' && ++looks === 1 ? { status: 'running', execution_status: { completed: 2 } } : {},
    );
    const result = await rig.run(async () => (await rig.begin()).result());
    expect(result).toMatchObject({ status: 'completed', outcomes: { completed: CONTACTS } });
  });

  /** One call ends in a status never seen before. @param fields of its execution besides */
  function endUnclear(fields: Record<string, unknown> = {}): void {
    rig.simulator.onRequest((phase, { endpoint, batchId = '' }) => {
      if (phase !== 'after' || endpoint !== 'create') return;
      const isOne = ({ user_number }: Record<string, unknown>) => user_number === numberOf(1);
      rig.simulator.overrideExecutions(batchId, (call) => (isOne(call) ? { status: 'transmogrified', ...fields } : {}));
      rig.simulator.override(batchId, (batch) =>
        batch.status === 'completed' ? { execution_status: { completed: CONTACTS - 1, transmogrified: 1 } } : {},
      );
    });
  }

  test('leaves a row unsettled whose call was hung up in a status never seen before', async () => {
    rig = await Rig.start({ env, outcomes: answered });
    endUnclear();
    await rig.run(async () => {
      const handle = await rig.begin();
      const result = await handle.result();
      expect(result).toMatchObject({ status: 'completed', outcomes: { completed: CONTACTS - 1, unsettled: 1 } });
      expect(result.reason).toBeUndefined();
      const { startTime, closeTime } = await handle.describe();
      expect(Number(closeTime) - Number(startTime)).toBeLessThan(2 * HOUR);
      expect(await rowResults(handle.workflowId)).toEqual(['completed', 'unsettled', 'completed']);
    });
  });

  test('asks a person to look at calls in a status never seen before that do not end, until giveUpAfter', async () => {
    rig = await Rig.start({ env, outcomes: answered });
    endUnclear({ telephony_data: null, termination_reason: null });
    await rig.run(async () => {
      const handle = await rig.begin({ giveUpAfter: '2 days', polling: { max: '1 hour' } });
      const attention = async () => (await handle.query(progressQuery)).attention;
      await env.sleep(30 * MINUTE);
      expect(await attention()).toBeUndefined();
      await env.sleep(4 * HOUR);
      expect(await attention()).toEqual({
        kind: 'calls-unclear',
        text: expect.stringMatching(/1 call as "transmogrified".*dashboard.*cancel/),
      });
      const result = await handle.result();
      expect(result).toMatchObject({ status: 'completed', outcomes: { completed: CONTACTS - 1, unsettled: 1 } });
      expect(result.reason).toContain('giveUpAfter');
    });
  });

  test('of an empty answer to a look is asked again', async () => {
    rig = await Rig.start({ env, faults: [{ endpoint: 'get', from: 3, to: 6, action: { emptyBody: true } }] });
    const result = await rig.run(async () => (await rig.begin()).result());
    expect(result.status).toBe('completed');
    expectEachCalledOnce(rig, CONTACTS);
  });

  test('is looked at seldom in a long campaign', async () => {
    rig = await Rig.start({ env, rules: { concurrency: 2 }, outcomes: answered });
    const contacts = { csv: csvOf(600) };
    const result = await rig.run(async () => (await rig.begin({ contacts })).result());
    expect(result.status).toBe('completed');
    const took = (rig.simulator.dials().at(-1)?.at ?? 0) - (rig.simulator.dials()[0]?.at ?? 0);
    expect(took).toBeGreaterThan(5 * HOUR);
    expect(took).toBeLessThan(DAY);
    expect(requestsTo(rig, 'get').length).toBeLessThan(took / (4 * MINUTE) + 40);
  });
});
