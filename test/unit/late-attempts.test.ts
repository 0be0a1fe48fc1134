import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRecord } from '../../activities/schedule-record';
import type { BolnaClient } from '../../bolna/client';
import { disturbed, Gate, LoneSteps, StepAttempt } from '../support/lone-steps';
import { AGENT, csvOf, HOUR, MINUTE, numberOf } from '../support/rig';

/** Attempts that were thought dead, or that were long on their way, and do their work when others have gone on. */
let steps: LoneSteps;
afterEach(() => steps.close());

const numbers = (n: number) => Array.from({ length: n }, (_, i) => numberOf(i));

test('contacts that an attempt of a canceled run still writes are never those that the next run has called', async () => {
  steps = await LoneSteps.start();
  const gate = new Gate();
  const storage = disturbed(steps.storage, (method, path) =>
    method === 'write' && path.includes('/contacts') ? gate.pass() : undefined,
  );
  const others = csvOf(3).replaceAll('+12025550', '+12025559');
  const ask = { campaignId: 'lone', contacts: { csv: others } };
  const late = steps.attempt('validateContacts', ask, { ...steps.context, storage });
  await gate.reached;
  const contacts = await steps.validate(csvOf(3));
  gate.open();
  await late.outcome;
  await steps.schedule(contacts, (await steps.create(contacts)).batchId);
  await steps.pass(3 * HOUR);
  expect(steps.dialled()).toEqual(numbers(3));
});

test('a start that was on its way while it was moved calls nobody beside the batch that was made for the new one', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(3));
  const startAt = steps.now + 3 * HOUR;
  const first = await steps.create(contacts);
  await steps.schedule(contacts, first.batchId, undefined, startAt);
  const gate = new Gate();
  const looks = () => steps.simulator.requests.filter(({ endpoint }) => endpoint === 'get').length;
  const before = looks();
  // It has seen the batch with its start, and is about to hold the record for it.
  const storage = disturbed(steps.storage, (method, path) =>
    method === 'size' && path.includes('schedule') && looks() > before ? gate.pass() : undefined,
  );
  const ask = steps.toSchedule(contacts.fileName, first.batchId, undefined, startAt);
  const late = steps.attempt('scheduleBatch', ask, { ...steps.context, storage });
  await gate.reached;
  const move = { campaignId: 'lone', agentId: AGENT, batchId: first.batchId };
  expect(await steps.persist('moveBatch', move)).toEqual({ outcome: 'moved' });
  gate.open();
  await expect(late.outcome).rejects.toThrow('was moved meanwhile');
  expect(await steps.persist('scheduleBatch', ask)).toEqual({ outcome: 'moved' });
  const second = await steps.create(contacts);
  expect(second).toMatchObject({ adopted: false });
  await steps.schedule(contacts, second.batchId, undefined, startAt + HOUR);
  expect(await steps.persist('scheduleBatch', ask)).toEqual({ outcome: 'superseded', by: second.batchId });
  await steps.pass(5 * HOUR);
  expect(steps.dialled()).toEqual(numbers(3));
});

test('a batch that was deleted to be moved, and is found gone after its start only, is lost', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(3));
  const { batchId } = await steps.create(contacts);
  await steps.schedule(contacts, batchId, undefined, steps.now + 3 * HOUR);
  steps.simulator.addFault({ endpoint: 'delete', nth: 1, action: { status: 502, after: true } });
  const move = { campaignId: 'lone', agentId: AGENT, batchId };
  await expect(steps.attempt('moveBatch', move).outcome).rejects.toThrow();
  await steps.pass(4 * HOUR);
  await expect(steps.persist('moveBatch', move)).rejects.toMatchObject({ type: 'BatchLost' });
  await expect(steps.create(contacts)).rejects.toMatchObject({ type: 'BatchLost' });
});

