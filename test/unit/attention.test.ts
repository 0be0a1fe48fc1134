import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { afterFailure, afterTelling, type Errors } from '../../activities/trouble';
import type { Look, Results } from '../../activities/types';
import { attentionOf, attentionOfEnd, isOutOfMoney } from '../../workflows/attention';
import { endOf } from '../../workflows/end-of';
import { type BatchEnd, type CampaignResult, type CampaignState, newState } from '../../workflows/state';
import { stopInDashboard } from '../../workflows/words';

const MINUTE = 60_000;
const failure = (type: string) => ApplicationFailure.create({ message: `A ${type}.`, type });
const noNews = ApplicationFailure.create({ message: 'x', type: 'NoNews', category: ApplicationFailureCategory.BENIGN });

/** Attempts that fail so, each a minute after the one before, and what the workflow is told of them. */
function told(failures: unknown[], apartMs = MINUTE): (string | null)[] {
  let errors: Errors | undefined;
  return failures.flatMap((error, at) => {
    const { errors: after, tell } = afterFailure(errors, error, at * apartMs);
    errors = tell === undefined ? after : afterTelling(after, tell);
    return tell === undefined ? [] : [tell === null ? null : tell.kind];
  });
}

describe('what an attempt tells its workflow', () => {
  test('is a refused key at once, and its end at the next good attempt, each once', () => {
    const refused = Array(5).fill(failure('BolnaUnauthorized'));
    expect(told([noNews, ...refused, noNews, noNews])).toEqual(['key-refused', null]);
  });

  test('is the same error only when it has lasted for an hour', () => {
    const down = (n: number) => Array(n).fill(failure('BolnaUnavailable'));
    expect(told(down(60))).toEqual([]);
    expect(told(down(600))).toEqual(['same-error-for-an-hour']);
    expect(told([...down(600), noNews])).toEqual(['same-error-for-an-hour', null]);
    expect(told([...down(50), failure('BolnaRateLimited'), ...down(50)])).toEqual([]);
    expect(told([...down(50), noNews, ...down(50)])).toEqual([]);
  });

  test('is that a key is mended also where Bolna is down by then', () => {
    expect(told([failure('BolnaUnauthorized'), failure('BolnaUnavailable')])).toEqual(['key-refused', null]);
  });

  test('is bounded, and last of all an end, however long trouble comes and goes', () => {
    const comesAndGoes = Array.from({ length: 500 }, (_, at) => (at % 2 ? noNews : failure('BolnaUnauthorized')));
    expect(told(comesAndGoes)).toEqual(['key-refused', null, 'key-refused', null]);
  });

  test('has no number in it', () => {
    const error = ApplicationFailure.create({ message: 'It is +12025550100 who …', type: 'BolnaUnauthorized' });
    expect(afterFailure(undefined, error, 0).tell?.message).toBe('It is [number] who …');
  });
});

const look = (counts: Record<string, number>): Look => {
  const settled = Object.values(counts).reduce((sum, n) => sum + n, 0);
  return { counts, settled } as Look;
};

test('money is missing until calls settle that it was not missing for', () => {
  const looks = [
    { completed: 2 },
    { completed: 2, 'balance-low': 3 },
    { completed: 2, 'balance-low': 3 },
    { completed: 5, 'balance-low': 3 },
  ];
  let before: Pick<CampaignState, 'look' | 'outOfMoney'> = {};
  const found = looks.map((counts) => {
    before = { outOfMoney: isOutOfMoney(before, look(counts)), look: look(counts) };
    return before.outOfMoney;
  });
  expect(found).toEqual([false, true, true, false]);
});

