import { ApplicationFailure, CancellationScope, condition } from '@temporalio/workflow';
import { z } from 'zod';
import { invalid, issueText } from './input';
import { type CampaignState, hasEnded } from './state';

/** Who asks. */
export const by = () => z.string().max(100, 'must be 100 characters at most.').optional();

/** @throws ApplicationFailure `InvalidInput`, naming each field of a request to mend */
export function check(schema: z.ZodType, request: unknown): void {
  const parsed = schema.safeParse(request);
  if (!parsed.success) throw invalid(parsed.error.issues.map(issueText).join(' '));
}

/** What is refused for how the campaign stands, whatever is asked: no other request would be taken. */
export function tooLate(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'TooLate');
}

/** @throws ApplicationFailure `TooLate`: nothing that is asked now could change anything */
export function refuseAtEnd(state: CampaignState): void {
  if (hasEnded(state)) throw tooLate(`The campaign has ended already (${state.stage}): nothing was changed.`);
}

/** Waits for what an answer tells, for as long at most, and also where the campaign is cancelled in Temporal. */
export function within(ms: number, isSo: () => boolean): Promise<boolean> {
  return CancellationScope.nonCancellable(() => condition(isSo, ms));
}
