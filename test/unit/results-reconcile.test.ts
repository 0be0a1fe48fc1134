import { Readable, Writable } from 'node:stream';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { validateContacts } from '../../contacts/validate';
import type { BatchOfRows } from '../../results/batches';
import { RESULT_COLUMNS } from '../../results/columns';
import { reconcile } from '../../results/reconcile';
import { type ResultRow, readRows } from '../../results/rows';

class Sheet extends Writable {
  readonly chunks: Buffer[] = [];
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk);
    done();
  }
  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

const from = (text: string) => Readable.from([Buffer.from(text)]);
type Verdict = Pick<BatchOfRows, 'mayStillCall' | 'notCalledReason' | 'unlisted' | 'recordings' | 'lacks'>;
const over: Verdict = { mayStillCall: false };

/** All rows in one batch. */
const oneBatch = (executions: Readable | undefined, verdict = over): BatchOfRows[] => [
  { rows: Number.POSITIVE_INFINITY, executions: async () => executions, ...verdict },
];

async function files(input: string) {
  const [contacts, rejected] = [new Sheet(), new Sheet()];
  await validateContacts(from(input), { contacts, rejected });
  return { input, contacts: contacts.text, rejected: rejected.text };
}

async function results(
  texts: { input: string; contacts: string; rejected: string },
  executions: unknown[] | string | undefined,
  context = over,
  suppressed?: Set<number>,
) {
  const jsonl = Array.isArray(executions) ? executions.map((one) => `${JSON.stringify(one)}\n`).join('') : executions;
  const sheet = new Sheet();
  const summary = await reconcile(
    {
      input: from(texts.input),
      contacts: from(texts.contacts),
      rejected: from(texts.rejected),
      batches: oneBatch(jsonl === undefined ? undefined : from(jsonl), context),
      ...(suppressed && { suppressed }),
    },
    sheet,
  );
  return { summary, csv: sheet.text, lines: sheet.text.trimEnd().split('\n') };
}

const call = (number: string, status: string, more: object = {}) => ({
  id: `e-${number}-${status}`,
  status,
  telephony_data: { to_number: number },
  ...more,
});

test('writes one line for each row of the file, in its order', async () => {
  const texts = await files('contact_number,name\n+12025550101,Asha\n12,Ben\n+1 202 555 0101,Cy\n+12025550102,Di\n');
  const { csv, summary } = await results(texts, [
    call('12025550101', 'completed', {
      id: 7,
      telephony_data: { to_number: '1 202 5550101', duration: '42', recording_url: 'https://r.example/1' },
      total_cost: 12.5,
      batch_run_details: { retried: 1 },
      termination_reason: 'user_hung_up',
      extracted_data: { mood: 'fine, "really"' },
    }),
  ]);
  expect(csv).toBe(
    [
      'line,contact_number,result,reason,termination_reason,execution_id,duration_seconds,cost,retries,recording_url,recording,extracted_data,name',
      '2,+12025550101,completed,,user_hung_up,7,42,12.5,1,https://r.example/1,,"{""mood"":""fine, \\""really\\""""}",Asha',
      '3,12,rejected,has no + and country code; write it as +91… with the country code of the number,,,,,,,,,Ben',
      "4,'+1 202 555 0101,duplicate,duplicate of line 2,,,,,,,,,Cy",
      '5,+12025550102,not-called,no call was made,,,,,,,,,Di',
      '',
    ].join('\n'),
  );
  expect(summary).toEqual({
    areRows: false,
    rows: 4,
    buckets: { completed: 1, rejected: 1, duplicate: 1, 'not-called': 1 },
    cost: 12.5,
    durationSeconds: 42,
    retries: 1,
    anomalies: { unmatchedExecutions: 0, severalExecutions: 0, unreadableLines: 0 },
    addsUp: true,
    unsettledLines: [],
  });
});

