import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { type RetryPlan, retryPlan } from '../bolna/retry-config';
import { type Batch, type Execution, viewOf } from '../bolna/schemas';
import { isUsedUp, judge, restMinutes } from '../bolna/settling';
import { type ExecutionCounts, hasDialled, hasEnded, meaningOf, phaseOf, tally } from '../bolna/statuses';
import { ordersLeftOut } from './campaign-batches';
import type { ActivityContext } from './context';
import { addUp, known } from './counting';
import { type Attempt, durably } from './durably';
import { allHungUp } from './hung-up';
import { rowsLeft } from './late-suppression';
import { confirmGone, look } from './missing';
import { callsUnclear, firstCallDue, othersAreCalling, UNCLEAR_MINUTES, whyNotStarted } from './not-started';
import { nextHookedWait, nextWait, type Pace, pollingOf } from './pacing';
import { movedBatches, readRecord } from './schedule-record';
import type { AwaitProgress, CountedRows, LastLook, Look } from './types';

/** A third of the calls done is news: each piece is six events in the history. */
const NEWS_STEPS = 3;
/** A fifth of the calls done is worth asking what they cost, which stands in the heartbeat. */
const COST_STEPS = 5;

/** What one attempt tells the next, in the heartbeat, where clients can read it too. */
interface Memory extends LastLook {
  stillSince: number;
  /** When the executions were last searched for a retry to come. */
  searchedAt?: number | undefined;
  /** Looks in a row that have not found the batch. */
  missing?: number | undefined;
}

/**
 * Looks at the batch once. News (the calls have begun, a third of them is done, the start was moved, the end) is returned. No
 * news is a retryable failure that is none: its message says the progress, its delay is the wait until the next look, and the
 * server does the waiting.
 */
export function awaitProgress(context: ActivityContext, ask: AwaitProgress): Promise<Look> {
  return durably({ keyMayBeMended: true }, async (attempt) => {
    const { seen } = ask;
    const now = await context.now();
    const memory = (attempt.memory as Memory | undefined) ?? seen;
    // The look that brought the last news was this one's first: there is nothing to be seen yet.
    if (seen && attempt.number === 1 && now < seen.nextLookAt) throw noNews(seen, ask, seen.nextLookAt - now);

    const taken = await takeLook(context, ask, memory, attempt);
    if (taken === 'gone') return gone(context, ask, memory, attempt);
    const { look: seenNow, searchedAt, expected } = taken;
    if (ask.hinted) return { ...seenNow, searchedAt };
    if (isNews(seenNow, ask)) return seenNow;
    const { at, status, counts, settled, onTheLine, cost, stillSince, rows } = seenNow;
    // For the next attempt only: of news, the workflow itself is told.
    attempt.remember({ at, status, counts, settled, onTheLine, cost, stillSince, searchedAt, rows } satisfies Memory);
    throw noNews(seenNow, { ...ask, valid: expected }, seenNow.nextLookAt - seenNow.at);
  });
}

