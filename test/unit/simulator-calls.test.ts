import type { SimulatorOptions } from '../../simulator/options';
import type { OutcomeOverride } from '../../simulator/outcomes';
import { DIALECTS } from '../../simulator/rules';
import {
  type AccountSeen,
  ANSWERED,
  csvOf,
  DAY,
  HOUR,
  instant,
  MINUTE,
  numberOf,
  SECOND,
  SimulatorRig,
} from '../support/simulator';

let rig: SimulatorRig;
afterEach(() => rig.close());

async function start(options: SimulatorOptions = {}): Promise<void> {
  rig = await SimulatorRig.start({ outcomes: () => ANSWERED, ...options });
}

/** The first call goes unanswered, every later one is answered. */
const AWAY_AT_FIRST: OutcomeOverride = (_, attempt) =>
  attempt === 1 ? { status: 'no-answer', ringSeconds: 30 } : ANSWERED;

const RETRY = JSON.stringify({
  enabled: true,
  max_retries: 2,
  retry_on_statuses: ['no-answer'],
  retry_intervals_minutes: [30],
});

test('a call goes from queued over the telephone to post-processing and its end', async () => {
  await start();
  const id = await rig.running(csvOf(1));
  const seen: string[] = [];
  for (const wait of [0, 1, 1, 5, 60, 120]) {
    rig.clock.pass(wait * SECOND);
    seen.push(...Object.keys((await rig.batch(id)).execution_status));
  }
  expect(seen).toEqual(['queued', 'initiated', 'ringing', 'in-progress', 'call-disconnected', 'completed']);
});

test('the batch says completed while post-processing still runs', async () => {
  await start();
  const id = await rig.running(csvOf(1));
  rig.clock.pass(67 * SECOND);
  expect(await rig.batch(id)).toMatchObject({ status: 'completed', execution_status: { 'call-disconnected': 1 } });
});

test('no more calls are on the line than the concurrency, over all batches', async () => {
  await start({ rules: { concurrency: 3 } });
  await Promise.all([rig.created(csvOf(4)), rig.created(csvOf(4))]).then((ids) =>
    Promise.all(ids.map((id) => rig.schedule(id, instant(rig.clock.now() + 10 * MINUTE)))),
  );
  rig.clock.pass(10 * MINUTE + 30 * SECOND);
  expect(rig.simulator.dials()).toHaveLength(3);
  expect((await rig.get<AccountSeen>('/user/me')).json.concurrency).toEqual({ max: 3, current: 3 });
  rig.clock.pass(HOUR);
  expect(rig.simulator.dials()).toHaveLength(8);
});

test('rows are dialled in the order of the file', async () => {
  await start({ rules: { concurrency: 2 } });
  await rig.running(csvOf(5));
  rig.clock.pass(HOUR);
  expect(rig.simulator.dials().map((dial) => dial.number)).toEqual([0, 1, 2, 3, 4].map(numberOf));
});

test('looking once late shows the same as looking often', async () => {
  const statuses: unknown[] = [];
  for (const looks of [1, 200]) {
    rig = await SimulatorRig.start({ rules: { concurrency: 3 } });
    const id = await rig.running(csvOf(40), { retry_config: RETRY });
    for (let look = 0; look < looks; look++) {
      rig.clock.pass((4 * HOUR) / looks);
      await rig.simulator.sync();
    }
    statuses.push([
      (await rig.batch(id)).execution_status,
      rig.simulator.dials().map((dial) => [dial.number, dial.at]),
    ]);
    if (looks === 1) await rig.close();
  }
  expect(statuses[0]).toEqual(statuses[1]);
});

test('results follow from the seed and the number alone', async () => {
  const results: unknown[] = [];
  for (const seed of ['one', 'one', 'two']) {
    rig = await SimulatorRig.start({ seed });
    const id = await rig.running(csvOf(60));
    rig.clock.pass(DAY);
    results.push((await rig.batch(id)).execution_status);
    if (results.length < 3) await rig.close();
  }
  expect(results[0]).toEqual(results[1]);
  expect(results[0]).not.toEqual(results[2]);
});

