import type { RecordedSuppression, StopCalls, StoppedCalls } from '../../activities/types';
import { DIALECTS } from '../../simulator/rules';
import { disturbed, LoneSteps } from '../support/lone-steps';
import { AGENT, csvOf, DAY, numberOf } from '../support/rig';

/** What is asked of Bolna, and concluded, for people who must not be called any more. */

let steps: LoneSteps;
afterEach(() => steps.close());

const CAMPAIGN = 'lone';
const RETRY = { enabled: true, max_retries: 1, retry_on_statuses: ['no-answer' as const] };
let lists = 0;

async function record(
  contacts: Awaited<ReturnType<LoneSteps['validate']>>,
  numbers: unknown[],
  country?: string,
): Promise<RecordedSuppression> {
  const path = `${CAMPAIGN}/list-${++lists}.json`;
  await steps.storage.write(path, JSON.stringify({ numbers }));
  const { fileName, edition, split } = contacts;
  const ask = { campaignId: CAMPAIGN, list: steps.storage.uriOf(path), country };
  return steps.persist('recordSuppression', {
    ...ask,
    contacts: { fileName, ...(edition && { edition }), ...(split && { split }) },
  });
}

const stop = (order: number, more: Partial<StopCalls> = {}): Promise<StoppedCalls> =>
  steps.persist('stopCalls', {
    ...{ campaignId: CAMPAIGN, agentId: AGENT, order, answered: false, remakeAsked: false },
    ...more,
  });

/** A batch of three whose first contact is on the line. */
async function called(rules = {}, retry?: typeof RETRY) {
  const status = retry ? 'no-answer' : 'completed';
  steps = await LoneSteps.start({ rules: { concurrency: 1, ...rules }, outcomes: () => ({ status, ringSeconds: 20 }) });
  const contacts = await steps.validate(csvOf(3));
  const ask = { ...steps.ofBatch(contacts.fileName), edition: contacts.edition, retry };
  const { batchId } = await steps.persist('createBatch', ask);
  await steps.schedule(contacts, batchId);
  while (steps.dialled().length === 0) await steps.pass(1_000);
  return contacts;
}

test.each(DIALECTS)('tells a call in time from one too late in the dialect "%s"', async (dialect) => {
  const contacts = await called({ dialect });
  const { order, numbers } = await record(contacts, [numberOf(0), numberOf(2), '+12025550199']);
  expect(numbers).toEqual(['contact', 'contact', 'absent']);
  expect(await stop(order)).toEqual({
    numbers: [{ is: 'called', at: expect.any(Number) }, { is: 'prevented' }, null],
    // Of a word that nobody knows, an end is to come.
    done: dialect !== 'strange',
  });
  await steps.pass(DAY);
  expect(steps.dialled()).toEqual([numberOf(0), numberOf(1)]);
});

test.each([
  ['its answer is lost', { endpoint: 'stop-call', nth: 1, action: { status: 502, after: true } }],
  ['its answer says 404', { endpoint: 'stop-call', nth: 1, action: { status: 404 } }],
  ['its answer is a lie', { endpoint: 'stop-call', nth: 1, action: { status: 200, body: '{"status":"stopped"}' } }],
  ['the list is refused out of turn', { endpoint: 'list', nth: 1, action: { status: 400 } }],
  ['single calls cannot be read', { endpoint: 'execution', action: { status: 404 } }],
] as const)('a call is stopped although %s', async (_, fault) => {
  const contacts = await called({ executionIds: 'integer' });
  steps.simulator.addFault(fault as never);
  const { order } = await record(contacts, [numberOf(2)]);
  expect(await stop(order)).toEqual({ numbers: [{ is: 'prevented' }], done: true });
  await steps.pass(DAY);
  expect(steps.dialled()).not.toContain(numberOf(2));
});

test.each(DIALECTS)('stops the retry of a call that was made, in the dialect "%s"', async (dialect) => {
  const contacts = await called({ dialect, concurrency: 3 }, RETRY);
  const { order } = await record(contacts, [numberOf(0)]);
  // On the line there is an answer, and a retry to come. A word that nobody knows says neither.
  const done = dialect === 'strange';
  expect(await stop(order, { retry: RETRY })).toMatchObject({ numbers: [{ is: 'called' }], done });
  expect(await stop(order, { retry: RETRY, answered: true })).toMatchObject({
    numbers: [{ is: 'called' }],
    done: true,
  });
  await steps.pass(DAY);
  expect(steps.dialled()).toEqual([0, 1, 1, 2, 2].map(numberOf));
});

