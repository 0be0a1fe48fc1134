import { CancellationScope, condition, isCancellation, setHandler, TemporalFailure } from '@temporalio/workflow';
import { z } from 'zod';
import { spending } from './activities';
import type { Campaign } from './context';
import { failureText } from './failures';
import { oneLine } from './halt';
import { amountSchema } from './input';
import { type MaxCostAnswer, type MaxCostRequest, SET_MAX_COST_DESCRIPTION, setMaxCostUpdate } from './messages';
import { show } from './progress';
import { by, check, refuseAtEnd, tooLate } from './requests';
import { BUDGET } from './state';
import { amount } from './words';

const maxCostRequest = z.strictObject({ maxCost: amountSchema().nullable(), by: by() });

/** Takes the update `setMaxCost`. To be called before the first await. */
export function takeMaxCost(campaign: Campaign): void {
  const { state } = campaign;
  setHandler(setMaxCostUpdate, (request) => setMaxCost(campaign, request), {
    description: SET_MAX_COST_DESCRIPTION,
    validator: (request) => {
      check(maxCostRequest, request);
      refuseAtEnd(state);
      if (state.halt || state.stage === 'collecting')
        throw tooLate('Nobody else is called any more: a limit would change nothing.');
    },
  });
}

function setMaxCost(campaign: Campaign, { maxCost, by: name }: MaxCostRequest): MaxCostAnswer {
  const before = maxCostOf(campaign) ?? null;
  const named = oneLine(name, 100);
  campaign.state.budget = { maxCost, at: Date.now(), ...(named && { by: named }) };
  show(campaign);
  return { says: `The calls may cost ${inWords(maxCost)}; before, it was ${inWords(before)}.`, maxCost, before };
}

function inWords(maxCost: number | null): string {
  return maxCost === null ? 'any amount' : amount(maxCost);
}

/** What the calls may cost, in cents: what was set last, else what the campaign was started with. */
function maxCostOf({ plan, state }: Campaign): number | undefined {
  return state.budget ? (state.budget.maxCost ?? undefined) : plan.maxCost;
}

/**
 * Makes calls, and stops them when they have cost as much as the campaign may. What they cost is watched beside them, over all
 * batches at once.
 */
export async function withinBudget(campaign: Campaign, calls: () => Promise<void>): Promise<void> {
  const scope = new CancellationScope();
  const watch = scope.run(() => stopWhenSpent(campaign)).catch(unlessCancelled);
  try {
    await calls();
  } finally {
    scope.cancel();
    await watch;
  }
}

/** Watches by the limit that holds; each that is set while it is watched is watched for anew. */
async function stopWhenSpent(campaign: Campaign): Promise<void> {
  const { state, halts } = campaign;
  for (;;) {
    // Before the first call there is nothing to be looked at, which can be for weeks.
    await condition(() => state.stage === 'running' && maxCostOf(campaign) !== undefined);
    const maxCost = maxCostOf(campaign) as number;
    const scope = new CancellationScope();
    let isChanged = false;
    void condition(() => maxCostOf(campaign) !== maxCost).then(() => {
      isChanged = true;
      scope.cancel();
    }, unlessCancelled);
    const reason = await scope
      .run(() => whySpent(campaign, maxCost))
      .catch((error: unknown) => {
        if (!isCancellation(error) || !isChanged) throw error;
        return undefined;
      });
    // A limit that was raised at the last moment counts.
    if (reason !== undefined && maxCostOf(campaign) === maxCost) return halts.ask('stop', { by: BUDGET, reason });
  }
}

/** Returns when a limit is reached, or cannot be watched, and says so. */
async function whySpent(campaign: Campaign, maxCost: number): Promise<string> {
  const { campaignId, plan } = campaign;
  const { agentId, retry, polling } = plan;
  const step = spending(campaign, `Watch that the calls cost no more than ${amount(maxCost)}`);
  return step.watchSpending({ campaignId, agentId, maxCost, retry, polling }).then(
    ({ soFar }) => `The budget of ${amount(maxCost)} was reached: the calls had cost ${amount(soFar)}`,
    (error: unknown) => {
      if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error;
      // Nobody could say any more when it is spent.
      return `The budget of ${amount(maxCost)} could not be watched any more: ${failureText(error).replace(/\.$/, '')}`;
    },
  );
}

function unlessCancelled(error: unknown): void {
  if (!isCancellation(error)) throw error;
}