test('a retry rests at no-answer for its interval, then calls again, and the count of no-answer goes down', async () => {
  await start({ outcomes: AWAY_AT_FIRST });
  const id = await rig.running(csvOf(1), { retry_config: RETRY });
  rig.clock.pass(29 * MINUTE);
  expect(await rig.batch(id)).toMatchObject({ status: 'completed', execution_status: { 'no-answer': 1 } });
  rig.clock.pass(2 * MINUTE);
  expect((await rig.batch(id)).execution_status).toEqual({ 'in-progress': 1 });
  rig.clock.pass(HOUR);
  expect((await rig.executions(id))[0]).toMatchObject({
    status: 'completed',
    retry_count: 1,
    retry_history: [expect.objectContaining({ attempt: 1, status: 'no-answer' })],
  });
  expect(rig.simulator.dials(numberOf(0)).map((dial) => dial.attempt)).toEqual([1, 2]);
});

test('retries end after max_retries', async () => {
  await start({ outcomes: () => ({ status: 'no-answer', ringSeconds: 20 }) });
  await rig.running(csvOf(2), { retry_config: RETRY });
  rig.clock.pass(7 * DAY);
  expect(rig.simulator.dials(numberOf(0))).toHaveLength(3);
  expect(rig.simulator.dials()).toHaveLength(6);
});

test('a status that retry_on_statuses leaves out is not tried again', async () => {
  await start({ outcomes: () => ({ status: 'busy' }) });
  await rig.running(csvOf(1), { retry_config: RETRY });
  rig.clock.pass(DAY);
  expect(rig.simulator.dials()).toHaveLength(1);
});

test.each(['{"enabled":false}', '{"max_retries":3}'])('a retry_config of %s retries nothing', async (retry_config) => {
  await start({ outcomes: AWAY_AT_FIRST });
  await rig.running(csvOf(1), { retry_config });
  rig.clock.pass(DAY);
  expect(rig.simulator.dials()).toHaveLength(1);
});

test('retries queue behind fresh calls', async () => {
  const outcomes: OutcomeOverride = (contact, attempt) =>
    contact.row === 1 && attempt === 1 ? { status: 'no-answer', ringSeconds: 5 } : { ...ANSWERED, talkSeconds: 600 };
  await start({ rules: { concurrency: 1 }, outcomes });
  await rig.running(csvOf(6), { retry_config: RETRY });
  rig.clock.pass(3 * HOUR);
  expect(rig.simulator.dials().map((dial) => dial.number)).toEqual([0, 1, 2, 3, 4, 5, 0].map(numberOf));
});

test('a wallet that runs dry ends every further call balance-low without dialling', async () => {
  await start({ rules: { concurrency: 1, wallet: 0.1, centsPerMinute: 6 } });
  const id = await rig.running(csvOf(4));
  rig.clock.pass(HOUR);
  expect(await rig.batch(id)).toMatchObject({
    status: 'completed',
    execution_status: { completed: 2, 'balance-low': 2 },
  });
  expect(rig.simulator.dials()).toHaveLength(2);
  expect((await rig.get<AccountSeen>('/user/me')).json.wallet).toBe(0);
});

const OFFICE_HOURS = { opensAtMs: 9 * HOUR, closesAtMs: 18 * HOUR, share: 1 };

test('a guardrail moves calls to the next window, long after the batch says completed', async () => {
  await start({ rules: { guardrail: OFFICE_HOURS } });
  const id = await rig.running(csvOf(2));
  expect(await rig.batch(id)).toMatchObject({ status: 'completed', execution_status: { rescheduled: 2 } });
  rig.clock.pass(2 * HOUR + 40 * MINUTE);
  expect(rig.simulator.dials()).toEqual([]);
  rig.clock.pass(HOUR);
  expect(rig.simulator.dials()).toHaveLength(2);
  expect((await rig.batch(id)).execution_status).toEqual({ completed: 2 });
});

test('bypass_call_guardrails calls at once', async () => {
  await start({ rules: { guardrail: OFFICE_HOURS } });
  await rig.running(csvOf(2), {}, { bypass_call_guardrails: 'true' });
  rig.clock.pass(MINUTE);
  expect(rig.simulator.dials()).toHaveLength(2);
});

test('stop ends what was not dialled and lets calls on the line finish', async () => {
  await start({ rules: { concurrency: 2 } });
  const id = await rig.running(csvOf(5));
  rig.clock.pass(30 * SECOND);
  const reply = await rig.send('POST', `/batches/${id}/stop`);
  expect([reply.status, reply.json]).toEqual([200, { message: 'success', state: 'stopped' }]);
  expect(await rig.batch(id)).toMatchObject({ status: 'stopped', execution_status: { 'in-progress': 2, stopped: 3 } });
  rig.clock.pass(DAY);
  expect(await rig.batch(id)).toMatchObject({ status: 'stopped', execution_status: { completed: 2, stopped: 3 } });
  expect(rig.simulator.dials()).toHaveLength(2);
});

