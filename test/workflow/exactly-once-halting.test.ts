import type { SimulatorOptions } from '../../simulator/options';
import { attempt } from '../support/attempts';
import { atRequest } from '../support/moments';
import { expectEachCalledOnce, expectNobodyCalled, numbersDialled, requestsTo, standingBatches } from '../support/once';
import { AGENT, csvOf, DAY, HOUR, MINUTE, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

const CONTACTS = 3;
const ID = 'halted';
const KEY = { campaignId: ID, agentId: AGENT, fileName: `${ID}-0123456789abcdef.csv` };

/** Attempts one by one, each as if the worker of the one before had died. */
describe('halting, attempt by attempt', () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.skipping();
  });
  afterAll(() => env.teardown());
  afterEach(() => rig.close());

  async function scheduled(inMs: number, options: SimulatorOptions = {}): Promise<string> {
    rig = await Rig.start({ env, outcomes: () => ({ status: 'completed', talkSeconds: 1800 }), ...options });
    await rig.storage.write(`${ID}/contacts.csv`, csvOf(CONTACTS));
    const { batchId } = await attempt(rig, 'createBatch', KEY);
    const now = await env.currentTimeMs();
    await attempt(rig, 'scheduleBatch', { ...KEY, batchId, startAt: now + inMs, startBy: now + 8 * DAY });
    return batchId;
  }

  async function passes(ms: number): Promise<void> {
    await env.sleep(ms);
    await rig.simulator.sync();
  }

  const start = () => rig.simulator.batches()[0]?.scheduledAt ?? 0;
  const untilStart = async (ms: number) => passes(start() - ms - (await env.currentTimeMs()));
  const halt = (batchId: string, memory?: unknown) =>
    attempt(rig, 'haltBatches', { campaignId: ID, agentId: AGENT, batchId }, { heartbeatDetails: memory });
  const createAgain = () => attempt(rig, 'createBatch', KEY, { heartbeatDetails: { missing: 9 } });

  test('deletes a batch well before its start, and forgets it', async () => {
    const batchId = await scheduled(HOUR);
    expect(await halt(batchId)).toEqual({ started: false, batch: undefined });
    await passes(DAY);
    expectNobodyCalled(rig);
    expect((await createAgain()).adopted).toBe(false);
  });

  test('stops, and does not delete, a batch that begins at any moment', async () => {
    const batchId = await scheduled(HOUR);
    await untilStart(MINUTE / 2);
    expect(await halt(batchId)).toMatchObject({ started: true, batch: { phase: 'stopped' } });
    expect(requestsTo(rig, 'delete')).toEqual([]);
    await passes(DAY);
    expectNobodyCalled(rig);
  });

  test('goes on until the batch has begun where it can be neither deleted nor stopped before', async () => {
    const batchId = await scheduled(HOUR, { rules: { deleteScheduled: false, stopScheduled: false, concurrency: 1 } });
    await expect(halt(batchId)).rejects.toThrow('still shows batch');
    await untilStart(0);
    await passes(MINUTE);
    expect(await halt(batchId)).toMatchObject({ started: true, batch: { phase: 'stopped' } });
    await passes(DAY);
    expect(numbersDialled(rig)).toHaveLength(1);
  });

  test('does not believe a single 404, and deletes the batch after all', async () => {
    const batchId = await scheduled(HOUR);
    rig.simulator.addFault({ endpoint: 'get', to: 1, action: { status: 404 } });
    rig.simulator.addFault({ endpoint: 'list', to: 2, action: { status: 404 } });
    await expect(halt(batchId)).rejects.toThrow('asking again');
    await halt(batchId, { started: false, missing: { [batchId]: 1 } });
    await passes(DAY);
    expectNobodyCalled(rig);
    expect(standingBatches(rig)).toEqual([]);
  });

  test('knows why the batch is gone when the attempt that deleted it has died', async () => {
    const batchId = await scheduled(HOUR);
    rig.simulator.addFault({ endpoint: 'delete', to: 1, action: { reset: 'after' } });
    await expect(halt(batchId)).rejects.toThrow();
    await passes(2 * HOUR);
    expect(await halt(batchId, { started: false, missing: { [batchId]: 2 } })).toMatchObject({ started: false });
    expect((await createAgain()).adopted).toBe(false);
    expectNobodyCalled(rig);
  });

  test('remembers that a batch began whose delete never arrived', async () => {
    const batchId = await scheduled(HOUR);
    rig.simulator.addFault({ endpoint: 'delete', to: 1, action: { reset: 'before' } });
    await expect(halt(batchId)).rejects.toThrow();
    await passes(80 * MINUTE);
    expect(await halt(batchId)).toMatchObject({ started: true, batch: { phase: 'stopped' } });
    await rig.simulator.deleteFromDashboard(batchId);
    await expect(createAgain()).rejects.toThrow('nobody can tell who was called');
    expectEachCalledOnce(rig, CONTACTS);
  });

  test('does not say that nobody was called where its delete came late and took a running batch away', async () => {
    const batchId = await scheduled(HOUR, { rules: { deleteRunning: true } });
    atRequest('delete')(rig, () => untilStart(-MINUTE));
    await expect(halt(batchId)).rejects.toThrow('asking again');
    expect(await halt(batchId, { started: false, missing: { [batchId]: 2 } })).toEqual({
      started: true,
      batch: undefined,
    });
    expectEachCalledOnce(rig, CONTACTS);
    await expect(createAgain()).rejects.toThrow('nobody can tell who was called');
  });

  test('takes its mark back where Bolna refuses the delete, so that a later loss is one', async () => {
    const batchId = await scheduled(HOUR, { rules: { deleteScheduled: false, stopScheduled: false } });
    await expect(halt(batchId)).rejects.toThrow('still shows batch');
    await passes(2 * HOUR);
    await rig.simulator.deleteFromDashboard(batchId);
    await expect(createAgain()).rejects.toThrow('nobody can tell who was called');
    expectEachCalledOnce(rig, CONTACTS);
  });

  test('takes a batch that others deleted after its start for one that has begun', async () => {
    const batchId = await scheduled(HOUR);
    await passes(2 * HOUR);
    await rig.simulator.deleteFromDashboard(batchId);
    expect(await halt(batchId, { started: false, missing: { [batchId]: 2 } })).toEqual({
      started: true,
      batch: undefined,
    });
    await expect(createAgain()).rejects.toThrow('nobody can tell who was called');
  });

  test('deleting a batch that was never scheduled does not count as losing it', async () => {
    rig = await Rig.start({ env });
    await rig.storage.write(`${ID}/contacts.csv`, csvOf(CONTACTS));
    const { batchId } = await attempt(rig, 'createBatch', KEY);
    rig.simulator.addFault({ endpoint: 'schedule', action: { status: 422 } });
    const startBy = (await env.currentTimeMs()) + DAY;
    await expect(attempt(rig, 'scheduleBatch', { ...KEY, batchId, startAt: undefined, startBy })).rejects.toThrow(
      'refused to schedule',
    );
    await attempt(rig, 'deleteTwins', { campaignId: ID, agentId: AGENT, keep: undefined });
    expect(standingBatches(rig)).toEqual([]);
    await passes(DAY);
    expect((await createAgain()).adopted).toBe(false);
  });
});
