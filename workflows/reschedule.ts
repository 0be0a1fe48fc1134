import { ApplicationFailure, condition, patched, setHandler } from '@temporalio/workflow';
import { z } from 'zod';
import type { Batch } from './context';
import { firstStart } from './first-start';
import { oneLine } from './halt';
import { A_YEAR_MS, instant, invalid } from './input';
import {
  REMAKE_DESCRIPTION,
  RESCHEDULE_DESCRIPTION,
  type RescheduleAnswer,
  type RescheduleRequest,
  remakeSignal,
  rescheduleSignal,
  rescheduleUpdate,
} from './messages';
import { BEGUN, type Move, NOBODY_LEFT } from './moves';
import { show } from './progress';
import { check, refuseAtEnd, tooLate, within } from './requests';
import { type CampaignState, hasEnded, note, wishedStart } from './state';
import { utc } from './words';

/** So long an answer waits for Bolna to take the new start. The wish stands without it. */
const PATIENCE_MS = 5 * 60_000;

const BEFORE_START: readonly CampaignState['stage'][] = ['validating', 'creating', 'scheduling', 'waiting'];

const schema = z.strictObject({ startAt: instant('The new start.'), startBy: instant('Latest start.').optional() });

/** Takes the update `reschedule`. To be called before the first await. */
export function takeReschedule(batch: Batch): void {
  setHandler(rescheduleUpdate, (request) => reschedule(batch, moveOf(batch, request)), {
    description: RESCHEDULE_DESCRIPTION,
    validator: (request) => refuse(batch, request),
  });
}

/** Takes the same as a signal, from the campaign of a batch: what keeps it from being done becomes a note. */
export function takeRescheduleSignal(batch: Batch): void {
  const told = async (request: RescheduleRequest) => {
    try {
      refuse(batch, request);
      await reschedule(batch, moveOf(batch, request));
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      // Whoever signals may send anything.
      const startAt = oneLine((request as RescheduleRequest | null | undefined)?.startAt, 50);
      note(batch.state, `The start was not moved${startAt && ` to ${startAt}`}. ${error.message}`);
    }
  };
  setHandler(rescheduleSignal, told, { description: RESCHEDULE_DESCRIPTION });
}

/** Takes the signal `remake` of a campaign. Call before the first await. */
export function takeRemake(batch: Batch): void {
  const told = async (order: number) => {
    // A worker of an earlier version has ignored it, and the history says so. Whoever signals may send anything.
    if (!patched('remake') || !Number.isSafeInteger(order)) return;
    batch.state.orders = Math.max(batch.state.orders ?? 0, order);
    await remake(batch, order);
  };
  setHandler(remakeSignal, told, { description: REMAKE_DESCRIPTION });
}

/**
 * Has a batch made anew that has contacts which were suppressed since: deleted, and created without them for the same start. One that has
 * started goes on, and so does one that could miss its start that way: the step that deletes it decides. A step that is about to create or
 * schedule it finds that out by itself, and is not interrupted.
 * @param order whose contacts they are
 */
export async function remake(batch: Batch, order: number): Promise<void> {
  const { state, moves } = batch;
  await condition(() => !isBeforeStart(state) || !(isBeingScheduled(state) || moves.pending()));
  // One that is still to be created minds the order by itself.
  if (!state.batch || (state.batch.leftOut ?? 0) >= order || !isBeforeStart(state)) return;
  if (state.halt || state.missed) return;
  const { startAt = state.startsAt ?? state.begunAt, startBy } = wishedStart(batch);
  moves.ask({ startAt, startBy, remake: true });
  show(batch);
}

function isBeingScheduled({ stage, sleepingUntil }: CampaignState): boolean {
  return (stage === 'creating' || stage === 'scheduling') && sleepingUntil === undefined;
}

function isBeforeStart({ stage, look }: CampaignState): boolean {
  return BEFORE_START.includes(stage) && !look;
}

