import { isAbsolute, resolve } from 'node:path';
import { suppressionLists } from '../../activities/suppression';
import { isWebAddress } from '../../activities/web-files';
import { SuppressionError, UnreadableEntriesError } from '../../contacts/errors';
import type { NumberSet } from '../../contacts/number-set';
import type { ReadingOptions } from '../../contacts/read';
import { findSuppressed, type Suppressed } from '../../contacts/suppression';
import { campaignFiles } from '../../storage/campaign-files';
import { LocalStorage } from '../../storage/local';
import { openStorage } from '../../storage/open-storage';
import { type CampaignStorage, ForeignUriError } from '../../storage/storage';
import type { Config } from '../../worker/config';
import type { CampaignResult } from '../../workflows/state';
import { UserError } from '../user-error';
import { openLists, UnreachableListError } from '../web-lists';
import { contentHash, type Recipients, recipientsFile, unchanged } from './recipients';

/** Where to look for whoever is not to be called. */
export interface Lists extends ReadingOptions {
  /** Given on the command line: files, or addresses in the campaign storage or the web. */
  given?: readonly string[];
  /** Whether entries that cannot be read are left out with a note. Default: they are an error. */
  ignoreUnreadable?: boolean | undefined;
}

/**
 * The people to call whose numbers are on a suppression list, one of CAMPAIGN_SUPPRESS or one given; undefined if there is no list.
 * @throws SuppressionError for a list that cannot be used or read to its last entry, which it may show, or is out of reach; UserError for one that is
 * in another storage
 */
export async function suppressedAmong(
  recipients: Recipients,
  config: Config,
  { given = [], ...options }: Lists = {},
): Promise<Suppressed | undefined> {
  const suppress = [...config.suppress, ...given.map(placeOf)];
  if (suppress.length === 0) return undefined;
  const { Outside } = require('../../egress/outside') as typeof import('../../egress/outside');
  // As a worker, which reads it again, would read it.
  const outside = new Outside({ allowed: config.allowedNetworks });
  try {
    // A list on this machine or in the web needs no storage, which may be far away.
    const local = suppress.every((place) => isAbsolute(place) || isWebAddress(place));
    const storage = local ? new LocalStorage(config.data) : await openStorage(config.data);
    // A file is known by its name as it was typed.
    const typed = new Map(given.map((place) => [placeOf(place), place]));
    const lists = suppressionLists(storage, suppress, [], openLists(outside)).map(({ name, open }) => ({
      name: typed.get(name) ?? name,
      open,
    }));
    return await findSuppressed(() => recipients.open(), lists, { ...options, showEntries: true });
  } catch (error) {
    if (error instanceof ForeignUriError) throw foreign(error, given.length > 0 ? '--suppress' : 'CAMPAIGN_SUPPRESS');
    throw error;
  } finally {
    await outside.close();
  }
}

/** Who is not to be called, where a campaign may have begun already. */
export interface SuppressedNow {
  /** As far as it is known. */
  numbers: NumberSet | undefined;
  /** What a person should know of the lists, in sentences. */
  notes: readonly string[];
  /** Why it is not known: to be thrown before a campaign begins; one that has begun has read its lists. */
  refusal: ListRefusal | undefined;
}

/** Why no campaign begins with a list as it is now. */
export type ListRefusal = UnreachableListError | UnreadableEntriesError;

/** The same where a campaign may have begun already: then a list that is gone or out of reach meanwhile holds it up no more. */
export async function suppressedNow(recipients: Recipients, config: Config, lists: Lists): Promise<SuppressedNow> {
  try {
    const suppressed = await suppressedAmong(recipients, config, lists);
    return { numbers: suppressed?.numbers, notes: suppressed?.notes ?? [], refusal: undefined };
  } catch (error) {
    const unknown = { numbers: undefined, notes: [] };
    if (error instanceof UnreachableListError || error instanceof UnreadableEntriesError)
      return { ...unknown, refusal: error };
    if (!(error instanceof SuppressionError) || lists.given?.length) throw error;
    // The campaign itself refuses it, or goes on without it.
    return { ...unknown, refusal: undefined };
  }
}

/** Puts the given lists where the campaign finds them. @returns their addresses */
export async function storeLists(
  storage: CampaignStorage,
  campaignId: string,
  given: readonly string[],
): Promise<string[]> {
  return Promise.all(given.map((place) => storeList(storage, campaignId, placeOf(place))));
}

async function storeList(storage: CampaignStorage, campaignId: string, place: string): Promise<string> {
  if (isWebAddress(place)) return place;
  if (!isAbsolute(place)) {
    try {
      storage.pathOf(place);
      return place;
    } catch (error) {
      throw error instanceof ForeignUriError ? foreign(error, '--suppress') : error;
    }
  }
  const file = recipientsFile(place, '--suppress');
  const hash = await contentHash(file);
  const path = campaignFiles(campaignId).doNotCall(hash);
  if ((await storage.size(path)) === undefined) await storage.write(path, unchanged(await file.open(), hash));
  return storage.uriOf(path);
}

/**
 * The notes of a campaign with its lists named as a person gave them: the worker knows their copies in the storage.
 * @param given on the command line. Where such a file is gone or has changed since, the name of its copy stays
 */
export async function asGiven(
  notes: readonly string[],
  storage: CampaignStorage,
  campaignId: string,
  given: readonly string[],
): Promise<string[]> {
  let named = [...notes];
  for (const place of given.filter((place) => isAbsolute(placeOf(place)))) {
    const hash = await contentHash(recipientsFile(placeOf(place))).catch(() => undefined);
    if (hash === undefined) continue;
    const copy = storage.uriOf(campaignFiles(campaignId).doNotCall(hash));
    named = named.map((note) => note.replaceAll(copy, () => place));
  }
  return named;
}

/** The same of a whole result. */
export async function named(
  result: CampaignResult,
  storage: CampaignStorage,
  { campaignId, suppress }: { campaignId: string; suppress: readonly string[] },
): Promise<CampaignResult> {
  return { ...result, notes: await asGiven(result.notes, storage, campaignId, suppress) };
}

/** An address stays one; anything else is a file of this machine. */
function placeOf(given: string): string {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(given) ? given : resolve(given);
}

function foreign(error: ForeignUriError, by: string): UserError {
  return new UserError(`${by}: ${error.message}`, undefined, { cause: error });
}
