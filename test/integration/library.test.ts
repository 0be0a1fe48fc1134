/** @waits 45 */
import { getEventListeners } from 'node:events';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Client } from '@temporalio/client';
import { holdRecord } from '../../activities/schedule-record';
import { holdSplit } from '../../activities/split';
import { CampaignClient } from '../../client/campaigns';
import {
  CampaignConflictError,
  CampaignEndedError,
  CampaignNotFoundError,
  CampaignOverError,
  ContactsRefusedError,
  InvalidInputError,
  NoWorkerError,
  ResultsUnavailableError,
  TemporalUnreachableError,
} from '../../client/errors';
import type { LiveProgress } from '../../client/live-progress';
import type { ResultRow } from '../../results/rows';
import { LocalStorage } from '../../storage/local';
import { Scene } from '../support/crash';
import { DevServer, replay } from '../support/dev-server';
import { temporaryFolder } from '../support/folders';
import { endAll } from '../support/processes';
import { AGENT, csvOf, numberOf } from '../support/rig';

/** What upstream systems do with `CampaignClient`, on a real server with a real worker that all of these campaigns share. */

const OTHER_AGENT = '00000000-0000-4000-8000-000000000001';
const PEOPLE = 3;
const INPUT = { agentId: AGENT, contacts: { csv: `${csvOf(PEOPLE)}${numberOf(0)},Again\n` } };
/** Beyond the end of these tests. */
const LATER = { ...INPUT, startAt: new Date(Date.now() + 600_000).toISOString() };

