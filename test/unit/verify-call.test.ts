import { stepsWithCall } from '../../client/verify/steps';
import type { Verified } from '../../client/verify/verify';
import { Interrupted } from '../../client/verify/world';
import type { SimulatorOptions } from '../../simulator/options';
import { HOUR, MINUTE } from '../support/simulator';
import type { Passing, Tamper } from '../support/tampering';
import { VerifyRig, verdictsOf } from '../support/verify-rig';

let rig: VerifyRig;
afterEach(() => rig.close());

const OWN = '+12025550111';
/** The checks of the call alone. */
const STEPS = stepsWithCall(OWN).slice(-4);
/** A short one: each second of it is a look or two. */
const answered = () =>
  ({ status: 'completed', ringSeconds: 5, talkSeconds: 15, postProcessingSeconds: 20, voicemail: false }) as const;

async function verified(options: SimulatorOptions = {}, tamper?: Tamper): Promise<Verified> {
  rig = await VerifyRig.start({ outcomes: answered, ...options }, tamper);
  return rig.verify(STEPS);
}

function textOf({ lines }: Verified, name: string): string | undefined {
  return lines.find(({ check }) => check === name)?.text;
}

const checksWith = (outcome: Verified, verdict: string) =>
  outcome.lines.filter((line) => line.verdict === verdict).map(({ check }) => check);

