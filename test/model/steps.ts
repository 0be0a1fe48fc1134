import fc from 'fast-check';
import type { Activities } from '../../activities/types';
import type { FaultAction } from '../../simulator/faults';
import type { Endpoint } from '../../simulator/routes';
import { DAY, HOUR, MINUTE } from '../support/rig';

/**
 * When something is done: at once; when an attempt of a step has died before or after its work, while the campaign waits to
 * try again; or while Bolna has a request in its hands. Never by the real clock, so that a sequence is the same each time.
 */
export type Moment =
  | { when: 'now' }
  | { when: 'dying'; step: keyof Activities; work: 'undone' | 'done' }
  | { when: 'asked'; endpoint: Endpoint };

export type HaltWay = 'stop' | 'cancel' | 'cancel in Temporal';

/** One thing that an operator, the world or time does. Durations in milliseconds. */
export type Step =
  | { do: 'pass'; ms: number }
  | { do: 'halt'; way: HaltWay; at: Moment }
  | { do: 'terminate'; at: Moment }
  /** Asks for another start, so long from then. */
  | { do: 'reschedule'; inMs: number; at: Moment }
  /** Asks to suppress one of the contacts. */
  | { do: 'suppress'; i: number; at: Moment }
  /** Back to an earlier point: 0 is the first, 1 the latest. */
  | { do: 'reset'; to: number }
  /** Attempts to schedule, or to move, that were thought dead before their work were only frozen, and do it now. */
  | { do: 'wake' }
  /** The workers die, whatever they are at, and others come. */
  | { do: 'crash' }
  | { do: 'start'; contacts: 'own' | 'other' }
  /** An attempt's answer is lost, with the worker that had it. */
  | { do: 'lose'; step: keyof Activities; work: 'undone' | 'done' }
  | { do: 'fault'; endpoint: Endpoint; fault: FaultName; times: number }
  | { do: 'outage'; ms: number };

/** What Bolna's answers can come to, the work done or not. None of them says that the request was wrong. */
export const FAULTS = {
  'reset before': { reset: 'before' },
  'reset after': { reset: 'after' },
  '503': { status: 503 },
  '503 after': { status: 503, after: true },
  '429': { status: 429, retryAfter: 30 },
  truncated: { truncate: 12 },
  empty: { emptyBody: true },
  html: { html: true },
  'not found': { status: 404 },
  'nothing listed': { status: 200, body: [] },
} as const satisfies Record<string, FaultAction>;
export type FaultName = keyof typeof FAULTS;

const ACTIVITIES = [
  'validateContacts',
  'createBatch',
  'scheduleBatch',
  'moveBatch',
  'awaitProgress',
  'haltBatches',
  'collectExecutions',
  'reconcileResults',
  'deleteTwins',
] as const satisfies (keyof Activities)[];

const activities = fc.constantFrom(...ACTIVITIES);
const work = fc.constantFrom('undone' as const, 'done' as const);

const dying: fc.Arbitrary<Moment> = fc.record({
  when: fc.constant('dying'),
  // What changes something at Bolna is where it matters most.
  step: fc.oneof(
    activities,
    fc.constantFrom('createBatch' as const, 'scheduleBatch' as const, 'awaitProgress' as const),
  ),
  work,
});
const dyingIn = (...steps: (keyof Activities)[]): fc.Arbitrary<Moment> =>
  fc.record({ when: fc.constant('dying'), step: fc.constantFrom(...steps), work });
const now: fc.Arbitrary<Moment> = fc.constant({ when: 'now' });
const asked: fc.Arbitrary<Moment> = fc.record({
  when: fc.constant('asked'),
  endpoint: fc.constantFrom<Endpoint>('create', 'schedule', 'list', 'executions'),
});
const askedBeforeStart: fc.Arbitrary<Moment> = fc.record({
  when: fc.constant('asked'),
  endpoint: fc.constantFrom<Endpoint>('create', 'schedule', 'list', 'delete'),
});

