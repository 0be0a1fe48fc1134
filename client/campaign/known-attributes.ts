import type { Client } from '@temporalio/client';
import { ATTRIBUTES } from '../../workflows/attributes';

/** Namespaces that have the campaigns' search attributes, by the connections over which they have said so. */
const known = new WeakMap<object, Set<string>>();

/** Whether a server surely has the campaigns' search attributes now. */
export async function areAttributesThere({ connection, options: { namespace } }: Client): Promise<boolean> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return Object.values(ATTRIBUTES).every(({ name }) => customAttributes?.[name]);
  } catch {
    // Whoever may start workflows need not be allowed to ask for this; Temporal's test server cannot answer it.
    return false;
  }
}

/** The same of a server that has had them once: it is asked until it has them, and not again until they are forgotten. */
export async function hasAttributes(client: Client): Promise<boolean> {
  const { connection, options } = client;
  if (known.get(connection)?.has(options.namespace)) return true;
  if (!(await areAttributesThere(client))) return false;
  known.set(connection, (known.get(connection) ?? new Set()).add(options.namespace));
  return true;
}

export function forgetAttributes({ connection, options: { namespace } }: Client): void {
  known.get(connection)?.delete(namespace);
}
