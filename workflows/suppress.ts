import {
  type ApplicationFailure,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  setHandler,
  TemporalFailure,
} from '@temporalio/workflow';
import { z } from 'zod';
import { batchWorkflowId } from '../activities/batch-workflow-id';
import type { Contacts, RecordedSuppression, StoppedCall } from '../activities/types';
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
import {
  type CampaignState,
  type Halt,
  note,
  type PendingSuppression,
  type SuppressedNumber,
  wishedStart,
} from './state';
import { count } from './words';

/** So long an answer waits for Bolna to show that calls are prevented. The order stands without it. */
const PATIENCE_MS = 40_000;
/** How long orders are carried out after the last call: what became of them, Bolna shows in a moment. */
const LAST_MS = 10 * 60_000;
/** Each stands in the history, with some 50 events: more are taken by no campaign. See `MOST_ORDERS`. */
const MOST_REQUESTS = 500;

const schema = z.strictObject({
  list: z.string().min(1).max(1000, 'must be 1,000 characters at most.'),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be two letters, such as IN.')
    .optional(),
  by: by(),
});

/** What is known of an order's numbers: for the one who asks, and not for the campaign's memory. */
interface Told {
  numbers: SuppressedNumber[];
  failure?: ApplicationFailure;
}

/** The suppression orders of a campaign. */
export interface Suppressing {
  /** Makes calls, and carries out meanwhile the orders that come: each by itself, none waits for another. */
  during(calls: () => Promise<void>): Promise<void>;
  /** Once the calls are over, or halted: no order is carried out any more. */
  end(): void;
}

