import { Readable } from 'node:stream';
import { readExecution } from '../../results/execution';
import { jsonLines } from '../../results/json-lines';
import { ExecutionsByNumber } from '../../results/matching';
import { ExactSum } from '../../results/sum';

const N = '+12025550101';
const KEY = 12025550101;
const call = (status: string, more: object = {}) => ({ id: 'x', status, user_number: N, ...more });

function read(executions: unknown[] | string): Promise<ExecutionsByNumber> {
  const text =
    typeof executions === 'string' ? executions : executions.map((one) => `${JSON.stringify(one)}\n`).join('');
  return ExecutionsByNumber.read(Readable.from([Buffer.from(text)]));
}

const statusOf = async (executions: unknown[]) => (await read(executions)).take(KEY)?.status;

test.each<[string, object]>([
  ['the number dialled', { telephony_data: { to_number: N } }],
  ['the number dialled, without its +', { telephony_data: { to_number: '12025550101' } }],
  ['the number dialled, with 00', { telephony_data: { to_number: '0012025550101' } }],
  ['the number dialled, as a JSON number', { telephony_data: { to_number: KEY } }],
  ['the number dialled, written for the eye', { telephony_data: { to_number: ' 1 (202) 555-0101' } }],
  ["the user's number", { user_number: N }],
  ["the user's number, where the call was not placed", { user_number: N, telephony_data: null }],
  ["the row's number", { context_details: { recipient_data: { contact_number: N } } }],
  [
    "the row's number, where the dialled one is written in the country's own way",
    { telephony_data: { to_number: '2025550101' }, context_details: { recipient_data: { contact_number: N } } },
  ],
])('a call is found by %s', async (_by, fields) => {
  const executions = await read([{ id: 'x', status: 'busy', ...fields }]);
  expect(executions.take(KEY)?.status).toBe('busy');
  expect(executions.left).toBe(0);
});

test('the number dialled outweighs what else is said', async () => {
  const executions = await read([
    { id: 1, status: 'busy', telephony_data: { to_number: N }, user_number: '+12025550102' },
  ]);
  expect(executions.take(KEY)?.status).toBe('busy');
  expect(executions.take(12025550102)).toBeUndefined();
});

test('a call is the outcome of one row only', async () => {
  const executions = await read([call('busy')]);
  expect(executions.take(KEY)?.status).toBe('busy');
  expect(executions.take(KEY)).toBeUndefined();
});

test('of one call told twice, the later look counts', async () => {
  const early = call('no-answer', { updated_at: '2026-01-01T10:00:00Z' });
  const late = call('queued', { updated_at: '2026-01-01T10:00:05+00:00' });
  expect(await statusOf([early, late])).toBe('queued');
  expect(await statusOf([late, early])).toBe('queued');
});

test('of one call told twice without a time that can be read, the settled look counts', async () => {
  const ringing = call('ringing', { updated_at: '2026-01-01T10:00:89' });
  expect(await statusOf([call('completed'), ringing])).toBe('completed');
  expect(await statusOf([ringing, call('completed')])).toBe('completed');
});

test('of two settled calls to one number the later counts', async () => {
  const early = call('no-answer', { id: 'a', updated_at: '2026-01-01T10:00:00Z' });
  const late = call('completed', { id: 'b', updated_at: '2026-01-01T11:00:00Z' });
  expect(await statusOf([late, early])).toBe('completed');
  expect(await statusOf([early, late])).toBe('completed');
});

test('three calls to one number are one number with several', async () => {
  const executions = await read(['a', 'b', 'c', 'a'].map((id) => call('completed', { id })));
  expect(executions.severalExecutions).toBe(1);
  expect(executions.left).toBe(3);
});

test('calls without an ID are calls of their own', async () => {
  expect((await read([call('busy', { id: undefined }), call('busy', { id: null })])).severalExecutions).toBe(1);
});

test('a line that holds no call is told, and the others count', async () => {
  const good = JSON.stringify(call('completed'));
  const executions = await read(`${good}\n\n"text"\n[]\nnull\n${good.slice(0, 30)}`);
  expect(executions.take(KEY)?.status).toBe('completed');
  expect(executions.unreadableLines).toBe(4);
});

test('a transcript with a Unicode line separator does not tear its line', async () => {
  const executions = await read([call('completed', { transcript: 'a\u2028b\u2029c\u0085d' })]);
  expect(executions).toMatchObject({ unreadableLines: 0, left: 1 });
});

test('a line over 32 MB is unreadable and does not fill the memory', async () => {
  function* flood() {
    yield '1\n"';
    for (let i = 0; i < 40; i += 1) yield Buffer.alloc(1024 * 1024, 'x');
    yield '"\n2\n';
  }
  const values = [];
  for await (const value of jsonLines(Readable.from(flood()))) values.push(value);
  expect(values).toEqual([1, undefined, 2]);
});

