import type { BatchEnd, CampaignEnd, CampaignState, End } from './state';
import { count } from './words';

/** Reasons of single batches that are told in the campaign's own; all of them stand in the batches' workflows. */
const MOST_REASONS = 3;

/** How a campaign of several batches ends, from how each of them did; null is one that was not begun. */
export function endOfBatches(state: CampaignState, ends: readonly (BatchEnd | null)[], haltedHow: string): End {
  const { failure, halt } = state;
  const status = statusOf(state, ends);
  const told = ends.flatMap((end, at) =>
    end?.reason === undefined || (halt && end.status !== 'failed') ? [] : [`Batch ${at + 1}: ${end.reason}`],
  );
  const notBegun = ends.filter((end) => end === null).length;
  const reasons = [
    ...(failure === undefined ? [] : [failure]),
    ...(halt && status !== 'completed' ? [`${haltedHow}.`] : []),
    ...told.slice(0, MOST_REASONS),
    ...(told.length > MOST_REASONS ? [`So did ${count(told.length - MOST_REASONS, 'other')} of ${ends.length}.`] : []),
    ...(notBegun > 0 ? [`${count(notBegun, 'batch was', 'batches were')} not begun.`] : []),
  ];
  return {
    status,
    reason: reasons.length > 0 ? reasons.join(' ') : undefined,
    mayStillCall: false,
    notCalledReason: halt
      ? `the campaign was ${halt.kind === 'stop' ? 'stopped' : 'canceled'}`
      : 'its batch was not begun',
  };
}

function statusOf({ failure, halt }: CampaignState, ends: readonly (BatchEnd | null)[]): CampaignEnd {
  const any = (...statuses: CampaignEnd[]) => ends.some((end) => end !== null && statuses.includes(end.status));
  if (failure !== undefined || any('failed')) return 'failed';
  if (halt?.kind === 'cancel') return 'canceled';
  if (any('missed')) return 'missed';
  // A batch can also be halted by itself, in its own workflow or at Bolna.
  if (any('stopped', 'canceled') || ends.includes(null)) return 'stopped';
  return 'completed';
}
