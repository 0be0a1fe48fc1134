import { isAbsolute } from 'node:path';
import { suppressionLists } from '../../activities/suppression';
import { findSuppressed, type Suppressed } from '../../contacts/suppression';
import { LocalStorage } from '../../storage/local';
import { openStorage } from '../../storage/open-storage';
import { ForeignUriError } from '../../storage/storage';
import type { Config } from '../../worker/config';
import { UserError } from '../user-error';
import type { Recipients } from './recipients';

/**
 * Those of the people to call who stand on a do-not-call list of CAMPAIGN_SUPPRESS; undefined where there is none.
 * @throws SuppressionError for a list that cannot be used, UserError for one that is in another storage
 */
export async function suppressedAmong(recipients: Recipients, config: Config): Promise<Suppressed | undefined> {
  const { suppress, data } = config;
  if (suppress.length === 0) return undefined;
  try {
    // A list on this machine needs no storage, which may be far away.
    const storage = suppress.every((place) => isAbsolute(place)) ? new LocalStorage(data) : await openStorage(data);
    return await findSuppressed(() => recipients.open(), suppressionLists(storage, suppress));
  } catch (error) {
    if (error instanceof ForeignUriError)
      throw new UserError(`CAMPAIGN_SUPPRESS: ${error.message}`, undefined, { cause: error });
    throw error;
  }
}