test.each<[string, object, object]>([
  [
    'as numbers',
    { telephony_data: { duration: 12.5 }, total_cost: 3, retry_count: 2 },
    { durationSeconds: 12.5, cost: 3, retries: 2 },
  ],
  [
    'as strings',
    { telephony_data: { duration: '12' }, total_cost: '3.25', retry_count: '1' },
    { durationSeconds: 12, cost: 3.25, retries: 1 },
  ],
  [
    'as zero',
    { telephony_data: { duration: '0' }, conversation_duration: 5, total_cost: 0, retry_count: 0 },
    { durationSeconds: 0, cost: 0, retries: 0 },
  ],
  ['of the conversation', { telephony_data: { duration: null }, conversation_duration: 9 }, { durationSeconds: 9 }],
  [
    'of the batch, where retry_count is missing',
    { retry_count: null, batch_run_details: { retried: '2' } },
    { retries: 2 },
  ],
  ['as null', { conversation_duration: null, total_cost: null, retry_count: null }, {}],
  ['as nonsense', { conversation_duration: 'soon', total_cost: {}, retry_count: [] }, {}],
  ['as impossible amounts', { conversation_duration: -1, total_cost: 1e307, retry_count: 'Infinity' }, {}],
])('durations, costs and retries are read %s', (_how, fields, expected) => {
  const { durationSeconds, cost, retries } = readExecution({ status: 'completed', ...fields }) ?? {};
  expect({ durationSeconds, cost, retries }).toEqual({
    durationSeconds: undefined,
    cost: undefined,
    retries: undefined,
    ...expected,
  });
});

test('an ID that is a number is read as text', () => {
  expect(readExecution({ id: 0 })?.id).toBe('0');
});

test('a field of another type than documented costs only that field', () => {
  const odd = {
    id: ['x'],
    status: 'busy',
    telephony_data: 'none',
    context_details: { recipient_data: null },
    updated_at: 5,
  };
  expect(readExecution(odd)).toMatchObject({ id: '', status: 'busy', numbers: [], changedAt: 0 });
});

test.each([
  [{ error_message: 'carrier refused', telephony_data: { hangup_reason: 'user busy' } }, 'carrier refused'],
  [{ telephony_data: { hangup_reason: 'user busy' } }, 'user busy'],
  [{ status: 'completed', answered_by_voice_mail: true, error_message: 'x' }, 'answered by voicemail'],
  [{ status: 'in-progress', answered_by_voice_mail: true }, ''],
  [{ termination_reason: 'invalid_number', error_message: 'no luck' }, 'invalid number: no luck'],
  [{ termination_reason: 'provider_error' }, 'error of the telephony provider'],
  [{ termination_reason: 'solar_flare', telephony_data: { hangup_reason: 'gone' } }, 'gone'],
])('the remark on a call comes from %j', (fields, remark) => {
  expect(readExecution(fields)?.remark).toBe(remark);
});

test.each<[string, object]>([
  ['voicemail', { status: 'completed', answered_by_voice_mail: true }],
  ['voicemail', { status: 'Completed', answered_by_voice_mail: 'true' }],
  ['voicemail', { status: 'completed', termination_reason: 'voicemail_reached' }],
  ['voicemail', { status: 'no-answer', termination_reason: 'voicemail_reached' }],
  ['completed', { status: 'completed', answered_by_voice_mail: false, termination_reason: 'user_hung_up' }],
  ['completed', { status: 'completed', answered_by_voice_mail: 'perhaps', termination_reason: 7 }],
  ['no-answer', { status: 'no-answer', answered_by_voice_mail: true }],
  ['in-progress', { status: 'in-progress', termination_reason: 'voicemail_reached' }],
  ['balance-low', { status: 'balance-low', termination_reason: 'voicemail_reached' }],
  ['balance-low', { status: 'failed', termination_reason: 'insufficient_balance' }],
  ['balance-low', { status: 'canceled', termination_reason: 'Insufficient balance' }],
  ['completed', { status: 'completed', termination_reason: 'insufficient_balance' }],
  ['queued', { status: 'queued', termination_reason: 'insufficient_balance' }],
])('a call is %s by %j', (status, fields) => {
  expect(readExecution(fields)?.status).toBe(status);
});

test.each([
  [{ mood: 'fine' }, '{"mood":"fine"}'],
  ['{"mood":"fine"}', '{"mood":"fine"}'],
  [{}, ''],
  [null, ''],
])('extracted data %j is written as JSON once', (extracted_data, expected) => {
  expect(readExecution({ extracted_data })?.extracted).toBe(expected);
});

test('a sum of decimals does not drift', () => {
  const sum = new ExactSum();
  for (let i = 0; i < 1000; i += 1) sum.add(0.1);
  sum.add(undefined);
  expect(sum.total).toBe(100);
});

test('where two looks at one call tell of two numbers, of neither is it said that nobody was called', async () => {
  const executions = await read([
    call('completed'),
    call('completed', { telephony_data: { to_number: '+12025550102' } }),
  ]);
  expect(executions.take(12025550102)?.status).toBe('completed');
  expect(executions.take(KEY)).toBeUndefined();
  expect(executions.displaced).toBe(1);
});

test('a later look that writes the same number in the way of its country leaves no doubt', async () => {
  const executions = await read([call('queued'), call('busy', { telephony_data: { to_number: '2025550101' } })]);
  expect(executions.take(KEY)?.status).toBe('busy');
  expect([executions.displaced, executions.left]).toEqual([0, 0]);
});