const answers = fc.constantFrom<FaultName>(
  'reset before',
  'reset after',
  '503',
  '503 after',
  '429',
  'truncated',
  'empty',
  'html',
);
const times = fc.integer({ min: 1, max: 4 });
const fault: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('fault'),
    endpoint: fc.constantFrom<Endpoint>('create', 'schedule', 'list', 'get', 'executions', 'stop', 'delete'),
    fault: answers,
    times,
  }),
  // Changing requests are the ones whose lost answers hurt.
  fc.record({
    do: fc.constant('fault'),
    endpoint: fc.constantFrom<Endpoint>('create', 'schedule', 'stop', 'delete'),
    fault: fc.constantFrom<FaultName>('reset after', '503 after', 'empty'),
    times: fc.integer({ min: 1, max: 2 }),
  }),
  // At most two lies in a row about what there is: three are believed, as README.md says.
  fc.record({
    do: fc.constant('fault'),
    endpoint: fc.constant<Endpoint>('get'),
    fault: fc.constant<FaultName>('not found'),
    times: fc.integer({ min: 1, max: 2 }),
  }),
  fc.record({
    do: fc.constant('fault'),
    endpoint: fc.constant<Endpoint>('list'),
    fault: fc.constant<FaultName>('nothing listed'),
    times: fc.integer({ min: 1, max: 2 }),
  }),
  // A refusal that no further attempt mends: the campaign fails, and is started again.
  fc.record({
    do: fc.constant('fault'),
    endpoint: fc.constantFrom<Endpoint>('create', 'schedule', 'list', 'executions', 'stop', 'delete'),
    fault: fc.constant<FaultName>('not found'),
    times: fc.constant(1),
  }),
);

const ways = fc.constantFrom<HaltWay>('stop', 'cancel', 'cancel in Temporal');
const halt: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('halt'),
  way: ways,
  at: fc.oneof({ arbitrary: now, weight: 2 }, { arbitrary: dying, weight: 2 }, { arbitrary: asked, weight: 1 }),
});
const terminate: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('terminate'),
  at: fc.oneof({ arbitrary: now, weight: 1 }, { arbitrary: dying, weight: 2 }),
});
const startInMs = fc.constantFrom(5 * MINUTE, 20 * MINUTE, 50 * MINUTE, 6 * HOUR, 2 * DAY, 35 * DAY);
const rescheduleNow: fc.Arbitrary<Step> = fc.record({ do: fc.constant('reschedule'), inMs: startInMs, at: now });
const reschedule: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('reschedule'),
  inMs: startInMs,
  at: fc.oneof(
    { arbitrary: now, weight: 2 },
    { arbitrary: dyingIn('createBatch', 'scheduleBatch', 'moveBatch'), weight: 1 },
    { arbitrary: askedBeforeStart, weight: 1 },
  ),
});
const contact = fc.nat(9);
const suppressNow: fc.Arbitrary<Step> = fc.record({ do: fc.constant('suppress'), i: contact, at: now });
const suppress: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('suppress'),
  i: contact,
  at: fc.oneof(
    { arbitrary: now, weight: 2 },
    { arbitrary: dyingIn('createBatch', 'scheduleBatch', 'moveBatch', 'awaitProgress'), weight: 2 },
    { arbitrary: askedBeforeStart, weight: 1 },
  ),
});
const start: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('start'),
  contacts: fc.constantFrom('own', 'own', 'other'),
});
const pass: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('pass'),
  // Not on the minute, where the server's own timers are.
  ms: fc
    .constantFrom(MINUTE, 3 * MINUTE, 6 * MINUTE, 10 * MINUTE, 11 * MINUTE, 13 * MINUTE, HOUR, 6 * HOUR, DAY, 4 * DAY)
    .map((ms) => ms + 511),
});

const anySteps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { arbitrary: pass, weight: 5 },
    { arbitrary: fault, weight: 6 },
    { arbitrary: halt, weight: 5 },
    { arbitrary: terminate, weight: 5 },
    { arbitrary: start, weight: 6 },
    { arbitrary: reschedule, weight: 3 },
    { arbitrary: suppress, weight: 3 },
    { arbitrary: fc.record({ do: fc.constant('lose'), step: activities, work }), weight: 3 },
    { arbitrary: fc.record({ do: fc.constant('wake') }), weight: 1 },
    {
      arbitrary: fc.record({
        do: fc.constant('outage'),
        ms: fc.constantFrom(5 * MINUTE, HOUR, 5 * HOUR, 10 * HOUR),
      }),
      weight: 1,
    },
  ),
  { minLength: 3, maxLength: 9, size: 'max' },
);

