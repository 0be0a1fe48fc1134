import type { SimulatorOptions } from '../../simulator/options';
import {
  type AccountSeen,
  AGENT,
  type BatchSeen,
  csvOf,
  DAY,
  instant,
  MINUTE,
  SECOND,
  SimulatorRig,
  TestClock,
} from '../support/simulator';

let rig: SimulatorRig;
afterEach(() => rig.close());

async function start(options: SimulatorOptions = {}): Promise<void> {
  rig = await SimulatorRig.start(options);
}

test('an upload makes a created batch with 201 and 32 hex characters', async () => {
  await start();
  const reply = await rig.upload(csvOf(2));
  expect(reply.status).toBe(201);
  expect(reply.json).toEqual({ batch_id: expect.stringMatching(/^[0-9a-f]{32}$/), state: 'created' });
});

test('the same upload twice makes two batches, since there is no idempotency key', async () => {
  await start();
  expect(await rig.created(csvOf(1))).not.toBe(await rig.created(csvOf(1)));
  const list = (await rig.get<BatchSeen[]>(`/batches/${AGENT}/all`)).json;
  expect(list).toHaveLength(2);
});

test('invalid rows are skipped and only counted', async () => {
  await start();
  const id = await rig.created('contact_number,name\n+919876543210,A\n9876543210,B\n+91 98,C\n');
  expect(await rig.batch(id)).toMatchObject({ total_contacts: 3, valid_contacts: 1, file_name: 'contacts.csv' });
});

test('a file without contact_number is refused with 400', async () => {
  await start();
  const reply = await rig.upload('phone\n+919876543210\n');
  expect([reply.status, reply.json.message]).toEqual([400, expect.stringContaining('contact_number')]);
});

test('an empty file is refused with 400', async () => {
  await start();
  expect((await rig.upload('')).status).toBe(400);
});

test('an upload without a file is refused with 422', async () => {
  await start();
  const form = new FormData();
  form.append('agent_id', AGENT);
  expect((await rig.send('POST', '/batches', form)).status).toBe(422);
});

test('an agent ID that is no UUID is refused with 422', async () => {
  await start();
  expect((await rig.upload(csvOf(1), { agent_id: 'my-agent' })).status).toBe(422);
});

test('an unknown agent is answered 404 on create and on list', async () => {
  await start({ unknownAgents: [AGENT] });
  expect((await rig.upload(csvOf(1))).status).toBe(404);
  expect((await rig.get(`/batches/${AGENT}/all`)).status).toBe(404);
});

test.each([
  ['no JSON', 400, '{'],
  ['four retries', 422, '{"max_retries":4}'],
  ['an unknown status', 422, '{"max_retries":1,"retry_on_statuses":["completed"]}'],
  ['a negative interval', 422, '{"retry_intervals_minutes":[-5]}'],
])('a retry_config with %s is refused with %i', async (_, status, config) => {
  await start();
  expect((await rig.upload(csvOf(1), { retry_config: config })).status).toBe(status);
});

test('from_phone_numbers come back in their order', async () => {
  await start();
  const numbers = ['+918035315322', '+918035315323'];
  const id = await rig.created(csvOf(1), { from_phone_numbers: numbers });
  expect((await rig.batch(id)).from_phone_numbers).toEqual(numbers);
});

test.each([
  ['is rounded up to the next 10-minute mark', '2026-06-23T06:52:00+00:00', '2026-06-23T07:00:00+00:00'],
  ['on a mark stays there', '2026-06-23T07:00:00+00:00', '2026-06-23T07:00:00+00:00'],
  ['a second past a mark goes to the next', '2026-06-23T07:00:01+00:00', '2026-06-23T07:10:00+00:00'],
  ['with another offset is answered in UTC', '2026-06-23T12:25:00+05:30', '2026-06-23T07:00:00+00:00'],
])('a start that %s', async (_, wanted, told) => {
  await start({ rules: { times: 'offset' } });
  const id = await rig.created(csvOf(1));
  const reply = await rig.schedule(id, wanted);
  expect([reply.status, reply.json]).toEqual([200, { message: 'success', state: `scheduled at ${told}` }]);
  expect(await rig.batch(id)).toMatchObject({ status: 'scheduled', scheduled_at: told });
});

test('a start with a Z suffix is answered 500 in plain text, and nothing is scheduled', async () => {
  await start();
  const id = await rig.created(csvOf(1));
  const reply = await rig.schedule(id, '2026-06-23T07:00:00Z');
  expect([reply.status, reply.json]).toEqual([500, null]);
  expect(await rig.batch(id)).toMatchObject({ status: 'created', scheduled_at: null });
});

