import type { RecordedSuppression, StopCalls, StoppedCalls } from '../../activities/types';
import { DIALECTS } from '../../simulator/rules';
import { LoneSteps, StepAttempt } from '../support/lone-steps';
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
  const { edition, split } = contacts;
  fileName = contacts.fileName;
  const ask = { campaignId: CAMPAIGN, list: steps.storage.uriOf(path), country };
  return steps.persist('recordSuppression', {
    ...ask,
    contacts: { fileName, ...(edition && { edition }), ...(split && { split }) },
  });
}

/** The contacts of the campaign that `steps` are of. */
let fileName = '';
const toStop = (order: number, more: Partial<StopCalls> = {}): StopCalls => ({
  ...{ campaignId: CAMPAIGN, agentId: AGENT, fileName, order, told: 'nothing', remakesAsked: [] },
  ...more,
});
const stop = (order: number, more: Partial<StopCalls> = {}): Promise<StoppedCalls> =>
  steps.persist('stopCalls', toStop(order, more));

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
  expect(await stop(order, { told: 'partly' })).toEqual({
    numbers: [{ is: 'called', at: expect.any(Number) }, { is: 'prevented' }, null],
    // Until the call on the line is over, the agent may be asked to call again.
    done: false,
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
  expect(await stop(order, { retry: RETRY, told: 'all' })).toMatchObject({
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
  const waits = steps.attempt('stopCalls', toStop(order, { remakesAsked: [{}] }));
  await expect(waits.outcome).rejects.toMatchObject({ nextRetryDelay: 2_000 });
  const move = { campaignId: CAMPAIGN, agentId: AGENT, batchId };
  expect(await steps.persist('moveBatch', move)).toEqual({ outcome: 'moved' });
  expect(await stop(order, { remakesAsked: [{}] })).toEqual({ numbers: [{ is: 'prevented' }], done: true });
  const { batchId: next } = await steps.create(contacts);
  expect(steps.simulator.batch(next)).toMatchObject({ total: 1, fileName: expect.stringMatching(/-without-1\.csv$/) });
});

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

test.each([
  ['every minute', 'a start may be asked for at once', undefined, MINUTE],
  ['two minutes before', 'a start is wished', 7 * MINUTE, 5 * MINUTE],
  ['every ten minutes', 'the start is far', DAY, 10 * MINUTE],
])(
  'watches a batch that was refused its start %s, where %s, until another one has the claim',
  async (_, __, ahead, wait) => {
    steps = await LoneSteps.start();
    const contacts = await steps.validate(csvOf(2));
    await steps.create(contacts);
    const { order } = await record(contacts, [numberOf(0)]);
    expect(await stop(order)).toEqual({ numbers: [{ is: 'prevented' }], done: false });
    const ask = toStop(order, { told: 'all', ...(ahead !== undefined && { startAt: steps.now + ahead }) });
    await expect(steps.attempt('stopCalls', ask).outcome).rejects.toMatchObject({ nextRetryDelay: wait });
    const { batchId, leftOut } = await steps.create(contacts);
    expect(
      await steps.persist('scheduleBatch', { ...steps.toSchedule(contacts.fileName, batchId), leftOut }),
    ).toMatchObject({
      outcome: 'scheduled',
    });
    expect(await stop(order, { told: 'all' })).toEqual({ numbers: [{ is: 'prevented' }], done: true });
  },
);

test.each([
  ['at least as long before its start as it may take', 450 * SECOND, {}, true],
  ['only until then', 449 * SECOND, {}, false],
  ['only where the next start would not be too late', 20 * MINUTE, { startBy: -1 }, false],
  ['only where the next start is not wished too late', 20 * MINUTE, { startAt: 1, startBy: 5 * MINUTE }, false],
  ['although its answer leaves the start out, which stands in the record', DAY, { scheduled_at: undefined }, true],
])('a batch makes way %s: %s ms ahead with %j, %s', async (_, ahead, more, makesWay) => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(2));
  const { batchId } = await steps.create(contacts);
  const start = steps.now + DAY;
  await steps.schedule(contacts, batchId, undefined, start);
  await steps.pass(DAY - ahead);
  const { order } = await record(contacts, [numberOf(0)]);
  const { startAt = 0, startBy, ...facts } = more as { startAt?: number; startBy?: number };
  steps.simulator.override(batchId, facts);
  const wish = { startAt: start + startAt, startBy: start + (startBy ?? 0) };
  const seen = await steps.attempt('stopCalls', toStop(order, { wish })).outcome.catch((error: unknown) => error);
  expect(seen).toMatchObject(makesWay ? { remake: [{}] } : { type: 'NoNews' });
  // Whoever deletes it decides the same way, also where it was asked for a moment before.
  const move = { campaignId: CAMPAIGN, agentId: AGENT, batchId, outdated: true, wish };
  expect(await steps.persist('moveBatch', move)).toMatchObject({ outcome: makesWay ? 'moved' : 'refused' });
  if (makesWay) return;
  const ask = { ...steps.toSchedule(contacts.fileName, batchId), ...wish, leftOut: 0 };
  expect(await steps.persist('scheduleBatch', ask)).toMatchObject({ outcome: 'scheduled' });
});

