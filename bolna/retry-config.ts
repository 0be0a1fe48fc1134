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
  longestIntervalMinutes: number;
}

/** The retries a config can lead to; undefined when there are none. */
export function retryPlan(config: RetryConfig | undefined): RetryPlan | undefined {
  if (!config || config.enabled === false) return undefined;
  return {
    maxRetries: config.max_retries ?? MOST_RETRIES,
    statuses: new Set(config.retry_on_statuses ?? ALL_STATUSES),
    onVoicemail: config.retry_on_voicemail ?? false,
    longestIntervalMinutes: Math.max(0, ...(config.retry_intervals_minutes ?? [LONGEST_INTERVAL_MINUTES])),
  };
}

/** Most calls a number of contacts can lead to: a plan counts attempts, not rows. */
export function mostCalls(contacts: number, config: RetryConfig | undefined): number {
  return contacts * (1 + (retryPlan(config)?.maxRetries ?? 0));
}
