import { type Client, ServiceError } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { ATTRIBUTES } from '../../workflows/attributes';
import type { CampaignInput } from '../../workflows/input';
import { forgetAttributes, hasAttributes } from './known-attributes';

/** gRPC's code of a start with an attribute that the namespace does not know. */
const INVALID_ARGUMENT = 3;

/**
 * Starts a campaign so that lists show it at once: what it shows itself begins only once a worker has read its contacts. A server that
 * does not know the attributes would refuse the start, so it is asked for them first, until it has them. They are set in the start
 * itself, which costs no event of the history.
 *
 * @param start may be called a second time, after it was refused for the attributes
 */
export async function startShown<T>(
  client: Client,
  input: CampaignInput,
  start: (shown: { typedSearchAttributes?: TypedSearchAttributes }) => Promise<T>,
): Promise<T> {
  if (!(await hasAttributes(client))) return start({});
  try {
    return await start({ typedSearchAttributes: shownAtStart(input) });
  } catch (error) {
    // They were made a moment ago, or are gone again.
    if (!isRefusedForAttributes(error)) throw error;
    forgetAttributes(client);
    return start({});
  }
}

/** As the campaign shows itself before it has done anything: it has nothing to change then. */
function shownAtStart({ agentId }: CampaignInput): TypedSearchAttributes {
  return new TypedSearchAttributes([
    { key: ATTRIBUTES.state, value: 'validating' },
    { key: ATTRIBUTES.agent, value: agentId },
    { key: ATTRIBUTES.settled, value: 0 },
  ]);
}

function isRefusedForAttributes(error: unknown): boolean {
  const { cause } = error instanceof ServiceError ? error : {};
  if (cause === undefined || !('code' in cause) || cause.code !== INVALID_ARGUMENT) return false;
  return /search attribute/i.test(cause.message);
}