test.each([
  ['less than 2 minutes ahead', 2 * MINUTE - SECOND, 400],
  ['2 minutes ahead', 2 * MINUTE, 200],
  ['30 days ahead', 30 * DAY, 200],
  ['more than 30 days ahead', 30 * DAY + SECOND, 400],
  ['in the past', -MINUTE, 400],
])('a start %s is answered as documented', async (_, ahead, status) => {
  await start();
  const id = await rig.created(csvOf(1));
  expect((await rig.schedule(id, instant(rig.clock.now() + ahead))).status).toBe(status);
});

test.each(['2026-06-23T07:00:00', 'tomorrow', '2026-13-45T07:00:00+00:00'])(
  'a start written as %s is refused with 422',
  async (wanted) => {
    await start();
    expect((await rig.schedule(await rig.created(csvOf(1)), wanted)).status).toBe(422);
  },
);

test('scheduling twice is refused by default and the first start stays', async () => {
  await start();
  const id = await rig.created(csvOf(1));
  await rig.schedule(id, '2026-06-23T07:00:00+00:00');
  expect((await rig.schedule(id, '2026-06-23T08:00:00+00:00')).status).toBe(400);
  expect((await rig.batch(id)).scheduled_at).toBe('2026-06-23T12:30:00+05:30');
});

test('where scheduling twice moves the start, the first one passes in silence', async () => {
  await start({ rules: { scheduleTwice: 'move' } });
  const id = await rig.created(csvOf(1));
  await rig.schedule(id, '2026-06-23T07:00:00+00:00');
  await rig.schedule(id, '2026-06-23T08:00:00+00:00');
  rig.clock.pass(90 * MINUTE);
  expect((await rig.batch(id)).status).toBe('scheduled');
  rig.clock.pass(31 * MINUTE);
  expect((await rig.batch(id)).status).not.toBe('scheduled');
  expect(rig.simulator.dials()).toHaveLength(1);
});

test('a created batch calls nobody, however long it lies there', async () => {
  await start();
  const id = await rig.created(csvOf(3));
  rig.clock.pass(365 * DAY);
  expect((await rig.batch(id)).status).toBe('processed');
  expect(rig.simulator.dials()).toEqual([]);
});

test('a batch without a valid row ends failed at its start', async () => {
  await start();
  const id = await rig.running('contact_number\nnobody\n');
  expect((await rig.batch(id)).status).toBe('failed');
});

test('the list is newest first and leaves out what was deleted', async () => {
  await start();
  const [first, second, third] = [
    await rig.created(csvOf(1)),
    await rig.created(csvOf(1)),
    await rig.created(csvOf(1)),
  ];
  const deleted = await rig.send('DELETE', `/batches/${second}`);
  expect([deleted.status, deleted.json]).toEqual([200, { message: 'success', state: 'deleted' }]);
  const list = (await rig.get<BatchSeen[]>(`/batches/${AGENT}/all`)).json;
  expect(list.map((batch) => batch.batch_id)).toEqual([third, first]);
  expect((await rig.get(`/batches/${second}`)).status).toBe(404);
});

test('with a list lag a new batch can be read before it is listed', async () => {
  await start({ rules: { listLagMs: 30 * SECOND } });
  const id = await rig.created(csvOf(1));
  expect((await rig.batch(id)).status).toBe('created');
  expect((await rig.get(`/batches/${AGENT}/all`)).json).toEqual([]);
  rig.clock.pass(30 * SECOND);
  expect((await rig.get(`/batches/${AGENT}/all`)).json).toHaveLength(1);
});

test('the older dialect creates with 200, says scheduled, and calls running queued and completed executed', async () => {
  await start({ rules: { dialect: 'older', scheduleStatus: 202 } });
  const upload = await rig.upload(csvOf(1));
  expect(upload.status).toBe(200);
  const reply = await rig.schedule(upload.json.batch_id, instant(rig.clock.now() + 10 * MINUTE));
  expect([reply.status, reply.json.state]).toEqual([202, 'scheduled']);
  rig.clock.pass(10 * MINUTE);
  expect((await rig.batch(upload.json.batch_id)).status).toBe('queued');
  rig.clock.pass(DAY);
  expect((await rig.batch(upload.json.batch_id)).status).toBe('executed');
});

test.each([
  ['offset', /^2026-06-23T06:00:00\+00:00$/],
  ['zulu', /^2026-06-23T06:00:00Z$/],
  ['zulu-fraction', /^2026-06-23T06:00:00\.000000Z$/],
  ['bare', /^2026-06-23T06:00:00$/],
  ['india', /^2026-06-23T11:30:00\+05:30$/],
] as const)('times can be spelled %s', async (times, pattern) => {
  await start({ rules: { times } });
  expect((await rig.batch(await rig.created(csvOf(1)))).created_at).toMatch(pattern);
});