test('a claimed batch that cannot be made anew in time gets its start, and the call is stopped by itself', async () => {
  steps = await LoneSteps.start({ rules: { concurrency: 1 } });
  const contacts = await steps.validate(csvOf(3));
  const { batchId } = await steps.create(contacts);
  const ask = { ...steps.toSchedule(contacts.fileName, batchId), startBy: steps.now + 10 * MINUTE, leftOut: 0 };
  steps.simulator.addFault({ endpoint: 'schedule', nth: 1, action: { status: 503 } });
  await steps.attempt('scheduleBatch', ask).outcome.catch(() => undefined);
  const { order } = await record(contacts, [numberOf(2)]);
  await expect(steps.attempt('stopCalls', toStop(order)).outcome).rejects.toThrow('of 1 contacts, 1 are not shown');
  expect(await steps.persist('scheduleBatch', ask)).toMatchObject({ outcome: 'scheduled', minded: true });
  while (steps.dialled().length === 0) await steps.pass(SECOND);
  expect(await stop(order)).toEqual({ numbers: [{ is: 'prevented' }], done: true });
  await steps.pass(DAY);
  expect(steps.dialled()).toEqual([0, 1].map(numberOf));
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

test('a list whose address is used again with other numbers is another order', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(3));
  await record(contacts, [numberOf(0)]);
  lists -= 1;
  const { order } = await record(contacts, [numberOf(1)]);
  expect(order).toBe(2);
  expect(await stop(order)).toEqual({ numbers: [{ is: 'prevented' }], done: true });
  const { batchId, leftOut } = await steps.create(contacts);
  await steps.persist('scheduleBatch', { ...steps.toSchedule(contacts.fileName, batchId), leftOut });
  await steps.pass(DAY);
  expect(steps.dialled()).toEqual([numberOf(2)]);
});

test('counts the orders of other contacts of the same campaign, whose numbers a batch was made without', async () => {
  steps = await LoneSteps.start({ rules: { concurrency: 1 } });
  await record(await steps.validate(csvOf(2)), [numberOf(0)]);
  // Started again with one more row, as nothing had begun.
  const contacts = await steps.validate(csvOf(3));
  const { batchId, leftOut } = await steps.create(contacts);
  await steps.persist('scheduleBatch', { ...steps.toSchedule(contacts.fileName, batchId), leftOut });
  while (steps.dialled().length === 0) await steps.pass(SECOND);
  const { order } = await record(contacts, [numberOf(0), numberOf(2)]);
  expect(order).toBe(2);
  expect(await stop(order)).toEqual({ numbers: [{ is: 'prevented' }, { is: 'prevented' }], done: true });
  await steps.pass(DAY);
  expect(steps.dialled()).toEqual([numberOf(1)]);
});

