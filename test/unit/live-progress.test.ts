import { defaultPayloadConverter } from '@temporalio/common';
import { liveProgress, sumOf } from '../../client/live-progress';
import type { CampaignProgress } from '../../workflows/state';

const KNOWN: CampaignProgress = {
  campaignId: 'c',
  state: 'running',
  batchId: 'b',
  batchStatus: 'scheduled',
  startsAt: '2026-06-23T07:00:00.000Z',
  contacts: { total: 4, valid: 4, rejected: 0, duplicates: 0 },
  counts: { queued: 4 },
  settled: 0,
  cost: null,
  costIsEstimate: false,
  lastLook: '2026-06-23T07:01:00.000Z',
  nextLook: null,
  lastError: null,
  halt: null,
  notes: [],
};

type Pending = Parameters<typeof liveProgress>[1][number];

function polling(look: object | undefined, failure?: { message: string; type: string }): Pending {
  return {
    activityType: { name: 'awaitProgress' },
    attempt: 7,
    heartbeatDetails: look && { payloads: [defaultPayloadConverter.toPayload(look)] },
    lastFailure: failure && { message: failure.message, applicationFailureInfo: { type: failure.type } },
  } as Pending;
}

const look = (at: string) => ({
  at: Date.parse(at),
  counts: { completed: 3, queued: 1 },
  settled: 3,
  status: 'running',
});

test('between two steps, it is what the campaign knows', () => {
  expect(liveProgress(KNOWN, [])).toEqual({ ...KNOWN, step: null, attempt: 0 });
});

test('a look that is newer than what the campaign knows is shown', () => {
  expect(liveProgress(KNOWN, [polling(look('2026-06-23T07:02:00Z'))])).toMatchObject({
    counts: { completed: 3, queued: 1 },
    settled: 3,
    batchStatus: 'running',
    lastLook: '2026-06-23T07:02:00.000Z',
    step: 'awaitProgress',
    attempt: 7,
  });
});

test('a newer look leaves contacts that were suppressed since counted, which have no call at Bolna', () => {
  const known = { ...KNOWN, counts: { queued: 4, suppressed: 1 }, settled: 1 };
  expect(liveProgress(known, [polling(look('2026-06-23T07:02:00Z'))])).toMatchObject({
    counts: { completed: 3, queued: 1, suppressed: 1 },
    settled: 4,
  });
});

test('of a step that was given up, what it has seen counts, and it is none that is tried', () => {
  const givenUp = { ...polling(look('2026-06-23T07:02:00Z')), state: 3 } as Pending;
  expect(liveProgress(KNOWN, [givenUp])).toMatchObject({ settled: 3, step: null, attempt: 0 });
  const halting = { activityType: { name: 'haltBatches' }, attempt: 2 } as Pending;
  expect(liveProgress(KNOWN, [givenUp, halting])).toMatchObject({ settled: 3, step: 'haltBatches', attempt: 2 });
});

test('of a wait and a look beside it, the one tells that remembers', () => {
  const pending = [polling(undefined), polling(look('2026-06-23T07:02:00Z'))];
  for (const one of [pending, pending.toReversed()]) expect(liveProgress(KNOWN, one).settled).toBe(3);
});

test('of a failure that was too large for the server, the sentence is shown that it has kept', () => {
  const { lastFailure } = polling(undefined, { message: 'Bolna is down.', type: 'BolnaUnavailable' });
  const cut = { message: 'Failure exceeds size limit.', serverFailureInfo: {}, cause: lastFailure };
  expect(liveProgress(KNOWN, [{ ...polling(undefined), lastFailure: cut } as Pending]).lastError).toBe(
    'Bolna is down.',
  );
});

test('an older look is not', () => {
  expect(liveProgress(KNOWN, [polling(look('2026-06-23T07:00:00Z'))])).toMatchObject({
    settled: 0,
    counts: { queued: 4 },
  });
});

test('what another step remembers is no look', () => {
  expect(liveProgress(KNOWN, [polling({ missing: 2 })])).toMatchObject({ settled: 0, counts: { queued: 4 } });
});

test('an error of the last attempt is shown; that there is nothing new is no error', () => {
  const busy = { message: 'Bolna is busy (503).', type: 'BolnaUnavailable' };
  expect(liveProgress(KNOWN, [polling(undefined, busy)]).lastError).toBe('Bolna is busy (503).');
  const quiet = { message: '1 of 4 done', type: 'NoNews' };
  expect(liveProgress(KNOWN, [polling(undefined, quiet)]).lastError).toBeNull();
});

describe('of a campaign with a budget', () => {
  const watch = {
    activityType: { name: 'watchSpending' },
    attempt: 9,
    heartbeatDetails: { payloads: [defaultPayloadConverter.toPayload({ spent: { soFar: 42, at: 1 }, readings: {} })] },
    lastFailure: { message: '0.42 of 5.00 spent', applicationFailureInfo: { type: 'NoNews' } },
  } as Pending;

  test('the cost is what was last read, and the step the one beside which it is watched', () => {
    for (const pending of [
      [watch, polling(look('2026-06-23T07:02:00Z'))],
      [polling(look('2026-06-23T07:02:00Z')), watch],
    ]) {
      const live = liveProgress({ ...KNOWN, cost: 30, costIsEstimate: true }, pending);
      expect(live).toMatchObject({ settled: 3, step: 'awaitProgress', attempt: 7, cost: 42, costIsEstimate: false });
      expect(live.lastError).toBeNull();
    }
  });

  test('the cost of several batches is not added to it', () => {
    const campaign = liveProgress({ ...KNOWN, cost: 30 }, [watch]);
    const batch = { ...liveProgress(KNOWN, []), cost: 4 };
    expect(sumOf(campaign, [batch]).cost).toBe(42);
  });
});

describe('of several batches', () => {
  const campaign = {
    ...liveProgress(KNOWN, []),
    counts: { completed: 10 },
    settled: 10,
    cost: 30,
    costIsEstimate: true,
  };
  const batch = liveProgress(KNOWN, [polling(look('2026-06-23T07:02:00Z'))]);

  test('calls, cost and looks of those under way are added to those that have ended', () => {
    expect(sumOf(campaign, [batch, { ...batch, cost: 4, startsAt: '2026-06-23T06:50:00.000Z' }])).toMatchObject({
      settled: 16,
      counts: { completed: 16, queued: 2 },
      cost: 34,
      startsAt: '2026-06-23T06:50:00.000Z',
      lastLook: '2026-06-23T07:02:00.000Z',
    });
  });

  test('a campaign whose batches wait for their start is waiting', () => {
    const waiting = { ...batch, state: 'waiting' as const, settled: 0, counts: {} };
    expect(sumOf({ ...campaign, settled: 0 }, [waiting]).state).toBe('waiting');
    expect(sumOf(campaign, [waiting]).state).toBe('running');
  });

  test('the trouble of one batch is the trouble of the campaign', () => {
    const troubled = liveProgress(KNOWN, [polling(undefined, { message: 'no answer', type: 'BolnaUnavailable' })]);
    expect(sumOf(campaign, [batch, troubled]).lastError).toBe('no answer');
  });
});
