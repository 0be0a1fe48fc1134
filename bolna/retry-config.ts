/** Bolna's own retries of a batch, under the names of its API. */
export interface RetryConfig {
  /** Default: false. Without `true`, Bolna retries nothing. */
  enabled?: boolean | undefined;
  /** 1 to 3. */
  max_retries?: number | undefined;
  retry_on_statuses?: readonly ('no-answer' | 'busy' | 'failed' | 'error')[] | undefined;
  retry_on_voicemail?: boolean | undefined;
  /** Minutes before the first, second, third retry. */
  retry_intervals_minutes?: readonly number[] | undefined;
}

/** What Bolna does where the config leaves it open, by its guide (`guides/outbound/auto-retry`). */
const DEFAULT_MAX_RETRIES = 3;
const DEFAULT_STATUSES = ['no-answer', 'busy', 'failed'] as const;
const DEFAULT_INTERVALS_MINUTES = [30, 60, 120] as const;

export interface RetryPlan {
  maxRetries: number;
  statuses: ReadonlySet<string>;
  onVoicemail: boolean;
  /** From a first call to its last retry, were each placed as soon as its interval is over. */
  allIntervalsMinutes: number;
}

/** The retries a config leads to; undefined when there are none, as of every config without `enabled: true`. */
export function retryPlan(config: RetryConfig | undefined): RetryPlan | undefined {
  if (config?.enabled !== true) return undefined;
  const maxRetries = config.max_retries ?? DEFAULT_MAX_RETRIES;
  const intervals = config.retry_intervals_minutes ?? DEFAULT_INTERVALS_MINUTES;
  const last = intervals.at(-1) ?? 0;
  const each = Array.from({ length: maxRetries }, (_, retry) => intervals[retry] ?? last);
  return {
    maxRetries,
    statuses: new Set(config.retry_on_statuses ?? DEFAULT_STATUSES),
    onVoicemail: config.retry_on_voicemail ?? false,
    allIntervalsMinutes: each.reduce((sum, minutes) => sum + minutes, 0),
  };
}

/** Most calls a number of contacts can lead to: a plan counts attempts, not rows. */
export function mostCalls(contacts: number, config: RetryConfig | undefined): number {
  return contacts * (1 + (retryPlan(config)?.maxRetries ?? 0));
}