test.each([
  ['is suppressed although calls may still come', {}, { suppressed: 1, unsettled: 2 }],
  [
    'is unsettled where other contacts were called under the same campaign ID',
    { otherContacts: true },
    { unsettled: 3 },
  ],
] as const)('a contact without which the batch was made %s', async (_, more, outcomes) => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(3));
  await record(contacts, [numberOf(1)]);
  const { batchId, leftOut } = await steps.create(contacts);
  await steps.persist('scheduleBatch', { ...steps.toSchedule(contacts.fileName, batchId), leftOut });
  // It came after the batch was created: this contact may be called.
  await record(contacts, [numberOf(2)]);
  const results = await steps.persist('reconcileResults', {
    ...{ campaignId: CAMPAIGN, batchId, input: contacts.input, contacts, status: 'completed', reason: undefined },
    ...{ startsAt: undefined, mayStillCall: true, notCalledReason: undefined, collected: false, notes: [], ...more },
  });
  expect(results.outcomes).toEqual(outcomes);
});

test('a batch whose calls to suppressed contacts are stopped one by one is not made anew by a later run', async () => {
  steps = await LoneSteps.start({ rules: { stopPrepared: true } });
  const contacts = await steps.validate(csvOf(4));
  const { batchId } = await steps.create(contacts);
  const start = steps.now + DAY;
  await steps.schedule(contacts, batchId, undefined, start);
  await steps.pass(MINUTE);
  const { order: first } = await record(contacts, [numberOf(0)]);
  const { order: second } = await record(contacts, [numberOf(1)]);
  // As later runs do.
  const again = async () => {
    const created = await steps.create(contacts);
    expect(created).toMatchObject({ adopted: true, batchId });
    return steps.persist('scheduleBatch', {
      ...steps.toSchedule(contacts.fileName, batchId, undefined, start),
      leftOut: created.leftOut,
    });
  };
  expect(await stop(second)).toEqual({ numbers: [{ is: 'prevented' }], done: true });
  expect(await again()).toEqual({ outcome: 'outdated', claimed: true });
  expect(await stop(first)).toEqual({ numbers: [{ is: 'prevented' }], done: true });
  expect(await again()).toMatchObject({ outcome: 'scheduled', minded: true });
  // An order that came since is another matter.
  steps.simulator.addFault({ endpoint: 'stop-call', action: { status: 400 } });
  const { order: third } = await record(contacts, [numberOf(2)]);
  expect(await stop(third)).toMatchObject({ remake: [{}] });
  expect(await again()).toEqual({ outcome: 'outdated', claimed: true });
  steps.simulator.clearFaults();
  expect(await stop(third, { andEarlier: true, told: 'all' })).toEqual({ numbers: [], done: true });
  expect(await again()).toMatchObject({ outcome: 'scheduled', minded: true });
  await steps.pass(2 * DAY);
  expect(steps.dialled()).toEqual([numberOf(3)]);
});

test('names what a list is not', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(1));
  for (const numbers of [[], [7], Array.from({ length: 1001 }, () => '1')])
    await expect(record(contacts, numbers)).rejects.toThrow(/is not JSON such as \{"numbers": \["\+919876543210"\]\}/);
  expect(await record(contacts, ['Asha', '555-0100'])).toEqual({ order: 0, numbers: ['unreadable', 'unreadable'] });
});

test.each([
  ['file://host/x', 'file://host/x is not in the campaign storage: put the file under '],
  ['file:///a%2Fb', 'file:///a%2Fb is not in the campaign storage: put the file under '],
  ['a folder', /^There is no list of numbers at file:\S+\/lone\.$/],
])('refuses an order whose list is %s, once and for all', async (list, sentence) => {
  steps = await LoneSteps.start();
  const { edition } = await steps.validate(csvOf(1));
  const ask = { campaignId: CAMPAIGN, list: list === 'a folder' ? steps.storage.uriOf(CAMPAIGN) : list };
  const { outcome } = steps.attempt('recordSuppression', {
    ...ask,
    contacts: { fileName, ...(edition && { edition }) },
  });
  const message = typeof sentence === 'string' ? expect.stringContaining(sentence) : expect.stringMatching(sentence);
  await expect(outcome).rejects.toMatchObject({ type: 'InvalidInput', nonRetryable: true, message });
});

