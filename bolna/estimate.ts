import { z } from 'zod';
import { mostCalls, type RetryConfig } from './retry-config';
import { type Execution, retriesOf, viewOf } from './schemas';
import { normalise } from './statuses';

/** How many of an agent's executions of the last seven days an estimate is made from at most: two pages. */
export const PAST_EXECUTIONS = 100;

/** What an agent's latest calls came to. */
export interface PastCalls {
  /** Calls that were placed, retries counted in. */
  calls: number;
  /** Of conversation, in all of them together. */
  seconds: number;
  /** Cents of the account's currency, for all of them together. */
  cost: number;
}

/** What a campaign comes to if every retry is used up and its calls are like the agent's latest ones. */
export interface Estimate {
  /** The most calls there can be: rows and all their retries. */
  calls: number;
  /** Minutes of conversation in all; null where the agent has made no calls to judge by. */
  minutes: number | null;
  /** Cents of the account's currency; null where the agent has made no calls to judge by. */
  cost: number | null;
  /** What a call of the agent's came to on average, answered or not; null where it has made none. */
  basedOn: { calls: number; secondsPerCall: number; centsPerCall: number } | null;
}

/** Statuses of calls that were placed and are over. Others cost nothing yet, or never will. */
const PLACED = new Set(['completed', 'no-answer', 'busy', 'failed', 'error']);

/** Bolna retries at most 3 times. A far larger number cannot be a count of retries. */
const MOST_PAST_RETRIES = 100;

const amount = z.coerce.number().min(0).max(1e9).catch(0);
const pastSchema = z.looseObject({
  status: z.string().transform(normalise).catch(''),
  total_cost: amount,
  conversation_duration: amount,
  telephony_data: z
    .looseObject({ duration: z.coerce.number().min(0).max(1e9).optional().catch(undefined) })
    .nullish()
    .catch(undefined),
});

/**
 * What executions came to. An execution's cost and time are those of all its attempts, so it counts as so many calls: a retry
 * in the estimate is worth what one was worth before.
 * @returns undefined where none of them was placed
 */
export function pastCalls(executions: readonly Execution[]): PastCalls | undefined {
  const placed = executions
    .slice(0, PAST_EXECUTIONS)
    .map((execution) => ({ ...pastSchema.parse(execution), retries: retriesOf(viewOf(execution)) ?? 0 }))
    .filter(({ status }) => PLACED.has(status));
  if (placed.length === 0) return undefined;
  const past: PastCalls = { calls: 0, seconds: 0, cost: 0 };
  for (const { retries, total_cost, conversation_duration, telephony_data } of placed) {
    past.calls += 1 + Math.min(Math.max(Math.trunc(retries), 0), MOST_PAST_RETRIES);
    past.seconds += telephony_data?.duration ?? conversation_duration;
    past.cost += total_cost;
  }
  return past;
}

/**
 * The most that a campaign can come to. A plan counts attempts, not rows: 5,000 rows with three retries can be 20,000 calls.
 * @param contacts rows that are called
 * @param past what the agent's latest calls came to, where it has made any
 */
export function estimateCampaign(
  contacts: number,
  retry: RetryConfig | undefined,
  past: PastCalls | undefined,
): Estimate {
  const calls = mostCalls(contacts, retry);
  if (!past) return { calls, minutes: null, cost: null, basedOn: null };
  const secondsPerCall = past.seconds / past.calls;
  const centsPerCall = past.cost / past.calls;
  return {
    calls,
    minutes: rounded((calls * secondsPerCall) / 60),
    cost: rounded(calls * centsPerCall),
    basedOn: { calls: past.calls, secondsPerCall: rounded(secondsPerCall), centsPerCall: rounded(centsPerCall) },
  };
}

/** To a hundredth: more would look like more than an average is. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
