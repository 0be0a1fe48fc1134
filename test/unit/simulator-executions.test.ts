import type { SimulatorOptions } from '../../simulator/options';
import type { Outcome } from '../../simulator/outcomes';
import {
  AGENT,
  ANSWERED,
  csvOf,
  DAY,
  type ExecutionSeen,
  HOUR,
  numberOf,
  type PageSeen,
  SimulatorRig,
} from '../support/simulator';

let rig: SimulatorRig;
afterEach(() => rig.close());

async function finished(csv: string, options: SimulatorOptions = {}): Promise<string> {
  rig = await SimulatorRig.start({ outcomes: () => ANSWERED, ...options });
  const id = await rig.running(csv);
  rig.clock.pass(8 * HOUR);
  return id;
}

test('the older path answers a bare array, one execution a valid row', async () => {
  const id = await finished(csvOf(30));
  const executions = await rig.executions(id);
  expect(executions.map((each) => each.user_number)).toEqual(Array.from({ length: 30 }, (_, index) => numberOf(index)));
});

test('a finished execution carries every documented field', async () => {
  const id = await finished('contact_number,customer_name,plan\n+919876543210,Asha,gold\n');
  expect((await rig.executions(id))[0]).toMatchObject({
    id: expect.any(String),
    agent_id: AGENT,
    batch_id: id,
    status: 'completed',
    user_number: '+919876543210',
    agent_number: expect.stringMatching(/^\+/),
    conversation_duration: 60,
    total_cost: 6,
    transcript: expect.stringMatching(/^assistant: Hello Asha.*\nuser: /),
    summary: expect.any(String),
    error_message: null,
    answered_by_voice_mail: false,
    extracted_data: expect.any(Object),
    context_details: { recipient_data: { customer_name: 'Asha', plan: 'gold' } },
    telephony_data: {
      duration: '60',
      to_number: '+919876543210',
      from_number: expect.any(String),
      recording_url: expect.stringMatching(/^https:/),
      hangup_by: expect.any(String),
      hangup_code: expect.any(Number),
      hangup_reason: expect.any(String),
      ring_duration: 5,
      provider: expect.any(String),
    },
    cost_breakdown: expect.any(Object),
    usage_breakdown: expect.any(Object),
    retry_count: 0,
    retry_history: [],
    batch_run_details: expect.any(Object),
    created_at: expect.any(String),
    updated_at: expect.any(String),
  });
});

test.each<[Partial<Outcome>, string]>([
  [{}, 'user_hung_up'],
  [{ transferred: true }, 'agent_ended_call'],
  [{ voicemail: true }, 'voicemail_reached'],
  [{ status: 'no-answer' }, 'no_answer'],
  [{ status: 'busy' }, 'busy'],
  [{ status: 'failed', invalidNumber: true }, 'invalid_number'],
  [{ status: 'failed', invalidNumber: false }, 'provider_error'],
  [{ status: 'error' }, 'platform_error'],
])('of a call that went as %j, termination_reason is %s, and null until it is over', async (outcome, reason) => {
  const outcomes = () => ({ ...ANSWERED, transferred: false, ...outcome });
  rig = await SimulatorRig.start({ outcomes });
  const id = await rig.running(csvOf(1));
  expect(await executionsOf(id)).toMatchObject([{ status: 'queued', termination_reason: null }]);
  rig.clock.pass(8 * HOUR);
  expect(await executionsOf(id)).toMatchObject([{ termination_reason: reason }]);
});

test('termination_reason is missing in the older dialect, and now and then in the strange one', async () => {
  const [older] = await executionsOf(await finished(csvOf(1), { rules: { dialect: 'older' } }));
  expect(older).not.toHaveProperty('termination_reason');
  await rig.close();
  const strange = await executionsOf(await finished(csvOf(30), { rules: { dialect: 'strange' } }));
  const told = strange.filter((each) => 'termination_reason' in each);
  expect(told.length).toBeGreaterThan(0);
  expect(told.length).toBeLessThan(30);
});

test('telephony_data.duration is a string in one row and a number in the next', async () => {
  const executions = await executionsOf(await finished(csvOf(2)));
  expect(executions.map((each) => each.telephony_data.duration)).toEqual(['60', 60]);
});

test('a call handed to a person says so', async () => {
  const [execution] = await executionsOf(
    await finished(csvOf(1), { outcomes: () => ({ ...ANSWERED, transferred: true }) }),
  );
  expect(execution).toHaveProperty('transfer_call_data');
});

test('the newer path pages by 20 unless asked, and has_more ends with the last page', async () => {
  const id = await finished(csvOf(45));
  const pages = [1, 2, 3].map((page) => rig.get<PageSeen>(`/v2/batches/${id}/executions?page_number=${page}`));
  const answers = (await Promise.all(pages)).map((reply) => reply.json);
  expect(
    answers.map((page) => [page.page_number, page.page_size, page.total, page.has_more, page.data.length]),
  ).toEqual([
    [1, 20, 45, true, 20],
    [2, 20, 45, true, 20],
    [3, 20, 45, false, 5],
  ]);
});

