import { type Client, ServiceError } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { ATTRIBUTES } from '../../workflows/attributes';
import type { CampaignInput } from '../../workflows/input';

/** gRPC's code of a start with an attribute that the namespace does not know. */
const INVALID_ARGUMENT = 3;

/** Namespaces that have the campaigns' search attributes, by the connections over which they have said so. */
const known = new WeakMap<object, Set<string>>();

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
    known.get(client.connection)?.delete(client.options.namespace);
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

async function hasAttributes({ connection, options: { namespace } }: Client): Promise<boolean> {
  if (known.get(connection)?.has(namespace)) return true;
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    if (!Object.values(ATTRIBUTES).every(({ name }) => customAttributes?.[name])) return false;
  } catch {
    // Whoever may start workflows need not be allowed to ask for this; Temporal's test server cannot answer it.
    return false;
  }
  known.set(connection, (known.get(connection) ?? new Set()).add(namespace));
  return true;
}

function isRefusedForAttributes(error: unknown): boolean {
  const { cause } = error instanceof ServiceError ? error : {};
  if (cause === undefined || !('code' in cause) || cause.code !== INVALID_ARGUMENT) return false;
  return /search attribute/i.test(cause.message);
}