async function takeLook(
  context: ActivityContext,
  ask: AwaitProgress,
  memory: Memory | undefined,
  attempt: Attempt,
): Promise<{ look: Look; searchedAt: number | undefined; expected: number } | 'gone'> {
  const batch = await look(context, ask.batchId, attempt.signal);
  if (!batch) return 'gone';
  const now = await context.now();
  const knownStart = batch.scheduledAt ?? ask.startsAt;
  // A start that Bolna does not show may have been taken or not.
  const started = firstCallDue(context, knownStart ?? Math.max(ask.wishedStart ?? 0, memory?.stillSince ?? now));
  const counts =
    batch.counts ?? (await missingCounts(context, ask, batch, memory?.counts ?? {}, now >= started, attempt));
  const same = memory !== undefined && memory.status === batch.status && sameCounts(memory.counts, counts);
  const stillSince = same ? memory.stillSince : now;
  const retry = retryPlan(ask.retry);
  const rows = batch.validContacts === undefined ? await countRows(context, ask, batch, memory?.rows) : memory?.rows;
  const expected = Math.min(batch.validContacts ?? rows?.rows ?? ask.valid, ask.valid);
  const stillForMinutes = (now - stillSince) / context.rules.minuteMs;
  const facts = { ...batch, counts };
  const phase = phaseOf(facts);
  let verdict = judge({ phase, said: meaningOf(batch.status), counts, expected, stillForMinutes }, retry);

  const { minMs, maxMs } = pollingOf(context, ask);
  let searchedAt = memory?.searchedAt;
  const isResting = verdict === 'resting' && retry !== undefined;
  // Searching reads every execution in the worst case, so it is done at most as often as the longest wait.
  if ((isResting || verdict === 'unclear') && (searchedAt === undefined || now - searchedAt >= maxMs)) {
    searchedAt = now;
    const isOver = isResting
      ? await allUsedUp(context, ask, retry, attempt)
      : await allHungUp(context, ask.batchId, retry, stillForMinutes, attempt.signal);
    if (isOver) verdict = 'over';
  }
  const { settled, waiting, onTheLine } = tally(counts);
  const shown = { at: now, status: batch.status, counts, settled, onTheLine };
  const earlier = memory ?? { settled: 0, cost: undefined };
  // What all of it cost is known from the results.
  const asked =
    verdict !== 'over' && steps(settled, ask.valid, COST_STEPS) !== steps(earlier.settled, ask.valid, COST_STEPS);
  const cost = asked ? await costSoFar(context, ask, shown, earlier.cost) : earlier.cost;

  const startsAt = batch.scheduledAt;
  const pace = { now, startsAt: startsAt ?? stillSince, settled, total: expected, stillSince, minMs, maxMs };
  const wait =
    verdict === 'resting' && retry
      ? restWait(context, retry, stillForMinutes, minMs, maxMs)
      : waitFor(context, ask, pace);
  const isOver = verdict === 'over';
  // A start that passes without a call is noticed on time.
  const isAwaited = !isOver && now < started && !hasDialled(counts);
  const isHalted = phase === 'stopped' || phase === 'failed';
  const isLate =
    !isOver &&
    !isHalted &&
    now >= started &&
    !hasDialled(counts) &&
    !lacksMoney(shown) &&
    !(await othersAreCalling(context, ask));
  const seenNow: Look = {
    ...shown,
    nextLookAt: Math.min(now + wait, isAwaited ? Math.max(started, now + minMs) : Number.POSITIVE_INFINITY),
    phase,
    startsAt,
    waiting,
    stillSince,
    over: isOver,
    gaveUp: !isOver && now >= ask.giveUpAt,
    gone: false,
    cost,
    rows,
    ...(verdict === 'unclear' && stillForMinutes >= UNCLEAR_MINUTES && { unclear: callsUnclear(counts) }),
    ...(isLate && {
      notStarted: await whyNotStarted(context, { ...facts, scheduledAt: knownStart }, ask.seen?.notStarted),
    }),
  };
  return { look: seenNow, searchedAt, expected };
}

/**
 * Rows that Bolna got, where its answer leaves them out.
 * @param counted what an earlier attempt has counted
 * @returns undefined where it got all of them
 */
async function countRows(
  { storage }: ActivityContext,
  ask: AwaitProgress,
  batch: Batch,
  counted: CountedRows | undefined,
): Promise<CountedRows | undefined> {
  const { campaignId, part, batchId, fileName, edition } = ask;
  const record = await readRecord(storage, ask);
  const leftOut = (record?.batchId === batchId ? record.leftOut : undefined) ?? ordersLeftOut(campaignId, batch) ?? 0;
  if (fileName === undefined || leftOut === 0) return undefined;
  if (counted?.leftOut === leftOut) return counted;
  return { leftOut, rows: await rowsLeft(storage, { campaignId, part, fileName, edition }, leftOut) };
}

/** Bolna's word is waited for where it gives it, and where this worker is told how long. */
function waitFor({ webhooks }: ActivityContext, { hooked, polling }: AwaitProgress, pace: Pace): number {
  if (!hooked || !webhooks) return nextWait(pace);
  return nextHookedWait({ ...pace, maxMs: polling.maxMs ?? Math.max(webhooks.pollMaxMs, pace.maxMs) });
}

/** Until no retry can come any more, or a look in between: one may have come by then. */
function restWait(
  context: ActivityContext,
  retry: RetryPlan,
  stillForMinutes: number,
  minMs: number,
  maxMs: number,
): number {
  const left = (restMinutes(retry) - stillForMinutes) * context.rules.minuteMs;
  return Math.min(Math.max(left, minMs), maxMs);
}

function isNews(look: Look, { seen, valid, hooked }: AwaitProgress): boolean {
  if (look.over || look.gaveUp || (lacksMoney(look) && !lacksMoney(seen))) return true;
  if (look.notStarted !== seen?.notStarted || look.unclear !== seen?.unclear) return true;
  // Until there was a look, the workflow knows of a batch that is scheduled.
  const { phase = 'scheduled', settled = 0, startsAt } = seen ?? {};
  if (look.phase === 'scheduled')
    return phase !== 'scheduled' || (look.startsAt ?? 0) > Math.max(startsAt ?? 0, look.at);
  // What is told of besides has these events for its hints.
  if (hooked) return false;
  return phase === 'scheduled' || steps(look.settled, valid, NEWS_STEPS) !== steps(settled, valid, NEWS_STEPS);
}

