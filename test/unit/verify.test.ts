import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { belongsTo } from '../../activities/campaign-batches';
import type { Batch } from '../../bolna/schemas';
import { EXIT, UserError } from '../../client/user-error';
import { ending, exitCodeOf } from '../../client/verify/command';
import { stepsWithCall } from '../../client/verify/steps';
import { Interrupted } from '../../client/verify/world';
import type { SimulatorOptions } from '../../simulator/options';
import { HOUR, instant, MINUTE, SECOND } from '../support/simulator';
import type { Passing, Tamper } from '../support/tampering';
import { VerifyRig, verdictsOf } from '../support/verify-rig';

let rig: VerifyRig;
afterEach(() => rig.close());

async function verified(options: SimulatorOptions = {}, tamper?: Tamper) {
  rig = await VerifyRig.start(options, tamper);
  return rig.verify();
}

/** An agent as the documentation shows it. */
const AGENT_SHOWN = {
  agent_name: 'Sales',
  agent_welcome_message: 'Hi {customer_name}',
  webhook_url: null,
  calling_guardrails: { call_start_hour: 9, call_end_hour: 21 },
  agent_prompts: { task_1: { system_prompt: 'You call {customer_name} about {product}.' } },
  tasks: [{ task_type: 'conversation', task_config: { auto_reschedule: false } }],
};
const isGet = ({ method, path, status }: Passing) =>
  method === 'GET' && status === 200 && /^\/batches\/[0-9a-f]{32}$/.test(path);
const isList = ({ path, status }: Passing) => status === 200 && path.endsWith('/all');
const isExecutions = ({ path, status }: Passing) => status === 200 && path.endsWith('/executions');
const isDelete = ({ method }: Passing) => method === 'DELETE';

/** Checks that never come out as `ok` here: the wallet's unit is for a person to confirm. */
const FOR_A_PERSON = { wallet: 'unknown' };

test('each check is documented', async () => {
  rig = await VerifyRig.start();
  const rows = readFileSync(resolve('docs/reliability.md'), 'utf8').match(/^\| (`[a-z _-]+`(, )?)+ \|/gm);
  const documented = rows?.join().match(/(?<=`)[a-z][a-z _-]+(?=`)/g);
  const checks = stepsWithCall('+12025550111').flatMap((step) => step.checks.map(([name]) => name));
  expect(documented).toEqual(expect.arrayContaining(checks));
});

test('finds a Bolna that does as documented to be so, and leaves nothing there', async () => {
  rig = await VerifyRig.start({ agent: AGENT_SHOWN });
  rig.watchMs = MINUTE;
  const outcome = await rig.verify();
  const { wallet, ...others } = verdictsOf(outcome);
  expect({ wallet }).toEqual(FOR_A_PERSON);
  expect(new Set(Object.values(others))).toEqual(new Set(['ok']));
  expect(Object.keys(others)).toHaveLength(21);
  expect(exitCodeOf(outcome)).toBe(EXIT.completed);
  expect(rig.standing()).toEqual([]);
  const { simulator } = rig.bolna;
  expect(simulator.requests.filter(({ endpoint }) => endpoint === 'schedule')).toEqual([]);
  expect(simulator.batches().flatMap(({ contacts }) => contacts.map(({ number }) => number))).toEqual(['+12025550123']);
  const text = (name: string) => outcome.lines.find(({ check }) => check === name)?.text;
  expect(text('statuses')).toBe('Bolna shows "created" after 0 s, then "processed" after 1 s');
  expect(text('calling hours')).toContain('from 9:00 to 21:00');
  expect(text('variables')).toContain('customer_name, product');
  expect(text('wallet')).toBe(
    'Bolna says 1000000, taken as cents: 10000.00. If the dashboard shows another amount, set BOLNA_WALLET_UNIT=units',
  );
});

test('finds an older Bolna to do all that is assumed', async () => {
  const outcome = await verified({ rules: { dialect: 'older' }, agent: AGENT_SHOWN });
  const { wallet, 'row of a call': row, ...others } = verdictsOf(outcome);
  expect(row).toBe('unknown');
  expect(new Set(Object.values(others))).toEqual(new Set(['ok']));
  expect(outcome.lines.find(({ check }) => check === 'create')?.text).toContain('HTTP 200');
  expect(outcome.lines.find(({ check }) => check === 'executions')?.text).toContain('no executions before the start');
});

