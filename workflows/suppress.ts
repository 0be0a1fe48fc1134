import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  setHandler,
  TemporalFailure,
} from '@temporalio/workflow';
import { z } from 'zod';
import { batchWorkflowId } from '../activities/batch-workflow-id';
import type { RecordedSuppression, StoppedCall } from '../activities/types';
import { local, stopping } from './activities';
import type { Campaign } from './context';
import { failureText, failureType } from './failures';
import { invalid } from './input';
import {
  remakeSignal,
  SUPPRESS_DESCRIPTION,
  type SuppressAnswer,
  type SuppressRequest,
  suppressUpdate,
} from './messages';
import { by, check, refuseAtEnd, tooLate, within } from './requests';
import { remake } from './reschedule';
import { type CampaignState, note, type PendingSuppression, type SuppressedNumber } from './state';
import { count } from './words';

/** So long an answer waits for Bolna to show that calls are prevented. The order stands without it. */
const PATIENCE_MS = 40_000;
/** How long orders are carried out after the last call: what became of them, Bolna shows in a moment. */
const LAST_MS = 10 * 60_000;

const schema = z.strictObject({
  list: z.string().min(1).max(1000, 'must be 1,000 characters at most.'),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be two letters, such as IN.')
    .optional(),
  by: by(),
});

/** Takes the update `suppress`. Call before the first await. */
export function takeSuppress(campaign: Campaign): void {
  const { state } = campaign;
  setHandler(suppressUpdate, (request) => suppress(state, request), {
    description: SUPPRESS_DESCRIPTION,
    validator: (request) => {
      check(schema, request);
      refuseAtEnd(state);
      if (state.halt)
        throw tooLate(
          `The campaign was asked to ${state.halt.kind} already, which keeps everyone else from being called.`,
        );
      if (state.callsAreOver) throw tooLate('The calls are over: nobody else is called.');
    },
  });
}

async function suppress(state: CampaignState, { list, country }: SuppressRequest): Promise<SuppressAnswer> {
  const order: PendingSuppression = { list, ...(country !== undefined && { country }) };
  state.suppressions = [...(state.suppressions ?? []), order];
  await within(PATIENCE_MS, () => order.answer !== undefined || order.failure !== undefined);
  if (order.failure !== undefined) throw order.invalid ? invalid(order.failure) : tooLate(order.failure);
  const numbers = order.answer ?? answersOf(order.recorded, []);
  return { says: inWords(numbers), numbers };
}

/** Makes calls, and carries out the suppression orders that come meanwhile: each by itself, none waits for another. */
export async function whileSuppressing(campaign: Campaign, calls: () => Promise<void>): Promise<void> {
  const { state } = campaign;
  // A run that goes on from another one makes the calls that are left.
  delete state.callsAreOver;
  const scope = new CancellationScope();
  const work = scope.run(() => carryOutAll(campaign)).catch(unlessCancelled);
  try {
    await calls();
    if (isAnyOpen(state) && !state.halt) await condition(() => !isAnyOpen(state) || state.halt !== undefined, LAST_MS);
  } finally {
    scope.cancel();
    await work;
  }
}

/** Once the calls are over, or halted: the results say what became of the orders that are not carried out. */
export function endSuppressing({ state }: Campaign): void {
  for (const order of state.suppressions ?? []) order.answer ??= answersOf(order.recorded, []);
  delete state.suppressions;
  state.callsAreOver = true;
}

function isAnyOpen({ suppressions = [] }: CampaignState): boolean {
  return suppressions.length > 0;
}

async function carryOutAll(campaign: Campaign): Promise<void> {
  const { state } = campaign;
  const begun = new Set<PendingSuppression>();
  const next = () => state.suppressions?.find((order) => !begun.has(order));
  for (;;) {
    await condition(() => next() !== undefined);
    const order = next();
    if (!order) continue;
    begun.add(order);
    void carryOut(campaign, order).catch((error: unknown) => {
      if (isCancellation(error)) return;
      if (!(error instanceof TemporalFailure)) throw error;
      order.invalid = failureType(error) === 'InvalidInput';
      order.failure = failureText(error);
      settle(campaign, order);
    });
  }
}

