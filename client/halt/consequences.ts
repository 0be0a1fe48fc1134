import type { LiveProgress } from '../live-progress';
import { plural } from '../run/print';

export type HaltKind = 'stop' | 'cancel';

/** The campaign that is halted, and its batches at Bolna as far as they are known. */
export interface Halted {
  campaignId: string;
  batches: readonly string[];
}

/** Statuses in which a person is on the line, or may be at any moment. */
const ON_THE_LINE = ['initiated', 'ringing', 'in-progress'];
/** The call itself is over, and Bolna still works on it. */
const PROCESSING = 'call-disconnected';

/** What a halt will do, with the numbers of now. @param progress null where no worker can tell them */
export function consequences(kind: HaltKind, campaignId: string, progress: LiveProgress | null): string {
  const effect =
    kind === 'stop'
      ? 'nobody else is called, calls on the line may finish, and the results of all calls are collected'
      : 'nobody else is called, and nothing is waited for: calls on the line go on, and what becomes of them is not told';
  const asked = progress?.halt ? ` It was asked to ${progress.halt.kind} already.` : '';
  // Without a worker nobody tells Bolna, which goes on until somebody does.
  const once = progress ? '' : 'once a worker has told Bolna, ';
  return `${standing(campaignId, progress)}${asked} With "${kind}", ${once}${effect}.`;
}

function standing(campaignId: string, progress: LiveProgress | null): string {
  if (!progress) return `Campaign ${campaignId} runs; no worker can say where it is.`;
  const { state, contacts, settled } = progress;
  const total = contacts?.valid ?? 0;
  if (BEFORE_CALLS.has(state)) {
    const who = contacts
      ? `${plural(total, 'person is', 'people are')} to be called`
      : 'its contacts are being checked';
    return `Campaign ${campaignId} has not begun to call (${state}): ${who}.`;
  }
  const onTheLine = linesIn(progress);
  const waiting = Math.max(0, total - settled - onTheLine);
  return `Campaign ${campaignId} is ${state}: ${settled} of ${plural(total, 'call')} done, ${onTheLine} on the line, ${waiting} not over or not begun.`;
}

const BEFORE_CALLS: ReadonlySet<string> = new Set(['validating', 'creating', 'scheduling', 'waiting']);

/** Calls that are on the line, and those that Bolna still works on. */
export function linesIn({ counts }: Pick<LiveProgress, 'counts'>): number {
  return [...ON_THE_LINE, PROCESSING].reduce((sum, status) => sum + (counts[status] ?? 0), 0);
}
