import { formatDistanceStrict } from 'date-fns/formatDistanceStrict';
import type { StartRules } from '../../activities/types';
import { type BolnaRules, roundedStart, startToRequest } from '../../bolna/start-time';
import type { Config } from '../../worker/config';
import { emptyWindow } from '../../workflows/first-start';
import { inBothZones } from '../terminal/both-zones';
import { isoIn, zoneHere } from '../terminal/local-time';
import { UserError } from '../user-error';
import type { CampaignPlan } from './begin';
import { say } from './print';
import { isInWords, refusePast } from './start-time';

/**
 * Refuses a start that cannot be had; one that is past, a campaign may have that is picked up.
 * @throws UserError for a start that is over, or where Bolna makes none up to the latest one
 */
export function refuseImpossibleStart({ at, timezone, typed, wishes }: CampaignPlan, starts: StartRules): void {
  const now = Date.now();
  if (at !== undefined) refusePast(at, now, { typed: typed?.at });
  if (wishes.startBy === undefined) return;
  const startBy = Date.parse(wishes.startBy);
  refusePast(startBy, now, { typed: typed?.startBy, option: '--start-by' });
  const empty = emptyWindow({ startAt: at, startBy }, now, starts);
  if (!empty) return;
  const shown = (time: number) => inBothZones(time, timezone);
  const earlier = empty.last === undefined ? '' : `, or give --at ${shown(empty.last)} or earlier`;
  throw new UserError(
    `Bolna starts calls only at marks that are ${formatDistanceStrict(0, starts.roundUpToMs)} apart, and the first one it can make is ${shown(empty.first)}, later than --start-by. Give --start-by that time or a later one${earlier}.`,
  );
}

/** What Bolna, or a simulator in its place, asks of a start. */
export function startRules({ bolna }: Config, { roundUpToMs }: Pick<BolnaRules, 'roundUpToMs'>): StartRules {
  return { leadMs: bolna.leadMs, roundUpToMs };
}

/** Says when a new campaign is to start: as it was typed, in UTC, and as Bolna rounds it. Nothing where no start was asked for. */
export function sayStart({ at, typed, timezone }: CampaignPlan, { roundUpToMs, leadMs }: StartRules): void {
  if (at === undefined) return;
  const begins = roundedStart(startToRequest(Date.now(), at, leadMs), { roundUpToMs });
  const rounded = begins === at ? '' : ` Bolna begins at its next mark: ${inBothZones(begins, timezone)}.`;
  say(`Start: ${inBothZones(at, timezone)}.${rounded}`);
  if (typed?.at === undefined || !isInWords(typed.at)) return;
  say(
    `To go on with this campaign on another day, type --at ${isoIn(at, timezone ?? zoneHere())} instead of "${typed.at}".`,
  );
}