async function carryOut(campaign: Campaign, order: PendingSuppression): Promise<void> {
  const { campaignId, plan, state } = campaign;
  const { contacts } = state;
  if (!contacts) throw new Error('There are no contacts to suppress.');
  const { list, country } = order;
  const { fileName, edition, split } = contacts;
  const ask = {
    campaignId,
    list,
    country,
    contacts: { fileName, ...(edition && { edition }), ...(split && { split }) },
  };
  order.recorded ??= await local(campaign, 'Write down who is suppressed').recordSuppression(ask);
  const { order: number } = order.recorded;
  if (number === 0) order.answer = answersOf(order.recorded, []);
  for (let isDone = number === 0; !isDone; ) {
    const seen = await stopping(campaign, 'Stop the calls to suppressed contacts').stopCalls({
      campaignId,
      agentId: plan.agentId,
      order: number,
      batchId: state.batch?.batchId,
      retry: plan.retry,
      answered: order.answer !== undefined,
      remakeAsked: order.remakeAsked === true,
    });
    isDone = seen.done;
    if (seen.remake) {
      order.remakeAsked = true;
      for (const { part } of seen.remake) await askToRemake(campaign, part);
    } else order.answer = answersOf(order.recorded, seen.numbers);
  }
  settle(campaign, order);
}

/** Leaves the order: what it was answered is with whoever asked, and a note for everyone else. */
function settle({ state }: Campaign, order: PendingSuppression): void {
  state.suppressions = state.suppressions?.filter((each) => each !== order) ?? [];
  if (order.answer?.some(({ outcome }) => outcome === 'suppressed' || outcome === 'too-late')) note(state, NOTE);
}

const NOTE = 'Contacts were suppressed while the campaign ran; results.csv says which of them had been called by then.';

/** A campaign of several batches tells the one that it is about. */
async function askToRemake(campaign: Campaign, part: number | undefined): Promise<void> {
  if (part === undefined) return remake(campaign);
  try {
    await getExternalWorkflowHandle(batchWorkflowId(campaign.campaignId, part)).signal(remakeSignal);
  } catch (error) {
    // It has ended meanwhile, and will not start any more.
    if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error;
  }
}

/** @param calls of each number; none where nothing is known of them */
function answersOf(
  recorded: RecordedSuppression | undefined,
  calls: readonly (StoppedCall | null)[],
): SuppressedNumber[] {
  return (recorded?.numbers ?? []).map((is, at): SuppressedNumber => {
    if (is === 'absent') return { outcome: 'not-in-campaign' };
    if (is === 'suppressed') return { outcome: 'suppressed' };
    if (is === 'unreadable') return { outcome: 'unknown', why: 'unreadable' };
    const call = calls[at];
    if (call?.is === 'prevented') return { outcome: 'suppressed' };
    if (call?.is !== 'called') return { outcome: 'unknown', why: 'not-shown' };
    return { outcome: 'too-late', at: call.at === undefined ? null : new Date(call.at).toISOString() };
  });
}

const ORDER_STANDS =
  'The order stands and outlives any crash; ask again to see what became of it, or stop the campaign.';

function inWords(numbers: readonly SuppressedNumber[]): string {
  if (numbers.length === 0) return `The numbers are not compared with the contacts yet. ${ORDER_STANDS}`;
  const of = (wanted: SuppressedNumber['outcome'], why?: SuppressedNumber['why']) =>
    numbers.filter((each) => each.outcome === wanted && each.why === why).length;
  const sentences = [
    [
      of('suppressed'),
      (n: number) => `${count(n, 'number is', 'numbers are')} suppressed: no call was made, and none will be.`,
    ],
    [of('too-late'), (n: number) => `${count(n, 'number')} came too late: already called, or on the line.`],
    [of('not-in-campaign'), (n: number) => `${count(n, 'number is', 'numbers are')} not in this campaign.`],
    [
      of('unknown', 'unreadable'),
      (n: number) => `${count(n, 'number')} cannot be read: write each as + and the country code, or name the country.`,
    ],
    [
      of('unknown', 'not-shown'),
      (n: number) => `Of ${count(n, 'number')} Bolna does not show yet whether the call is prevented. ${ORDER_STANDS}`,
    ],
  ] as const;
  return sentences.flatMap(([n, text]) => (n > 0 ? [text(n)] : [])).join(' ');
}

function unlessCancelled(error: unknown): void {
  if (!isCancellation(error)) throw error;
}