test('a split that an attempt of a canceled run still decides on takes no row out of the next one', async () => {
  steps = await LoneSteps.start();
  const gate = new Gate();
  const storage = disturbed(steps.storage, (method, path) =>
    method === 'write' && path.includes('/contacts') ? gate.pass() : undefined,
  );
  // The same people in another order are other contacts.
  const [header = '', a = '', b = '', c = '', d = ''] = csvOf(4).split('\n');
  const ask = { campaignId: 'lone', contacts: { csv: csvOf(4) }, maxRowsPerBatch: 2 };
  const late = steps.attempt('validateContacts', ask, { ...steps.context, storage });
  await gate.reached;
  const contacts = await steps.validate([header, c, d, a, b, ''].join('\n'), { maxRowsPerBatch: 2 });
  await steps.schedule(contacts, (await steps.create(contacts, 1)).batchId, 1);
  await steps.pass(HOUR);
  gate.open();
  await late.outcome;
  await steps.schedule(contacts, (await steps.create(contacts, 2)).batchId, 2);
  await steps.pass(HOUR);
  expect(steps.dialled()).toEqual(numbers(4));
});

test('once a campaign is one batch, no later run splits it: a start of the whole may still be on its way', async () => {
  steps = await LoneSteps.start();
  const startAt = steps.now + 3 * HOUR;
  const whole = await steps.validate(csvOf(4), { maxRowsPerBatch: 10_000 });
  const { batchId } = await steps.create(whole);
  const gate = new Gate();
  const storage = disturbed(steps.storage, (method, path) =>
    method === 'claim' && path.includes('schedule') ? gate.pass() : undefined,
  );
  const ask = steps.toSchedule(whole.fileName, batchId, undefined, startAt);
  const late = steps.attempt('scheduleBatch', ask, { ...steps.context, storage });
  await gate.reached;
  const again = await steps.validate(csvOf(4), { maxRowsPerBatch: 2 });
  expect(again.split).toBeUndefined();
  await steps.schedule(again, (await steps.create(again)).batchId, undefined, startAt);
  gate.open();
  await late.outcome;
  await steps.pass(5 * HOUR);
  expect(steps.dialled()).toEqual(numbers(4));
});

test.each(['deleteTwins', 'haltBatches'] as const)(
  'a delete by %s that comes when the batch was begun after all takes no calls away, and nobody is called again',
  async (name) => {
    steps = await LoneSteps.start();
    const contacts = await steps.validate(csvOf(4));
    const { batchId } = await steps.create(contacts);
    const gate = new Gate();
    let seen = false;
    steps.simulator.onRequest((phase, { endpoint }) => {
      if (phase === 'after' && endpoint === (name === 'deleteTwins' ? 'list' : 'get')) seen = true;
      return undefined;
    });
    const storage = disturbed(steps.storage, (method, path) =>
      seen && method === 'size' && path === 'lone/schedule.json' ? gate.pass() : undefined,
    );
    const ask = { campaignId: 'lone', agentId: AGENT };
    const context = { ...steps.context, storage };
    const late =
      name === 'deleteTwins'
        ? steps.attempt(name, { ...ask, keep: undefined }, context)
        : steps.attempt(name, { ...ask, batchId }, context);
    await gate.reached;
    expect((await steps.create(contacts)).batchId).toBe(batchId);
    await steps.schedule(contacts, batchId);
    await steps.pass(3 * HOUR);
    expect(steps.dialled()).toEqual(numbers(4));
    gate.open();
    await late.outcome;
    expect(steps.simulator.batch(batchId)?.deleted).toBe(false);
    expect((await steps.create(contacts)).batchId).toBe(batchId);
  },
);