test('a stop takes back what holds a line and was not dialled yet', async () => {
  await start();
  const id = await rig.running(csvOf(2));
  await rig.send('POST', `/batches/${id}/stop`);
  rig.clock.pass(HOUR);
  expect(rig.simulator.dials()).toEqual([]);
  expect((await rig.get<AccountSeen>('/user/me')).json.concurrency.current).toBe(0);
});

test('a stop ends resting retries too', async () => {
  await start({
    rules: { concurrency: 1 },
    outcomes: (contact) => (contact.row === 1 ? { status: 'no-answer' } : { ...ANSWERED, talkSeconds: 600 }),
  });
  const id = await rig.running(csvOf(2), { retry_config: RETRY });
  rig.clock.pass(2 * MINUTE);
  await rig.send('POST', `/batches/${id}/stop`);
  rig.clock.pass(DAY);
  expect(rig.simulator.dials(numberOf(0))).toHaveLength(1);
});

test.each([
  [false, 404, 'completed', 3],
  [true, 200, 'stopped', 1],
])('with stopResting %s a stop while retries rest is answered %i', async (stopResting, status, end, dials) => {
  await start({ rules: { stopResting }, outcomes: () => ({ status: 'no-answer' }) });
  const id = await rig.running(csvOf(1), { retry_config: RETRY });
  rig.clock.pass(2 * MINUTE);
  expect((await rig.batch(id)).status).toBe('completed');
  expect((await rig.send('POST', `/batches/${id}/stop`)).status).toBe(status);
  rig.clock.pass(DAY);
  expect((await rig.batch(id)).status).toBe(end);
  expect(rig.simulator.dials()).toHaveLength(dials);
  expect((await rig.send('POST', `/batches/${id}/stop`)).status).toBe(404);
});

test('stopping again, or what never ran, is answered 404', async () => {
  await start();
  const created = await rig.created(csvOf(1));
  expect((await rig.send('POST', `/batches/${created}/stop`)).json).toEqual({
    message: 'Batch is not queued or running',
  });
  const id = await rig.running(csvOf(1));
  await rig.send('POST', `/batches/${id}/stop`);
  expect((await rig.send('POST', `/batches/${id}/stop`)).status).toBe(404);
});

test.each([
  [true, 200, 'stopped', 0],
  [false, 404, 'completed', 1],
])('with stopScheduled %s a stop before the start is answered %i', async (stopScheduled, status, end, dials) => {
  await start({ rules: { stopScheduled } });
  const id = await rig.created(csvOf(1));
  await rig.schedule(id, instant(rig.clock.now() + HOUR));
  expect((await rig.send('POST', `/batches/${id}/stop`)).status).toBe(status);
  rig.clock.pass(DAY);
  expect((await rig.batch(id)).status).toBe(end);
  expect(rig.simulator.dials()).toHaveLength(dials);
});

test.each([
  ['deleteScheduled', true, 200, 0],
  ['deleteScheduled', false, 400, 1],
  ['deleteRunning', true, 200, 0],
  ['deleteRunning', false, 400, 1],
])('with %s %s a deletion is answered %i', async (rule, allowed, status, dials) => {
  await start({ rules: { [rule]: allowed } });
  const id = await rig.created(csvOf(1));
  await rig.schedule(id, instant(rig.clock.now() + 10 * MINUTE));
  if (rule === 'deleteRunning') rig.clock.pass(10 * MINUTE);
  expect((await rig.send('DELETE', `/batches/${id}`)).status).toBe(status);
  rig.clock.pass(DAY);
  expect(rig.simulator.dials()).toHaveLength(dials);
});

test('a batch stopped or deleted from the dashboard calls nobody else', async () => {
  await start({ rules: { concurrency: 1 } });
  const [stopped, deleted] = [await rig.running(csvOf(3)), await rig.running(csvOf(3))];
  rig.clock.pass(5 * SECOND);
  const dials = rig.simulator.dials().length;
  await rig.simulator.stopFromDashboard(stopped);
  await rig.simulator.deleteFromDashboard(deleted);
  rig.clock.pass(DAY);
  expect(rig.simulator.dials()).toHaveLength(dials);
  expect((await rig.batch(stopped)).status).toBe('stopped');
  expect((await rig.get(`/batches/${deleted}`)).status).toBe(404);
});

