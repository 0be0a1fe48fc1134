import type { KnownCampaign } from '../look/known';
import { inBothZones } from '../terminal/both-zones';
import { asPath } from '../terminal/path';

type Known = Pick<KnownCampaign, 'campaignId' | 'state' | 'endedAt' | 'progress' | 'shown'>;

/**
 * Why a campaign that is known has no results where they are looked for, and what to do, in sentences.
 * @param places where they were looked for
 */
export function noResultsText(known: Known, places: string): string {
  const { campaignId, endedAt, progress } = known;
  if (endedAt === null)
    return `Campaign ${campaignId} has not ended (${standing(known)}). ${WRITTEN_AT_END(campaignId)}`;
  const result = progress?.result;
  if (result?.files)
    return `The results of campaign ${campaignId} are not in ${places}. Its worker wrote them to ${asPath(result.files.results)}: set CAMPAIGN_DATA to that place.`;
  const why = result?.reason ?? progress?.lastError;
  return `Campaign ${campaignId} has ended without results${why ? `: ${why.replace(/\.$/, '')}` : ''}. "bolna-campaigns status ${campaignId}" shows how it ended.`;
}

const WRITTEN_AT_END = (id: string) =>
  `Its results are written at the end. "bolna-campaigns watch ${id}" waits for that, "bolna-campaigns status ${id}" shows how it stands.`;

/** "waiting, calls begin 2026-06-23 07:00 UTC (…)", "running, 3 of 9 done" */
function standing({ state, progress, shown }: Known): string {
  const startsAt = progress ? progress.startsAt : shown.startsAt?.toISOString();
  if (state === 'waiting' && startsAt) return `${state}, calls begin ${inBothZones(Date.parse(startsAt))}`;
  const rows = progress ? progress.contacts?.valid : shown.rows;
  const settled = progress ? progress.settled : (shown.settled ?? 0);
  return rows === undefined ? `${state}` : `${state}, ${settled} of ${rows} done`;
}
