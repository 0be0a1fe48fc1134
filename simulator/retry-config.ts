import { z } from 'zod';
import { ApiError } from './answers';
import type { RetryConfig } from './model';

const schema = z.object({
  enabled: z.boolean().default(false),
  max_retries: z.int().min(1).max(3).default(3),
  retry_on_statuses: z
    .array(z.enum(['no-answer', 'busy', 'failed', 'error']))
    .min(1)
    .default(['no-answer', 'busy', 'failed']),
  retry_on_voicemail: z.boolean().default(false),
  retry_intervals_minutes: z.array(z.number().positive()).min(1).default([30, 60, 120]),
});

/** `retry_config` travels as a JSON string in a form field; one that is not switched on is as good as none. Defaults are the guide's. */
export function parseRetryConfig(text: string | undefined): RetryConfig | null {
  if (text === undefined || text === '') return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiError(400, { error: 400, message: 'retry_config must be a JSON string' });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ApiError(422, { detail: `retry_config.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}` });
  }
  if (!parsed.data.enabled) return null;
  return {
    maxRetries: parsed.data.max_retries,
    statuses: parsed.data.retry_on_statuses,
    voicemail: parsed.data.retry_on_voicemail,
    intervalsMinutes: parsed.data.retry_intervals_minutes,
  };
}