test('a batch Bolna gives up is failed and its waiting rows canceled', async () => {
  await start({ rules: { concurrency: 1 } });
  const id = await rig.running(csvOf(3));
  rig.clock.pass(5 * SECOND);
  await rig.simulator.failBatch(id);
  rig.clock.pass(HOUR);
  expect(await rig.batch(id)).toMatchObject({ status: 'failed', execution_status: { completed: 1, canceled: 2 } });
});

test('an execution can stay in post-processing for days', async () => {
  await start({ outcomes: () => ({ ...ANSWERED, postProcessingSeconds: (5 * DAY) / SECOND }) });
  const id = await rig.running(csvOf(1));
  rig.clock.pass(4 * DAY);
  expect((await rig.batch(id)).execution_status).toEqual({ 'call-disconnected': 1 });
  rig.clock.pass(2 * DAY);
  expect((await rig.batch(id)).execution_status).toEqual({ completed: 1 });
});

test('a speed makes calls short on the clock and leaves their told duration as it is', async () => {
  await start({ speed: 60 });
  const id = await rig.created(csvOf(1));
  await rig.schedule(id, instant(rig.clock.now() + 10 * SECOND));
  rig.clock.pass(10 * SECOND + 4 * SECOND);
  expect((await rig.executions(id))[0]).toMatchObject({ status: 'completed', conversation_duration: 60 });
});

test('ten thousand rows polled a thousand times stay quick', async () => {
  rig = await SimulatorRig.start();
  const id = await rig.running(csvOf(10_000));
  for (let poll = 0; poll < 1000; poll++) {
    rig.clock.pass(5 * MINUTE);
    await rig.batch(id);
  }
  const { execution_status: counts } = await rig.batch(id);
  const sum = Object.values<number>(counts).reduce((total, each) => total + each, 0);
  expect(sum).toBe(10_000);
  expect(rig.simulator.dials()).toHaveLength(10_000);
}, 20_000);

test.each(DIALECTS)(
  'one call is stopped while it waits, and refused on the line and at its end: %s',
  async (dialect) => {
    await start({ rules: { concurrency: 1, dialect }, outcomes: AWAY_AT_FIRST });
    const id = await rig.running(csvOf(3), { retry_config: RETRY });
    rig.clock.pass(5 * SECOND);
    const [onLine, waiting] = rig.simulator.batch(id)?.executions ?? [];
    const stop = (execution: typeof onLine) => rig.send('POST', `/call/${execution?.id}/stop`);
    expect((await stop(onLine)).status).toBe(400);
    const stopped = await stop(waiting);
    expect([stopped.status, stopped.json.execution_id]).toEqual([200, waiting?.id]);
    if (dialect === 'documented') expect(stopped.json).toMatchObject({ message: 'done', status: 'stopped' });
    expect((await stop(waiting)).status).toBe(400);
    expect((await rig.get(`/executions/${waiting?.id}`)).json).toMatchObject({ status: 'stopped', total_cost: 0 });
    // Between two attempts.
    rig.clock.pass(5 * MINUTE);
    expect((await stop(onLine)).status).toBe(200);
    rig.clock.pass(DAY);
    expect(rig.simulator.dials().map(({ number }) => number)).toEqual([0, 2, 2].map(numberOf));
    expect((await stop({ id: 'nobody' } as typeof onLine)).status).toBe(404);
    expect((await rig.get('/executions/nobody')).status).toBe(404);
  },
);

test.each([
  [false, 400],
  [true, 200],
])('whether a call is stopped before its batch begins is a rule: %s', async (stopPrepared, status) => {
  await start({ rules: { stopPrepared } });
  const id = await rig.created(csvOf(1));
  rig.clock.pass(MINUTE);
  await rig.simulator.sync();
  const [execution] = rig.simulator.batch(id)?.executions ?? [];
  expect((await rig.send('POST', `/call/${execution?.id}/stop`)).status).toBe(status);
  // A batch without a call to make is over once it begins.
  await rig.schedule(id, instant(rig.clock.now() + HOUR));
  rig.clock.pass(2 * HOUR);
  await rig.simulator.sync();
  expect(rig.simulator.batch(id)?.status).toBe('completed');
  expect(rig.simulator.dials()).toHaveLength(stopPrepared ? 0 : 1);
});
