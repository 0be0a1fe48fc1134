import { ApplicationFailure } from '@temporalio/common';
import { type CampaignInput, checkInput } from '../../workflows/input';
import { InvalidInputError } from '../errors';

/** The same check of an input that the workflow makes, before anything is sent. @throws InvalidInputError */
export function checkStart(campaignId: string, input: CampaignInput): void {
  try {
    checkInput(campaignId, input, Date.now());
  } catch (error) {
    if (error instanceof ApplicationFailure) throw new InvalidInputError(campaignId, error.message, { cause: error });
    throw error;
  }
}