describe('a person should look at a campaign', () => {
  const kindOf = (state: Partial<CampaignState>) => attentionOf({ ...newState(0), ...state })?.kind;
  const results = (outcomes: Record<string, number>) => ({ results: { outcomes } as Results });
  const key = { kind: 'key-refused', message: 'Mend the key.', since: 0 } as const;
  const down = { kind: 'same-error-for-an-hour', message: 'Bolna is down.', since: 0 } as const;

  test('not while all is well', () => {
    expect(kindOf({})).toBeUndefined();
    expect(kindOf({ ...results({ completed: 3, 'not-called': 1 }) })).toBeUndefined();
  });

  describe('before all else, because it was asked to halt and Bolna does not show it', () => {
    const halt = { kind: 'stop', at: 0 } as const;
    const batch = { batchId: 'b1', status: 'running', phase: 'running' } as const;
    const words = "Bolna may still be calling. Stop batch b1 in Bolna's dashboard.";
    const of = (state: Partial<CampaignState>) => attentionOf({ ...newState(0), halt, batch, ...state });

    test('whatever else is wrong, which is told behind it', () => {
      expect(of({})).toEqual({ kind: 'halt-unconfirmed', text: words });
      expect(of({ batch: undefined as never })?.text).toBe(stopInDashboard());
      const troubled = { troubles: { haltBatches: key }, outOfMoney: true };
      expect(of(troubled)).toEqual({ kind: 'halt-unconfirmed', text: `${words} Mend the key.` });
    });

    test('until Bolna shows it, or every call is over', () => {
      expect(of({ started: false })).toBeUndefined();
      expect(of({ started: true })).toBeUndefined();
      expect(of({ look: { over: true } as Look })).toBeUndefined();
      expect(of({ look: { over: true, gone: true } as Look })?.kind).toBe('halt-unconfirmed');
    });

    test('of several batches until it is shown of each that is under way, or may have been begun by another run', () => {
      const ended = { status: 'stopped', halt: 'stop', mayStillCall: false } as BatchEnd;
      const several = stopInDashboard(undefined, true);
      expect(of({ ends: [null, null], underWay: [1, 2], haltShown: [1] })?.text).toBe(several);
      expect(of({ ends: [ended, null], underWay: [2], haltShown: [2] })).toBeUndefined();
      expect(of({ ends: [ended, null], underWay: [] })).toBeUndefined();
      const begun = { contacts: { begun: true } as CampaignState['contacts'] & object };
      expect(of({ ends: [ended, null], underWay: [], ...begun })?.text).toBe(several);
      expect(of({ ends: [ended, null], underWay: [], ...begun, partsUnknown: false })).toBeUndefined();
      expect(of({ ends: [{ ...ended, haltUnconfirmed: true }] })?.text).toBe(several);
      const batchIds = { 1: 'b1', 2: 'b2' };
      const named = (state: Partial<CampaignState>) => of({ batchIds, ...state })?.text;
      expect(named({ ends: [null, null], underWay: [1, 2] })).toBe(stopInDashboard(['b1', 'b2']));
      expect(named({ ends: [null, null], underWay: [1, 2], haltShown: [1] })).toBe(stopInDashboard('b2'));
      expect(named({ ends: [null, null, null], underWay: [1, 3] })).toBe(several);
      const open = { ...ended, batchId: 'b9', haltUnconfirmed: true } as const;
      expect(named({ ends: [open, null], underWay: [2] })).toBe(stopInDashboard(['b9', 'b2']));
      expect(of({ ends: [{ ...ended, halt: undefined as never, mayStillCall: true }] })?.text).toBe(several);
    });

    test('or one of its several batches was, by itself', () => {
      const told = { kind: 'halt-unconfirmed', text: words } as const;
      const others = { 1: { kind: 'not-started', text: 'Nobody was dialled.' } as const, 2: told };
      const state = { ...newState(0), ends: [null, null], batchAttention: others };
      expect(attentionOf({ ...state, troubles: { awaitProgress: key } })).toEqual(told);
    });

    test('and of one that failed so, its end says it too', () => {
      const failed = { failure: 'It took too long.', failureType: 'Timeout' };
      const { status, reason } = endOf({ ...newState(0), halt, batch, ...failed });
      expect([status, reason]).toEqual(['failed', `${words} It took too long.`]);
      const result = {
        status,
        reason,
        outcomes: {},
        haltUnconfirmed: true,
        batchId: 'b1',
      } as unknown as CampaignResult;
      expect(attentionOfEnd(result)).toEqual({ kind: 'halt-unconfirmed', text: reason });
      expect(endOf({ ...newState(0), halt, batch, ...failed, started: true }).reason).toBe('It took too long.');
    });
  });

  test('for what a step under way has told, a refused key before all else', () => {
    expect(kindOf({ troubles: { awaitProgress: down } })).toBe('same-error-for-an-hour');
    expect(kindOf({ troubles: { watchSpending: down, awaitProgress: key } })).toBe('key-refused');
    expect(attentionOf({ ...newState(0), troubles: { awaitProgress: key } })?.text).toBe('Mend the key.');
  });

  test.each([
    ['BolnaUnauthorized', 'key-refused'],
    ['WalletTooLow', 'wallet-low'],
    ['WalletUnknown', 'wallet-low'],
    ['InvalidContacts', undefined],
  ])('when it, or one of its batches, has failed with %s: %s', (errorType, kind) => {
    expect(kindOf({ failure: 'So it is.', failureType: errorType })).toBe(kind);
    expect(kindOf({ ends: [null, { status: 'failed', errorType } as BatchEnd] })).toBe(kind);
  });

  test('while it calls although suppression lists cannot be read, until no more can be done about it', () => {
    expect(attentionOf({ ...newState(0), unreadableSuppressions: 2 })).toEqual({
      kind: 'suppressions-unreadable',
      text: expect.stringMatching(/^2 entries of the suppression lists cannot be read.* Stop the campaign/),
    });
    expect(kindOf({ unreadableSuppressions: 1, halt: { kind: 'stop', at: 0 }, started: true })).toBeUndefined();
    expect(kindOf({ unreadableSuppressions: 1, ...results({ completed: 1 }) })).toBeUndefined();
  });

  test('when its start was missed', () => {
    expect(kindOf({ missed: { nextStart: 1 } })).toBe('start-missed');
    expect(kindOf({ ends: [{ status: 'missed' } as BatchEnd] })).toBe('start-missed');
  });

  test('when rows are unsettled, but for one that was canceled', () => {
    expect(kindOf(results({ completed: 1, unsettled: 1 }))).toBe('rows-unsettled');
    const halted = (kind: 'stop' | 'cancel') => ({ halt: { kind, at: 0 }, started: true });
    expect(kindOf({ ...results({ unsettled: 1 }), ...halted('stop') })).toBe('rows-unsettled');
    expect(kindOf({ ...results({ unsettled: 1 }), ...halted('cancel') })).toBeUndefined();
  });

  test('when rows were not called for want of money', () => {
    expect(kindOf({ outOfMoney: true })).toBe('wallet-low');
    expect(kindOf(results({ 'balance-low': 1 }))).toBe('wallet-low');
    expect(kindOf({ outOfMoney: true, ...results({ completed: 1 }) })).toBeUndefined();
  });
});
