import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { type BolnaRules, bolnaRules, roundedStart, startToRequest } from '../../bolna/start-time';
import type { NumberSet } from '../../contacts/number-set';
import type { Wording } from '../../contacts/wording';
import type { Account } from '../../worker/accounts';
import type { Config } from '../../worker/config';
import { recordedInput } from '../campaign/recorded-input';
import { findCampaign } from '../campaign/standing';
import { type CampaignPlan, readingOf, warnOfClock } from '../run/begin';
import { refusePreflight, tell } from './aloud';
import { preflight } from './preflight';
import type { PreflightAsk } from './types';

/** What a plan is checked by. */
export interface PreflightOf {
  config: Config;
  /** Undefined where there is no key. */
  account: Account | undefined;
  /** Default: Bolna's own. */
  rules?: BolnaRules | undefined;
  suppressed: Pick<NumberSet, 'has'> | undefined;
  /** How sentences speak of the contacts. Default: as a file, for the command line. */
  wording?: Wording | undefined;
}

/** What the preflight of a campaign asks. */
export function askOf(
  plan: CampaignPlan,
  { config, account, rules = bolnaRules(), suppressed, wording }: PreflightOf,
): PreflightAsk {
  const { baseUrl, timeoutMs, leadMs } = config.bolna;
  return {
    agentId: plan.agentId,
    bolna: account
      ? { apiKey: account.key, keyName: account.keyName, baseUrl, timeoutMs }
      : 'there is no key to ask Bolna with (BOLNA_API_KEY)',
    open: () => plan.recipients.open(),
    startsAt: roundedStart(startToRequest(Date.now(), plan.at, leadMs), rules),
    bypassGuardrails: plan.wishes.bypassCallGuardrails,
    requireVariables: plan.requireVariables,
    suppressed,
    reading: readingOf(plan, wording),
  };
}

/**
 * Checks a campaign that is to begin against its agent, aloud.
 * @returns the same, with the columns in which each row must have a value
 * @throws UserError where people would hear the name of a variable
 */
export async function preflighted<Plan extends CampaignPlan>(plan: Plan, how: PreflightOf): Promise<Plan> {
  const found = await preflight(askOf(plan, how));
  tell(found);
  refusePreflight(found, plan.allowMissing ?? false);
  return requiring(plan, found.required ?? undefined);
}

const begunWith = z.object({ requireVariables: z.array(z.string()).optional().catch(undefined) }).catch({});

/**
 * A campaign that has begun keeps the columns that it required then, whatever its agent says today. Like {@link preflighted}, this warns
 * if this machine's clock is wrong.
 * @param how undefined for a campaign that is over, which needs no clock
 */
export async function asBegun<Plan extends CampaignPlan & { campaignId: string }>(
  plan: Plan,
  client: Client,
  how: { config: Config; account: Account } | undefined,
): Promise<Plan> {
  if (how) await warnOfClock(how.config, how.account);
  if (!plan.requireVariables) return plan;
  const before = await findCampaign(client, plan.campaignId);
  const input = before && (await recordedInput(client, plan.campaignId, before.runId));
  return requiring(plan, begunWith.parse(input).requireVariables);
}

function requiring<Plan extends CampaignPlan>(plan: Plan, columns: string[] | undefined): Plan {
  return columns ? { ...plan, wishes: { ...plan.wishes, requireVariables: columns } } : plan;
}