test('a page of more than 50 is refused with 422', async () => {
  const id = await finished(csvOf(1));
  expect((await rig.get(`/v2/batches/${id}/executions?page_size=51`)).status).toBe(422);
  expect((await rig.get(`/v2/batches/${id}/executions?page_size=50`)).status).toBe(200);
});

test('an account without the newer path answers 404 there', async () => {
  const id = await finished(csvOf(1), { rules: { v2Path: 'missing' } });
  expect((await rig.get(`/v2/batches/${id}/executions`)).status).toBe(404);
  expect((await rig.get(`/batches/${id}/executions`)).status).toBe(200);
});

test('either shape can come from either path', async () => {
  const id = await finished(csvOf(1), { rules: { oldPath: 'paged-when-asked', v2Path: 'bare', pageKey: 'page' } });
  expect((await rig.get(`/batches/${id}/executions`)).json).toHaveLength(1);
  expect((await rig.get(`/batches/${id}/executions?page_number=1`)).json).toMatchObject({ page: 1, has_more: false });
  expect((await rig.get(`/v2/batches/${id}/executions?page_number=1`)).json).toHaveLength(1);
});

test('IDs can be integers', async () => {
  const [execution] = await executionsOf(await finished(csvOf(1), { rules: { executionIds: 'integer' } }));
  expect(execution?.id).toEqual(expect.any(Number));
});

test.each([
  ['begin', 0, 0],
  ['create', 2, 2],
] as const)('with executions from %s on, a created batch has %i of them', async (executionsFrom, rows, prepared) => {
  rig = await SimulatorRig.start({ rules: { executionsFrom } });
  const id = await rig.created(csvOf(2));
  expect(await rig.executions(id)).toHaveLength(rows);
  expect((await rig.batch(id)).execution_status).toEqual(prepared === 0 ? {} : { prepared });
});

test("the agent's executions are paged and filtered by batch and status", async () => {
  const first = await finished(csvOf(3), {
    outcomes: (contact) => (contact.row === 2 ? { status: 'busy' } : ANSWERED),
  });
  await rig.running(csvOf(2));
  const dates = `from=${isoAt(-6 * DAY)}&to=${isoAt(DAY)}`;
  const total = async (query: string) =>
    (await rig.get<PageSeen>(`/v2/agent/${AGENT}/executions?${dates}&${query}`)).json.total;
  expect(await total('')).toBe(5);
  expect(await total(`batch_id=${first}`)).toBe(3);
  expect(await total('status=busy')).toBe(1);
  expect(await total('call_type=inbound')).toBe(0);
});

test("the agent's executions are listed by when they were created", async () => {
  await finished(csvOf(3));
  const total = async (from: number, to: number) =>
    (await rig.get<PageSeen>(`/v2/agent/${AGENT}/executions?from=${isoAt(from)}&to=${isoAt(to)}`)).json.total;
  expect([await total(-DAY, 0), await total(0, DAY), await total(-9 * DAY, -2 * DAY)]).toEqual([3, 0, 0]);
});

test.each<[string, string | undefined, string | undefined, RegExp]>([
  ['without both', undefined, undefined, /required/],
  ['without to', '2026-06-20T00:00:00.000Z', undefined, /together/],
  ['more than 7 days apart', '2026-06-13T00:00:00.000Z', '2026-06-20T00:00:00.001Z', /exceed 7 days/],
  ['the wrong way round', '2026-06-20T00:00:00.000Z', '2026-06-13T00:00:00.000Z', /later/],
  ['without an offset', '2026-06-13T00:00:00', '2026-06-14T00:00:00', /UTC/],
])("the agent's executions %s are refused with 422 in the documented shape", async (_, from, to, message) => {
  rig = await SimulatorRig.start();
  const dates = new URLSearchParams({ ...(from && { from }), ...(to && { to }) });
  const { status, json } = await rig.get(`/v2/agent/${AGENT}/executions?${dates}`);
  expect([status, json]).toEqual([422, { error: 422, message: expect.stringMatching(message) }]);
});

test('a lie about executions can be told row by row', async () => {
  const id = await finished(csvOf(2));
  rig.simulator.overrideExecutions(id, (shown) => (shown.user_number === numberOf(1) ? { status: 'ringing' } : {}));
  const executions = await executionsOf(id);
  expect(executions.map((each) => each.status)).toEqual(['completed', 'ringing']);
});

test('a batch that does not exist is answered 404 on every path', async () => {
  rig = await SimulatorRig.start();
  const id = 'f'.repeat(32);
  const replies = await Promise.all([
    rig.get(`/batches/${id}`),
    rig.get(`/batches/${id}/executions`),
    rig.get(`/v2/batches/${id}/executions`),
    rig.send('POST', `/batches/${id}/stop`),
    rig.send('DELETE', `/batches/${id}`),
    rig.schedule(id, '2026-06-23T07:00:00+00:00'),
  ]);
  expect(replies.map((reply) => reply.status)).toEqual([404, 404, 404, 404, 404, 404]);
});

/** In UTC, so long from now by the rig's clock. */
function isoAt(ms: number): string {
  return new Date(rig.clock.now() + ms).toISOString();
}

async function executionsOf(id: string): Promise<ExecutionSeen[]> {
  return rig.executions(id);
}
