import { bolnaRules, roundedStart } from '../../bolna/start-time';
import type { RescheduleAnswer } from '../../workflows/messages';
import type { CampaignClient } from '../campaigns';
import { parseAt, refusePast } from '../run/start-time';
import { inBothZones } from '../terminal/both-zones';
import { type ExitCode, UserError } from '../user-error';
import { type ChangeFlags, change } from './change';

export interface RescheduleFlags extends ChangeFlags {
  at: string;
  startBy?: string;
  timezone?: string;
}

/** Moves the start of a campaign that has not begun. */
export function reschedule(campaignId: string, flags: RescheduleFlags): Promise<ExitCode> {
  const { timezone } = flags;
  const at = parseAt(flags.at, { timezone });
  refusePast(at, Date.now(), { typed: flags.at, cure: 'give a later time' });
  const by = flags.startBy === undefined ? undefined : parseAt(flags.startBy, { timezone, option: '--start-by' });
  if (by !== undefined && by < at) throw new UserError('--start-by must not be before --at.');
  const request = {
    startAt: new Date(at).toISOString(),
    ...(by !== undefined && { startBy: new Date(by).toISOString() }),
  };
  const rounded = roundedStart(at, bolnaRules());
  const moved = {
    effect: `Its start would be ${inBothZones(at, timezone)}${rounded === at ? '' : `, which Bolna rounds up to ${inBothZones(rounded, timezone)}`}; nobody is called before, and nobody twice.`,
    question: 'Move it?',
  };
  const make = (campaigns: CampaignClient) => campaigns.reschedule(campaignId, request);
  // The campaign knows no zone but UTC.
  const told = ({ says, startsAt }: RescheduleAnswer) =>
    startsAt === null ? says : `The calls begin at ${inBothZones(Date.parse(startsAt), timezone)}.`;
  return change(campaignId, { ...moved, make, told }, flags);
}
