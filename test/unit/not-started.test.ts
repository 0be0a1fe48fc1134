import { whyNotStarted } from '../../activities/not-started';
import { LoneSteps } from '../support/lone-steps';

let steps: LoneSteps;
beforeAll(async () => {
  steps = await LoneSteps.start();
});
afterAll(() => steps.close());

const NOBODY = 'The start passed 15 minutes ago and nobody has been dialled.';
const UNCLEAR = 'The start passed 15 minutes ago and Bolna does not show whether anybody has been dialled.';

function why(counts: Record<string, number>, told?: string): Promise<string> {
  return whyNotStarted(steps.context, { status: 'archived', scheduledAt: steps.now - 1_200_000, counts }, told);
}

test.each([
  ['none', {}, NOBODY],
  ['calls that wait', { prepared: 3, Rescheduled: 1 }, NOBODY],
  ['calls in a status never seen before', { conversing: 4 }, UNCLEAR],
  ['one of them among calls that wait', { prepared: 3, 'answered-elsewhere': 1 }, UNCLEAR],
])('of calls it says only what Bolna shows: %s', async (_, counts, first) => {
  const text = await why(counts);
  expect(text.startsWith(first)).toBe(true);
  // Under another ID they might be called a second time.
  expect(text).not.toContain('new campaign ID');
  expect(text).toContain('its results then say who was not called');
});

test('a start that Bolna does not show is not said to have passed', async () => {
  const text = await whyNotStarted(steps.context, {
    status: 'archived',
    scheduledAt: undefined,
    counts: { conversing: 4 },
  });
  expect(text).toContain('Bolna has shown no start for 15 minutes and Bolna does not show whether anybody');
});

test('what was told stays as long as it holds', async () => {
  const told = `${NOBODY} Bolna showed 4 prepared.`;
  expect(await why({ prepared: 2, queued: 2 }, told)).toBe(told);
  expect(await why({ conversing: 4 }, told)).toContain(UNCLEAR);
});