/** Whether calls were not made for want of money: a person is to know of the first. */
function lacksMoney(look: Pick<Look, 'counts'> | undefined): boolean {
  return (look?.counts['balance-low'] ?? 0) > 0;
}

/** How many of so many equal parts of the calls are done. */
function steps(settled: number, valid: number, parts: number): number {
  return Math.floor((settled * parts) / Math.max(valid, 1));
}

/** "No error: 41 of 120 calls are done, 3 on the line; the next look is in 2 min." Temporal's UI shows it as a failure. */
function noNews(look: Look, { valid, giveUpAt }: AwaitProgress, waitMs: number): ApplicationFailure {
  const parts = [`No error: ${look.settled} of ${valid} calls are done`, `${look.onTheLine} on the line`];
  if (look.settled >= valid && !look.over) parts.push('waiting for retries or post-processing');
  if (look.phase === 'unknown' || look.phase === 'created') parts.push(`Bolna shows the batch as "${look.status}"`);
  const nextRetryDelay = Math.max(Math.min(waitMs, giveUpAt - look.at), 1);
  return ApplicationFailure.create({
    message: `${parts.join(', ')}; the next look is in ${shortly(nextRetryDelay)}.`,
    type: 'NoNews',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay,
  });
}

function shortly(ms: number): string {
  return ms < 90_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}

async function gone(
  context: ActivityContext,
  ask: AwaitProgress,
  memory: Memory | undefined,
  attempt: Attempt,
): Promise<Look> {
  const now = await context.now();
  const moved = (await movedBatches(context.storage, ask)).includes(ask.batchId);
  const missing = (memory?.missing ?? 0) + 1;
  const nothing = { counts: {}, settled: 0, waiting: 0, onTheLine: 0, startsAt: undefined, cost: undefined };
  const last: Memory = memory ?? { ...nothing, at: now, status: 'unknown', stillSince: now };
  attempt.remember({ ...last, missing } satisfies Memory);
  if (!moved) await confirmGone(context, ask.agentId, ask.batchId, missing);
  return {
    ...nothing,
    ...ask.seen,
    at: now,
    nextLookAt: now,
    stillSince: now,
    status: 'deleted',
    phase: 'unknown',
    over: true,
    gaveUp: false,
    gone: true,
    ...(moved && { moved }),
  };
}

/** Bolna has left the counts out. The executions are read where what they say decides something. */
async function missingCounts(
  context: ActivityContext,
  ask: AwaitProgress,
  { phase }: Batch,
  before: ExecutionCounts,
  isDue: boolean,
  attempt: Attempt,
): Promise<ExecutionCounts> {
  const decides = hasEnded(phase) || phase === 'unknown' || (isDue && !hasDialled(before));
  return decides ? countThem(context, ask, attempt) : before;
}

async function countThem(
  { bolna }: ActivityContext,
  ask: AwaitProgress,
  { signal }: Attempt,
): Promise<ExecutionCounts> {
  const counts: Record<string, number> = {};
  await addUp(known(bolna.executions(ask.batchId, { signal })), counts);
  return counts;
}

/** Whether no call has a retry left. Stops reading at the first that has. */
async function allUsedUp(
  { bolna }: ActivityContext,
  ask: AwaitProgress,
  retry: RetryPlan,
  { signal }: Attempt,
): Promise<boolean> {
  for await (const { executions } of known(bolna.executions(ask.batchId, { signal }))) {
    if (executions.some((execution) => !isUsedUp(execution, retry))) return false;
  }
  return true;
}

/**
 * What the calls have cost, from one page of executions: exact for a small batch, an average for a large one. It is worth
 * one request now and then and no more, and never an error.
 */
async function costSoFar(
  context: ActivityContext,
  ask: AwaitProgress,
  look: LastLook,
  earlier: Look['cost'],
): Promise<Look['cost']> {
  try {
    for await (const { executions, next } of context.bolna.executions(ask.batchId))
      return costOf(executions, next !== undefined, look);
  } catch {
    return earlier;
  }
  return undefined;
}

function costOf(executions: readonly Execution[], more: boolean, look: LastLook): Look['cost'] {
  const costs = executions.map((execution) => viewOf(execution).total_cost);
  const sum = costs.reduce((total, cost) => total + cost, 0);
  if (!more || costs.length === 0) return { soFar: sum, estimated: false };
  const placed = look.settled + look.onTheLine;
  return { soFar: Math.round((sum / costs.length) * Math.max(placed, costs.length)), estimated: true };
}

function sameCounts(a: ExecutionCounts, b: ExecutionCounts): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => (a[name] ?? 0) === (b[name] ?? 0));
}
