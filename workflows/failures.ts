import { ActivityFailure, ApplicationFailure, rootCause, TemporalFailure, TimeoutFailure } from '@temporalio/workflow';
import type { CampaignState } from './state';

/** What goes wrong is remembered, and the campaign still brought to its end. */
export async function orFailure(state: CampaignState, part: () => Promise<unknown>): Promise<void> {
  try {
    await part();
  } catch (error) {
    // Not a failure of the campaign: its continuation, or a mistake in this code, which a mended worker goes on from.
    if (!(error instanceof TemporalFailure)) throw error;
    if (state.failure !== undefined) return;
    state.failure = failureText(error);
    state.failureType = failureType(error);
    state.otherBatch = failureDetail(error, 'OtherContacts') as string | undefined;
  }
}

/** What went wrong, in the words of whoever first noticed it. */
export function failureText(error: unknown): string {
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure) return cause.message;
  if (cause instanceof TimeoutFailure) {
    const last = rootCause(cause);
    return `It took too long${last && last !== cause.message ? `; the last error was: ${last}` : ''}`;
  }
  return rootCause(error) ?? String(error);
}

/** The type an activity gave its failure, by which programs tell errors apart. */
export function failureType(error: unknown): string | undefined {
  const cause = causeOf(error);
  return cause instanceof ApplicationFailure ? (cause.type ?? undefined) : undefined;
}

/** What an activity gave its failure for the workflow, if it is of this type. */
export function failureDetail(error: unknown, type: string): unknown {
  const cause = causeOf(error);
  return cause instanceof ApplicationFailure && cause.type === type ? cause.details?.[0] : undefined;
}

/** Whether an activity said itself that trying again is of no use. */
export function isFinal(error: unknown): boolean {
  const cause = causeOf(error);
  return cause instanceof ApplicationFailure && cause.nonRetryable === true;
}

/** What the activity itself said, out of what Temporal wraps it in. */
function causeOf(error: unknown): unknown {
  return error instanceof ActivityFailure ? error.cause : error;
}
