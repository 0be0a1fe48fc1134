import { CancellationScope, condition, isCancellation, TemporalFailure } from '@temporalio/workflow';
import { spending } from './activities';
import type { Campaign } from './context';
import { failureText } from './failures';
import { BUDGET } from './state';
import { amount } from './words';

/**
 * Makes calls, and stops them when they have cost as much as the campaign may. What they cost is watched beside them, over all
 * batches at once.
 */
export async function withinBudget(campaign: Campaign, calls: () => Promise<void>): Promise<void> {
  const { maxCost } = campaign.plan;
  if (maxCost === undefined) return calls();
  const scope = new CancellationScope();
  const watch = scope.run(() => stopWhenSpent(campaign, maxCost)).catch(unlessCancelled);
  try {
    await calls();
  } finally {
    scope.cancel();
    await watch;
  }
}

async function stopWhenSpent(campaign: Campaign, maxCost: number): Promise<void> {
  const { campaignId, plan, state, halts } = campaign;
  // Before the first call there is nothing to be looked at, which can be for weeks.
  await condition(() => state.stage === 'running');
  const { agentId, retry, polling } = plan;
  const step = spending(campaign, `Watch that the calls cost no more than ${amount(maxCost)}`);
  halts.ask('stop', {
    by: BUDGET,
    reason: await step.watchSpending({ campaignId, agentId, maxCost, retry, polling }).then(
      ({ soFar }) => `The budget of ${amount(maxCost)} was reached: the calls had cost ${amount(soFar)}`,
      (error: unknown) => {
        if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error;
        // Nobody could say any more when it is spent.
        return `The budget of ${amount(maxCost)} could not be watched any more: ${failureText(error).replace(/\.$/, '')}`;
      },
    ),
  });
}

function unlessCancelled(error: unknown): void {
  if (!isCancellation(error)) throw error;
}