test('recordings that were asked for are named beside their calls, or why they are not there', async () => {
  const numbers = ['+12025550101', '+12025550102', '+12025550103', '+12025550104'];
  const recorded = numbers.map((number, at) =>
    call(number, 'completed', {
      id: `e${at}`,
      telephony_data: { to_number: number, recording_url: at < 3 ? 'https://r.example/1' : null },
    }),
  );
  const outcomes =
    '{"execution":"e0","file":"e0.mp3"}\n{"execution":"e1","missing":"it is empty"}\nnonsense\n{"execution":7}\n';
  const { csv } = await results(await files(`contact_number\n${numbers.join('\n')}\n`), recorded, {
    mayStillCall: false,
    recordings: async () => from(outcomes),
  });
  const rows: ResultRow[] = [];
  for await (const row of (await readRows(from(csv))).rows) rows.push(row);
  expect(rows.map(({ recording, recordingMissing }) => recording ?? recordingMissing)).toEqual([
    'recordings/e0.mp3',
    'it is empty',
    'the download did not come to its end',
    null,
  ]);
});

const ONE = 'contact_number\n+12025550101\n';
const N = '+12025550101';

/** The one row of a file with one contact, and the summary. */
async function one(executions: unknown[] | string | undefined, context = over) {
  const { summary, lines } = await results(await files(ONE), executions, context);
  const [, number, result, reason, , id, seconds, cost, retries] = lines[1]?.split(',') ?? [];
  return { summary, number, result, reason, id, seconds, cost, retries };
}

test.each(['completed', 'no-answer', 'busy', 'failed', 'error', 'canceled', 'stopped', 'balance-low'])(
  'a call that ended %s is in that bucket',
  async (status) => {
    const dialled = { telephony_data: { to_number: N, ring_duration: 5 } };
    const { result, summary } = await one([call(N, status, dialled)]);
    expect(result).toBe(status);
    expect(summary.buckets).toEqual({ [status]: 1 });
  },
);

test('a call that a machine answered is voicemail and not completed: nobody was reached', async () => {
  const { result, reason, summary } = await one([call(N, 'completed', { answered_by_voice_mail: true })]);
  expect([result, reason]).toEqual(['voicemail', 'answered by voicemail']);
  expect(summary.buckets).toEqual({ voicemail: 1 });
});

