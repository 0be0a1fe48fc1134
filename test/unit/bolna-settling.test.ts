import { mostCalls, type RetryConfig, retryPlan } from '../../bolna/retry-config';
import { type BatchLook, isHungUp, isUsedUp, judge } from '../../bolna/settling';
import { isTerminal, meaningOf, normalise, tally } from '../../bolna/statuses';

const look = (changes: Partial<BatchLook>): BatchLook => ({
  phase: 'completed',
  said: changes.phase ?? 'completed',
  counts: { completed: 3 },
  expected: 3,
  stillForMinutes: 0,
  ...changes,
});
const retrying = (config: RetryConfig = {}) =>
  retryPlan({ enabled: true, retry_on_statuses: ['no-answer'], ...config });

describe('when a campaign is over', () => {
  test('when the batch is completed and every call settled', () => {
    expect(judge(look({}), undefined)).toBe('over');
  });

  test.each(['created', 'scheduled', 'running', 'unknown'] as const)('not while the batch is %s', (phase) => {
    expect(judge(look({ phase }), undefined)).toBe('going-on');
  });

  test('by its executions alone, under a word that does not say so, once they have stood still', () => {
    const worked = look({ phase: 'running', said: 'unknown', stillForMinutes: 10 });
    expect(judge(worked, undefined)).toBe('over');
    expect(judge({ ...worked, stillForMinutes: 9 }, undefined)).toBe('going-on');
    expect(judge({ ...worked, counts: { completed: 2 } }, undefined)).toBe('going-on');
    expect(judge({ ...worked, counts: { completed: 2, prepared: 1 } }, undefined)).toBe('going-on');
    expect(judge({ ...worked, counts: { completed: 2, 'some-new-status': 1 } }, undefined)).toBe('unclear');
    expect(judge({ ...worked, said: 'running', stillForMinutes: 600 }, undefined)).toBe('going-on');
    expect(judge({ ...worked, counts: { completed: 2, 'no-answer': 1 } }, retrying())).toBe('resting');
  });

  test.each(['call-disconnected', 'in-progress', 'ringing', 'initiated', 'some-new-status'])(
    'not while a call is %s, whatever the batch says',
    (status) => {
      expect(judge(look({ counts: { completed: 2, [status]: 1 } }), undefined)).toBe('going-on');
      expect(judge(look({ phase: 'stopped', counts: { stopped: 2, [status]: 1 } }), undefined)).toBe('going-on');
    },
  );

  test('is unclear where calls in a status never seen before stand still', () => {
    const still = look({ counts: { completed: 2, 'some-new-status': 1 }, stillForMinutes: 10 });
    expect(judge(still, undefined)).toBe('unclear');
    expect(judge({ ...still, stillForMinutes: 9 }, undefined)).toBe('going-on');
    expect(judge({ ...still, phase: 'stopped', counts: { queued: 1, 'some-new-status': 1 } }, undefined)).toBe(
      'unclear',
    );
    expect(judge({ ...still, counts: { queued: 1, 'some-new-status': 1 } }, undefined)).toBe('going-on');
    expect(judge({ ...still, counts: { ringing: 1, 'some-new-status': 1 } }, undefined)).toBe('going-on');
    expect(judge({ ...still, phase: 'running', said: 'running' }, undefined)).toBe('going-on');
  });

  test.each<[string, Record<string, unknown>, boolean]>([
    ['a reason', { termination_reason: 'whatever' }, true],
    ['a hang-up', { telephony_data: { hangup_code: 4000 } }, true],
    ['who hung up', { telephony_data: { hangup_by: 'Callee' }, termination_reason: null }, true],
    ['a conversation alone', { conversation_duration: 12, telephony_data: { duration: '12' } }, false],
    ['empty fields', { telephony_data: { hangup_by: null, hangup_code: 0 }, termination_reason: ' ' }, false],
    ['no field', {}, false],
  ])('a call in a status never seen before is over by %s: %s', (_, fields, expected) => {
    expect(isHungUp({ status: 'new', ...fields }, undefined, 10)).toBe(expected);
  });

  test('a hang-up ends no call that may be retried, until no retry can come any more', () => {
    const plan = retrying({ max_retries: 1, retry_intervals_minutes: [30] });
    const hungUp = { status: 'new', telephony_data: { hangup_code: 4000 }, retry_count: 0 };
    expect(isHungUp(hungUp, plan, 39)).toBe(false);
    expect(isHungUp(hungUp, plan, 40)).toBe(true);
    expect(isHungUp({ ...hungUp, retry_count: 1 }, plan, 10)).toBe(true);
  });

  test('not while guardrails have moved a call to tomorrow', () => {
    expect(judge(look({ counts: { completed: 2, rescheduled: 1 }, stillForMinutes: 600 }), undefined)).toBe('going-on');
  });

  test('for a stopped batch once what it never placed has stood still', () => {
    const stopped = look({ phase: 'stopped', counts: { completed: 1, queued: 2 } });
    expect(judge(stopped, undefined)).toBe('going-on');
    expect(judge({ ...stopped, stillForMinutes: 10 }, undefined)).toBe('over');
  });

  test('executions that lag behind a completed batch are waited for, rows that Bolna skipped not for ever', () => {
    expect(judge(look({ counts: { completed: 2 } }), undefined)).toBe('going-on');
    expect(judge(look({ counts: { completed: 2 }, stillForMinutes: 10 }), undefined)).toBe('over');
  });

  test('with retries, not while a no-answer may only be resting', () => {
    const counts = { completed: 2, 'no-answer': 1 };
    // A retry may come and go unseen between two looks, so that all intervals count: 30 and 60, and ten minutes for each.
    const plan = retrying({ max_retries: 2, retry_intervals_minutes: [30, 60] });
    expect(judge(look({ counts, stillForMinutes: 109 }), plan)).toBe('resting');
    expect(judge(look({ counts, stillForMinutes: 110 }), plan)).toBe('over');
  });

  test('with retries, at once where nothing is left to be retried', () => {
    expect(judge(look({ counts: { completed: 2, busy: 1 } }), retrying())).toBe('over');
  });

  test('with retries on voicemail, a completed call may be called again', () => {
    expect(judge(look({}), retrying({ retry_on_voicemail: true }))).toBe('resting');
  });
});