test('has a batch that has not started make way once, and then waits until it has', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(2));
  const { batchId } = await steps.create(contacts);
  await steps.schedule(contacts, batchId, undefined, steps.now + DAY);
  const { order } = await record(contacts, [numberOf(0)]);
  expect(await stop(order)).toEqual({ numbers: [{ is: 'open' }], done: false, remake: [{}] });
  const waits = steps.attempt('stopCalls', {
    ...{ campaignId: CAMPAIGN, agentId: AGENT, order, answered: false, remakeAsked: true },
  });
  await expect(waits.outcome).rejects.toMatchObject({ nextRetryDelay: 2_000 });
  const move = { campaignId: CAMPAIGN, agentId: AGENT, batchId };
  expect(await steps.persist('moveBatch', move)).toEqual({ outcome: 'moved' });
  expect(await stop(order, { remakeAsked: true })).toEqual({ numbers: [{ is: 'prevented' }], done: true });
  const { batchId: next } = await steps.create(contacts);
  expect(steps.simulator.batch(next)).toMatchObject({ total: 1, fileName: expect.stringMatching(/-without-1\.csv$/) });
});

describe('an order that comes while a batch is created and scheduled', () => {
  const prepare = async () => {
    steps = await LoneSteps.start();
    const contacts = await steps.validate(csvOf(2));
    const { batchId } = await steps.create(contacts);
    return { contacts, batchId };
  };

  test('before the claim keeps the batch from its start', async () => {
    const { contacts, batchId } = await prepare();
    const { order } = await record(contacts, [numberOf(0)]);
    expect(await stop(order)).toEqual({ numbers: [{ is: 'prevented' }], done: true });
    expect(await steps.schedule(contacts, batchId)).toEqual({ outcome: 'moved' });
    const { batchId: next, adopted } = await steps.create(contacts);
    expect({ adopted, same: next === batchId }).toEqual({ adopted: false, same: false });
    expect(await steps.schedule(contacts, next)).toMatchObject({ outcome: 'scheduled' });
    await steps.pass(DAY);
    expect(steps.dialled()).toEqual([numberOf(1)]);
  });

  test('behind the claim finds it, and says nothing before the batch has made way', async () => {
    const { contacts, batchId } = await prepare();
    let order = 0;
    const storage = disturbed(steps.storage, async (method, path) => {
      if (method !== 'size' || !path.includes('suppressed-later') || order > 0) return;
      // The claim is written; this look for orders is under way.
      order = -1;
      ({ order } = await record(contacts, [numberOf(0)]));
      expect(await stop(order)).toMatchObject({ numbers: [{ is: 'open' }], remake: [{}] });
    });
    const toSchedule = steps.toSchedule(contacts.fileName, batchId);
    const { outcome } = steps.attempt('scheduleBatch', toSchedule, { ...steps.context, storage });
    expect(await outcome).toEqual({ outcome: 'moved' });
    expect(order).toBe(1);
    expect(await stop(order, { remakeAsked: true })).toMatchObject({ numbers: [{ is: 'prevented' }] });
  });
});

test('the same list is one order, and a batch without anybody left is not created', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(2));
  const first = await record(contacts, [numberOf(0), '202 555 0101'], 'US');
  lists -= 1;
  expect(await record(contacts, [numberOf(0), '202 555 0101'], 'US')).toEqual(first);
  expect(first).toEqual({ order: 1, numbers: ['contact', 'contact'] });
  expect(await steps.create(contacts)).toMatchObject({ nobodyLeft: true });
  expect(steps.simulator.requests.filter(({ endpoint }) => endpoint === 'create')).toEqual([]);
});

test('names what a list is not', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(1));
  for (const numbers of [[], [7], Array.from({ length: 1001 }, () => '1')])
    await expect(record(contacts, numbers)).rejects.toThrow(/is not JSON such as \{"numbers": \["\+919876543210"\]\}/);
  expect(await record(contacts, ['Asha', '555-0100'])).toEqual({ order: 0, numbers: ['unreadable', 'unreadable'] });
});