describe('a call that Bolna took back', () => {
  const NO_DIAL = {
    ...{ retry_count: 0, retry_history: [], conversation_duration: 0, total_cost: '0', transcript: null },
    ...{ batch_run_details: { retried: 0 }, answered_by_voice_mail: false, termination_reason: null },
  };
  const stopped = { mayStillCall: false, notCalledReason: 'the campaign was stopped' };

  test.each(['stopped', 'canceled', 'Cancelled', 'STOPPED'])('as "%s" without a dial is not-called', async (status) => {
    const calls = [call(N, status, { ...NO_DIAL, telephony_data: null, user_number: N })];
    const { result, reason, summary } = await one(calls, stopped);
    expect([result, reason]).toEqual(['not-called', 'the campaign was stopped']);
    expect(summary.buckets).toEqual({ 'not-called': 1 });
  });

  test('where nobody stopped the campaign, says so in its own words', async () => {
    expect(await one([call(N, 'stopped', NO_DIAL)])).toMatchObject({
      result: 'not-called',
      reason: 'the call was stopped before the dial',
    });
  });

  test.each<[string, object]>([
    ['retry_count', { retry_count: 1 }],
    ['batch_run_details.retried', { batch_run_details: { retried: '2' } }],
    ['retry_history', { retry_history: [{ attempt: 1, status: 'no-answer' }] }],
    ['a conversation', { conversation_duration: 4 }],
    ['a transcript', { transcript: 'assistant: Hello' }],
    ['a cost', { total_cost: '0.5' }],
    ['a ring', { telephony_data: { to_number: N, ring_duration: 12 } }],
    ['a hang-up', { telephony_data: { to_number: N, hangup_by: 'Callee' } }],
    ['a recording', { telephony_data: { to_number: N, recording_url: 'https://r.example/1' } }],
    ['a reason of a call', { termination_reason: 'no_answer' }],
    ['a reason that is new', { termination_reason: 'solar_flare' }],
    ['a value that cannot be read', { retry_count: 'some' }],
    ['telephony data that cannot be read', { telephony_data: 'lost', user_number: N }],
  ])("keeps Bolna's word where it shows %s", async (_, sign) => {
    expect(await one([call(N, 'stopped', { ...NO_DIAL, ...sign })], stopped)).toMatchObject({ result: 'stopped' });
  });

  test.each<[string, unknown[], Verdict]>([
    ['it says nothing of a dial', [{ id: 1, status: 'stopped', user_number: N }], stopped],
    ['calls may still come', [call(N, 'stopped', NO_DIAL)], { mayStillCall: true }],
    ['Bolna counts calls that it does not list', [call(N, 'stopped', NO_DIAL)], { ...stopped, unlisted: 1 }],
    ['an execution matches no row', [call(N, 'stopped', NO_DIAL), call('+12025550199', 'busy')], stopped],
    ['another execution is open', [call(N, 'stopped', NO_DIAL), call(N, 'queued', NO_DIAL)], stopped],
  ])("keeps Bolna's word where %s", async (_, executions, verdict) => {
    expect(await one(executions, verdict)).toMatchObject({ result: 'stopped' });
  });

  describe('or left as it was in a batch that it stopped', () => {
    const left = { ...stopped, stoodStill: true };
    test.each(['prepared', 'scheduled'])(
      'as "%s" without a dial is not-called once it has stood still',
      async (status) => {
        const calls = [call(N, status, { ...NO_DIAL, telephony_data: null, user_number: N })];
        const { result, reason } = await one(calls, left);
        expect([result, reason]).toEqual(['not-called', 'the campaign was stopped']);
        expect(await one(calls, stopped)).toMatchObject({ result: 'unsettled' });
      },
    );

    test.each<[string, string, object, Verdict]>([
      ['it was handed over', 'queued', {}, left],
      ['guardrails moved it', 'rescheduled', {}, left],
      ['it waits for a retry', 'scheduled', { retry_count: 1 }, left],
      ['nobody knows its status', 'brand-new', {}, left],
      ['calls may still come', 'prepared', {}, { ...left, mayStillCall: true }],
      ['Bolna counts calls that it does not list', 'prepared', {}, { ...left, unlisted: 1 }],
    ])('is unsettled where %s', async (_, status, more, verdict) => {
      expect(await one([call(N, status, { ...NO_DIAL, ...more })], verdict)).toMatchObject({ result: 'unsettled' });
    });
  });

  test('gives way to a call about the same number, and a dial that was seen once is not undone', async () => {
    const later = { ...NO_DIAL, updated_at: '2026-06-23T08:00:00Z' };
    const calls = [call(N, 'no-answer', { updated_at: '2026-06-23T07:00:00Z' }), call(N, 'stopped', later)];
    expect(await one(calls, stopped)).toMatchObject({ result: 'no-answer' });
    const looks = [call(N, 'ringing', { id: 7 }), call(N, 'stopped', { ...later, id: 7 })];
    expect(await one(looks, stopped)).toMatchObject({ result: 'stopped' });
  });

  test('a call without money keeps its outcome', async () => {
    expect(await one([call(N, 'balance-low', NO_DIAL)], stopped)).toMatchObject({ result: 'balance-low' });
  });
});

test.each(['ringing', 'call-disconnected', 'rescheduled', 'prepared', 'brand-new'])(
  'a call last seen %s is unsettled, and its row says so',
  async (status) => {
    const { result, reason, summary } = await one([call(N, status)]);
    expect(result).toBe('unsettled');
    expect(reason).toContain(status);
    expect(summary.unsettledLines).toEqual([2]);
  },
);

test('a call without a status is unsettled', async () => {
  expect(await one([{ id: 1, user_number: N }])).toMatchObject({
    result: 'unsettled',
    reason: 'the call has no status',
  });
});

test('a row without a call is not-called, with the reason the campaign gives', async () => {
  const context = { mayStillCall: false, notCalledReason: 'the campaign was stopped' };
  expect(await one([], context)).toMatchObject({ result: 'not-called', reason: 'the campaign was stopped' });
  expect(await one(undefined, context)).toMatchObject({ result: 'not-called' });
});

