import type { BatchEnd, CampaignState } from './state';
import { stopInDashboard } from './words';

/** The step that halts at Bolna. */
export const HALTING_STEP = 'haltBatches';

/** Whether a batch's halt has reached Bolna, or found every call over. */
export function isHaltShown({ started, look }: Pick<CampaignState, 'started' | 'look'>): boolean {
  return started !== undefined || (look?.over === true && !look.gone);
}

/**
 * What a person must know before all else of a campaign that was asked to halt: until Bolna shows it, people may still be called.
 * @returns undefined where it was not asked, or Bolna shows it
 */
export function unconfirmedHalt(state: CampaignState): string | undefined {
  const { halt, ends, batch } = state;
  if (!halt) return undefined;
  if (!ends) return isHaltShown(state) ? undefined : stopInDashboard(batch?.batchId);
  const open = unshownBatches(state);
  if (open.length === 0) return undefined;
  const named = open.filter((batchId) => batchId !== null);
  // Some of them alone would seem to be all.
  return stopInDashboard(named.length === open.length ? named : [], true);
}

/**
 * Of several batches each halts by itself, and tells so.
 * @returns those of which Bolna does not show it: their IDs, null where one is not known
 */
function unshownBatches({
  halt,
  ends = [],
  underWay = [],
  haltShown = [],
  batchIds = {},
  contacts,
  partsUnknown,
}: CampaignState): (string | null)[] {
  const mayCall = (end: BatchEnd | null) =>
    end
      ? end.haltUnconfirmed || (end.mayStillCall && end.halt !== halt?.kind)
      : contacts?.begun && partsUnknown !== false;
  return ends.flatMap((end, at) => {
    const part = at + 1;
    if (!mayCall(end) && (!underWay.includes(part) || haltShown.includes(part))) return [];
    return [(end ? end.batchId : batchIds[part]) ?? null];
  });
}