test('concludes nothing from words that nobody has documented', async () => {
  const outcome = await verified({ rules: { dialect: 'strange' }, agent: AGENT_SHOWN });
  const unknown = ['wallet', 'create', 'statuses', 'executions', 'nobody called', 'delete'];
  const verdicts = verdictsOf(outcome);
  expect(Object.keys(verdicts).filter((check) => verdicts[check] === 'unknown')).toEqual(unknown);
  expect(Object.values(verdicts)).not.toContain('differs');
  expect(rig.standing()).toEqual([]);
});

test('concludes nothing of an agent that Bolna does not show, or shows little of', async () => {
  const OF_AGENT = ['calling hours', 'auto-reschedule', 'agent webhook', 'variables'];
  const unknownIn = (verdicts: Record<string, string>) => OF_AGENT.filter((check) => verdicts[check] === 'unknown');
  const hidden = await verified({ faults: [{ endpoint: 'agent', action: { status: 404 } }] });
  expect(unknownIn(verdictsOf(hidden))).toEqual(OF_AGENT);
  await rig.close();
  const little = await verified({ rules: { dialect: 'older' }, agent: { tasks: [] } });
  expect(unknownIn(verdictsOf(little))).toEqual(['calling hours', 'auto-reschedule', 'agent webhook']);
});

/** A Bolna that breaks an assumption, and the checks that have to find it. */
const BROKEN: readonly [what: string, differs: string[], breaks: SimulatorOptions | Tamper][] = [
  ['is paused', ['concurrency'], { rules: { concurrency: 0 } }],
  ['calls people again by itself', ['auto-reschedule'], { agent: { ...AGENT_SHOWN, auto_reschedule: true } }],
  [
    'creates with 202',
    ['create'],
    ({ method, path }) => (method === 'POST' && path === '/batches' ? { status: 202 } : undefined),
  ],
  ['schedules by itself, by its word', ['statuses'], onGet({ status: 'scheduled' })],
  ['schedules by itself', ['nobody called'], onGet({ scheduled_at: '2026-06-23T07:00:00+00:00' })],
  ['calls without a start, by its counts', ['nobody called'], onGet({ execution_status: { ringing: 1 } })],
  ['calls without a start, by its executions', ['nobody called'], onExecutions((all) => all.map(completed))],
  ['makes two executions of a row', ['executions'], onExecutions((all) => [...all, ...all])],
  [
    'shows a call to another number',
    ['row of a call'],
    onExecutions((all) => all.map((one) => ({ ...one, user_number: '+12025550199' }))),
  ],
  [
    'shows calls to nobody',
    ['row of a call'],
    onExecutions((all) => all.map((one) => ({ ...one, user_number: null, context_details: null }))),
  ],
  ['counts another row', ['contacts'], onGet({ total_contacts: 2, valid_contacts: 2 })],
  ['shows no counts', ['fields'], onGet({ execution_status: 'prepared' })],
  ['shows no number of contacts', ['fields'], onGet({ valid_contacts: undefined })],
  ['writes India time without an offset', ['times'], onGet({ created_at: '2026-06-23T11:30:00' })],
  ['writes times as nobody can read', ['times'], onGet({ created_at: 'just now' })],
  ['changes the file name', ['file name'], onGet({ file_name: 'upload.csv' })],
  ['lists another file name', ['list'], onList((batch) => ({ ...batch, file_name: 'upload.csv' }))],
  ['lists after ten minutes', ['list'], { rules: { listLagMs: 10 * MINUTE } }],
  ['does not delete', ['delete', 'gone', 'unlisted'], { faults: [{ endpoint: 'delete', action: { status: 400 } }] }],
  ['only says that it deletes', ['gone'], stillThere()],
  ['keeps listing what it deleted', ['unlisted'], stillListed()],
  [
    'gives a key that may not delete',
    ['delete', 'gone', 'unlisted', 'rights of the key'],
    { faults: [{ endpoint: 'delete', action: { status: 403 } }] },
  ],
  [
    'gives a key that may not stop',
    ['early stop', 'rights of the key'],
    { faults: [{ endpoint: 'stop', action: { status: 403 } }] },
  ],
];

