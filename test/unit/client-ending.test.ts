import { leftResult, progressOfEnded, progressWithout } from '../../client/campaign/ending';
import type { CampaignResult } from '../../workflows/state';

const RESULT: CampaignResult = {
  campaignId: 'c',
  batchId: 'b',
  status: 'stopped',
  startsAt: '2026-06-23T07:00:00.000Z',
  contacts: { total: 9, valid: 6, rejected: 2, duplicates: 1 },
  outcomes: { completed: 2, busy: 1, 'not-called': 2, unsettled: 1, rejected: 2, duplicate: 1 },
  cost: 12.5,
  files: { results: 'file:///data/c/results.csv', rejected: '', summary: '' },
  reason: 'Stopped by Ines.',
  notes: ['a note'],
};

test('the progress of a campaign that is over counts the calls of its result, and no row without one', () => {
  expect(progressOfEnded(RESULT)).toEqual({
    campaignId: 'c',
    state: 'stopped',
    batchId: 'b',
    batchStatus: null,
    startsAt: '2026-06-23T07:00:00.000Z',
    contacts: RESULT.contacts,
    counts: { completed: 2, busy: 1 },
    settled: 3,
    cost: 12.5,
    costIsEstimate: false,
    lastLook: null,
    nextLook: null,
    lastError: null,
    halt: null,
    notes: ['a note'],
    attention: {
      kind: 'rows-unsettled',
      text: "Of 1 row nobody can say whether they were called: results.csv says which. Look at their calls in Bolna's dashboard.",
    },
    step: null,
    attempt: 0,
    result: RESULT,
  });
});

test('contacts that were suppressed while it ran are over as well, and those of the lists before it are no contacts', () => {
  const contacts = { total: 5, valid: 3, rejected: 0, duplicates: 0, suppressed: 2 };
  expect(progressOfEnded({ ...RESULT, contacts, outcomes: { completed: 2, suppressed: 3 } })).toMatchObject({
    counts: { completed: 2, suppressed: 1 },
    settled: 3,
  });
  expect(progressOfEnded({ ...RESULT, contacts, outcomes: { completed: 3, suppressed: 2 } }).counts).toEqual({
    completed: 3,
  });
});

test.each([
  [{ status: 'completed', outcomes: { completed: 3 } }, undefined, undefined],
  [{ status: 'missed', outcomes: { 'not-called': 3 } }, 'start-missed', 'under a new campaign ID'],
  [{ status: 'canceled', outcomes: { unsettled: 3 } }, undefined, undefined],
  [{ status: 'completed', outcomes: { 'balance-low': 3 } }, 'wallet-low', 'Fill the wallet'],
  [{ status: 'failed', outcomes: {}, errorType: 'BolnaUnauthorized', reason: 'Mend it.' }, 'key-refused', 'Mend it.'],
] as const)('of one that ended as %j a person is told why to look, and what to do: %s', (end, kind, says) => {
  const { attention } = progressOfEnded({ ...RESULT, ...end });
  expect(attention?.kind).toBe(kind);
  if (says) expect(attention?.text).toContain(says);
});

test('one that failed says why, and without files nothing is known of the cost', () => {
  const failed = progressOfEnded({ ...RESULT, status: 'failed', reason: 'The list is empty.', files: null });
  expect(failed).toMatchObject({ state: 'failed', lastError: 'The list is empty.', cost: null });
  expect(progressWithout('c', 'It was terminated.')).toMatchObject({
    state: 'failed',
    lastError: 'It was terminated.',
  });
});

test.each([
  ['COMPLETED', RESULT],
  ['FAILED', RESULT],
  ['CANCELLED', RESULT],
  // Somebody was quicker than the campaign, which had already said how it would end.
  ['TERMINATED', undefined],
  ['TIMED_OUT', undefined],
] as const)('of one that Temporal shows as %s, the memo tells the end or not', (name, expected) => {
  expect(leftResult({ memo: { result: RESULT }, status: { name, code: 0 } })).toBe(expected);
});