test('a row without a call is unsettled while calls may still come', async () => {
  expect(await one([], { mayStillCall: true })).toMatchObject({ result: 'unsettled', number: N });
});

test.each<[string, unknown[] | string, string]>([
  ['match no row', [call('+12025550999', 'completed')], 'match no row'],
  ['have no number', [{ id: 1, status: 'completed' }], 'match no row'],
  ['cannot be read', '{"id":1,"user_nu', 'could not be read'],
])('a row without a call is unsettled where executions %s: one may be about it', async (_, told, reason) => {
  const texts = await files(`contact_number\n${N}\n+12025550102\n`);
  const { lines } = await results(texts, told);
  expect(lines[1]).toMatch(/^2,\+12025550101,unsettled,"?no call was seen, but /);
  expect(lines[1]).toContain(reason);
});

test('a row without a call is unsettled where Bolna counts more executions than it lists', async () => {
  const { lines } = await results(await files(ONE), [], { ...over, unlisted: 1 });
  expect(lines[1]).toContain('unsettled,"no call was seen, but Bolna counted calls that it does not list"');
});

test('a row without a call is not-called where all that Bolna told was matched', async () => {
  const texts = await files(`contact_number\n${N}\n+12025550102\n`);
  const { summary } = await results(texts, [call('+12025550102', 'busy')]);
  expect(summary.buckets).toEqual({ 'not-called': 1, busy: 1 });
});

test('a row whose call was taken for another one that it is about as well is unsettled', async () => {
  const texts = await files(`contact_number\n+12025550102\n${N}\n`);
  const { summary } = await results(texts, [call(N, 'completed', { user_number: '+12025550102' })]);
  expect(summary.buckets).toEqual({ completed: 1, unsettled: 1 });
});

test('what is odd in one batch casts no doubt on the rows of another', async () => {
  const texts = await files(`contact_number\n${N}\n+12025550102\n`);
  const odd = `${JSON.stringify(call('+12025550999', 'completed'))}\n`;
  const batches = [odd, ''].map((text) => ({ rows: 1, executions: async () => from(text), mayStillCall: false }));
  const sheet = new Sheet();
  const { input, contacts, rejected } = texts;
  await reconcile({ input: from(input), contacts: from(contacts), rejected: from(rejected), batches }, sheet);
  expect(sheet.text).toMatch(/\n2,\+12025550101,unsettled,.*\n3,\+12025550102,not-called,/);
});

test('only the first 100 unsettled lines are listed', async () => {
  const numbers = Array.from({ length: 150 }, (_, i) => `+1202555${String(i).padStart(4, '0')}`);
  const { summary } = await results(await files(`contact_number\n${numbers.join('\n')}\n`), [], { mayStillCall: true });
  expect(summary.buckets).toEqual({ unsettled: 150 });
  expect(summary.unsettledLines).toEqual(Array.from({ length: 100 }, (_, i) => i + 2));
});

test('a call that two pages tell counts once', async () => {
  const twice = call(N, 'completed', { id: 'x', total_cost: 3 });
  const { summary } = await one([twice, twice]);
  expect(summary).toMatchObject({ cost: 3, rows: 1, anomalies: { severalExecutions: 0, unmatchedExecutions: 0 } });
});

test('of two calls to one number the settled one is the row, and the number is an anomaly', async () => {
  const pair = [call(N, 'completed', { total_cost: 2 }), call(N, 'queued', { total_cost: 5 })];
  for (const executions of [pair, [...pair].reverse(), [...pair, ...pair]]) {
    const { result, summary } = await one(executions);
    expect(result).toBe('completed');
    expect(summary).toMatchObject({ cost: 2, anomalies: { severalExecutions: 1, unmatchedExecutions: 0 } });
  }
});

test('calls that no row asked for are told', async () => {
  const { summary } = await one([
    call(N, 'completed'),
    call('+12025550102', 'completed', { total_cost: 9 }),
    call('+12025550102', 'busy'),
    { id: 'y', status: 'completed' },
  ]);
  expect(summary.anomalies.unmatchedExecutions).toBe(3);
  expect(summary).toMatchObject({ rows: 1, buckets: { completed: 1 }, cost: 0, addsUp: true });
});

test('a call to the number of a rejected row is not its outcome', async () => {
  const texts = await files(`contact_number,name\n${N},Asha,x\n+12025550102,Ben\n`);
  const { summary } = await results(texts, [call(N, 'completed')]);
  expect(summary.buckets).toEqual({ rejected: 1, unsettled: 1 });
  expect(summary.anomalies.unmatchedExecutions).toBe(1);
});

test('costs add up without drift', async () => {
  const numbers = Array.from({ length: 30 }, (_, i) => `+120255501${String(i).padStart(2, '0')}`);
  const texts = await files(`contact_number\n${numbers.join('\n')}\n`);
  const { summary } = await results(
    texts,
    numbers.map((number) => call(number, 'completed', { total_cost: 0.1 })),
  );
  expect(summary.cost).toBe(3);
});

test('a call to the number that another row dialled is not taken for the row of that alias', async () => {
  const texts = await files(`contact_number\n${N}\n+12025550102\n`);
  const { lines, summary } = await results(texts, [
    { id: 'a', status: 'completed', user_number: '+12025550102' },
    { id: 'b', status: 'queued', telephony_data: { to_number: '+12025550102' }, user_number: N },
  ]);
  expect(lines[1]).toMatch(/^2,\+12025550101,unsettled,"no call was seen/);
  expect(lines[2]).toMatch(/^3,\+12025550102,completed,,,a,/);
  expect(summary.anomalies).toMatchObject({ severalExecutions: 1 });
});

test('a long reason is not cut inside a character', async () => {
  const { reason } = await one([call(N, 'failed', { error_message: `${'x'.repeat(299)}😀😀` })]);
  expect(reason).toBe(`${'x'.repeat(299)}…`);
});

test("the file's columns keep their names; ours are renamed where it has them too", async () => {
  const texts = await files(`line,contact_number,result,call_line\nL,${N},R,I\n`);
  const { lines } = await results(texts, []);
  const [header = '', row = ''] = lines;
  expect(header).toMatch(/^call_call_line,contact_number,call_result,reason,/);
  expect(header.split(',').slice(RESULT_COLUMNS.length)).toEqual(['line', 'result', 'call_line']);
  expect(row).toMatch(/^2,\+12025550101,not-called,/);
  expect(row.split(',').slice(RESULT_COLUMNS.length)).toEqual(['L', 'R', 'I']);
});

test('a ragged row keeps the values it has', async () => {
  const texts = await files(`contact_number,a,,b\n${N},x,y\n+12025550102,y\n`);
  const { lines } = await results(texts, []);
  expect(lines[1]).toMatch(/^2,\+12025550101,rejected,.*,x,$/);
  expect(lines[2]).toMatch(/^3,\+12025550102,not-called,.*,y,$/);
});

test('rows that cannot be read are among the results, with the reason', async () => {
  const texts = await files(`contact_number,a\n+12025550102,5" pipe\n+12025550103,x\0y\n${N},Al\n`);
  const { lines, summary } = await results(texts, [call(N, 'completed')]);
  expect(lines[1]).toMatch(/^2,,rejected,"has a quote in the wrong place; /);
  expect(lines[2]).toMatch(/^3,,rejected,"holds a NUL, /);
  expect(lines[3]).toMatch(/^4,\+12025550101,completed,/);
  expect(summary).toMatchObject({ addsUp: true });
  expect(`${texts.rejected}${lines.join('')}`).not.toContain('\0');
});

test.each([
  ['full-width digits', '＋１２０２５５５０１０１'],
  ['some digits of another script', '+1202555010१'],
  ['a formula', '="+12025550101"'],
])('a number in %s is the one that was called', async (_how, typed) => {
  const texts = await files(`name,Phone\nAsha,${typed}\n`);
  const { lines, summary } = await results(texts, [call(N, 'completed')]);
  expect(lines[1]).toMatch(/^2,\+12025550101,completed,.*,Asha$/);
  expect(summary.addsUp).toBe(true);
});

test('the verdicts are those of the validation, even where the numbers would be judged otherwise now', async () => {
  const texts = {
    input: 'contact_number,name\n+1 999,Asha\n+12025550102,Ben\n+12025550102,Cy\n',
    contacts: 'contact_number,name\n+1999,Asha\n+12025550102,Cy\n',
    rejected: 'line,column,value,reason\n3,contact_number,+12025550102,no such range\n',
  };
  const { summary, lines } = await results(texts, [call('+1999', 'completed')]);
  expect(lines.slice(1).map((line) => line.split(',').slice(0, 4))).toEqual([
    ['2', '+1999', 'completed', ''],
    ['3', '+12025550102', 'rejected', 'no such range'],
    ['4', '+12025550102', 'not-called', 'no call was made'],
  ]);
  expect(summary.addsUp).toBe(true);
});

const TWO = `contact_number,name\n${N},Asha\n+12025550102,Ben\n`;
test.each<[string, (texts: Awaited<ReturnType<typeof files>>) => object]>([
  ['has a row more', ({ input }) => ({ input: `${input}+12025550103,Cy\n` })],
  ['has a row less', ({ input }) => ({ input: input.replace('+12025550102,Ben\n', '') })],
  ['has its rows in another order', () => ({ input: `contact_number,name\n+12025550102,Ben\n${N},Asha\n` })],
  ['has another number', ({ input }) => ({ input: input.replace('0102', '0103') })],
  ['has another name', ({ input }) => ({ input: input.replace('Ben', 'Bob') })],
  ['has fewer rejected rows', ({ rejected }) => ({ rejected: `${rejected}9,contact_number,x,is no number\n` })],
])('a file that %s than when it was checked does not add up', async (_what, change) => {
  const texts = await files(TWO);
  const { summary } = await results({ ...texts, ...change(texts) }, [
    call(N, 'completed'),
    call('+12025550102', 'busy'),
  ]);
  expect(summary.addsUp).toBe(false);
  expect(Object.values(summary.buckets).reduce((sum, n) => sum + n, 0)).toBe(summary.rows);
});

test('a full disk is told as what it is, and every file is closed', async () => {
  const texts = await files(TWO);
  const [input, contacts, rejected, executions] = [texts.input, texts.contacts, texts.rejected, ''].map(from) as [
    Readable,
    Readable,
    Readable,
    Readable,
  ];
  const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error('ENOSPC')) });
  await expect(reconcile({ input, contacts, rejected, batches: oneBatch(executions) }, full)).rejects.toThrow('ENOSPC');
  expect([input, contacts, rejected, executions].map((file) => file.destroyed)).toEqual([true, true, true, true]);
});

test('spaces that the file quotes are no change of the file', async () => {
  const { summary, lines } = await results(await files(`contact_number,name\n${N}," Asha "\n`), []);
  expect(summary.addsUp).toBe(true);
  expect(lines[1]).toMatch(/," Asha "$/);
});

test('a line end of any kind inside a value is no change of the file', async () => {
  const { summary } = await results(await files(`contact_number,name\n${N},"A\rB"\n+12025550102,"C\r\nD"\n`), []);
  expect(summary).toMatchObject({ addsUp: true, buckets: { 'not-called': 2 } });
});

test('a file that cannot be read leaves no other open, and no half results', async () => {
  const endless = Readable.from(
    (function* () {
      yield Buffer.from('contact_number\n');
      for (;;) yield Buffer.from(`${N}\n`.repeat(1000));
    })(),
  );
  const sheet = new Sheet();
  const rest = { contacts: from(''), rejected: from(''), batches: oneBatch(undefined) };
  await expect(reconcile({ input: endless, ...rest }, sheet)).rejects.toThrow('The file is empty');
  expect(endless.destroyed).toBe(true);
  expect([sheet.destroyed, sheet.writableFinished]).toEqual([true, false]);
});

test('every row is in exactly one bucket, and how the files are cut into chunks changes nothing', async () => {
  const number = fc.integer({ min: 0, max: 30 }).map((n) => `+120255501${String(n).padStart(2, '0')}`);
  const status = fc.constantFrom('completed', 'busy', 'queued', 'no-answer', 'new', '');
  const rows = fc.array(
    fc.tuple(fc.oneof(number, fc.constantFrom('', 'x', '12')), fc.constantFrom('é', '"a\nb"', '"x,y"', '')),
    { maxLength: 25 },
  );
  const executions = fc.array(
    fc.record(
      {
        id: fc.integer({ min: 0, max: 20 }),
        status,
        user_number: number,
        total_cost: fc.double({ min: 0, max: 100, noNaN: true }),
      },
      { requiredKeys: [] },
    ),
    { maxLength: 25 },
  );
  await fc.assert(
    fc.asyncProperty(
      rows,
      executions,
      fc.boolean(),
      fc.integer({ min: 1, max: 7 }),
      async (some, calls, mayStillCall, size) => {
        const input = `contact_number,note\n+12025550199,é\n${some.map((cells) => `${cells.join(',')}\n`).join('')}`;
        const texts = await files(input);
        const whole = await results(texts, calls, { mayStillCall });
        const sheet = new Sheet();
        const jsonl = calls.map((one) => `${JSON.stringify(one)}\n`).join('');
        const pieces = (text: string) =>
          Readable.from(
            Buffer.from(text)
              .toString('latin1')
              .match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [],
          ).map((piece: string) => Buffer.from(piece, 'latin1'));
        const cut = await reconcile(
          {
            input: pieces(texts.input),
            contacts: pieces(texts.contacts),
            rejected: pieces(texts.rejected),
            batches: oneBatch(pieces(jsonl), { mayStillCall }),
          },
          sheet,
        );
        expect(cut).toEqual(whole.summary);
        expect(sheet.text).toBe(whole.csv);

        const { summary } = whole;
        const table: string[][] = parse(whole.csv);
        expect(summary.addsUp).toBe(true);
        expect(summary.rows).toBe(some.length + 1);
        expect(table).toHaveLength(summary.rows + 1);
        const counted: Record<string, number> = {};
        for (const [, , result = ''] of table.slice(1)) counted[result] = (counted[result] ?? 0) + 1;
        expect(summary.buckets).toEqual(counted);
        const ids = table
          .slice(1)
          .map((row) => row[4])
          .filter((id) => id !== '');
        expect(new Set(ids).size).toBe(ids.length);
      },
    ),
  );
});

test('a contact that was suppressed while the campaign ran is so only where nobody has called it', async () => {
  const texts = await files('contact_number\n+12025550101\n+12025550102\n+12025550103\n+12025550104\n');
  const suppressed = new Set([12025550101, 12025550102, 12025550103]);
  const executions = [
    call('+12025550102', 'stopped', { total_cost: 0 }),
    call('+12025550103', 'no-answer', { total_cost: 0 }),
  ];
  const outcomes = async (context = over) => {
    const { lines } = await results(texts, executions, context, suppressed);
    return lines.slice(1).map((line) => line.split(',')[2]);
  };
  expect(await outcomes()).toEqual(['suppressed', 'suppressed', 'no-answer', 'not-called']);
  // Where one may still come, nobody can say so.
  expect(await outcomes({ mayStillCall: true })).toEqual(['unsettled', 'stopped', 'no-answer', 'unsettled']);
});

test('a contact without which the batch was made is suppressed whatever is not known of the others', async () => {
  const texts = await files('contact_number\n+12025550101\n+12025550102\n+12025550103\n');
  const lacks = new Set([12025550101, 12025550103]);
  const executions = [call('+12025550103', 'completed'), call('+12025550199', 'completed')];
  for (const doubt of [{ mayStillCall: true }, { mayStillCall: false, unlisted: 1 }, { mayStillCall: false }]) {
    const { lines } = await results(texts, executions, { ...doubt, lacks }, lacks);
    expect(lines.slice(1).map((line) => line.split(',')[2])).toEqual(['suppressed', 'unsettled', 'completed']);
  }
});