let server: DevServer;
let scene: Scene;
let client: Client;
let campaigns: CampaignClient;
/** On a queue where nobody works. */
let unattended: CampaignClient;
let n = 0;
/** A campaign ID of its own for each test. */
let id: string;
beforeAll(async () => {
  server = await DevServer.start();
  client = await server.client();
  scene = await Scene.start(server);
  await scene.startWorker();
  campaigns = scene.campaigns;
  unattended = new CampaignClient(client, { taskQueue: 'nobody-works-here' });
});
beforeEach(() => {
  id = `library-${++n}`;
});
afterAll(async () => {
  await scene.close();
  await endAll();
  await server.stop();
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** What something fails with. */
async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (value) => {
      throw new Error(`It worked: ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

const rowsOf = (ofClient: CampaignClient) => all(ofClient.results(id));
const callsOf = (n: number) => scene.simulator.dials().filter(({ number }) => number === numberOf(n)).length;

/** What a worker that has died since has left of a campaign. */
const record = (batchId: string) => ({ batchId, fileName: `${id}-0.csv`, requestedStart: 2000, roundedStart: 3000 });

describe('a campaign ID', () => {
  test('is started once by any number of calls, at once, later and when it is over', async () => {
    const before = callsOf(0);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => campaigns.start(id, INPUT)));
    expect(outcomes.filter(({ started }) => started)).toEqual([{ campaignId: id, started: true, standing: 'running' }]);
    expect(await campaigns.start(id, INPUT)).toEqual({ campaignId: id, started: false, standing: 'running' });
    expect((await campaigns.result(id)).status).toBe('completed');
    expect(await campaigns.start(id, INPUT)).toEqual({ campaignId: id, started: false, standing: 'ended-for-good' });
    expect(callsOf(0)).toBe(before + 1);
  });

  test('with other contents is refused, and it is said which, while it runs and when it is over', async () => {
    await campaigns.start(id, INPUT);
    const other = { agentId: OTHER_AGENT, contacts: { csv: csvOf(2) }, maxRowsPerBatch: 7 };
    for (const _ of ['while it runs', 'when it is over']) {
      const error = await failure(campaigns.start(id, other));
      expect(error).toBeInstanceOf(CampaignConflictError);
      expect(error).toMatchObject({ campaignId: id, differs: ['contacts', 'agentId', 'maxRowsPerBatch'] });
      expect(String(error)).toBe(
        `CampaignConflictError: Campaign ${id} was already started with other contents (contacts, agentId, maxRowsPerBatch). Choose another campaign ID for these; nothing was started.`,
      );
      await campaigns.result(id);
    }
  });

  test('that another client has started is compared as well', async () => {
    const { workflow } = client;
    const taskQueue = 'nobody-works-here';
    await workflow.start('campaignWorkflow', { workflowId: id, taskQueue, args: [INPUT] });
    expect(await unattended.start(id, INPUT)).toMatchObject({ started: false });
    expect(await failure(unattended.start(id, { ...INPUT, account: 'sales' }))).toMatchObject({ differs: ['account'] });

    await workflow.start('somethingElse', { workflowId: `${id}-else`, taskQueue, args: [] });
    const noCampaign = await failure(unattended.start(`${id}-else`, INPUT));
    expect(noCampaign).toMatchObject({ name: 'CampaignConflictError', differs: [] });
    expect(await failure(unattended.stop(`${id}-else`))).toBeInstanceOf(CampaignNotFoundError);
  });

  test('is refused for a file that has changed under the same address', async () => {
    const input = { agentId: AGENT, contacts: { uri: 'file:///data/leads.csv' } };
    await unattended.start(id, input, { contactsHash: 'a1' });
    expect(await unattended.start(id, input, { contactsHash: 'a1' })).toMatchObject({ started: false });
    const changed = await failure(unattended.start(id, input, { contactsHash: 'b2' }));
    expect(changed).toMatchObject({ name: 'CampaignConflictError', differs: ['contacts'] });
  });

  test('that was canceled is free again, also for other wishes', async () => {
    await campaigns.start(id, LATER);
    await scene.until('a batch that waits', async () => (await campaigns.get(id)).state === 'waiting');
    await campaigns.cancel(id, { reason: 'too late', by: 'Ines' });
    expect(await campaigns.result(id)).toMatchObject({ status: 'canceled', reason: expect.stringContaining('Ines') });
    expect(await campaigns.get(id)).toMatchObject({ state: 'canceled', settled: 0 });
    expect(await campaigns.start(id, INPUT)).toMatchObject({ started: true });
    expect((await campaigns.result(id)).status).toBe('completed');
  });

  test('that cannot be one, or an input that cannot be, is refused before anything is sent', async () => {
    for (const [wrong, input, sentence] of [
      ['a/b', INPUT, /campaign ID must be/],
      [id, { ...INPUT, agentId: 'Asha' }, /^agentId must be the UUID/],
      [id, { ...INPUT, contacts: { csv: '' } }, /^contacts/],
    ] as const) {
      const error = await failure(campaigns.start(wrong, input));
      expect(error).toBeInstanceOf(InvalidInputError);
      expect(error).toMatchObject({ campaignId: wrong, message: expect.stringMatching(sentence) });
    }
    expect(await campaigns.standing(id)).toBeUndefined();
  });

  test('whose contacts cannot be used is refused with its faults before anything is sent, unless it is there already', async () => {
    for (const [csv, sentence, faults] of [
      ['name\nAsha\n', /contact_number/, 1],
      ['contact_number\n12\nnone\n', /All 2 rows are rejected/, 2],
    ] as const) {
      const error = await failure(campaigns.start(id, { ...INPUT, contacts: { csv } }));
      expect(error).toBeInstanceOf(ContactsRefusedError);
      expect(error).toMatchObject({ campaignId: id, message: expect.stringMatching(sentence) });
      expect((error as ContactsRefusedError).faults).toHaveLength(faults);
    }
    const unlisted = await failure(campaigns.start(id, { ...INPUT, suppress: 'hello' }));
    expect(unlisted).toMatchObject({
      name: 'ContactsRefusedError',
      message: expect.stringMatching(/^(The suppression list )?hello is n/),
    });
    expect(await campaigns.standing(id)).toBeUndefined();
    // As another client, or an earlier release, has started it.
    const contacts = { csv: 'name\nAsha\n' };
    await client.workflow.start('campaignWorkflow', {
      workflowId: id,
      taskQueue: 'nobody',
      args: [{ ...INPUT, contacts }],
    });
    expect(await campaigns.start(id, { ...INPUT, contacts })).toMatchObject({ started: false });
    await client.workflow.getHandle(id).terminate();
  });

  test('that nobody has started is told as unknown, whatever is asked', async () => {
    for (const ask of [
      () => campaigns.get(id),
      () => campaigns.stop(id),
      () => campaigns.cancel(id),
      () => campaigns.result(id),
      () => rowsOf(campaigns),
      () => all(campaigns.progress(id)),
    ]) {
      const error = await failure(ask());
      expect(error).toBeInstanceOf(CampaignNotFoundError);
      expect(error).toMatchObject({ campaignId: id, namespace: 'default' });
    }
  });
});

describe('the progress', () => {
  test('comes at each change and ends with the campaign, whose result is then there', async () => {
    await campaigns.start(id, INPUT);
    const seen = await all(campaigns.progress(id, { intervalMs: 50 }));
    const states = seen.map(({ state }) => state);
    expect(new Set(states).size).toBeGreaterThan(2);
    expect(states.filter((state) => state === 'completed')).toHaveLength(1);
    const last = seen.at(-1);
    expect(last).toMatchObject({
      state: 'completed',
      contacts: { total: PEOPLE + 1, valid: PEOPLE },
      counts: { completed: PEOPLE },
      settled: PEOPLE,
      costIsEstimate: false,
    });
    expect(last?.result).toEqual(await campaigns.result(id));
    const told = (p: LiveProgress) => JSON.stringify({ ...p, lastLook: null, nextLook: null });
    for (const [at, progress] of seen.entries()) {
      const before = seen[at - 1];
      if (before) expect(told(progress)).not.toBe(told(before));
    }
  });

  test('ends with the reason of a signal, and leaves the campaign alone', async () => {
    await campaigns.start(id, LATER);
    const controller = new AbortController();
    const { signal } = controller;
    const watching = (async () => {
      for await (const _ of campaigns.progress(id, { intervalMs: 3_600_000, signal })) {
        controller.abort(new Error('enough'));
      }
    })();
    expect(await failure(watching)).toMatchObject({ message: 'enough' });
    expect(await failure(campaigns.result(id, { signal: AbortSignal.timeout(500) }))).toMatchObject({
      name: 'TimeoutError',
    });
    expect(await failure(campaigns.result(id, { signal }))).toMatchObject({ message: 'enough' });
    expect((await campaigns.standing(id))?.standing).toBe('running');
  });

  test('leaves nothing on the signal, however many looks are made', async () => {
    await campaigns.start(id, INPUT);
    const { signal } = new AbortController();
    for await (const { state } of campaigns.progress(id, { intervalMs: 50, signal }))
      expect([state, getEventListeners(signal, 'abort')]).toEqual([state, []]);
    await campaigns.result(id, { signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('waits for a worker that comes, and tells when none does', async () => {
    const taskQueue = 'somebody-comes';
    const waited = new CampaignClient(client, { taskQueue });
    await waited.start(id, INPUT);
    const watching = all(waited.progress(id, { intervalMs: 50, patienceMs: 120_000 }));
    const given = await failure(all(waited.progress(id, { intervalMs: 50, patienceMs: 0 })));
    expect(given).toBeInstanceOf(NoWorkerError);
    expect(given).toMatchObject({ campaignId: id, taskQueue });
    expect(String(given)).toContain(`start one of this release on the task queue ${taskQueue}`);
    await scene.startWorker({ env: { CAMPAIGN_TASK_QUEUE: taskQueue } });
    expect((await watching).at(-1)?.state).toBe('completed');
  });
});

test('a campaign that nobody halts is told first with what works now, by the batches on record', async () => {
  const storage = new LocalStorage(temporaryFolder('records-'));
  const own = new CampaignClient(client, { taskQueue: 'nobody-works-here', storage });
  await holdRecord(storage, { campaignId: `${id}-one` }, record('b1'));
  await holdSplit(storage, `${id}-two`, { fileName: `${id}-0.csv`, rowsPerBatch: 2, offsets: [10, 50], bytes: 90 });
  for (const part of [1, 2]) await holdRecord(storage, { campaignId: `${id}-two`, part }, record(`b${part}`));
  const halted = async (campaignId: string, named: string) => {
    await own.start(campaignId, INPUT);
    const words = `Bolna may still be calling. Stop ${named} in Bolna's dashboard.`;
    expect(await own.stop(campaignId)).toEqual({ warning: `${words} No worker is running that could stop it.` });
    const silence = await failure(own.get(campaignId));
    expect(silence).toMatchObject({
      warning: words,
      message: expect.stringMatching(new RegExp(`^${words} No worker answers`)),
    });
    const listed = await all(own.list({ state: 'active', progress: false }));
    expect(listed.find((one) => one.campaignId === campaignId)).toMatchObject({
      ...{ warning: words, needsAttention: 'halt-unconfirmed', progress: null },
    });
  };
  await Promise.all([
    halted(`${id}-none`, 'the batch'),
    halted(`${id}-one`, 'batch b1'),
    halted(`${id}-two`, 'batches b1 and b2'),
  ]);
});

describe('the rows of the results', () => {
  test('are not there before the end, nor of a campaign that could not begin', async () => {
    await unattended.start(id, INPUT);
    const early = await failure(rowsOf(unattended));
    expect(early).toBeInstanceOf(ResultsUnavailableError);
    expect(early).toMatchObject({ campaignId: id, why: 'not-ended' });

    id = `${id}-empty`;
    await campaigns.start(id, { ...INPUT, contacts: scene.storedContacts('name\nAsha\n') });
    expect(await campaigns.result(id)).toMatchObject({ status: 'failed', files: null });
    const late = await failure(rowsOf(campaigns));
    expect(late).toMatchObject({ name: 'ResultsUnavailableError', why: 'none' });
    expect(String(late)).toMatch(/has ended without results: .*contact_number/);
  });

  test('are found in a storage that is named, wherever the worker had it, and missed there', async () => {
    await campaigns.start(id, INPUT);
    await campaigns.result(id);
    const copy = temporaryFolder('mounted-');
    const folder = join(scene.path('..'), id);
    cpSync(folder, join(copy, id), { recursive: true });
    rmSync(join(folder, 'results.csv'));
    for (const storage of [copy, pathToFileURL(copy).href]) {
      expect(await rowsOf(new CampaignClient(client, { storage }))).toHaveLength(PEOPLE + 1);
    }
    const missing = await failure(rowsOf(campaigns));
    expect(missing).toMatchObject({ name: 'ResultsUnavailableError', why: 'missing' });
    expect(String(missing)).toMatch(/are not at file:.*Set CAMPAIGN_DATA/);
    writeFileSync(join(copy, id, 'results.csv'), 'no results\n');
    const damaged = await failure(rowsOf(new CampaignClient(client, { storage: copy })));
    expect(damaged).toMatchObject({ name: 'ResultsDamagedError' });
    const nowhere = await failure(rowsOf(new CampaignClient(client, { storage: 'ftp://host/x' })));
    expect(nowhere).toMatchObject({ name: 'StorageUnusableError' });
  });
});

describe('a connection', () => {
  test('of its own is made and closed', async () => {
    const own = await CampaignClient.connect({ address: server.address });
    expect(await own.standing('nobody')).toBeUndefined();
    await own.close();
    await expect(own.standing('nobody')).rejects.toThrow();
  });

  test('that is the caller’s stays open', async () => {
    await new CampaignClient(client).close();
    expect(await campaigns.standing('nobody')).toBeUndefined();
  });

  test('is refused without an address: whatever listens on the usual port may be a stranger’s', async () => {
    const named = process.env.TEMPORAL_ADDRESS;
    delete process.env.TEMPORAL_ADDRESS;
    try {
      expect(await failure(CampaignClient.connect())).toMatchObject({
        name: 'NoServerNamedError',
        message: 'No Temporal server is named. Give an address (host:port), or set TEMPORAL_ADDRESS.',
      });
    } finally {
      if (named !== undefined) process.env.TEMPORAL_ADDRESS = named;
    }
  });

  test.each([
    ['no server', { address: '127.0.0.1:9', timeoutMs: 500 }, { address: '127.0.0.1:9', namespace: 'default' }],
    ['no such namespace', { namespace: 'elsewhere' }, { namespace: 'elsewhere' }],
  ])('to %s fails in one sentence', async (_, options, data) => {
    const error = await failure(CampaignClient.connect({ address: server.address, ...options }));
    expect(error).toBeInstanceOf(TemporalUnreachableError);
    expect(error).toMatchObject(data);
    expect(String(error)).toMatch(
      /^TemporalUnreachableError: No Temporal server with namespace "\w+" answers at \S+ \(.*\)\. .*\.$/,
    );
  });
});

describe('a campaign that is over', () => {
  test('cannot be halted any more', async () => {
    await campaigns.start(id, LATER);
    await campaigns.stop(id);
    expect((await campaigns.result(id)).status).toBe('stopped');
    for (const halt of ['stop', 'cancel'] as const) {
      const error = await failure(campaigns[halt](id));
      expect(error).toBeInstanceOf(CampaignOverError);
      expect(error).toMatchObject({ campaignId: id });
    }
  });

  test('terminated in Temporal says so, and that it may be started again', async () => {
    await unattended.start(id, INPUT);
    await client.workflow.getHandle(id).terminate('by mistake');
    const error = await failure(unattended.result(id));
    expect(error).toBeInstanceOf(CampaignEndedError);
    expect(error).toMatchObject({ campaignId: id });
    const { state, lastError, result } = await unattended.get(id);
    expect({ state, result }).toEqual({ state: 'failed', result: undefined });
    expect(lastError).toMatch(
      /^The campaign was terminated in Temporal \(by mistake\).*Start it again with the same ID/,
    );
    expect(await failure(rowsOf(unattended))).toMatchObject({ why: 'none' });
    expect(await unattended.start(id, LATER)).toMatchObject({ started: true });
  });

  test('tells its progress, result and rows when there is no worker any more', async () => {
    await campaigns.start(id, INPUT);
    const result = await campaigns.result(id);
    await endAll();
    const expected = { state: 'completed', contacts: result.contacts, cost: result.cost, step: null, result };
    expect(await campaigns.get(id)).toMatchObject(expected);
    expect(await all(campaigns.progress(id))).toHaveLength(1);
    const rows = await rowsOf(campaigns);
    expect(rows.map(({ line, result }) => [line, result])).toEqual([
      [2, 'completed'],
      [3, 'completed'],
      [4, 'completed'],
      [5, 'duplicate'],
    ]);
    expect(rows[0]).toMatchObject({
      contactNumber: numberOf(0),
      durationSeconds: 180,
      values: { customer_name: 'Person 0' },
    } satisfies Partial<ResultRow>);
    expect(rows[3]).toMatchObject({ executionId: null, cost: null });
    expect(rows.reduce((sum, { cost }) => sum + (cost ?? 0), 0)).toBeCloseTo(result.cost);
  });
});

test('every history of these campaigns replays', async () => {
  const { replayed, failures } = await replay(client, `TaskQueue = '${scene.taskQueue}'`);
  expect(failures).toEqual([]);
  expect(replayed).toBeGreaterThan(8);
});
