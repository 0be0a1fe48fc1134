import { CancelledFailure, WorkflowFailedError } from '@temporalio/client';
import type { CampaignInput } from '../../workflows/input';
import type { CampaignResult } from '../../workflows/state';
import {
  afterActivity,
  afterLostAnswer,
  atRequest,
  beforeActivity,
  haltBy,
  type Reach,
  type Way,
} from '../support/moments';
import { type CampaignHandle, csvOf, DAY, HOUR, MINUTE, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

type RigOptions = Omit<Parameters<typeof Rig.start>[0], 'env'>;

/** Where in its life a campaign is halted. `reach` arranges that `halt` is called there, once. */
interface Step {
  name: string;
  options?: RigOptions;
  input?: (now: number) => Partial<CampaignInput>;
  reach: Reach;
  /** Whether the batch has begun by then. */
  begun?: true;
  /** Whether nobody else may let time pass until it is reached. */
  timeStands?: true;
  /** How a stop ends it, where not `stopped`: one that comes when nothing is left to stop. */
  stopEnds?: 'completed';
}

const ROWS = 6;
/**
 * A third of the calls is over soon, the others take long. A third is news: the skipping server mishandles a cancellation that
 * crosses with the end of a look that brought none (halts-running.test.ts has those, on a real one).
 */
const SLOW_CALLS: RigOptions = {
  rules: { concurrency: 3 },
  outcomes: ({ row }) => ({
    status: row <= ROWS / 3 ? 'no-answer' : 'completed',
    ringSeconds: 10,
    talkSeconds: 600,
    postProcessingSeconds: 150,
  }),
};

const STEPS: Step[] = [
  { name: 'while the file is checked', reach: beforeActivity('validateContacts') },
  { name: 'before the batch is created', reach: atRequest('list') },
  { name: 'after a create whose answer was lost', reach: afterLostAnswer('create'), timeStands: true },
  {
    name: 'after a create whose answer was lost and whose batch is slow to appear',
    options: { rules: { listLagMs: MINUTE } },
    reach: afterLostAnswer('create'),
    timeStands: true,
  },
  {
    name: 'while Bolna does not take so distant a start',
    input: (now) => ({ startAt: at(now + 45 * DAY) }),
    reach: afterActivity('scheduleBatch', 5 * DAY),
    timeStands: true,
  },
  { name: 'after a schedule whose answer was lost', reach: afterLostAnswer('schedule'), timeStands: true },
  {
    name: 'asleep until the start',
    input: (now) => ({ startAt: at(now + DAY) }),
    reach: afterActivity('scheduleBatch', 5 * HOUR),
    timeStands: true,
  },
  { name: 'before the first look', reach: beforeActivity('awaitProgress'), options: SLOW_CALLS, begun: true },
  {
    name: 'with calls on the line',
    options: SLOW_CALLS,
    reach: atRequest('get', (rig) => countOf(rig, 'no-answer') === ROWS / 3 && countOf(rig, 'in-progress') > 0),
    begun: true,
  },
  {
    name: 'during post-processing',
    options: {
      outcomes: ({ row }) =>
        row <= ROWS / 3
          ? { status: 'no-answer', ringSeconds: 30 }
          : { status: 'completed', ringSeconds: 5, talkSeconds: 0, postProcessingSeconds: 3600 },
    },
    reach: atRequest('get', (rig) => countOf(rig, 'call-disconnected') + countOf(rig, 'no-answer') === ROWS),
    begun: true,
    stopEnds: 'completed',
  },
  { name: 'while results are collected', reach: atRequest('executions', over), begun: true, stopEnds: 'completed' },
  { name: 'while results are written', reach: beforeActivity('reconcileResults'), begun: true, stopEnds: 'completed' },
];

describe.each<Way>(['signal stop', 'signal cancel', "Temporal's cancellation"])('%s', (way) => {
  let env: TestServer;
  let rig: Rig;
  beforeEach(async () => {
    env = await TestServer.skippingAfter(env);
  });
  afterEach(() => rig.close());
  afterAll(() => env.teardown());

  test.each(STEPS)('$name: nobody else is called, and every row says so', async (step) => {
    rig = await Rig.start({ env, ...step.options });
    let haltedAt = Number.POSITIVE_INFINITY;
    await rig.run(async () => {
      const halted = new Promise<void>((resolve, reject) => {
        step.reach(rig, async () => {
          await haltBy(way, rig.latest, { reason: 'changed our minds', by: 'a test' }).catch(reject);
          haltedAt = await env.currentTimeMs();
          resolve();
        });
      });
      const contacts = { csv: csvOf(ROWS) };
      const handle = await rig.begin({ contacts, ...step.input?.(await env.currentTimeMs()) });
      // Whoever waits for the result lets time be skipped, also under a signal on its way.
      if (step.timeStands) await halted;
      const result = await endOf(rig, handle, way);
      expect(haltedAt).toBeLessThan(Number.POSITIVE_INFINITY);

      const stopped = step.stopEnds ?? 'stopped';
      expect(result.status).toBe(way === 'signal stop' ? stopped : 'canceled');
      await env.sleep(DAY);
      await rig.simulator.sync();
      const dialled = rig.simulator.dials();
      expect(dialled.filter((dial) => dial.at > haltedAt + 1000)).toEqual([]);
      if (!step.begun) expect(dialled).toEqual([]);
      expect(rig.simulator.batches().filter((batch) => batch.status === 'created' && !batch.deleted)).toEqual([]);
      expect(sum(result.outcomes)).toBe(ROWS);
      expect(await rig.rows(handle.workflowId)).toHaveLength(1 + ROWS);
      // Bolna shows those it halted before the dial as stopped.
      expect(result.outcomes['not-called'] ?? 0).toBe(ROWS - dialled.length);
    });
  });
});

/** The result of a campaign that was halted, with the checks that hold for each way. */
async function endOf(rig: Rig, handle: CampaignHandle, way: Way): Promise<CampaignResult> {
  if (way === 'signal stop') {
    const result = await handle.result();
    expect(await rig.memoResult(handle)).toEqual(result);
    return result;
  }
  const error = await handle.result().catch((reason) => reason);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  expect(error.cause).toBeInstanceOf(CancelledFailure);
  expect((await handle.describe()).status.name).toBe('CANCELLED');
  return rig.memoResult(handle);
}

function countOf(rig: Rig, status: 'in-progress' | 'call-disconnected' | 'no-answer'): number {
  return rig.simulator.batches()[0]?.counts.get(status) ?? 0;
}

function over(rig: Rig): boolean {
  return rig.simulator.batches()[0]?.open === 0;
}

function at(ms: number): string {
  return new Date(ms).toISOString();
}

function sum(outcomes: Record<string, number>): number {
  return Object.values(outcomes).reduce((total, n) => total + n, 0);
}