test.each(BROKEN)('finds that Bolna %s', async (_, differs, breaks) => {
  const outcome = await (typeof breaks === 'function' ? verified({}, breaks) : verified(breaks));
  const verdicts = verdictsOf(outcome);
  expect(Object.keys(verdicts).filter((check) => verdicts[check] === 'differs')).toEqual(differs);
  expect(exitCodeOf(outcome)).toBe(EXIT.failed);
});

test('says how long the list lags, and takes a time that is none for what it is', async () => {
  const outcome = await verified({ rules: { listLagMs: 20 * SECOND, invalidUpdatedAt: true } });
  const text = (name: string) => outcome.lines.find(({ check, verdict }) => check === name && verdict === 'ok')?.text;
  expect(text('list')).toBe("the agent's list showed the file name after 20 s");
  expect(text('times')).toContain('updated_at is no time');
});

test('finds a clock that is wrong', async () => {
  rig = await VerifyRig.start();
  rig.clockIsAhead = -10 * MINUTE;
  const { lines } = await rig.verify();
  expect(lines.filter(({ verdict }) => verdict === 'differs')).toEqual([
    {
      check: 'clock',
      verdict: 'differs',
      text: expect.stringMatching(/^this machine's clock is (599|600) s behind Bolna's/),
    },
  ]);
});

test('finds the batch whose create was not answered, and deletes it', async () => {
  const outcome = await verified({ faults: [{ endpoint: 'create', nth: 1, action: { reset: 'after' } }] });
  expect(verdictsOf(outcome)).toMatchObject({ create: 'unknown', list: 'ok', gone: 'ok' });
  expect(rig.bolna.simulator.batches()).toHaveLength(1);
  expect(rig.standing()).toEqual([]);
});

test('is not disturbed by answers that fail once in a while', async () => {
  const outcome = await verified({
    faults: [
      { endpoint: 'get', nth: 3, action: { status: 503 } },
      { endpoint: 'list', nth: 1, action: { html: true } },
      { endpoint: 'delete', nth: 1, action: { reset: 'after' } },
      { endpoint: 'me', nth: 1, action: { status: 429, retryAfter: 7 } },
    ],
  });
  expect(Object.values(verdictsOf(outcome))).not.toContain('differs');
  expect(rig.standing()).toEqual([]);
});

test('says that nothing is known where Bolna does not answer', async () => {
  const outcome = await verified({ faults: [{ action: { status: 503 } }] });
  expect(new Set(Object.values(verdictsOf(outcome)))).toEqual(new Set(['unknown', 'ok']));
  expect(verdictsOf(outcome)).toMatchObject({ create: 'unknown', 'nobody called': 'unknown' });
  // It may have been made; the next run looks for it.
  expect(exitCodeOf(outcome)).toBe(EXIT.failed);
  rig.bolna.simulator.clearFaults();
  expect((await rig.verify()).lines[0]).toMatchObject({ check: 'earlier run', verdict: 'unknown' });
});

test('says that no batch could be made where Bolna refuses it', async () => {
  const outcome = await verified({ faults: [{ endpoint: 'create', action: { status: 422 } }] });
  expect(verdictsOf(outcome)).toMatchObject({ create: 'differs', 'nobody called': 'unknown', gone: 'unknown' });
  expect(outcome).toMatchObject({ hadBatch: false, left: undefined });
});

test('refuses a wrong key in a sentence', async () => {
  const refused = verified({ keys: () => 'unauthorized' });
  await expect(refused).rejects.toBeInstanceOf(UserError);
  await expect(refused).rejects.toThrow(/^Bolna refused the API key \(401\).*BOLNA_API_KEY/);
});