test('refuses a country that there is none of, as numbers could not be read as meant', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(1));
  await expect(record(contacts, ['202 555 0100'], 'XX')).rejects.toMatchObject({
    type: 'InvalidInput',
    message: 'There is no country XX: give its two letters, as in IN or US.',
  });
});

test('one call that cannot be read keeps no other from being stopped, and is told from them', async () => {
  const contacts = await called();
  const { order } = await record(contacts, [numberOf(1), numberOf(2)]);
  const [, unread] = steps.simulator.batches()[0]?.executions ?? [];
  const path = `/executions/${unread?.id}`;
  const when = (request: { path: string }) => request.path === path;
  steps.simulator.addFault({ endpoint: 'execution', when, action: { status: 500 } });
  steps.simulator.addFault({ endpoint: 'stop-call', nth: 1, action: { status: 500 } });
  expect(await stop(order)).toEqual({ numbers: [{ is: 'open' }, { is: 'prevented' }], done: false });
  const again = steps.attempt('stopCalls', toStop(order, { told: 'partly' }));
  await expect(again.outcome).rejects.toThrow(/500/);
  steps.simulator.clearFaults();
  expect(await stop(order, { told: 'partly' })).toMatchObject({ numbers: [{ is: 'prevented' }, { is: 'prevented' }] });
  await steps.pass(DAY);
  expect(steps.dialled()).toEqual([numberOf(0)]);
});

test('decides without the name of a batch, which an answer of Bolna may lack', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(2));
  const { batchId } = await steps.create(contacts);
  const { order } = await record(contacts, [numberOf(0)]);
  steps.simulator.override(batchId, { file_name: undefined });
  expect(await stop(order)).toEqual({ numbers: [{ is: 'prevented' }], done: true });
  expect(await steps.schedule(contacts, batchId)).toEqual({ outcome: 'outdated', claimed: false });
  const next = await steps.create(contacts);
  expect(next).toMatchObject({ adopted: false, leftOut: 1 });
  steps.simulator.override(next.batchId, { file_name: undefined });
  const ask = { ...steps.toSchedule(contacts.fileName, next.batchId), leftOut: 1 };
  expect(await steps.persist('scheduleBatch', ask)).toMatchObject({ outcome: 'scheduled', minded: true });
  expect(await stop(order)).toEqual({ numbers: [{ is: 'prevented' }], done: true });
});

test('tells a new run how many orders there are, which carries them out together', async () => {
  const contacts = await called();
  await record(contacts, [numberOf(1)]);
  const { order } = await record(contacts, [numberOf(2)]);
  const again = await steps.validate(csvOf(3));
  expect(again.orders).toBe(2);
  expect(await stop(order, { andEarlier: true, told: 'all' })).toEqual({ numbers: [], done: true });
  await steps.pass(DAY);
  expect(steps.dialled()).toEqual([numberOf(0)]);
});

test('stops a call that Bolna has moved to another time, at the wish of who was called', async () => {
  const contacts = await called();
  const { order } = await record(contacts, [numberOf(0)]);
  expect(await stop(order)).toMatchObject({ numbers: [{ is: 'called' }], done: false });
  const [batch] = steps.simulator.batches();
  const [onLine] = batch?.executions ?? [];
  // The agent's `auto_reschedule`: the same call waits again.
  steps.simulator.overrideExecutions(batch?.id ?? '', { status: 'scheduled' });
  const stopped = () =>
    steps.simulator.requests.filter(
      ({ endpoint, path }) => endpoint === 'stop-call' && path.includes(onLine?.id ?? ''),
    );
  await steps.attempt('stopCalls', toStop(order, { told: 'all' })).outcome.catch(() => undefined);
  expect(stopped()).toHaveLength(1);
  steps.simulator.overrideExecutions(batch?.id ?? '', null);
  await steps.pass(DAY);
  expect(await stop(order, { told: 'all' })).toMatchObject({ numbers: [{ is: 'called' }], done: true });
});