test('a stretch of executions that a replaced attempt still stores is not among those of its successor', async () => {
  const rows = 400;
  steps = await LoneSteps.start({
    rules: { concurrency: 500 },
    outcomes: () => ({ status: 'completed', talkSeconds: 60 }),
  });
  const contacts = await steps.validate(csvOf(rows));
  const { batchId } = await steps.create(contacts);
  await steps.schedule(contacts, batchId);
  await steps.pass(5 * HOUR);
  // So long that two pages are a stretch.
  steps.simulator.overrideExecutions(batchId, { transcript: 'x'.repeat(50_000) });
  const [first, second] = [new Gate(), new Gate()];
  let attempts = 0;
  steps.simulator.onRequest(async (phase, { endpoint, query }) => {
    if (phase !== 'before' || endpoint !== 'executions') return undefined;
    if (query.page_number === '1') attempts += 1;
    if (query.page_number === '2' && attempts === 1) await first.pass();
    if (query.page_number === '8' && attempts === 2) await second.pass();
    return undefined;
  });
  const ask = { campaignId: 'lone', agentId: AGENT, batchId, counted: rows };
  const replaced = steps.attempt('collectExecutions', ask);
  await first.reached;
  const successor = steps.attempt('collectExecutions', ask);
  await second.reached;
  replaced.replace();
  await expect(replaced.outcome).rejects.toThrow();
  second.open();
  first.open();
  expect(await successor.outcome).toMatchObject({ executions: rows });
  const lines = (await readFile(join(steps.storage.root, 'lone', 'executions.jsonl'), 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(rows);
});

test('an attempt that stood still for longer than its heartbeat allows sends and replaces nothing more', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(3));
  const clock = jest.spyOn(performance, 'now');
  const storage = disturbed(steps.storage, (method, path) => {
    // Frozen between the record and the create.
    if (method === 'read' && path.includes('/contacts')) clock.mockReturnValue(1e9);
  });
  try {
    const ask = { ...steps.ofBatch(contacts.fileName), edition: contacts.edition };
    await expect(steps.attempt('createBatch', ask, { ...steps.context, storage }).outcome).rejects.toThrow(
      'stood still',
    );
  } finally {
    clock.mockRestore();
  }
  expect(steps.simulator.batches()).toEqual([]);
  await steps.pass(MINUTE);
  expect((await steps.create(contacts)).adopted).toBe(false);
});

test('a start that Bolna refused is not taken for one that it has, once it is past', async () => {
  steps = await LoneSteps.start({ rules: { dialect: 'strange', executionsFrom: 'create' } });
  const contacts = await steps.validate(csvOf(3));
  const { batchId } = await steps.create(contacts);
  steps.simulator.addFault({ endpoint: 'schedule', nth: 1, action: { status: 400, body: { message: 'Too near.' } } });
  const ask = steps.toSchedule(contacts.fileName, batchId);
  let heartbeatDetails: unknown;
  const once = async () => {
    const attempt = new StepAttempt(steps.context, 'scheduleBatch', ask, { heartbeatDetails });
    const outcome = await attempt.outcome.catch((error: { type: string }) => error.type);
    heartbeatDetails = attempt.remembered;
    return outcome;
  };
  expect(await once()).toBe('BatchUnclear');
  await steps.pass(5 * MINUTE);
  expect(await once()).toBe('StartRefused');
  // The next attempt comes later than the start that was refused.
  await steps.pass(5 * MINUTE);
  expect(await once()).toMatchObject({ outcome: 'scheduled' });
  await steps.pass(3 * HOUR);
  expect(steps.dialled()).toEqual(numbers(3));
});

test('a start that Bolna refused releases nothing where another attempt has had its own taken meanwhile', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(3));
  const { batchId } = await steps.create(contacts);
  const ask = steps.toSchedule(contacts.fileName, batchId);
  const gate = new Gate();
  const bolna = heldAt(gate, steps.context.bolna);
  const late = steps.attempt('scheduleBatch', ask, { ...steps.context, bolna });
  await gate.reached;
  expect(await steps.persist('scheduleBatch', ask)).toMatchObject({ outcome: 'scheduled' });
  // It is refused, and what Bolna shows then says nothing.
  steps.simulator.override(batchId, { status: 'archived', scheduled_at: null });
  steps.simulator.addFault({ endpoint: 'schedule', nth: 2, action: { status: 400, body: { message: 'Too near.' } } });
  gate.open();
  await expect(late.outcome).rejects.toThrow();
  expect(await readRecord(steps.storage, { campaignId: 'lone' })).toMatchObject({ batchId, shared: true });
});

/** Bolna as an attempt has it that stands still before it sends a start. */
function heldAt(gate: Gate, bolna: BolnaClient): BolnaClient {
  const held: BolnaClient['scheduleBatch'] = async (...given) => {
    await gate.pass();
    return bolna.scheduleBatch(...given);
  };
  return new Proxy(bolna, {
    get: (target, name) => {
      if (name === 'scheduleBatch') return held;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