/** @throws ApplicationFailure `InvalidInput` for a start that cannot be one, `TooLate` for a campaign whose start cannot be moved */
function refuse(batch: Batch, request: RescheduleRequest): void {
  const { state } = batch;
  check(schema, request);
  refuseAtEnd(state);
  if (state.halt) throw tooLate(`The campaign was asked to ${state.halt.kind} already: nobody else is called.`);
  if (state.missed) throw tooLate('The start was missed already: start the campaign under a new ID.');
  if (state.nobodyLeft) throw tooLate(NOBODY_LEFT);
  const isOpen = state.ends ? state.stage === 'running' : isBeforeStart(state);
  if (!isOpen) throw tooLate(BEGUN);
  const move = moveOf(batch, request);
  if (sameAs(batch, move)) return;
  const { startAt, startBy } = move;
  if (startAt <= Date.now()) throw invalid('startAt has passed already: give a time to come.');
  if (startAt > Date.now() + A_YEAR_MS) throw invalid('startAt is more than a year ahead: correct it.');
  if (startBy < startAt) throw invalid('startBy must not be before startAt.');
  const first = firstStart(startAt, state);
  // Said before the batch is deleted that has a start: the new one would be missed, and the campaign with it.
  if (first > startBy) {
    const latest = request.startBy === undefined ? 'startBy, which moves along' : 'startBy';
    throw invalid(
      `Bolna starts at ${utc(first)} at the earliest, later than ${latest} (${utc(startBy)}): give a later startBy.`,
    );
  }
}

/** The window between the start and the latest one moves along, unless it is given. */
function moveOf(batch: Batch, request: RescheduleRequest): Move {
  const now = wishedStart(batch);
  const startAt = Date.parse(request.startAt);
  const window = now.startBy - (now.startAt ?? batch.state.begunAt);
  return { startAt, startBy: request.startBy === undefined ? startAt + window : Date.parse(request.startBy) };
}

/** Several batches are told the same again: one of them may have refused it, and those that have it change nothing. */
function sameAs({ state, moves }: Batch, move: Move): Move | undefined {
  return state.ends ? undefined : moves.same(move);
}

async function reschedule(batch: Batch, wish: Move): Promise<RescheduleAnswer> {
  const { state, moves } = batch;
  const same = sameAs(batch, wish);
  const move = same ?? wish;
  if (!same) {
    moves.ask(move);
    show(batch);
  }
  // While another one is pending, what is scheduled may be taken away.
  const isTaken = () =>
    move.made === true && !moves.pending() && (state.scheduled === true || state.sleepingUntil !== undefined);
  const isSettled = () =>
    move.refused !== undefined || whyNot(state, move) !== undefined || state.ends !== undefined || isTaken();
  await within(PATIENCE_MS, isSettled);
  const refused = move.refused ?? whyNot(state, move);
  if (refused !== undefined) throw ApplicationFailure.nonRetryable(refused, 'NotRescheduled');
  const { startsAt, sleepingUntil, scheduled, ends } = state;
  if (isTaken() && scheduled && startsAt !== undefined)
    return { says: `The calls begin at ${utc(startsAt)}.`, startsAt: new Date(startsAt).toISOString() };
  const begin = `begin at ${utc(move.startAt)}`;
  if (ends)
    return {
      says: `The batches that are not begun are to ${begin}. Those under way were told: one that has not called anybody yet does so too, and its workflow says when; one that calls goes on.`,
      startsAt: null,
    };
  if (move.made && moves.pending())
    return { says: `The calls are to ${begin}, or at another start that was asked for meanwhile.`, startsAt: null };
  const then = sleepingUntil
    ? `Bolna takes that start from ${utc(sleepingUntil)} on`
    : 'Bolna has not taken that start yet, and is asked until it does';
  return { says: `The calls are to ${begin}; ${then}.`, startsAt: null };
}

/** Why a start that was not refused is not had all the same. */
function whyNot({ halt, missed, failure, nobodyLeft, stage, ends }: CampaignState, { made }: Move): string | undefined {
  if (halt) return `The campaign was asked to ${halt.kind}: nobody else is called.`;
  if (missed) return `The start was missed: the next one would be ${utc(missed.nextStart)}, later than startBy.`;
  if (failure !== undefined) return failure;
  if (nobodyLeft) return NOBODY_LEFT;
  // Where it was made, the calls that have begun are those of the new start: it was near.
  return !made && ((stage === 'running' && !ends) || hasEnded({ stage })) ? BEGUN : undefined;
}