/** Takes the update `suppress`. Call before the first await. */
export function takeSuppress(campaign: Campaign): Suppressing {
  const { state } = campaign;
  const told = new Map<PendingSuppression, Told>();
  const tell = (order: PendingSuppression, more: Partial<Told>) =>
    told.set(order, { numbers: [], ...told.get(order), ...more });

  async function suppress({ list, country }: SuppressRequest): Promise<SuppressAnswer> {
    const order: PendingSuppression = { list, ...(country !== undefined && { country }), told: 'nothing' };
    state.suppressRequests = (state.suppressRequests ?? 0) + 1;
    state.suppressions = [...(state.suppressions ?? []), order];
    const isPending = () => state.suppressions?.includes(order) === true;
    await within(PATIENCE_MS, () => order.told === 'all' || !isPending());
    const { numbers, failure } = told.get(order) ?? { numbers: [] };
    told.delete(order);
    if (failure) throw failure;
    return { says: inWords(numbers, state), numbers };
  }

  setHandler(suppressUpdate, suppress, {
    description: SUPPRESS_DESCRIPTION,
    validator: (request) => {
      check(schema, request);
      refuseAtEnd(state);
      if (state.halt) throw tooLate(halted(state.halt.kind));
      if (state.callsAreOver) throw tooLate('The calls are over: nobody else is called.');
      if ((state.suppressRequests ?? 0) >= MOST_REQUESTS)
        throw tooLate(
          `The campaign has taken ${MOST_REQUESTS} requests to suppress contacts, and takes no more. Stop it, and start another one with a suppression list.`,
        );
    },
  });

  /** Leaves an order: what it was answered is with whoever asked, and a note for everyone else. */
  const settle = (order: PendingSuppression) => {
    state.suppressions = state.suppressions?.filter((each) => each !== order) ?? [];
    if (order.order !== undefined && order.order > 0) note(state, NOTE);
  };

  async function carryOut(order: PendingSuppression, contacts: Contacts): Promise<void> {
    const { campaignId } = campaign;
    const { fileName, edition, split } = contacts;
    if (order.list !== undefined && order.order === undefined) {
      const recorded = await local(campaign, 'Write down who is suppressed').recordSuppression({
        ...{ campaignId, list: order.list, country: order.country },
        contacts: { fileName, ...(edition && { edition }), ...(split && { split }) },
      });
      order.order = recorded.order;
      state.orders = Math.max(state.orders ?? 0, recorded.order);
      tell(order, { numbers: answersOf(recorded.numbers, []) });
      if (recorded.order === 0) return settle(order);
      return stopAll(order, contacts, recorded.numbers);
    }
    return stopAll(order, contacts, []);
  }

  async function stopAll(
    order: PendingSuppression,
    contacts: Contacts,
    recorded: RecordedSuppression['numbers'],
  ): Promise<void> {
    const { campaignId, plan } = campaign;
    for (let isDone = false; !isDone; ) {
      const seen = await stopping(campaign, 'Stop the calls to suppressed contacts').stopCalls({
        campaignId,
        agentId: plan.agentId,
        fileName: contacts.fileName,
        order: order.order ?? 0,
        andEarlier: order.andEarlier,
        batchId: state.batch?.batchId,
        retry: plan.retry,
        told: order.told,
        remakesAsked: order.remakesAsked ?? [],
        ...(!contacts.split && { wish: wishedStart(campaign) }),
        startAt: wishedStart(campaign).startAt,
      });
      isDone = seen.done;
      tell(order, { numbers: answersOf(recorded, seen.numbers) });
      if (seen.remake) {
        order.remakesAsked = [...(order.remakesAsked ?? []), ...seen.remake];
        for (const { part } of seen.remake) await askToRemake(campaign, part, order.order ?? 0);
      } else if (order.told !== 'all')
        order.told = seen.numbers.some((number) => number?.is === 'open') ? 'partly' : 'all';
    }
    settle(order);
  }

  async function carryOutAll(contacts: Contacts): Promise<void> {
    const begun = new Set<PendingSuppression>();
    const next = () => state.suppressions?.find((order) => !begun.has(order));
    for (;;) {
      await condition(() => next() !== undefined);
      const order = next();
      if (!order) continue;
      begun.add(order);
      void carryOut(order, contacts).catch((error: unknown) => {
        if (isCancellation(error)) return;
        if (!(error instanceof TemporalFailure)) throw error;
        const text = failureText(error);
        tell(order, { failure: failureType(error) === 'InvalidInput' ? invalid(text) : tooLate(text) });
        if (order.andEarlier) note(state, `Suppression orders of an earlier run were not carried out. ${text}`);
        settle(order);
      });
    }
  }

  return {
    async during(calls) {
      const { contacts } = state;
      // Canceled before they were read: nobody is called.
      if (!contacts) return calls();
      // A run that goes on from another one makes the calls that are left.
      delete state.callsAreOver;
      const { orders } = contacts;
      // Those of an earlier run, which was ended from outside, stand in the storage alone.
      if (orders !== undefined && state.orders === undefined) {
        state.orders = orders;
        const earlier: PendingSuppression = { order: orders, andEarlier: true, told: 'partly' };
        state.suppressions = [earlier, ...(state.suppressions ?? [])];
      }
      const scope = new CancellationScope();
      const work = scope.run(() => carryOutAll(contacts)).catch(unlessCancelled);
      // Of the others nothing is to come, once the calls are over.
      const isAnyOpen = () => (state.suppressions ?? []).some(({ told }) => told !== 'all');
      try {
        await calls();
        if (isAnyOpen() && !state.halt) await condition(() => !isAnyOpen() || state.halt !== undefined, LAST_MS);
      } finally {
        scope.cancel();
        await work;
      }
    },
    end() {
      // Nobody is told that an order stands which is written down nowhere.
      for (const order of state.suppressions ?? []) {
        if (order.order !== undefined && order.order > 0) note(state, NOTE);
        if (order.order === undefined && !state.halt) tell(order, { failure: tooLate(NOT_COMPARED) });
      }
      delete state.suppressions;
      state.callsAreOver = true;
    },
  };
}

const NOTE = 'Contacts were suppressed while the campaign ran; results.csv says which of them had been called by then.';

/** A campaign of several batches tells the one that it is about. */
async function askToRemake(campaign: Campaign, part: number | undefined, order: number): Promise<void> {
  if (part === undefined) {
    // The calls that are known are stopped meanwhile.
    void remake(campaign, order).catch(unlessCancelled);
    return;
  }
  try {
    await getExternalWorkflowHandle(batchWorkflowId(campaign.campaignId, part)).signal(remakeSignal, order);
  } catch (error) {
    // It has ended meanwhile, and will not start any more.
    if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error;
  }
}

/** @param calls of each number; none where nothing is known of them */
function answersOf(
  recorded: RecordedSuppression['numbers'],
  calls: readonly (StoppedCall | null)[],
): SuppressedNumber[] {
  return recorded.map((is, at): SuppressedNumber => {
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

const NOT_COMPARED =
  'The campaign ended before the numbers were compared with its contacts, so they were not suppressed. Add them to the suppression lists of later campaigns.';

function halted(kind: Halt['kind']): string {
  return `The campaign was asked to ${kind} already, which keeps everyone else from being called.`;
}

function inWords(numbers: readonly SuppressedNumber[], { halt }: CampaignState): string {
  if (numbers.length === 0)
    return halt ? halted(halt.kind) : `The numbers are not compared with the contacts yet. ${ORDER_STANDS}`;
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
