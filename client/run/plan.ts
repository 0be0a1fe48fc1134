import type { CampaignFlags } from '../options/campaign';
import { UserError } from '../user-error';
import type { CampaignPlan } from './begin';
import { oneRecipient, recipientsFile } from './recipients';
import { parseAt } from './start-time';
import { withVariables } from './variables';

/** What the flags ask for. @throws UserError */
export function planOf(flags: CampaignFlags): CampaignPlan {
  if (flags.name !== undefined && flags.to === undefined) throw new UserError('--name goes with --to.');
  if (flags.csv === undefined && flags.to === undefined) {
    throw new UserError('Nobody to call: give --csv FILE, or --to NUMBER for one call.');
  }
  const people =
    flags.to === undefined ? recipientsFile(flags.csv ?? '', '--csv', flags.sheet) : oneRecipient(flags.to, flags.name);
  const { timezone } = flags;
  const at = flags.at === undefined ? undefined : parseAt(flags.at, { timezone });
  const startBy = flags.startBy === undefined ? undefined : parseAt(flags.startBy, { timezone, option: '--start-by' });
  if (startBy !== undefined && at !== undefined && startBy < at) {
    throw new UserError('--start-by is before --at: give a later time, or nobody could be called.');
  }
  return {
    recipients: withVariables(people, flags.var ?? []),
    agentId: flags.agent,
    campaignId: flags.id,
    at,
    typed: { at: flags.at, startBy: flags.startBy },
    timezone,
    suppress: flags.suppress ?? [],
    ...(flags.allowMissing && { allowMissing: true }),
    ...(flags.requireVariables && { requireVariables: true }),
    wishes: {
      ...(startBy !== undefined && { startBy: new Date(startBy).toISOString() }),
      ...(flags.from && { fromPhoneNumbers: flags.from }),
      ...(flags.retry && { retry: flags.retry }),
      ...(flags.webhook !== undefined && { webhookUrl: flags.webhook }),
      ...(flags.callback !== undefined && { callbackUrl: flags.callback }),
      ...(flags.numberColumn !== undefined && { numberColumn: flags.numberColumn }),
      ...(flags.country !== undefined && { country: flags.country }),
      ...(flags.ignoreUnreadableSuppressions && { ignoreUnreadableSuppressions: true }),
      ...(flags.recordings && { recordings: true }),
      ...(flags.bypassGuardrails && { bypassCallGuardrails: true }),
      // Costs are in cents wherever programs read them, and a person types what is shown.
      ...(flags.maxCost !== undefined && { maxCost: Math.round(flags.maxCost * 100) }),
      ...(flags.minWallet !== undefined && { minWallet: flags.minWallet }),
      ...(flags.account !== undefined && { account: flags.account }),
    },
  };
}
