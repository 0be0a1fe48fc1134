import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { atRequest, beforeActivity } from '../support/moments';
import { csvOf, numberOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

type Metadata = temporal.api.sdk.v1.IWorkflowMetadata;

describe('what an operator is shown', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.skipping();
  });
  afterAll(() => env.teardown());
  afterEach(() => rig.close());

  const metadata = () => rig.latest.query<Metadata>('__temporal_workflow_metadata');

  test('the signals and the query say what they do', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      await (await rig.begin()).result();
      const { definition } = await metadata();
      const described = [...(definition?.signalDefinitions ?? []), ...(definition?.queryDefinitions ?? [])];
      const own = described.filter(({ name }) => ['stop', 'cancel', 'progress'].includes(name ?? ''));
      expect(own.map(({ name }) => name).sort()).toEqual(['cancel', 'progress', 'stop']);
      for (const { description } of own) expect(description?.length).toBeGreaterThan(40);
    });
  });

  test('at every stage the details begin with the state and end with what is waited for', async () => {
    rig = await Rig.start({ env });
    const shown: Record<string, string> = {};
    const look = async (stage: string) => {
      shown[stage] ??= (await metadata()).currentDetails ?? '';
    };
    await rig.run(async () => {
      rig.onActivity = async (phase, activity) => {
        if (phase === 'before') await look(activity);
      };
      const csv = `${csvOf(3)}nonsense,Nobody\n`;
      await (await rig.begin({ contacts: { csv } })).result();
      await look('end');
    });
    const first = (stage: string) => shown[stage]?.split('\n')[0];
    const last = (stage: string) => shown[stage]?.split('\n').at(-1);
    expect(first('validateContacts')).toBe('**Checking the contacts file**');
    expect(first('createBatch')).toBe('**Creating the batch**');
    expect(first('scheduleBatch')).toBe('**Scheduling the batch**');
    expect(first('awaitProgress')).toMatch(/^\*\*Calling/);
    expect(first('collectExecutions')).toMatch(/^\*\*Collecting results · 3 of 3 done, 0 on the line\*\*$/);
    expect(first('end')).toMatch(/^\*\*Completed · 3 of 3 done/);
    expect(last('createBatch')).toMatch(/Waiting for Bolna to take the batch.*Nothing to do/);
    expect(last('scheduleBatch')).toMatch(/until \d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC at the latest/);
    expect(last('awaitProgress')).toMatch(/Waiting for the calls to settle, until .* Signal `stop`/);
    expect(last('end')).toMatch(/Nothing to do/);
    for (const [stage, text] of Object.entries(shown)) {
      // Tables show badly in the UI, and numbers have no business there.
      expect({ stage, text }).not.toEqual({ stage, text: expect.stringMatching(/\|.*\||\+1202555/) });
    }
    expect(shown.createBatch).toContain('4 rows, 3 to be called (1 rejected)');
  });

  test('the timeline tells the story in the summaries of its steps and timers', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const handle = await rig.begin();
      await handle.result();
      const { events } = await handle.fetchHistory();
      const summaries = (events ?? [])
        .map(({ userMetadata }) => userMetadata?.summary)
        .filter((summary) => summary !== undefined && summary !== null)
        .map((summary) => defaultPayloadConverter.fromPayload<string>(summary));
      expect(summaries).toEqual(
        expect.arrayContaining([
          'Check the contacts file',
          'Create the batch of 3 contacts',
          'Schedule the batch as soon as possible',
          expect.stringMatching(/^Wait for the start: \d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC$/),
          'Wait for 3 calls to settle',
          'Collect the result of every call',
          'Write results.csv and summary.json',
        ]),
      );
    });
  });
});

describe('the query progress', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.skipping();
  });
  afterAll(() => env.teardown());
  afterEach(() => rig.close());

  const FIELDS = [
    'campaignId',
    'state',
    'batchId',
    'batchStatus',
    'startsAt',
    'contacts',
    'counts',
    'settled',
    'cost',
    'costIsEstimate',
    'lastLook',
    'nextLook',
    'lastError',
    'halt',
    'notes',
  ];

  test('has the same fields from the first moment to after the end', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      let early: object = {};
      beforeActivity('validateContacts')(rig, async () => {
        early = await rig.progress(rig.latest);
      });
      const handle = await rig.begin();
      await handle.result();
      const late = await rig.progress(handle);
      expect(Object.keys(early)).toEqual(FIELDS);
      expect(Object.keys(late)).toEqual(FIELDS);
      expect(early).toMatchObject({ state: 'validating', batchId: null, contacts: null, cost: null, settled: 0 });
      expect(late).toMatchObject({
        state: 'completed',
        settled: 3,
        costIsEstimate: false,
        nextLook: null,
        lastError: null,
      });
    });
  });

  test('while calls run, tells start, counts, cost so far, and when it looked and will look', async () => {
    rig = await Rig.start({
      env,
      rules: { concurrency: 1 },
      outcomes: () => ({ status: 'completed', talkSeconds: 60 }),
    });
    await rig.run(async () => {
      let during = await Promise.resolve<Awaited<ReturnType<Rig['progress']>> | undefined>(undefined);
      atRequest('get', () => (rig.simulator.batches()[0]?.counts.get('completed') ?? 0) > 1)(rig, async () => {
        during = await rig.progress(rig.latest);
      });
      const handle = await rig.begin();
      const { startsAt, batchId } = await handle.result();
      expect(during).toMatchObject({
        state: 'running',
        batchId,
        startsAt,
        batchStatus: expect.any(String),
        lastError: null,
      });
      expect(during?.settled).toBeGreaterThan(0);
      expect(during?.cost).toBeGreaterThan(0);
      expect(Date.parse(during?.nextLook ?? '')).toBeGreaterThan(Date.parse(during?.lastLook ?? ''));
      expect(Object.values(during?.counts ?? {}).reduce((sum, n) => sum + n, 0)).toBe(3);
    });
  });

  test('no number of anybody stands in its answer', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const handle = await rig.begin();
      await handle.result();
      expect(JSON.stringify(await rig.progress(handle))).not.toContain(numberOf(0));
    });
  });
});
