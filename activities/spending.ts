import { createHash } from 'node:crypto';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { isBolnaError } from '../bolna/errors';
import { retryPlan } from '../bolna/retry-config';
import { type Batch, EXECUTIONS_PAGE_SIZE, viewOf } from '../bolna/schemas';
import { restMinutes } from '../bolna/settling';
import { hasEnded } from '../bolna/statuses';
import { belongsTo } from './campaign-batches';
import type { ActivityContext } from './context';
import { type Attempt, durably } from './durably';
import { notYetAll } from './failures';
import { nextReading, pollingOf } from './pacing';
import type { Spent, WatchSpending } from './types';

/** How long one attempt may hold its worker's slot, in milliseconds, where others could be waiting for one. */
const TURN_MS = 30_000;

/** What the calls of one batch had cost when its executions were last read. */
interface Reading {
  cost: number;
  executions: number;
  /** What Bolna showed of the batch then; as long as it shows the same, nothing more was spent. */
  shown: string;
  /** Since when it has shown that. */
  shownSince: number;
}

/** A batch whose executions are to be read. */
type Wanted = Pick<Reading, 'shown' | 'shownSince'> & { batchId: string };

/** What one attempt tells the next, in the heartbeat, where clients can read it too. */
interface Memory {
  spent?: Spent;
  /** The first reading there was, in this run of the campaign. */
  first?: Spent;
  /** The fastest that was spent lately, in cents a millisecond. */
  rate: number;
  /** By batch. */
  readings: Record<string, Reading>;
  /** A round of readings under way: what is left of it, and where in the first of these it stands. */
  round?: Round;
}

interface Round {
  left: Wanted[];
  page: number;
  cost: number;
  executions: number;
  /** IDs on the page before: where calls are added while pages are read, some come again on the next one. */
  before: readonly string[];
}

/**
 * Returns when the calls of all of a campaign's batches have cost as much as they may. What they cost is read from every
 * execution and never extrapolated: no guess stops a campaign. Until then an attempt is a failure that is none, and the server
 * does the waiting, as in `awaitProgress`.
 *
 * Between two readings passes one wait (see `nextReading`), so that beyond the budget goes at most what one wait costs, and
 * the calls that are on the line when the stop reaches Bolna.
 */
export function watchSpending(context: ActivityContext, ask: WatchSpending): Promise<Spent> {
  return durably({ keyMayBeMended: true }, async (attempt) => {
    const memory = (attempt.memory as Memory | undefined) ?? { rate: 0, readings: {} };
    // An attempt of an older version takes what it is told for whole.
    if (attempt.memory === undefined) attempt.remember(memory);
    const now = await context.now();
    const round: Round = memory.round ?? { left: await wanted(context, ask, memory, now), ...AT_FIRST };
    const taken: Memory = { ...memory, round };
    await readRound(context, taken, attempt);

    const readings = Object.values(taken.readings);
    const soFar = readings.reduce((sum, { cost }) => sum + cost, 0);
    const spent = { soFar, at: now };
    if (soFar >= ask.maxCost) return spent;
    const first = memory.first ?? (readings.length > 0 ? spent : undefined);
    const rate = rateOf(memory, spent);
    attempt.remember({ readings: taken.readings, spent, rate, ...(first && { first }) } satisfies Memory);
    const requests = readings.reduce((sum, { executions }) => sum + Math.ceil(executions / EXECUTIONS_PAGE_SIZE), 0);
    const { minuteMs } = context.rules;
    const pace = { now, since: first?.at ?? now, left: ask.maxCost - soFar, rate, requests, minuteMs };
    throw notYet(soFar, ask.maxCost, nextReading({ ...pace, ...pollingOf(context, ask) }));
  });
}

const AT_FIRST: Omit<Round, 'left'> = { page: 1, cost: 0, executions: 0, before: [] };

/** The batches of which Bolna shows something else than when they were last read. */
async function wanted(
  { bolna, rules }: ActivityContext,
  ask: WatchSpending,
  { readings }: Memory,
  now: number,
): Promise<Wanted[]> {
  const retry = retryPlan(ask.retry);
  const restMs = retry ? restMinutes(retry) * rules.minuteMs : 0;
  const batches = await bolna.listBatches(ask.agentId, ask.campaignId);
  return batches
    .filter((batch) => belongsTo(ask, batch) && batch.phase !== 'created' && batch.phase !== 'scheduled')
    .flatMap((batch) => {
      const { batchId } = batch;
      const shown = whatIsShown(batch);
      const last = readings[batchId];
      const shownSince = last?.shown === shown ? last.shownSince : now;
      // Without counts, only its end says that nothing changes; with retries, a call can end as it did before.
      const telling = batch.counts !== undefined || hasEnded(batch.phase);
      const same = last?.shown === shown && telling && (restMs === 0 || now - shownSince >= restMs);
      return same ? [] : [{ batchId, shown, shownSince }];
    });
}

/** In few characters: there may be a thousand batches. */
function whatIsShown({ status, counts }: Batch): string {
  const sorted = Object.entries(counts ?? {}).sort(([a], [b]) => a.localeCompare(b));
  return createHash('sha256')
    .update(JSON.stringify([status, sorted]))
    .digest('base64')
    .slice(0, 8);
}

/** Reads what is left of a round, and gives the slot back after half a minute, by a failure that is none. */
async function readRound({ bolna }: ActivityContext, memory: Memory, attempt: Attempt): Promise<void> {
  const { round } = memory;
  const turnEnds = Date.now() + TURN_MS;
  for (let [batch] = round?.left ?? []; round && batch; [batch] = round.left) {
    const { batchId, shown, shownSince } = batch;
    try {
      const reading = { from: { page: round.page }, signal: attempt.signal, ahead: true };
      for await (const { executions, next, anew } of bolna.executions(batchId, reading)) {
        if (anew) Object.assign(round, AT_FIRST);
        const fresh = executions.filter(({ id }) => typeof id !== 'string' || !round.before.includes(id));
        for (const execution of fresh) round.cost += Math.max(viewOf(execution).total_cost, 0);
        round.executions += fresh.length;
        round.before = executions.flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
        if (next) round.page = next.page;
        if (next && Date.now() >= turnEnds) {
          attempt.remember(memory);
          throw notYetAll('it is being read what the calls have cost.');
        }
      }
      const { cost, executions } = round;
      memory.readings[batchId] = { cost, executions, shown, shownSince };
    } catch (error) {
      // Gone since it was listed: what it is known to have cost stands.
      if (!isBolnaError(error, 'not-found')) throw error;
    }
    round.left.shift();
    Object.assign(round, AT_FIRST);
    // What is read stays read when the next batch cannot be.
    attempt.remember(memory);
  }
}

/** The higher of two: since the last reading, and since the first. */
function rateOf({ first, spent: last, rate }: Memory, spent: Spent): number {
  const rates = [first, last].flatMap((then) =>
    then && spent.at > then.at ? [(spent.soFar - then.soFar) / (spent.at - then.at)] : [],
  );
  return rates.length > 0 ? Math.max(...rates) : rate;
}

function notYet(soFar: number, maxCost: number, waitMs: number): ApplicationFailure {
  return ApplicationFailure.create({
    message: `${(soFar / 100).toFixed(2)} of ${(maxCost / 100).toFixed(2)} spent`,
    type: 'NoNews',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: waitMs,
  });
}
