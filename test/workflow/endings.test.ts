import { Outside } from '../../egress/outside';
import { parseNetwork } from '../../egress/public-address';
import { readRows } from '../../results/rows';
import type { KeyVerdict } from '../../simulator/exchange';
import { campaignFiles } from '../../storage/campaign-files';
import { cancelSignal, stopSignal } from '../../workflows/messages';
import { LoneAttempt } from '../support/attempts';
import { expectEachCalledOnce, expectNobodyCalled, numbersDialled, requestsTo } from '../support/once';
import { AGENT, type CampaignHandle, csvOf, DAY, HOUR, MINUTE, numberOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

const CONTACTS = 3;
const answered = () => ({ status: 'completed', talkSeconds: 60, voicemail: false }) as const;
/** Half an hour on the line: a batch that a test can find running. */
const longCalls = () => ({ status: 'completed', talkSeconds: 1800, voicemail: false }) as const;

describe('how a campaign ends', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.skipping();
  });
  afterAll(() => env.teardown());
  afterEach(() => rig.close());

  const batchId = () => rig.simulator.batches()[0]?.id ?? '';
  /** Unlike the server's clock, which may leap on once there is nothing left to wait for. */
  const endOf = async (handle: CampaignHandle) => (await handle.describe()).closeTime?.getTime() ?? Number.NaN;
  const rowResults = async (id: string) => (await rig.rows(id)).slice(1).map((row) => row.split(',')[2]);
  const sum = (outcomes: Record<string, number>) => Object.values(outcomes).reduce((a, b) => a + b, 0);

  async function passes(ms: number): Promise<void> {
    await env.sleep(ms);
    await rig.simulator.sync();
  }

  describe('when others take a hand in the batch', () => {
    test('a batch that Bolna gives up fails the campaign and keeps what was called', async () => {
      rig = await Rig.start({ env, rules: { concurrency: 1 }, outcomes: longCalls });
      await rig.run(async () => {
        const handle = await rig.begin();
        await passes(15 * MINUTE);
        await rig.simulator.failBatch(batchId());
        await expect(handle.result()).rejects.toMatchObject({
          cause: { message: expect.stringContaining('Bolna could not run batch') },
        });
        const rows = await rowResults(handle.workflowId);
        expect(rows).toHaveLength(CONTACTS);
        expect(rows[0]).toBe('completed');
        expect(rows).not.toContain('unsettled');
      });
      expect(numbersDialled(rig)).toEqual([numberOf(0)]);
    });

    test('a batch stopped from the dashboard ends the campaign stopped, with its results', async () => {
      rig = await Rig.start({ env, rules: { concurrency: 1 }, outcomes: longCalls });
      await rig.run(async () => {
        const handle = await rig.begin();
        await passes(15 * MINUTE);
        await rig.simulator.stopFromDashboard(batchId());
        const result = await handle.result();
        expect(result.status).toBe('stopped');
        expect(result.outcomes.completed).toBe(1);
        expect(sum(result.outcomes)).toBe(CONTACTS);
      });
    });

    test('a batch deleted while it runs fails the campaign, and no row is said to be not called', async () => {
      rig = await Rig.start({ env, outcomes: longCalls });
      await rig.run(async () => {
        const handle = await rig.begin();
        await passes(15 * MINUTE);
        await rig.simulator.deleteFromDashboard(batchId());
        await expect(handle.result()).rejects.toMatchObject({
          cause: { message: expect.stringContaining('was deleted at Bolna') },
        });
        expect(await rowResults(handle.workflowId)).toEqual(['unsettled', 'unsettled', 'unsettled']);
      });
    });

    test('a batch deleted right before its results were collected does the same', async () => {
      rig = await Rig.start({ env, outcomes: answered });
      rig.onActivity = async (phase, activity) => {
        if (phase !== 'before' || activity !== 'collectExecutions') return;
        rig.onActivity = undefined;
        await rig.simulator.deleteFromDashboard(batchId());
      };
      await rig.run(async () => {
        const handle = await rig.begin();
        await expect(handle.result()).rejects.toMatchObject({
          cause: { message: expect.stringContaining('was deleted at Bolna') },
        });
        expect(await rowResults(handle.workflowId)).toEqual(['unsettled', 'unsettled', 'unsettled']);
      });
    });

    test.each([1, 2])('%d times 404 while it runs is not believed', async (times) => {
      rig = await Rig.start({ env, outcomes: answered });
      rig.simulator.addFault({ endpoint: 'get', from: 3, to: 2 + times, action: { status: 404 } });
      rig.simulator.addFault({ endpoint: 'list', from: 3, to: 2 + times, action: { status: 404 } });
      const result = await rig.run(async () => (await rig.begin()).result());
      expect(result).toMatchObject({ status: 'completed', outcomes: { completed: CONTACTS } });
      expectEachCalledOnce(rig, CONTACTS);
    });

    test('404 for the executions of a batch that is there is not believed', async () => {
      rig = await Rig.start({ env, outcomes: answered });
      rig.onActivity = (phase, activity) => {
        if (phase !== 'before' || activity !== 'collectExecutions') return;
        rig.onActivity = undefined;
        rig.simulator.addFault({ endpoint: 'executions', to: 4, action: { status: 404 } });
      };
      const result = await rig.run(async () => (await rig.begin()).result());
      expect(result).toMatchObject({ status: 'completed', outcomes: { completed: CONTACTS } });
    });

    const NONE = { data: [], page_number: 1, page_size: 50, total: 0, has_more: false };
    /** The list of the executions is empty so often from the moment on when they are collected. */
    const emptyWhenCollected = (to: number) => {
      rig.onActivity = (phase, activity) => {
        if (phase !== 'before' || activity !== 'collectExecutions') return;
        rig.onActivity = undefined;
        rig.simulator.addFault({ endpoint: 'executions', to, action: { status: 200, body: NONE } });
      };
    };

    test('a list that lags behind what Bolna counts is read again', async () => {
      rig = await Rig.start({ env, outcomes: answered });
      emptyWhenCollected(2);
      const result = await rig.run(async () => (await rig.begin()).result());
      expect(result).toMatchObject({ status: 'completed', outcomes: { completed: CONTACTS }, notes: [] });
    });

    test('where it never lists what it has counted, no row is said to be not called', async () => {
      rig = await Rig.start({ env, outcomes: answered });
      emptyWhenCollected(100);
      const result = await rig.run(async () => (await rig.begin()).result());
      expect(result).toMatchObject({ status: 'completed', outcomes: { unsettled: CONTACTS } });
      expect(result.notes).toContain(`Bolna counted ${CONTACTS} executions that its list did not have.`);
      expect(requestsTo(rig, 'executions').length).toBeGreaterThanOrEqual(3);
    });

    test('a cancel of a batch that somebody deleted while it ran says of no row that it was not called', async () => {
      rig = await Rig.start({ env, outcomes: longCalls });
      await rig.run(async () => {
        const handle = await rig.begin();
        await passes(15 * MINUTE);
        await rig.simulator.deleteFromDashboard(batchId());
        await rig.cancel(handle);
        await expect(handle.result()).rejects.toThrow();
        expect(await rowResults(handle.workflowId)).toEqual(['unsettled', 'unsettled', 'unsettled']);
        // And the record still keeps anyone from making a second batch.
        await expect((await rig.begin({}, handle.workflowId)).result()).rejects.toMatchObject({
          cause: { message: expect.stringContaining('nobody can tell who was called') },
        });
      });
      expectEachCalledOnce(rig, CONTACTS);
    });
  });

  describe('when calls take long', () => {
    test.each([
      ['7 days', undefined, 7 * DAY],
      ['giveUpAfter', '2 days', 2 * DAY],
    ])('unsettled ones are waited for %s, then named', async (_, giveUpAfter, waitMs) => {
      rig = await Rig.start({
        env,
        outcomes: ({ row }) => ({ ...answered(), postProcessingSeconds: row === 2 ? 30 * 86_400 : 120 }),
      });
      await rig.run(async () => {
        const handle = await rig.begin({ giveUpAfter, polling: { max: '1 hour' } });
        const result = await handle.result();
        expect(result).toMatchObject({ status: 'completed', outcomes: { completed: 2, unsettled: 1 } });
        expect(result.notes.join()).toContain('Unsettled rows (lines of the file): 3.');
        expect(await rowResults(handle.workflowId)).toEqual(['completed', 'unsettled', 'completed']);
        const waited = (await endOf(handle)) - Date.parse(result.startsAt ?? '');
        expect(waited).toBeGreaterThanOrEqual(waitMs);
        expect(waited).toBeLessThan(waitMs + 2 * HOUR);
      });
    });

    test('calls that guardrails move to the next day are waited for', async () => {
      const now = await env.currentTimeMs();
      const opensAtMs = (now + 16 * HOUR) % DAY;
      rig = await Rig.start({
        env,
        rules: { guardrail: { opensAtMs, closesAtMs: (opensAtMs + HOUR) % DAY, share: 1 } },
        outcomes: answered,
      });
      const result = await rig.run(async () => (await rig.begin()).result());
      expect(result).toMatchObject({ status: 'completed', outcomes: { completed: CONTACTS } });
      expect((rig.simulator.dials()[0]?.at ?? 0) - now).toBeGreaterThan(15 * HOUR);
      expectEachCalledOnce(rig, CONTACTS);
    });
  });

  describe('with retries', () => {
    const retry = { enabled: true, max_retries: 2, retry_on_statuses: ['no-answer'] } as const;
    const asInput = { ...retry, retry_on_statuses: [...retry.retry_on_statuses], retry_intervals_minutes: [60, 120] };

    test('those that rest are waited for', async () => {
      rig = await Rig.start({
        env,
        outcomes: ({ row }, attempt) => (row === 1 && attempt < 3 ? { status: 'no-answer' } : answered()),
      });
      const result = await rig.run(async () => (await rig.begin({ retry: asInput })).result());
      expect(result).toMatchObject({ status: 'completed', outcomes: { completed: CONTACTS } });
      expect(rig.simulator.dials(numberOf(0)).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
      expect(rig.simulator.dials()).toHaveLength(5);
    });

    test('it ends as soon as every one is used up', async () => {
      rig = await Rig.start({
        env,
        outcomes: ({ row }) => (row === 1 ? { status: 'no-answer' } : answered()),
      });
      await rig.run(async () => {
        const handle = await rig.begin({ retry: asInput });
        const result = await handle.result();
        expect(result.outcomes).toEqual({ completed: 2, 'no-answer': 1 });
        const last = rig.simulator.dials().at(-1);
        expect(last?.attempt).toBe(3);
        expect((await endOf(handle)) - (last?.at ?? 0)).toBeLessThan(15 * MINUTE);
      });
    });

    test('it does not wait at all where no call may be retried', async () => {
      rig = await Rig.start({ env, outcomes: answered });
      await rig.run(async () => {
        const handle = await rig.begin({ retry: asInput });
        await handle.result();
        const last = rig.simulator.dials().at(-1)?.at ?? 0;
        expect((await endOf(handle)) - last).toBeLessThan(15 * MINUTE);
      });
    });
  });

  test('a call that a machine answered reaches nobody, and is counted apart', async () => {
    const voicemail = ({ row }: { row: number }) => ({ ...answered(), voicemail: row === 1 });
    rig = await Rig.start({ env, outcomes: voicemail });
    const result = await rig.run(async () => (await rig.begin()).result());
    expect(result).toMatchObject({ status: 'completed', outcomes: { completed: CONTACTS - 1, voicemail: 1 } });
  });

  describe('recordings', () => {
    const outside = new Outside({
      allowed: [parseNetwork('127.0.0.1')].flatMap((network) => (network ? [network] : [])),
    });
    afterAll(() => outside.close());
    const recordingsOf = async (id: string) => {
      const rows = [];
      for await (const row of (await readRows(await rig.storage.read(campaignFiles(id).results))).rows) rows.push(row);
      return rows.map(({ recording, recordingMissing }) => recording?.replace(/[\w-]{36}/, 'ID') ?? recordingMissing);
    };

    test('that are asked for are saved once all calls are made, whatever their host does before, and one that is missing fails nothing', async () => {
      rig = await Rig.start({ env, outcomes: answered, context: { outside } });
      rig.simulator.addFault({ endpoint: 'recording', nth: 3, action: { status: 404 } });
      const isCalling = () => rig.simulator.dials().length < CONTACTS;
      rig.simulator.addFault({ endpoint: 'storage', when: isCalling, action: { status: 503 } });
      await rig.run(async () => {
        const handle = await rig.begin({ recordings: true, maxRowsPerBatch: 2, maxBatchesAtOnce: 1 });
        const result = await handle.result();
        expect(result).toMatchObject({ status: 'completed', outcomes: { completed: CONTACTS } });
        expect(result.files?.recordings).toBe(rig.storage.uriOf(`${handle.workflowId}/recordings`));
        expect(result.notes).toEqual([expect.stringMatching(/^1 recording could not be downloaded/)]);
        expect(await recordingsOf(handle.workflowId)).toEqual([
          'recordings/ID.wav',
          'recordings/ID.wav',
          'Bolna has no recording of this call (404)',
        ]);
      });
    });

    test('that are not asked for are left where they are', async () => {
      rig = await Rig.start({ env, outcomes: answered, context: { outside } });
      await rig.run(async () => {
        const handle = await rig.begin();
        expect((await handle.result()).files).not.toHaveProperty('recordings');
        expect(await recordingsOf(handle.workflowId)).toEqual([null, null, null]);
      });
      expect(requestsTo(rig, 'recording')).toEqual([]);
    });

    test('that are still on their way when the campaign is canceled are not waited for', async () => {
      rig = await Rig.start({ env, outcomes: answered, context: { outside } });
      rig.simulator.addFault({ endpoint: 'storage', action: { hang: true } });
      await rig.run(async () => {
        const handle = await rig.begin({ recordings: true });
        rig.onActivity = (phase, name) => {
          if (phase === 'before' && name === 'saveRecordings') return handle.signal(cancelSignal);
        };
        await expect(handle.result()).rejects.toThrow();
        expect(await rig.memoResult(handle)).toMatchObject({
          status: 'canceled',
          outcomes: { completed: CONTACTS },
          notes: expect.arrayContaining([expect.stringMatching(/^Not all recordings were downloaded/)]),
        });
        // None has come.
        expect((await rig.memoResult(handle)).files).not.toHaveProperty('recordings');
      });
    });

    test('that are still on their way when the campaign is stopped are saved behind the stop', async () => {
      rig = await Rig.start({ env, outcomes: answered, context: { outside } });
      rig.simulator.addFault({ endpoint: 'storage', action: { hang: true } });
      await rig.run(async () => {
        const handle = await rig.begin({ recordings: true });
        let attempts = 0;
        rig.onActivity = (phase, name) => {
          if (phase !== 'before' || name !== 'saveRecordings') return undefined;
          attempts += 1;
          if (attempts === 1) return handle.signal(stopSignal);
          rig.simulator.clearFaults();
          return undefined;
        };
        expect(await handle.result()).toMatchObject({
          status: 'completed',
          reason: 'Every call was over when the stop came.',
        });
        expect([attempts, await recordingsOf(handle.workflowId)]).toEqual([
          2,
          Array(CONTACTS).fill('recordings/ID.wav'),
        ]);
      });
    });
  });

  test('with an empty wallet every row is still accounted for', async () => {
    rig = await Rig.start({ env, rules: { wallet: 0.05, concurrency: 1 }, outcomes: answered });
    const result = await rig.run(async () => (await rig.begin()).result());
    expect(result.status).toBe('completed');
    expect(result.outcomes).toEqual({ completed: 1, 'balance-low': 2 });
  });

  test('where the wallet is empty from the start, the campaign says that nobody was called', async () => {
    rig = await Rig.start({ env, rules: { wallet: 0 } });
    const handle = await rig.run(async () => {
      const begun = await rig.begin();
      await begun.result();
      return begun;
    });
    const reason = 'Nobody was called: the wallet at Bolna was empty (balance-low).';
    expect(await handle.result()).toMatchObject({
      status: 'completed',
      reason,
      errorType: 'WalletEmpty',
      outcomes: { 'balance-low': CONTACTS },
    });
    expect((await rig.progress(handle)).attention).toMatchObject({ kind: 'wallet-low' });
    expect(JSON.parse(await rig.file(handle.workflowId, 'summary.json'))).toMatchObject({ reason });
    expect(await rig.file(handle.workflowId, 'report.html')).toContain(reason);
  });

  describe('when the key is refused', () => {
    test.each(['unauthorized', 'forbidden'] as const)('at the beginning (%s), it fails at once', async (verdict) => {
      rig = await Rig.start({ env, keys: () => verdict });
      const from = await env.currentTimeMs();
      await rig.run(async () => {
        const handle = await rig.begin();
        await expect(handle.result()).rejects.toMatchObject({
          cause: { message: expect.stringContaining('Check BOLNA_API_KEY') },
        });
        expect((await endOf(handle)) - from).toBeLessThan(15 * MINUTE);
      });
      expectNobodyCalled(rig);
    });

    test.each(['unauthorized', 'forbidden'] as const)('in the middle (%s), it goes on once mended', async (verdict) => {
      let key: KeyVerdict = 'ok';
      rig = await Rig.start({ env, keys: () => key, outcomes: longCalls });
      await rig.run(async () => {
        const handle = await rig.begin();
        await passes(13 * MINUTE);
        key = verdict;
        await passes(5 * HOUR);
        expect((await rig.progress(handle)).state).toBe('running');
        key = 'ok';
        expect(await handle.result()).toMatchObject({ status: 'completed', outcomes: { completed: CONTACTS } });
      });
      expectEachCalledOnce(rig, CONTACTS);
    });
  });

  test.each([
    ['seconds', 900, 15 * MINUTE],
    ['a date', 'in half an hour', 30 * MINUTE],
  ])('Retry-After as %s is honoured', async (_, retryAfter, waitMs) => {
    rig = await Rig.start({ env, outcomes: answered });
    // The client reads a date by the machine's clock, as Bolna's would be.
    const value = typeof retryAfter === 'number' ? retryAfter : new Date(Date.now() + waitMs + 1000).toUTCString();
    rig.simulator.addFault({ endpoint: 'get', nth: 4, action: { status: 429, retryAfter: value } });
    await rig.run(async () => (await rig.begin()).result());
    const looks = requestsTo(rig, 'get');
    const limited = looks.findIndex(({ status }) => status === 429);
    const waited = (looks[limited + 1]?.at ?? 0) - (looks[limited]?.at ?? 0);
    expect(waited).toBeGreaterThan(waitMs - 5_000);
    expect(waited).toBeLessThan(waitMs + MINUTE);
  });

  describe('collecting', () => {
    const LARGE = 2_150;

    test('resumes where it failed, and asks for few pages twice', async () => {
      rig = await Rig.start({ env, rules: { concurrency: 1000 }, outcomes: answered });
      let collecting = false;
      rig.onActivity = (phase, activity) => {
        if (phase === 'before' && activity === 'collectExecutions') collecting = true;
      };
      rig.simulator.addFault({
        endpoint: 'executions',
        when: ({ query }) => collecting && query.page_number === '35',
        to: 1,
        action: { reset: 'before' },
      });
      const contacts = { csv: csvOf(LARGE) };
      const handle = await rig.run(async () => {
        const begun = await rig.begin({ contacts });
        expect(await begun.result()).toMatchObject({ status: 'completed', outcomes: { completed: LARGE } });
        return begun;
      });
      const lines = (await rig.file(handle.workflowId, 'executions.jsonl')).trimEnd().split('\n');
      expect(new Set(lines.map((line) => JSON.parse(line).id)).size).toBe(LARGE);
      expect(lines).toHaveLength(LARGE);
      const pages = requestsTo(rig, 'executions').map(({ query }) => Number(query.page_number));
      expect(pages.filter((page) => page === 34)).toHaveLength(1);
      expect(pages.filter((page) => page === 35)).toHaveLength(2);
    });

    test('begins anew where the parts of the attempt before are on another machine', async () => {
      rig = await Rig.start({ env, rules: { concurrency: 100 }, outcomes: answered });
      await rig.run(async () => {
        const handle = await rig.begin({ contacts: { csv: csvOf(120) } });
        const { batchId: id } = await handle.result();
        const ask = { campaignId: 'elsewhere', agentId: AGENT, batchId: id ?? '' };
        const heartbeatDetails = { page: 3, stretches: 1, executions: 100 };
        const second = new LoneAttempt(rig, 'collectExecutions', ask, { attempt: 2, heartbeatDetails });
        expect(await second.outcome).toEqual({ executions: 120, lastChange: expect.any(Number), gone: false });
        const lines = (await rig.file('elsewhere', 'executions.jsonl')).trimEnd().split('\n');
        expect(lines).toHaveLength(120);
      });
    });
  });

  test('no phone number, name or transcript is in the history of a campaign whose contacts come by URI', async () => {
    const transcript = 'assistant: Hello\nuser: my secret';
    rig = await Rig.start({ env, outcomes: () => ({ ...answered(), transcript }) });
    await rig.storage.write('uploads/people.csv', `${csvOf(CONTACTS)}12345,Nobody\n`);
    const uri = rig.storage.uriOf('uploads/people.csv');
    const handle = await rig.run(async () => {
      const begun = await rig.begin({ contacts: { uri } });
      expect((await begun.result()).status).toBe('completed');
      return begun;
    });
    const text = Buffer.from(JSON.stringify(await handle.fetchHistory())).toString();
    // Payloads are base64 in it, so each is looked at decoded as well.
    const payloads = [...text.matchAll(/"([A-Za-z0-9+/=]{16,})"/g)].map(([, data = '']) =>
      Buffer.from(data, 'base64').toString('latin1'),
    );
    const bytes = [...text.matchAll(/"data":\{"type":"Buffer","data":\[([\d,]*)\]/g)].map(([, data = '']) =>
      Buffer.from(data.split(',').map(Number)).toString('latin1'),
    );
    const everything = [text, ...payloads, ...bytes].join('\n');
    expect(everything).toContain('uploads/people.csv');
    for (let i = 0; i < CONTACTS; i++) expect(everything).not.toContain(numberOf(i).slice(1));
    expect(everything).not.toMatch(/Person \d|my secret|12345,/);
    expect(await rig.file(handle.workflowId, 'executions.jsonl')).toContain('my secret');
  });
});
