import {
  areUnclear,
  asShown,
  type BatchFacts,
  type ExecutionCounts,
  hasDialled,
  normalise,
  tally,
} from '../bolna/statuses';
import { belongsTo } from './campaign-batches';
import type { ActivityContext } from './context';
import type { Part } from './types';

/** So long after its start a batch is late if nobody has been dialled, in Bolna's minutes. */
export const LATE_MINUTES = 15;
const PASSED = `The start passed ${LATE_MINUTES} minutes ago`;
const UNKNOWN = `Bolna has shown no start for ${LATE_MINUTES} minutes`;
const NOBODY = 'nobody has been dialled';
const UNCLEAR = 'Bolna does not show whether anybody has been dialled';
/** Simultaneous calls of a trial account (Bolna's page on concurrency); paid ones begin at 10. */
const TRIAL_CONCURRENCY = 2;

/** By when somebody should have been dialled: milliseconds since the epoch. */
export function firstCallDue({ rules }: Pick<ActivityContext, 'rules'>, startsAt: number): number {
  return startsAt + LATE_MINUTES * rules.minuteMs;
}

/** Whether a batch of several waits while others of its campaign call: the lines of the account are the campaign's. */
export async function othersAreCalling(
  { bolna }: ActivityContext,
  ask: Part & { campaignId: string; agentId: string; batchId: string },
): Promise<boolean> {
  const { campaignId, part, agentId, batchId } = ask;
  if (part === undefined) return false;
  const batches = await bolna.listBatches(agentId, campaignId);
  return batches.some(
    (batch) =>
      batch.batchId !== batchId && belongsTo({ campaignId }, batch) && hasDialled(batch.counts ?? {}) && isOpen(batch),
  );
}

/** Whether a batch has calls to come, or on the line. */
function isOpen({ counts = {} }: BatchFacts): boolean {
  const { total, settled } = tally(counts);
  return settled < total;
}

/**
 * What Bolna shows of a batch that should have begun, what may be the reason where that can be seen, and what to do, in
 * sentences. The account is asked once, and never a reason to fail.
 * @param told what was told at an earlier look; it stays as long as its first sentence holds
 */
export async function whyNotStarted({ bolna }: ActivityContext, batch: BatchFacts, told?: string): Promise<string> {
  const dialled = areUnclear(batch.counts ?? {}) ? UNCLEAR : NOBODY;
  const first = `${batch.scheduledAt === undefined ? UNKNOWN : PASSED} and ${dialled}.`;
  if (told?.startsWith(first)) return told;
  const { concurrency } = await bolna.account().catch(() => ({ concurrency: undefined }));
  const sentences = [
    first,
    `Bolna shows the batch ${asShown(batch.status)}, ${callsOf(batch)}.`,
    ...reasons(batch, concurrency?.max ?? undefined, concurrency?.current ?? undefined),
    "Check the batch in Bolna's dashboard; the campaign keeps polling. To end it, stop it: its results then say who was not called.",
  ];
  return sentences.join(' ');
}

/** So long nothing has moved while calls are in a status never seen before, in Bolna's minutes: longer than a call takes. */
export const UNCLEAR_MINUTES = 60;

/** Which calls those are, and what to do, in sentences. */
export function callsUnclear(counts: ExecutionCounts): string {
  const words = Object.keys(counts).filter((status) => areUnclear({ [status]: counts[status] ?? 0 }));
  const calls = words.reduce((sum, word) => sum + (counts[word] ?? 0), 0);
  const shown = words.slice(0, 5).map((word) => `"${word}"`);
  return [
    `Nothing has moved for ${UNCLEAR_MINUTES} minutes, and Bolna shows ${calls} ${calls === 1 ? 'call' : 'calls'} as ${shown.join(', ')}, which this version does not know: it cannot tell whether they are over.`,
    "Check them in Bolna's dashboard; the campaign keeps polling until giveUpAfter. To end it now, cancel it: its results then list them as unsettled.",
  ].join(' ');
}

function callsOf({ counts = {} }: BatchFacts): string {
  const shown = Object.entries(counts).filter(([, count]) => count > 0);
  return shown.length === 0
    ? 'without a call'
    : `with ${shown.map(([status, count]) => `${count} ${status}`).join(', ')}`;
}

function reasons({ counts = {} }: BatchFacts, max: number | undefined, current: number | undefined): string[] {
  const found: string[] = [];
  const of = (word: string) =>
    Object.entries(counts).reduce((sum, [status, count]) => sum + (normalise(status) === word ? count : 0), 0);
  if (max === 0) found.push('The account is paused: its limit of simultaneous calls is 0.');
  if (of('rescheduled') > 0)
    found.push(`The agent's calling guardrails moved ${of('rescheduled')} calls to the next allowed window.`);
  if (max !== undefined && max > 0 && current !== undefined && current >= max && of('queued') > 0)
    found.push(`All ${max} simultaneous calls of the account are in use.`);
  if (max === TRIAL_CONCURRENCY)
    found.push(
      `The account allows ${max} simultaneous calls, as a trial account does; a trial account calls verified numbers only.`,
    );
  return found;
}