/** A frozen worker, whose batch is not listed when the next run looks: what a mere draw would hardly ever come to. */
const zombie: Step[] = [
  { do: 'terminate', at: { when: 'dying', step: 'scheduleBatch', work: 'undone' } },
  { do: 'fault', endpoint: 'list', fault: 'nothing listed', times: 2 },
  { do: 'start', contacts: 'own' },
  { do: 'fault', endpoint: 'list', fault: 'nothing listed', times: 1 },
  { do: 'wake' },
];

/** What can come between a request for another start and its being had. */
const whileMoving: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('lose'), step: fc.constantFrom('createBatch', 'scheduleBatch', 'moveBatch'), work }),
  fc.record({
    do: fc.constant('fault'),
    endpoint: fc.constantFrom<Endpoint>('create', 'schedule', 'delete', 'get'),
    fault: answers,
    times: fc.integer({ min: 1, max: 2 }),
  }),
  fc.record({ do: fc.constant('outage'), ms: fc.constantFrom(5 * MINUTE, HOUR) }),
);

/** Before its start, and with something in its way: a mere draw hardly ever comes that early. */
const moved: fc.Arbitrary<Step[]> = fc
  .tuple(fc.array(whileMoving, { maxLength: 2 }), rescheduleNow)
  .map(([inTheWay, asks]) => [...inTheWay, asks]);

/** What can come between a request to suppress a contact and its answer. */
const whileSuppressing: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('lose'),
    step: fc.constantFrom('recordSuppression', 'stopCalls', 'createBatch', 'scheduleBatch', 'moveBatch'),
    work,
  }),
  fc.record({
    do: fc.constant('fault'),
    endpoint: fc.constantFrom<Endpoint>('stop-call', 'execution', 'executions', 'delete', 'list'),
    fault: answers,
    times: fc.integer({ min: 1, max: 2 }),
  }),
);

const suppressed: fc.Arbitrary<Step[]> = fc
  .tuple(fc.array(whileSuppressing, { maxLength: 2 }), fc.oneof(suppressNow, suppress))
  .map(([inTheWay, asks]) => [...inTheWay, asks]);

export const steps: fc.Arbitrary<Step[]> = fc.oneof(
  { arbitrary: anySteps, weight: 11 },
  { arbitrary: fc.tuple(moved, anySteps).map(([first, more]) => [...first, ...more].slice(0, 9)), weight: 4 },
  { arbitrary: fc.tuple(suppressed, anySteps).map(([first, more]) => [...first, ...more].slice(0, 9)), weight: 4 },
  { arbitrary: anySteps.map((more) => [...zombie, ...more]), weight: 1 },
);

/** What only a real server takes: halts, terminations and deaths in the middle of whatever it is, and resets. */
export const abruptSteps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      arbitrary: fc.record({
        do: fc.constant('pass'),
        ms: fc.integer({ min: 1, max: 40 }).map((half) => (half * MINUTE) / 2),
      }),
      weight: 5,
    },
    {
      arbitrary: fc.record({
        do: fc.constant('fault'),
        endpoint: fc.constantFrom<Endpoint>('create', 'schedule', 'stop', 'delete'),
        fault: fc.constantFrom<FaultName>('reset after', '503 after'),
        times: fc.constant(1),
      }),
      weight: 2,
    },
    { arbitrary: fc.record({ do: fc.constant('halt'), way: ways, at: now }), weight: 2 },
    { arbitrary: fc.record({ do: fc.constant('terminate'), at: now }), weight: 2 },
    {
      arbitrary: fc.record({ do: fc.constant('reset'), to: fc.integer({ min: 0, max: 8 }).map((n) => n / 8) }),
      weight: 4,
    },
    { arbitrary: fc.record({ do: fc.constant('crash') }), weight: 1 },
    {
      arbitrary: fc.record({
        do: fc.constant('reschedule'),
        inMs: fc.integer({ min: 1, max: 6 }).map((n) => n * 10 * MINUTE),
        at: now,
      }),
      weight: 3,
    },
    { arbitrary: start, weight: 2 },
  ),
  { minLength: 2, maxLength: 8, size: 'max' },
);