test('a batch is processed a second after the upload, with its executions prepared and nothing scheduled', async () => {
  await start();
  const id = await rig.created(csvOf(2));
  expect(await rig.batch(id)).toMatchObject({ status: 'created', execution_status: {} });
  rig.clock.pass(SECOND);
  expect(await rig.batch(id)).toMatchObject({
    status: 'processed',
    scheduled_at: null,
    execution_status: { prepared: 2 },
  });
});

test('the strange dialect words what is not over as nobody has, the same for the same seed', async () => {
  const shown = async (seed: string) => {
    await start({ rules: { dialect: 'strange' }, seed });
    const upload = await rig.upload(csvOf(3));
    const id = upload.json.batch_id;
    const before = await rig.batch(id);
    await rig.schedule(id, instant(rig.clock.now() + 10 * MINUTE));
    rig.clock.pass(DAY);
    const after = await rig.batch(id);
    await rig.close();
    return { state: upload.json.state, before, after };
  };
  const [one, same, other] = [await shown('one'), await shown('one'), await shown('other')];
  expect(same).toEqual(one);
  expect(other.before.status).not.toBe(one.before.status);
  expect(one.state).toBe(one.before.status);
  for (const { before, after } of [one, other]) {
    expect(before.status).not.toBe(after.status);
    for (const { status } of [before, after]) expect(status).toMatch(/^[a-z]+-[a-z]+$/);
    expect(Object.keys(after).length).toBe(13);
    expect(Object.values(after.execution_status).reduce((sum, count) => sum + count, 0)).toBe(3);
  }
});

test('updated_at can have a second of 89, as the documentation does', async () => {
  await start({ rules: { invalidUpdatedAt: true, times: 'offset' } });
  const { updated_at: updatedAt } = await rig.batch(await rig.created(csvOf(1)));
  expect(updatedAt).toBe('2026-06-23T06:00:89+00:00');
});

test('an override makes answers lie and leaves the truth alone', async () => {
  await start();
  const id = await rig.created(csvOf(1));
  rig.simulator.override(id, { status: 'hibernating', execution_status: undefined });
  const told = await rig.batch(id);
  expect(told.status).toBe('hibernating');
  expect(told).not.toHaveProperty('execution_status');
  expect(rig.simulator.batch(id)?.status).toBe('created');
});

test.each([
  ['no key', '', 401],
  ['a wrong key', 'sk-123', 401],
  ['a key without the right', 'bn-readonly', 403],
  ['a sub-account key', 'sa-1', 200],
])('%s is answered %s', async (_, key, status) => {
  await start({
    keys: (given) => (given === 'bn-readonly' ? 'forbidden' : /^(bn|sa)-/.test(given) ? 'ok' : 'unauthorized'),
  });
  expect((await rig.send('GET', '/user/me', undefined, key)).status).toBe(status);
});

test('the account tells its wallet and its concurrency', async () => {
  await start({ rules: { concurrency: 2, wallet: 12.5 } });
  await rig.running(csvOf(5));
  expect((await rig.get<AccountSeen>('/user/me')).json).toMatchObject({
    wallet: 1250,
    concurrency: { max: 2, current: 2 },
  });
});

test('a request too many in a minute is answered 429 with the seconds to wait', async () => {
  await start({ rateLimit: 2 });
  await rig.get('/user/me');
  rig.clock.pass(20 * SECOND);
  await rig.get('/user/me');
  const refused = await rig.get('/user/me');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '40']);
  rig.clock.pass(40 * SECOND);
  expect((await rig.get('/user/me')).status).toBe(200);
});

test('a speed divides the rounding and the lead', async () => {
  await start({ speed: 60 });
  const id = await rig.created(csvOf(1));
  const reply = await rig.schedule(id, instant(rig.clock.now() + 2 * SECOND));
  expect(reply.json.state).toBe('scheduled at 2026-06-23T06:00:10+00:00');
  const early = await rig.schedule(await rig.created(csvOf(1)), instant(rig.clock.now() + SECOND));
  expect(early.status).toBe(400);
});

test('a clock that has to be awaited moves the state at each request', async () => {
  const clock = new TestClock('2026-06-23T06:00:00Z');
  rig = await SimulatorRig.start({ clock: { now: async () => clock.now() } }, clock);
  const id = await rig.running(csvOf(1));
  rig.clock.pass(DAY);
  expect(rig.simulator.dials()).toEqual([]);
  expect((await rig.batch(id)).status).toBe('completed');
  expect(rig.simulator.dials()).toHaveLength(1);
});

test('a failure of the simulator itself does not look like one of Bolna', async () => {
  let broken = false;
  await start({
    keys: () => {
      if (broken) throw new Error('out of order');
      return 'ok';
    },
  });
  broken = true;
  expect((await rig.get('/user/me')).text).toContain('The simulator itself failed: Error: out of order');
});