test('calls the one number once, and finds all as documented', async () => {
  rig = await VerifyRig.start({ outcomes: answered });
  const outcome = await rig.verify(stepsWithCall(OWN));
  expect(checksWith(outcome, 'differs')).toEqual([]);
  expect(outcome.lines.slice(-18).filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
  expect(textOf(outcome, 'rounding')).toBe('06:02:40 was asked for, and the batch shows 06:10:00');
  expect(textOf(outcome, 'outcome')).toBe('the call ended as "completed" (user_hung_up)');
  expect(textOf(outcome, 'wallet unit')).toContain('its unit is cents, as BOLNA_WALLET_UNIT says');
  expect(rig.bolna.simulator.dials().map(({ number }) => number)).toEqual([OWN]);
  expect(rig.standing()).toEqual([]);
});

test('finds an older Bolna to do all that is assumed, and to say less', async () => {
  const outcome = await verified({ rules: { dialect: 'older' } });
  expect(checksWith(outcome, 'differs')).toEqual([]);
  expect(checksWith(outcome, 'unknown')).toEqual(['start']);
  expect(textOf(outcome, 'outcome')).toContain('without a termination_reason');
  expect(textOf(outcome, 'retry fields')).toBe('a call shows batch_run_details.retried');
});

test('concludes nothing from words that nobody has documented', async () => {
  const outcome = await verified({ rules: { dialect: 'strange' } });
  expect(checksWith(outcome, 'differs')).toEqual([]);
  expect(checksWith(outcome, 'unknown')).toEqual(['start', 'on time', 'batch statuses', 'call statuses', 'settle']);
  expect(textOf(outcome, 'called once')).toBe('one call');
});

const isGet = ({ method, path, status, body }: Passing) =>
  method === 'GET' && status === 200 && /^\/batches\/[0-9a-f]{32}$/.test(path) && body.scheduled_at !== null;

function onGet(changed: Record<string, unknown>): Tamper {
  return (passing) => (isGet(passing) ? { body: { ...passing.body, ...changed } } : undefined);
}

function onExecutions(change: (all: Record<string, unknown>[]) => Record<string, unknown>[]): Tamper {
  return ({ path, status, body }) =>
    status === 200 && path.endsWith('/executions') ? { body: { ...body, data: change(body.data) } } : undefined;
}

/** A Bolna that breaks an assumption, and the checks that have to find it. */
const BROKEN: readonly [what: string, differs: string[], breaks: SimulatorOptions | Tamper][] = [
  ['takes a start at once', ['lead time'], { rules: { minLeadMs: 0 } }],
  ['rounds to 5 minutes', ['rounding'], { rules: { roundingMs: 5 * MINUTE } }],
  ['rounds nothing', ['rounding'], { rules: { roundingMs: 0 } }],
  ['shows no scheduled_at', ['scheduled_at'], onGet({ scheduled_at: undefined })],
  ['shows a scheduled_at that is no time', ['scheduled_at'], onGet({ scheduled_at: 'soon' })],
  [
    'names another start than it shows',
    ['start'],
    ({ path, status }) =>
      path.endsWith('/schedule') && status === 200
        ? { body: { message: 'success', state: 'scheduled at 2026-06-23T06:05:00+00:00' } }
        : undefined,
  ],
  ['calls before the start', ['on time'], onGet({ execution_status: { ringing: 1 } })],
  ['calls twice', ['called once'], onExecutions((all) => [...all, ...all])],
  ['retries by itself', ['called once'], onExecutions((all) => all.map((one) => ({ ...one, retry_count: 1 })))],
  ['shows no cost', ['cost'], onExecutions((all) => all.map((one) => ({ ...one, total_cost: undefined })))],
  [
    'gives a key that may not schedule',
    ['lead time', 'start', 'rounding', 'scheduled_at', 'second schedule', 'rights of the key'],
    { faults: [{ endpoint: 'schedule', action: { status: 403 } }] },
  ],
];

test.each(BROKEN)('finds that Bolna %s', async (_, differs, breaks) => {
  const outcome = await (typeof breaks === 'function' ? verified({}, breaks) : verified(breaks));
  expect(checksWith(outcome, 'differs')).toEqual(differs);
  expect(rig.standing()).toEqual([]);
});

test('finds that Bolna takes a second schedule, and watches both starts', async () => {
  const outcome = await verified({ rules: { scheduleTwice: 'move' } });
  expect(textOf(outcome, 'second schedule')).toBe('Bolna takes a second schedule, and moves the start');
  expect(textOf(outcome, 'called once')).toBe('one call, though it was scheduled twice');
  expect(rig.bolna.simulator.dials()).toHaveLength(1);
});

test('goes on by what the batch shows where the answer to the schedule is lost', async () => {
  const outcome = await verified({ faults: [{ endpoint: 'schedule', nth: 2, action: { reset: 'after' } }] });
  expect(checksWith(outcome, 'unknown')).toEqual(['start']);
  expect(verdictsOf(outcome)).toMatchObject({ rounding: 'ok', 'called once': 'ok' });
  expect(rig.bolna.simulator.dials()).toHaveLength(1);
});

test.each([
  ['cents', 'cents', 'ok', 'its unit is cents, as BOLNA_WALLET_UNIT says'],
  ['units', 'units', 'ok', 'its unit is units, as BOLNA_WALLET_UNIT says'],
  ['units', 'cents', 'differs', 'its unit is units, and BOLNA_WALLET_UNIT says cents. Set BOLNA_WALLET_UNIT=units'],
  ['cents', 'units', 'differs', 'its unit is cents, and BOLNA_WALLET_UNIT says units. Set BOLNA_WALLET_UNIT=cents'],
] as const)('finds a wallet in %s, where %s are set: %s', async (walletUnit, set, verdict, text) => {
  rig = await VerifyRig.start({ outcomes: answered, rules: { walletUnit } });
  rig.walletUnit = set;
  const outcome = await rig.verify(STEPS);
  expect(verdictsOf(outcome)['wallet unit']).toBe(verdict);
  expect(textOf(outcome, 'wallet unit')).toContain(text);
});

test('a call that nobody answers is an outcome too', async () => {
  const outcome = await verified({ outcomes: () => ({ status: 'no-answer' }) });
  expect(textOf(outcome, 'outcome')).toBe('the call ended as "no-answer" (no_answer)');
  expect(checksWith(outcome, 'unknown')).toEqual(['wallet unit']);
});

test('says that calling hours moved the call, and deletes it', async () => {
  const guardrail = { opensAtMs: 9 * HOUR, closesAtMs: 20 * HOUR, share: 1 };
  const outcome = await verified({ rules: { guardrail } });
  expect(textOf(outcome, 'outcome')).toContain("the agent's calling hours moved the call");
  expect(rig.standing()).toEqual([]);
  rig.bolna.clock.pass(24 * HOUR);
  expect(rig.bolna.simulator.dials()).toEqual([]);
});

test('calls nobody any more when it is interrupted before the start', async () => {
  rig = await VerifyRig.start();
  rig.bolna.simulator.onRequest((phase, { endpoint, nth }) => {
    if (endpoint === 'get' && nth === 6 && phase === 'after') rig.interrupted.abort();
  });
  await expect(rig.verify(STEPS)).rejects.toBeInstanceOf(Interrupted);
  expect(rig.bolna.simulator.batches().map(({ scheduledAt }) => scheduledAt)).toEqual([expect.any(Number)]);
  expect(rig.standing()).toEqual([]);
  rig.bolna.clock.pass(HOUR);
  expect(rig.bolna.simulator.dials()).toEqual([]);
});
