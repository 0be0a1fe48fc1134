/** Bolna's own retries of a batch, under the names of its API. */
export interface RetryConfig {
  enabled?: boolean | undefined;
  /** 1 to 3. */
  max_retries?: number | undefined;
  retry_on_statuses?: readonly ('no-answer' | 'busy' | 'failed' | 'error')[] | undefined;
  retry_on_voicemail?: boolean | undefined;
  /** Minutes before the first, second, third retry. */
  retry_intervals_minutes?: readonly number[] | undefined;
}

/** What Bolna does where the config leaves it open. Taken for the worst case, so that no retry is overlooked. */
const MOST_RETRIES = 3;
const ALL_STATUSES = ['no-answer', 'busy', 'failed', 'error'] as const;
const LONGEST_INTERVAL_MINUTES = 120;

export interface RetryPlan {
  maxRetries: number;
  statuses: ReadonlySet<string>;
  onVoicemail: boolean;
  /** From a first call to its last retry, were each placed as soon as its interval is over. */
  allIntervalsMinutes: number;
}

/** The retries a config can lead to; undefined when there are none. */
export function retryPlan(config: RetryConfig | undefined): RetryPlan | undefined {
  if (!config || config.enabled === false) return undefined;
  const maxRetries = config.max_retries ?? MOST_RETRIES;
  const intervals = config.retry_intervals_minutes ?? [];
  const last = intervals.at(-1) ?? LONGEST_INTERVAL_MINUTES;
  const each = Array.from({ length: maxRetries }, (_, retry) => intervals[retry] ?? last);
  return {
    maxRetries,
    statuses: new Set(config.retry_on_statuses ?? ALL_STATUSES),
    onVoicemail: config.retry_on_voicemail ?? false,
    allIntervalsMinutes: each.reduce((sum, minutes) => sum + minutes, 0),
  };
}

/** Most calls a number of contacts can lead to: a plan counts attempts, not rows. */
export function mostCalls(contacts: number, config: RetryConfig | undefined): number {
  return contacts * (1 + (retryPlan(config)?.maxRetries ?? 0));
}
