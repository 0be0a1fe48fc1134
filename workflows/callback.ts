import {
  ActivityFailure,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  patched,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import ms from 'ms';
import type { CallbackOutcome, DeliverCallback } from '../activities/types';
import { delivering, ofTemporal } from './activities';
import { ATTRIBUTES } from './attributes';
import {
  type CallbackEvent,
  type CallbackNews,
  factOf,
  hostOf,
  type LateEvent,
  type UndeliveredEvent,
} from './callback-events';
import { failureText } from './failures';
import { RESEND_DESCRIPTION, resendSignal, TELL_DESCRIPTION, tellSignal } from './messages';
import { CALLBACK_UNDELIVERED } from './state';

/** So long after it happened, or was asked to be sent again, an event is given up. */
const DELIVERED_WITHIN_MS = ms('3 days');
/** An event that is tried for so long without being taken needs a person's attention. */
const LATE_AFTER_MS = ms('1 hour');
/** One that has waited behind others for so long is tried all the same. */
const AT_LEAST_MS = ms('1 minute');
/** After so long without an event, whether the campaign can still tell one. */
const LOOK_AFTER_MS = ms('7 days');
/** A campaign that is reset again and again tells an end of each run; a result of Temporal's holds 2 MB. */
const MOST_UNDELIVERED = 20;

export interface CallbackAsk {
  campaignId: string;
  url: string;
  /** Whether the server knows the campaigns' search attributes. */
  searchable?: boolean;
  /** What an earlier run has given up, for a run that is begun to send it again; it ends with that. */
  undelivered?: UndeliveredEvent[];
  /** What the run before this one knew, where its history became too long. */
  carried?: Carried;
}

/** What one run of the workflow hands on to the next. */
interface Carried {
  waiting: Waiting[];
  /** What was delivered: see `factOf`. */
  taken: string[];
  givenUp: number;
  undelivered: UndeliveredEvent[];
  late: LateEvent | null;
}

/** What became of the events. */
export interface CallbackEnd {
  delivered: number;
  /** Nobody took them in time. */
  givenUp: number;
  /** Whether whoever was told wanted no more of it (410). */
  gone: boolean;
  /** Those of them that can be sent again; absent if there are none. */
  undelivered?: UndeliveredEvent[];
}

/** An event, and until when it is tried: milliseconds since the epoch. */
interface Waiting {
  event: CallbackEvent;
  until: number;
}

/**
 * Tells a campaign's callback its events, one after another. It is a workflow of its own so that the campaign waits for nothing
 * and can be over long before its end is delivered. To cancel it is to tell no more.
 */
export async function callbackWorkflow(ask: CallbackAsk): Promise<CallbackEnd> {
  const { campaignId, url, searchable = false, undelivered: before, carried } = ask;
  const again = ({ event }: Pick<UndeliveredEvent, 'event'>): Waiting => ({
    event,
    until: Date.now() + DELIVERED_WITHIN_MS,
  });
  const waiting = carried?.waiting ?? (before ?? []).map(again);
  const taken = new Set(carried?.taken);
  const end = { givenUp: carried?.givenUp ?? 0, gone: false };
  let undelivered: UndeliveredEvent[] = carried?.undelivered ?? [];
  let late: LateEvent | null = carried?.late ?? null;
  let delivery: CancellationScope | undefined;
  setHandler(tellSignal, (event) => wait(waiting, event), { description: TELL_DESCRIPTION });
  setHandler(
    resendSignal,
    () => {
      waiting.unshift(...undelivered.map(again));
      undelivered = [];
      show();
      // The next attempt may be far away. A worker of an older version has left it there.
      if (delivery && patched('callback-resent-at-once')) delivery.cancel();
    },
    { description: RESEND_DESCRIPTION },
  );

  function show(): void {
    if (!patched('callback-news')) return;
    upsertMemo({ callbacks: newsOf({ delivered: taken.size, gone: end.gone, late }, undelivered) });
    const attention = late || undelivered.length > 0 ? CALLBACK_UNDELIVERED : null;
    if (searchable) upsertSearchAttributes([{ key: ATTRIBUTES.attention, value: attention }]);
  }

  if (carried) show();
  while (!end.gone && !(before && waiting.length === 0)) {
    // Each request to send again is a few events, and nothing limits them.
    if (workflowInfo().continueAsNewSuggested && patched('callback-continued')) {
      const { givenUp } = end;
      const known = { waiting, taken: [...taken], givenUp, undelivered, late };
      return continueAsNew<typeof callbackWorkflow>({ ...ask, carried: known });
    }
    const next = await nextOf(campaignId, waiting);
    if (!next) break;
    const { event } = next;
    const fact = factOf(event);
    // A campaign that is reset says it again.
    if (!taken.has(fact)) {
      delivery = new CancellationScope();
      const outcome = await deliver(delivery, { campaignId, url, fact, event }, next.until, () => {
        late = { type: event.type, timestamp: event.timestamp, host: hostOf(url) };
        show();
      });
      delivery = undefined;
      if (outcome === 'resent') {
        putBack(waiting, again(next));
        continue;
      }
      late = null;
      if (outcome === 'delivered') taken.add(fact);
      else if (outcome === 'gone') end.gone = true;
      else end.givenUp++;
      undelivered = after(undelivered, event, typeof outcome === 'string' ? undefined : outcome.late);
      show();
    }
    if (event.type === 'campaign.finished' && waiting.length === 0) break;
  }
  return { delivered: taken.size, ...end, ...(undelivered.length > 0 && { undelivered }) };
}

/** A progress that still waits when a newer one comes is news no more. */
function wait(waiting: Waiting[], event: CallbackEvent | undefined): void {
  // Whoever signals may send anything.
  if (typeof event?.type !== 'string' || !event.data || Number.isNaN(Date.parse(event.timestamp))) return;
  if (event.type === 'campaign.progress' && waiting.at(-1)?.event.type === 'campaign.progress') waiting.pop();
  waiting.push({ event, until: Date.parse(event.timestamp) + DELIVERED_WITHIN_MS });
}

/** In its place by time: what was given up earlier is sent before it. */
function putBack(waiting: Waiting[], next: Waiting): void {
  const at = ({ event }: Waiting) => Date.parse(event.timestamp);
  const later = waiting.findIndex((other) => at(other) >= at(next));
  waiting.splice(later < 0 ? waiting.length : later, 0, next);
}

/** What is still to be delivered after an event: progress before it is news no more. @param reason why it was given up, if it was */
function after(
  undelivered: readonly UndeliveredEvent[],
  event: CallbackEvent,
  reason: string | undefined,
): UndeliveredEvent[] {
  const others = undelivered.filter((other) => other.event.type !== 'campaign.progress');
  return [...others, ...(reason === undefined ? [] : [{ event, reason }])].slice(-MOST_UNDELIVERED);
}

function newsOf(news: Omit<CallbackNews, 'undelivered'>, undelivered: readonly UndeliveredEvent[]): CallbackNews {
  const told = undelivered.map(({ event: { type, timestamp }, reason }) => ({ type, timestamp, reason }));
  return { ...news, undelivered: told };
}

async function nextOf(campaignId: string, waiting: Waiting[]): Promise<Waiting | undefined> {
  while (!(await condition(() => waiting.length > 0, LOOK_AFTER_MS))) {
    if (await isOver(campaignId)) break;
  }
  return waiting.shift();
}

/** Where that cannot be seen now, it is looked at again after another wait: an event may still come. */
async function isOver(campaignId: string): Promise<boolean> {
  try {
    return await ofTemporal('Look whether the campaign is over').campaignIsOver({ campaignId });
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    log.warn('Whether the campaign is over cannot be seen.', { error: failureText(error) });
    return false;
  }
}

/**
 * @param scope is cancelled where the event is to be sent at once, and not when its next attempt is due
 * @param whenLate is called once, where it is still tried after an hour
 * @returns `late`, with the reason, where nobody took it in time; `resent` where the scope was cancelled before anybody took it
 */
async function deliver(
  scope: CancellationScope,
  ask: DeliverCallback & { event: CallbackEvent },
  until: number,
  whenLate: () => void,
): Promise<CallbackOutcome | 'resent' | { late: string }> {
  const around = CancellationScope.current();
  const { type } = ask.event;
  const leftMs = Math.max(until - Date.now(), AT_LEAST_MS);
  try {
    const delivery = scope.run(() => delivering(`Tell ${type}`, leftMs).deliverCallback(ask));
    // Beside the one activity, and not in place of it: no window cuts the wait that a receiver asks for.
    if (leftMs > LATE_AFTER_MS && patched('callback-late') && (await isLate(delivery))) whenLate();
    return await delivery;
  } catch (error) {
    if (isCancellation(error) && scope.consideredCancelled && !around.consideredCancelled) return 'resent';
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    const late = failureText(error);
    log.warn('A callback is given up.', { type, error: late });
    return { late };
  }
}

/** Waits for the end of a delivery, but no longer than an hour. A cancellation ends the delivery, and with it the wait. */
async function isLate(delivery: Promise<unknown>): Promise<boolean> {
  let over = false;
  const end = () => {
    over = true;
  };
  void delivery.then(end, end);
  return !(await CancellationScope.nonCancellable(() => condition(() => over, LATE_AFTER_MS)));
}