test('reads a long list page by page, stops each call as it is found, and goes on where an attempt has ended', async () => {
  steps = await LoneSteps.start({
    rules: { concurrency: 1 },
    outcomes: () => ({ status: 'completed', ringSeconds: 60 }),
  });
  const contacts = await steps.validate(csvOf(120));
  await steps.schedule(contacts, (await steps.create(contacts)).batchId);
  while (steps.dialled().length === 0) await steps.pass(1_000);
  const { order } = await record(contacts, [numberOf(10), numberOf(110)]);
  const pages = () =>
    steps.simulator.requests.filter(({ endpoint }) => endpoint === 'executions').map(({ query }) => query.page_number);
  let attempt = 1;
  let memory: unknown;
  // Here an attempt has no time for more than one page.
  const next = () => {
    const one = new StepAttempt(steps.context, 'stopCalls', toStop(order), { attempt, heartbeatDetails: memory });
    return one.outcome.finally(() => {
      memory = one.remembered;
      attempt += 1;
    });
  };
  const isStopped = (i: number) =>
    steps.simulator.batches()[0]?.executions.find(({ contact }) => contact.number === numberOf(i))?.status ===
    'stopped';
  await expect(next()).rejects.toThrow('No error: the executions are read up to page 1.');
  expect([isStopped(10), isStopped(110)]).toEqual([true, false]);
  await expect(next()).rejects.toThrow('No error: the executions are read up to page 2.');
  const before = pages().length;
  expect(await next()).toEqual({ numbers: [{ is: 'prevented' }, { is: 'prevented' }], done: true });
  expect(pages().slice(before)).toEqual(['3']);
  expect(JSON.stringify(memory)).not.toContain('2025550');
});

test('gets on where attempts end among many calls, and asks no more for those that are over', async () => {
  steps = await LoneSteps.start({
    rules: { concurrency: 1 },
    outcomes: () => ({ status: 'completed', talkSeconds: 3000 }),
  });
  const contacts = await steps.validate(csvOf(60));
  await steps.schedule(contacts, (await steps.create(contacts)).batchId);
  while (steps.dialled().length === 0) await steps.pass(SECOND);
  const { order } = await record(
    contacts,
    Array.from({ length: 60 }, (_, i) => numberOf(i)),
  );
  const { requests } = steps.simulator;
  let end = 0;
  const bolna: typeof steps.context.bolna = new Proxy(steps.context.bolna, {
    get(target, name) {
      if (name === 'urgent') return bolna;
      if (name === 'execution' && requests.length >= end) throw new Error('Its time is up.');
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const context = { ...steps.context, bolna };
  let memory: unknown;
  const next = async (attempt: number) => {
    const one = new StepAttempt(context, 'stopCalls', toStop(order, { told: 'partly' }), {
      attempt,
      heartbeatDetails: memory,
    });
    const told = await one.outcome.catch(() => undefined);
    memory = one.remembered ?? memory;
    return told;
  };
  let told: StoppedCalls | undefined;
  for (let attempt = 1; !told && attempt <= 20; attempt++) {
    end = requests.length + 40;
    told = await next(attempt);
  }
  expect(told?.numbers.map((number) => number?.is)).toEqual([
    'called',
    ...Array.from({ length: 59 }, () => 'prevented'),
  ]);
  const before = requests.length;
  end = before + 40;
  await next(21);
  expect(requests.slice(before).map(({ endpoint }) => endpoint)).toEqual(['list', 'get', 'execution']);
  expect(JSON.stringify(memory)).not.toContain('2025550');
});

test('takes a bounded number of orders and numbers, and says what to do then', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(1));
  const many = [numberOf(0), ...Array.from({ length: 999 }, (_, i) => `+1202555${1000 + i}`)];
  for (let orders = 1; orders <= 10; orders++) expect((await record(contacts, many)).order).toBe(orders);
  await expect(record(contacts, [numberOf(0)])).rejects.toThrow(
    'Campaign lone has 10 suppression orders with 10000 numbers, and takes 500 orders with 10000 numbers. Nothing was changed. Stop the campaign, and start a new one with a suppression list.',
  );
});
