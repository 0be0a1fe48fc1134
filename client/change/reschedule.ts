import { parseAt, refusePast } from '../run/start-time';
import { inBothZones } from '../terminal/both-zones';
import { type ExitCode, UserError } from '../user-error';
import { type ChangeFlags, change } from './change';

export interface RescheduleFlags extends ChangeFlags {
  at: string;
  startBy?: string;
}

/** Moves the start of a campaign that has not begun. */
export function reschedule(campaignId: string, flags: RescheduleFlags): Promise<ExitCode> {
  const at = parseAt(flags.at);
  refusePast(at, Date.now(), '--at', 'give a later time');
  const by = flags.startBy === undefined ? undefined : parseAt(flags.startBy, '--start-by');
  if (by !== undefined && by < at) throw new UserError('--start-by must not be before --at.');
  const request = {
    startAt: new Date(at).toISOString(),
    ...(by !== undefined && { startBy: new Date(by).toISOString() }),
  };
  const moved = {
    effect: `Its start would be ${inBothZones(at)}; nobody is called before, and nobody twice.`,
    question: 'Move it?',
  };
  return change(campaignId, { ...moved, make: (campaigns) => campaigns.reschedule(campaignId, request) }, flags);
}
