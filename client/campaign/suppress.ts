import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { campaignFiles } from '../../storage/campaign-files';
import { type SuppressAnswer, suppressUpdate } from '../../workflows/messages';
import type { SuppressedNumber } from '../../workflows/state';
import { CampaignOverError, InvalidInputError } from '../errors';
import type { NamedStorage } from './named-storage';
import { describeCampaign, standingOf } from './standing';
import { type ChangeOptions, update } from './update';

/** As many are taken at a time. */
export const MOST_NUMBERS = 1000;
/** Longest text that is read as a number. */
const LONGEST_NUMBER = 256;

export interface SuppressOptions extends ChangeOptions {
  /** Whose numbers those without a country code are, as in `IN`. Default: those of the countries of the contacts. */
  country?: string;
}

export interface Suppressed extends Omit<SuppressAnswer, 'numbers'> {
  /** In the order in which they were given. */
  numbers: ToldNumber[];
}

export interface ToldNumber extends SuppressedNumber {
  /** As it was given. */
  number: string;
  /** What became of it and what to do, in words. */
  says: string;
}

/**
 * Puts the numbers into the campaign's storage and its workflow's attention: they would stand in the history otherwise.
 * @throws InvalidInputError without a storage, for numbers that cannot be sent, or for a country that does not exist
 */
export async function suppressNumbers(
  client: Client,
  campaignId: string,
  numbers: readonly string[],
  named: NamedStorage,
  { country, ...options }: SuppressOptions = {},
): Promise<Suppressed> {
  const storage = named.open();
  if (!storage) throw new InvalidInputError(campaignId, NO_STORAGE);
  if (numbers.length === 0 || numbers.length > MOST_NUMBERS)
    throw new InvalidInputError(campaignId, `Give 1 to ${MOST_NUMBERS} numbers at a time, not ${numbers.length}.`);
  const tooLong = numbers.findIndex((number) => typeof number !== 'string' || number.length > LONGEST_NUMBER);
  if (tooLong >= 0)
    throw new InvalidInputError(
      campaignId,
      `Number ${tooLong + 1} is not a text of ${LONGEST_NUMBER} characters at most.`,
    );
  // Loaded only where it is used: it holds the numbering plans of all countries.
  const { countryFault } = require('../../contacts/number-rules') as typeof import('../../contacts/number-rules');
  const fault = country === undefined ? undefined : countryFault(country);
  if (fault !== undefined) throw new InvalidInputError(campaignId, fault);
  // Nobody's number is left behind for a campaign that takes none.
  if (standingOf(await describeCampaign(client, campaignId)) !== 'running')
    throw new CampaignOverError(campaignId, 'change');
  const text = JSON.stringify({ numbers });
  const path = campaignFiles(campaignId).suppressionOrder(createHash('sha256').update(text).digest('hex'));
  await storage.write(path, text);
  const request = { list: storage.uriOf(path), ...(country !== undefined && { country }) };
  const answer = await update(client, campaignId, suppressUpdate, request, options);
  const told = numbers.map((number, at) => {
    const found = answer.numbers[at] ?? { outcome: 'unknown', why: 'not-shown' };
    return { number, ...found, says: inWords(found) };
  });
  return { ...answer, numbers: told };
}

const NO_STORAGE =
  'Name the campaign storage, in which the numbers are kept: the option "storage" of the client, or CAMPAIGN_DATA. No number may stand in the history of a campaign.';

function inWords({ outcome, at, why }: SuppressedNumber): string {
  switch (outcome) {
    case 'suppressed':
      return 'suppressed: no call was made, and none will be';
    case 'too-late':
      return `too late: already called, or on the line${at ? ` (last change of the call at ${at})` : ''}`;
    case 'not-in-campaign':
      return 'not in this campaign: add it to the suppression lists of later ones';
    case 'unknown':
      return why === 'unreadable'
        ? 'cannot be read as a phone number: write it as + and the country code, or name the country'
        : 'Bolna does not show yet whether the call is prevented: ask again in a minute, or stop the campaign';
  }
}
