import type { ExitCode } from '../user-error';
import { type ChangeFlags, change } from './change';

/** Sets what the calls of a campaign may cost. @param amount as people write it, 12.5 for 12.50; null for no limit */
export function setMaxCost(campaignId: string, amount: number | null, flags: ChangeFlags): Promise<ExitCode> {
  const maxCost = amount === null ? null : Math.round(amount * 100);
  const set = {
    effect:
      amount === null
        ? 'Its calls may then cost any amount.'
        : `It is stopped when its calls have cost ${amount.toFixed(2)}: at once where they have already.`,
    question: 'Set it?',
    unattended: 'What the calls cost is watched only while a worker runs.',
  };
  return change(campaignId, { ...set, make: (campaigns) => campaigns.setMaxCost(campaignId, maxCost) }, flags);
}
