import { StorageError } from '../../storage/storage';
import { disturbed, LoneSteps } from '../support/lone-steps';
import { AGENT, csvOf, HOUR, MINUTE } from '../support/rig';

const ROWS = 20;
const SLOW = {
  rules: { concurrency: 1 },
  outcomes: () => ({ status: 'completed', talkSeconds: 300 }) as const,
};
const HALT = { campaignId: 'lone', agentId: AGENT };

/** What a halt asks Bolna while one thing or another is out of order. */
let steps: LoneSteps;
afterEach(() => steps.close());

async function begun(rowsPerBatch?: number, startAt?: number): Promise<string> {
  const contacts = await steps.validate(csvOf(ROWS), { maxRowsPerBatch: rowsPerBatch });
  const part = rowsPerBatch === undefined ? undefined : 1;
  const { batchId } = await steps.create(contacts, part);
  await steps.schedule(contacts, batchId, part, startAt);
  return batchId;
}

test.each([
  ['running', 20 * MINUTE],
  ['scheduled', MINUTE],
])('a %s batch is stopped also while the storage is down', async (status, after) => {
  steps = await LoneSteps.start(SLOW);
  const batchId = await begun();
  await steps.pass(after);
  expect(steps.simulator.batch(batchId)?.status).toBe(status);
  const dialled = steps.dialled().length;
  const storage = disturbed(steps.storage, () => {
    throw new StorageError('The bucket is away.', 'unreachable', 'ECONNREFUSED');
  });
  const halt = steps.attempt('haltBatches', { ...HALT, batchId }, { ...steps.context, storage });
  await expect(halt.outcome).rejects.toThrow('The bucket is away.');
  expect(steps.simulator.batch(batchId)?.status).toBe('stopped');
  await steps.pass(5 * HOUR);
  expect(steps.dialled()).toHaveLength(dialled);
});

test.each(['list', 'get', 'stop'] as const)('a refusal to %s, out of turn, does not end a halt', async (endpoint) => {
  steps = await LoneSteps.start(SLOW);
  const batchId = await begun();
  await steps.pass(20 * MINUTE);
  steps.simulator.addFault({ endpoint, nth: 1, action: { status: 400 } });
  expect(await steps.persist('haltBatches', { ...HALT, batchId })).toMatchObject({ started: true });
  expect(steps.simulator.batch(batchId)?.status).toBe('stopped');
});

test('a halt that knows of no batch believes a refusal after some attempts: it may be of the agent itself', async () => {
  steps = await LoneSteps.start();
  steps.simulator.addFault({ endpoint: 'list', action: { status: 422 } });
  await expect(steps.persist('haltBatches', { ...HALT, batchId: undefined })).rejects.toMatchObject({
    type: 'BolnaRefused',
  });
  expect(steps.simulator.requests).toHaveLength(10);
});

test('a halt of the whole campaign reaches a batch of several that only its record tells of', async () => {
  steps = await LoneSteps.start({ rules: { ...SLOW.rules, listLagMs: 30 * MINUTE } });
  const batchId = await begun(ROWS / 2);
  const halted = await steps.persist('haltBatches', { ...HALT, batchId: undefined });
  expect(halted.started).toBe(false);
  await steps.pass(5 * HOUR);
  expect(steps.simulator.batch(batchId)?.deleted).toBe(true);
  expect(steps.dialled()).toEqual([]);
});

test('what such a halt deletes ahead of its start is forgotten, and can be made anew', async () => {
  steps = await LoneSteps.start(SLOW);
  const batchId = await begun(ROWS / 2, steps.now + 3 * HOUR);
  await steps.persist('haltBatches', { ...HALT, batchId: undefined });
  await steps.pass(4 * HOUR);
  const contacts = await steps.validate(csvOf(ROWS), { maxRowsPerBatch: ROWS / 2 });
  const again = await steps.create(contacts, 1);
  expect(again).toMatchObject({ adopted: false, status: 'created' });
  expect(again.batchId).not.toBe(batchId);
});

describe('another account', () => {
  let other: LoneSteps;
  afterEach(() => other.close());

  test('is refused for a campaign that was begun with one: it would call everyone anew', async () => {
    steps = await LoneSteps.start();
    other = await LoneSteps.start({}, steps, { account: 'sales' });
    const batchId = await begun(undefined, steps.now + 3 * HOUR);
    await other.pass(10 * MINUTE);
    await expect(other.validate(csvOf(ROWS), { account: 'sales' })).rejects.toMatchObject({ type: 'OtherAccount' });
    const contacts = await other.validate(csvOf(ROWS));
    await expect(other.create(contacts)).rejects.toThrow('was begun with account "default"');
    // Nor does a halt take the batch that this account cannot see for gone.
    await expect(other.persist('haltBatches', { ...HALT, batchId: undefined })).rejects.toMatchObject({
      type: 'OtherAccount',
    });
    expect((await steps.create(contacts)).batchId).toBe(batchId);
  });
});

test('executions that a list lacks are missed also where no look has counted them', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(5));
  const { batchId } = await steps.create(contacts);
  await steps.schedule(contacts, batchId);
  await steps.pass(3 * HOUR);
  steps.simulator.addFault({
    endpoint: 'executions',
    nth: 1,
    action: { status: 200, body: { data: [], has_more: false } },
  });
  const collected = await steps.persist('collectExecutions', { ...HALT, batchId });
  expect(collected).toEqual({ executions: 5, lastChange: expect.any(Number), gone: false });
});

test('a batch that was never scheduled is deleted at the end also where the list does not show it yet', async () => {
  steps = await LoneSteps.start({ rules: { ...SLOW.rules, listLagMs: 30 * MINUTE } });
  const contacts = await steps.validate(csvOf(5));
  const { batchId } = await steps.create(contacts);
  const ask = { ...HALT, keep: undefined, unscheduled: batchId };
  expect(await steps.persist('deleteTwins', ask)).toEqual({ deleted: 1 });
  expect(steps.simulator.batch(batchId)?.deleted).toBe(true);
});

test('a twin is deleted also where the look before took as long as a start may be ahead', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(ROWS));
  const { batchId } = await steps.create(contacts);
  let looks = 0;
  steps.simulator.onRequest(async (phase, { endpoint }) => {
    // In three minutes the batch could have been given a start, and have begun.
    if (phase === 'after' && endpoint === 'get' && ++looks <= 2) await steps.pass(3 * MINUTE);
    return undefined;
  });
  const ask = { campaignId: 'lone', agentId: AGENT, keep: undefined };
  expect(await steps.persist('deleteTwins', ask)).toEqual({ deleted: 1 });
  expect(steps.simulator.batch(batchId)?.deleted).toBe(true);
  expect(looks).toBe(3);
});