describe('retries', () => {
  test('there are none without a config, or with one that is switched off', () => {
    expect(retryPlan(undefined)).toBeUndefined();
    expect(retryPlan({ enabled: false, max_retries: 3 })).toBeUndefined();
    expect(retryPlan({ max_retries: 3 })).toBeUndefined();
  });

  test('what the config leaves open is what the guide gives as default', () => {
    expect(retryPlan({ enabled: true })).toEqual({
      ...{ maxRetries: 3, onVoicemail: false, allIntervalsMinutes: 210 },
      statuses: new Set(['no-answer', 'busy', 'failed']),
    });
  });

  test('the last interval stands for those that are not given', () => {
    const plan = retryPlan({ enabled: true, max_retries: 3, retry_intervals_minutes: [30, 60] });
    expect(plan).toMatchObject({ allIntervalsMinutes: 150 });
  });

  test('a plan counts attempts, not rows', () => {
    expect(mostCalls(5000, { enabled: true, max_retries: 3 })).toBe(20_000);
    expect(mostCalls(5000, undefined)).toBe(5000);
  });

  test('are used up by count, and never by a count that is missing', () => {
    const plan = retrying({ max_retries: 2 });
    if (!plan) throw new Error('no plan');
    expect(isUsedUp({ status: 'no-answer', retry_count: 2 }, plan)).toBe(true);
    expect(isUsedUp({ status: 'no-answer', retry_count: 1 }, plan)).toBe(false);
    expect(isUsedUp({ status: 'no-answer' }, plan)).toBe(false);
    expect(isUsedUp({ status: 'no-answer', batch_run_details: { retried: 2 } }, plan)).toBe(true);
    expect(isUsedUp({ status: 'Cancelled' }, plan)).toBe(true);
    const machine = { status: 'completed', termination_reason: 'voicemail_reached' };
    expect(isUsedUp(machine, plan)).toBe(true);
    expect(isUsedUp({ status: 'completed', retry_count: 0 }, plan)).toBe(true);
  });

  test.each(['queued', 'ringing', 'in-progress', 'call-disconnected'])(
    'are not used up while the last is %s',
    (status) => {
      const plan = retrying({ max_retries: 2 });
      if (!plan) throw new Error('no plan');
      expect(isUsedUp({ status, retry_count: 2 }, plan)).toBe(false);
    },
  );
});

describe('the vocabulary', () => {
  test.each([
    ['created', 'created'],
    ['processed', 'created'],
    ['scheduled', 'scheduled'],
    ['queued', 'running'],
    ['running', 'running'],
    ['executed', 'completed'],
    ['COMPLETED', 'completed'],
    ['stopped', 'stopped'],
    ['canceled', 'stopped'],
    ['cancelled', 'stopped'],
    ['failed', 'failed'],
    ['archived', 'unknown'],
    ['processing', 'unknown'],
    ['', 'unknown'],
  ])('a batch that is "%s" is %s', (status, phase) => {
    expect(meaningOf(status)).toBe(phase);
  });

  test('spellings differ in case, in - and _, and in one l', () => {
    expect(['No_Answer', 'no answer', 'CANCELLED'].map(normalise)).toEqual(['no-answer', 'no-answer', 'canceled']);
    expect(isTerminal('Balance_Low')).toBe(true);
    expect(isTerminal('call-disconnected')).toBe(false);
  });

  test('counts fall into over, waiting and everything between', () => {
    expect(tally({ completed: 2, busy: 1, queued: 4, ringing: 1, 'never-seen': 1 })).toEqual({
      total: 9,
      settled: 3,
      waiting: 4,
      unclear: 1,
      onTheLine: 2,
    });
  });
});
