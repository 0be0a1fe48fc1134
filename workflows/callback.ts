import { ActivityFailure, condition, isCancellation, log, setHandler } from '@temporalio/workflow';
import ms from 'ms';
import type { CallbackOutcome, DeliverCallback } from '../activities/types';
import { delivering, ofTemporal } from './activities';
import { type CallbackEvent, factOf } from './callback-events';
import { failureText } from './failures';
import { TELL_DESCRIPTION, tellSignal } from './messages';

/** So long after it happened an event is given up. */
const DELIVERED_WITHIN_MS = ms('3 days');
/** One that has waited behind others for so long is tried all the same. */
const AT_LEAST_MS = ms('1 minute');
/** After so long without an event, whether the campaign can still tell one. */
const LOOK_AFTER_MS = ms('7 days');

export interface CallbackAsk {
  campaignId: string;
  url: string;
}

/** What became of the events. */
export interface CallbackEnd {
  delivered: number;
  /** Nobody took them in time. */
  givenUp: number;
  /** Whether whoever was told wanted no more of it (410). */
  gone: boolean;
}

/**
 * Tells a campaign's callback its events, one after another. It is a workflow of its own so that the campaign waits for nothing
 * and can be over long before its end is delivered. To cancel it is to tell no more.
 */
export async function callbackWorkflow({ campaignId, url }: CallbackAsk): Promise<CallbackEnd> {
  const waiting: CallbackEvent[] = [];
  const taken = new Set<string>();
  setHandler(tellSignal, (event) => wait(waiting, event), { description: TELL_DESCRIPTION });
  const end: CallbackEnd = { delivered: 0, givenUp: 0, gone: false };
  while (!end.gone) {
    const event = await next(campaignId, waiting);
    if (!event) break;
    const fact = factOf(event);
    // A campaign that is reset says it again.
    if (!taken.has(fact)) {
      const outcome = await deliver({ campaignId, url, fact, event });
      if (outcome === 'delivered') taken.add(fact);
      else if (outcome === 'gone') end.gone = true;
      else end.givenUp++;
    }
    if (event.type === 'campaign.finished' && waiting.length === 0) break;
  }
  return { ...end, delivered: taken.size };
}

/** A progress that still waits when a newer one comes is news no more. */
function wait(waiting: CallbackEvent[], event: CallbackEvent | undefined): void {
  // Whoever signals may send anything.
  if (typeof event?.type !== 'string' || !event.data || Number.isNaN(Date.parse(event.timestamp))) return;
  if (event.type === 'campaign.progress' && waiting.at(-1)?.type === 'campaign.progress') waiting.pop();
  waiting.push(event);
}

async function next(campaignId: string, waiting: CallbackEvent[]): Promise<CallbackEvent | undefined> {
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

/** `late`: nobody took it in time. */
async function deliver(ask: DeliverCallback & { event: CallbackEvent }): Promise<CallbackOutcome | 'late'> {
  const { type, timestamp } = ask.event;
  const leftMs = Math.max(Date.parse(timestamp) + DELIVERED_WITHIN_MS - Date.now(), AT_LEAST_MS);
  try {
    return await delivering(`Tell ${type}`, leftMs).deliverCallback(ask);
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    log.warn('A callback is given up.', { type, error: failureText(error) });
    return 'late';
  }
}
