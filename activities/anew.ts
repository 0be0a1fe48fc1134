import type { Batch } from '../bolna/schemas';
import { roundedStart, startToRequest } from '../bolna/start-time';
import type { ActivityContext } from './context';
import type { ScheduleRecord } from './schedule-record';
import type { StartWindow } from './types';

/**
 * What it takes to make a batch anew beside the usual lead, in Bolna's minutes: a delete whose answer is lost, the three looks after
 * which it is believed (see `confirmGone`), an upload and a retry of it.
 */
const MARGIN_MINUTES = 5;

/**
 * When a batch begins at the earliest, milliseconds since the epoch; undefined where nothing says it. What was asked for stands in the
 * record, where Bolna's answer says nothing.
 */
export function firstStartOf({ scheduledAt }: Batch, claim: ScheduleRecord | undefined): number | undefined {
  return scheduledAt ?? (claim && Math.max(claim.requestedStart, claim.moving ?? 0));
}

/**
 * Decides for every step whether a batch may be deleted and made again without contacts that were suppressed since. That must not cost the
 * others their calls: only where it is surely gone ahead of its start even if an answer is lost, which `calledNobody` asks for, and where
 * the next one still begins in time. Else it is left as it is, and the calls are stopped one by one.
 * @param claim the record of starts, where it stands for this batch
 * @param wish when the next one is to begin; absent where only the step knows that deletes the batch
 */
export async function canBeMadeAnew(
  { now, rules, leadMs }: ActivityContext,
  batch: Batch,
  claim: ScheduleRecord | undefined,
  wish: StartWindow | undefined,
): Promise<boolean> {
  if (batch.phase !== 'created' && batch.phase !== 'scheduled') return false;
  const done = (await now()) + MARGIN_MINUTES * rules.minuteMs;
  const start = firstStartOf(batch, claim);
  // Without either it has no start, and gets none: see `leaveOut`.
  const isAhead = start === undefined ? batch.phase === 'created' : done + leadMs <= start;
  return isAhead && (!wish || roundedStart(startToRequest(done, wish.startAt, leadMs), rules) <= wish.startBy);
}
