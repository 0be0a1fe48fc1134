import { ApplicationFailure } from '@temporalio/common';
import { type CampaignInput, checkInput, retryFault } from '../../workflows/input';
import { InvalidInputError } from '../errors';

/** The same check of an input that the workflow makes, and of what it could only note, before anything is sent. @throws InvalidInputError */
export function checkStart(campaignId: string, input: CampaignInput): void {
  try {
    checkInput(campaignId, input, Date.now());
  } catch (error) {
    if (error instanceof ApplicationFailure) throw new InvalidInputError(campaignId, error.message, { cause: error });
    throw error;
  }
  const fault = retryFault(input);
  if (fault !== undefined) throw new InvalidInputError(campaignId, fault);
}
