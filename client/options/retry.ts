import { InvalidArgumentError } from 'commander';
import type { CampaignInput } from '../../workflows/input';

export type Retry = NonNullable<CampaignInput['retry']>;

const STATUSES = ['no-answer', 'busy', 'failed', 'error'] as const;
const VOICEMAIL = 'voicemail';
/** What is worth another call: the person exists and was away. */
const USUAL = ['no-answer', 'busy'] as const;

const FORM = /^(?:([a-z-]+(?:,[a-z-]+)*):)?([123])(?:@(\d+(?:,\d+)*))?$/;

/** How a retry is written, for people. */
export const RETRY_FORM = '[WHEN,…:]TIMES[@MINUTES,…]';

/**
 * Reads how calls that reach nobody are tried again: `no-answer,busy:2@30,60` is up to two more calls after `no-answer` or
 * `busy`, the first of them 30 and the second 60 minutes later. `voicemail` among the reasons counts voicemail as nobody. `2` alone is up
 * to two more after `no-answer` or `busy`, at Bolna's own intervals.
 */
export function parseRetry(text: string): Retry {
  const [, reasons, times, minutes] = FORM.exec(text.trim()) ?? [];
  if (times === undefined) {
    throw new InvalidArgumentError(
      `Write it as ${RETRY_FORM}, up to 3 times: no-answer,busy:2@30,60 calls up to twice more, after 30 and after 60 minutes.`,
    );
  }
  const named = [...new Set(reasons?.split(',') ?? USUAL)];
  const unknown = named.find((name) => name !== VOICEMAIL && !STATUSES.some((status) => status === name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(
      `${unknown} is nothing to retry after; there are ${STATUSES.join(', ')} and ${VOICEMAIL}.`,
    );
  }
  const intervals = minutes?.split(',').map(Number);
  if (intervals && (intervals.length > Number(times) || intervals.some((n) => n < 1 || n > 1440))) {
    throw new InvalidArgumentError(`Give at most one interval for each of the ${times}, of 1 to 1440 minutes.`);
  }
  const statuses = STATUSES.filter((status) => named.includes(status));
  // Without any, Bolna would retry after whatever it likes.
  if (statuses.length === 0) throw new InvalidArgumentError(`Name one of ${STATUSES.join(', ')} beside ${VOICEMAIL}.`);
  return {
    enabled: true,
    max_retries: Number(times),
    retry_on_statuses: statuses,
    ...(named.includes(VOICEMAIL) && { retry_on_voicemail: true }),
    ...(intervals && { retry_intervals_minutes: intervals }),
  };
}
