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
  return isShownByAll(state) ? undefined : stopInDashboard(undefined, true);
}

/** Of several batches each halts by itself, and tells so. */
function isShownByAll({
  halt,
  ends = [],
  underWay = [],
  haltShown = [],
  contacts,
  partsUnknown,
}: CampaignState): boolean {
  const mayCall = (end: BatchEnd | null) =>
    end
      ? end.haltUnconfirmed || (end.mayStillCall && end.halt !== halt?.kind)
      : contacts?.begun && partsUnknown !== false;
  return !ends.some(mayCall) && underWay.every((part) => haltShown.includes(part));
}