test('deletes the batch when it is interrupted', async () => {
  rig = await VerifyRig.start();
  rig.bolna.simulator.onRequest((phase, { endpoint, nth }) => {
    if (endpoint === 'get' && nth === 3 && phase === 'after') rig.interrupted.abort();
  });
  await expect(rig.verify()).rejects.toBeInstanceOf(Interrupted);
  expect(rig.bolna.simulator.batches()).toHaveLength(1);
  expect(rig.standing()).toEqual([]);
});

test('deletes what an earlier run could not, and nothing of anyone else', async () => {
  await verified({ faults: [{ endpoint: 'delete', to: 20, action: { status: 503 } }] });
  const [left] = rig.standing();
  await rig.bolna.upload('contact_number\n+12025550101\n', {}, 'verify-api-of-somebody-else.csv');
  rig.bolna.simulator.clearFaults();
  const { lines } = await rig.verify();
  expect(lines[0]).toEqual({
    check: 'earlier run',
    verdict: 'ok',
    text: `the batch ${left} of an earlier run was deleted`,
  });
  expect(rig.standing()).toEqual(['verify-api-of-somebody-else.csv']);
});

test('makes a batch that no campaign takes for its own', async () => {
  await verified();
  const [batch] = rig.bolna.simulator.batches();
  const fileName = batch?.fileName ?? '';
  expect(fileName).toMatch(/^verify-api-[0-9a-f]{16}-check\.csv$/);
  const ids = Array.from(fileName, (_, at) => fileName.slice(0, at));
  expect(ids.filter((campaignId) => belongsTo({ campaignId }, { fileName } as Batch))).toEqual([]);
});

test('deletes a batch that an earlier run has scheduled', async () => {
  await verified({
    rules: { deleteScheduled: false },
    faults: [{ endpoint: 'delete', to: 20, action: { status: 503 } }],
  });
  const { simulator, clock } = rig.bolna;
  const [batch] = simulator.batches();
  await rig.bolna.schedule(batch?.id ?? '', instant(clock.now() + HOUR));
  simulator.clearFaults();
  expect((await rig.verify()).lines[0]).toMatchObject({ check: 'earlier run', verdict: 'ok' });
  expect(rig.standing()).toEqual([]);
});

function onGet(changed: Record<string, unknown>): Tamper {
  return (passing) => (isGet(passing) ? { body: { ...passing.body, ...changed } } : undefined);
}

function onList(change: (batch: Record<string, unknown>) => Record<string, unknown>): Tamper {
  return (passing) => (isList(passing) ? { body: passing.body.map(change) } : undefined);
}

function onExecutions(change: (all: Record<string, unknown>[]) => Record<string, unknown>[]): Tamper {
  return (passing) => {
    if (!isExecutions(passing)) return undefined;
    const { body } = passing;
    return { body: Array.isArray(body) ? change(body) : { ...body, data: change(body.data) } };
  };
}

function completed(execution: Record<string, unknown>) {
  return { ...execution, status: 'completed', conversation_duration: 30 };
}

function stillThere(): Tamper {
  let last: unknown;
  return (passing) => {
    if (isGet(passing)) last = passing.body;
    const asksForIt =
      passing.method === 'GET' && passing.status === 404 && /^\/batches\/[0-9a-f]{32}$/.test(passing.path);
    return asksForIt ? { status: 200, body: last } : undefined;
  };
}

function stillListed(): Tamper {
  let last: unknown;
  let isDeleted = false;
  return (passing) => {
    isDeleted ||= isDelete(passing);
    if (!isList(passing)) return undefined;
    if (!isDeleted) last = passing.body;
    return { body: last };
  };
}

test('calls nobody called ok only after a wait', async () => {
  rig = await VerifyRig.start({ agent: AGENT_SHOWN });
  rig.watchMs = 0;
  expect(verdictsOf(await rig.verify())['nobody called']).toBe('unknown');
});

test.each([
  [0, '0 ok, 0 differ, 0 unknown.'],
  [1, '0 ok, 1 differs, 0 unknown.'],
  [2, '0 ok, 2 differ, 0 unknown.'],
])('counts %i checks that differ in words', (count, words) => {
  const lines = Array.from({ length: count }, () => ({ check: 'cost', verdict: 'differs' as const, text: 'x' }));
  expect(ending({ lines, hadBatch: true, left: undefined })).toBe(words);
});
