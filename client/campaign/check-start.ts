import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { StartRules } from '../../activities/types';
import { emptyWindow } from '../../workflows/first-start';
import { type CampaignInput, type CampaignPlan, checkInput, retryFault } from '../../workflows/input';
import { InvalidInputError } from '../errors';
import { findCampaign } from './standing';

/** The same check of an input that the workflow makes, and of what it could only note, before anything is sent. @throws InvalidInputError */
export function checkStart(campaignId: string, input: CampaignInput): CampaignPlan {
  const plan = checked(campaignId, input);
  const fault = retryFault(input);
  if (fault !== undefined) throw new InvalidInputError(campaignId, fault);
  return plan;
}

function checked(campaignId: string, input: CampaignInput): CampaignPlan {
  try {
    return checkInput(campaignId, input, Date.now());
  } catch (error) {
    if (error instanceof ApplicationFailure) throw new InvalidInputError(campaignId, error.message, { cause: error });
    throw error;
  }
}

/**
 * Refuses a new campaign that could only miss its start, which would use its ID up. One that is there already is asked about, and not
 * started: its start may well have passed.
 * @throws InvalidInputError
 */
export async function refuseMissed(
  client: Client,
  campaignId: string,
  { startAt, startBy }: Pick<CampaignPlan, 'startAt' | 'startBy'>,
  starts: StartRules | undefined,
): Promise<void> {
  const empty = emptyWindow({ startAt, startBy }, Date.now(), starts);
  if (!empty || (await findCampaign(client, campaignId))) return;
  const { first, last } = empty;
  const earlier = last === undefined ? '' : `, or startAt to ${iso(last)} or earlier`;
  throw new InvalidInputError(
    campaignId,
    `Bolna starts calls only at marks that are 10 minutes apart, and the first one it can make is ${iso(first)}, later than startBy (${iso(startBy)}). Set startBy to ${iso(first)} or later${earlier}. Nothing was started.`,
  );
}

/** "2026-06-23T07:10:00Z". */
function iso(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}
