import { BolnaClient } from '../../bolna/client';
import { isBolnaError } from '../../bolna/errors';
import { type Estimate, estimateCampaign, PAST_EXECUTIONS, pastCalls } from '../../bolna/estimate';
import type { RetryConfig } from '../../bolna/retry-config';
import type { Config } from '../../worker/config';

/** An estimate, and why minutes and cost are unknown where they are. */
export interface AskedEstimate {
  estimate: Estimate;
  unknown: string | undefined;
}

/**
 * The most that a campaign can come to, by the agent's latest calls where they can be had: an estimate is worth two requests,
 * and keeps nothing from being done.
 * @param account which of the accounts calls; default: the first
 */
export async function askForEstimate(
  config: Config,
  agentId: string | undefined,
  contacts: number,
  retry?: RetryConfig,
  account?: string,
): Promise<AskedEstimate> {
  const { accounts, baseUrl, timeoutMs } = config.bolna;
  const [{ key, keyName } = {}] = account === undefined ? accounts : accounts.filter(({ name }) => name === account);
  const without = (why: string) => unknownEstimate(contacts, retry, why);
  if (agentId === undefined) return without('no agent is named');
  if (key === undefined || keyName === undefined) return without('there is no key to ask Bolna with (BOLNA_API_KEY)');
  const bolna = new BolnaClient({ apiKey: key, keyName, baseUrl, timeoutMs });
  try {
    const past = pastCalls(await bolna.agentExecutions(agentId, PAST_EXECUTIONS, Date.now()));
    return past
      ? { estimate: estimateCampaign(contacts, retry, past), unknown: undefined }
      : without('the agent made no calls in the last 7 days');
  } catch (error) {
    if (!isBolnaError(error)) throw error;
    return without(error.message.replace(/\.$/, ''));
  } finally {
    await bolna.close();
  }
}

/** What can be said without the agent's latest calls. */
export function unknownEstimate(contacts: number, retry: RetryConfig | undefined, why: string): AskedEstimate {
  return { estimate: estimateCampaign(contacts, retry, undefined), unknown: why };
}

/**
 * An estimate in one line. Calls that came to nothing (nobody answered) do not tell what calls that are answered come to.
 * @returns for example "at most 36 calls, about 54.0 minutes and 3.24 by the average of the agent's last 100 calls (90 s and 0.09 each)".
 */
export function estimateText({ estimate, unknown }: AskedEstimate): string {
  const { calls, minutes, cost, basedOn } = estimate;
  const most = `at most ${calls} ${calls === 1 ? 'call' : 'calls'}`;
  if (minutes === null || cost === null || basedOn === null) return `${most}; minutes and cost unknown: ${unknown}`;
  const each = `${Math.round(basedOn.secondsPerCall)} s and ${(basedOn.centsPerCall / 100).toFixed(3)} each`;
  const past = basedOn.calls === 1 ? "the agent's one call" : `the agent's last ${basedOn.calls} calls`;
  const [time, money] = [minutes.toFixed(1), (cost / 100).toFixed(2)];
  if (time === '0.0' && money === '0.00') {
    return `${most}; minutes and cost unknown: ${past} took almost no time and cost almost nothing`;
  }
  const by = basedOn.calls === 1 ? past : `the average of ${past}`;
  return `${most}, about ${time} minutes and ${money} by ${by} (${each})`;
}
