import type { ConnectionLike } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes';
import { ATTRIBUTES } from '../workflows/attributes';
import { ConfigError } from './config-error';

type Operated = Pick<ConnectionLike, 'operatorService'>;

/** How the campaigns' search attributes stand on a server, by their names. */
export interface AttributesStanding {
  there: string[];
  missing: string[];
  /** Those that somebody has made of another type. */
  foreign: string[];
}

const TYPES: ReadonlyMap<string, SearchAttributeType> = new Map(
  Object.values(ATTRIBUTES).map(({ name, type }) => [name, type]),
);

/** Asks the server; it has them for each namespace. @throws ServiceError where it does not say */
export async function standingOfAttributes(
  { operatorService }: Operated,
  namespace: string,
): Promise<AttributesStanding> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const standing: AttributesStanding = { there: [], missing: [], foreign: [] };
  for (const [name, type] of TYPES) {
    const found = customAttributes?.[name];
    if (found === undefined || found === null) standing.missing.push(name);
    else if (found === encodeSearchAttributeIndexedValueType(type)) standing.there.push(name);
    else standing.foreign.push(name);
  }
  return standing;
}

/** Whether campaigns may set them: of one that the server does not know, it would take no value, and the campaign would hang. */
export async function areAttributesThere(connection: Operated, namespace: string): Promise<boolean> {
  try {
    const { there } = await standingOfAttributes(connection, namespace);
    return there.length === TYPES.size;
  } catch {
    return false;
  }
}

/**
 * Makes what is missing; run again, it changes nothing.
 * @returns how they stood before
 * @throws ConfigError where the server refuses, saying what to do instead
 */
export async function makeAttributes(connection: Operated, namespace: string): Promise<AttributesStanding> {
  try {
    const before = await standingOfAttributes(connection, namespace);
    if (before.foreign.length > 0) throw new ConfigError(foreignText(before.foreign, namespace));
    if (before.missing.length > 0) await make(connection, namespace, before.missing);
    return before;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `The Temporal server refuses to make the search attributes in namespace "${namespace}" (${why}). Have somebody who may do so type: ${commandsFor([...TYPES.keys()], namespace)}`,
    );
  }
}

async function make(connection: Operated, namespace: string, names: readonly string[]): Promise<void> {
  const types = names.map((name) => [name, encodeSearchAttributeIndexedValueType(TYPES.get(name))]);
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(types) });
  } catch (error) {
    // Somebody else has made them meanwhile.
    if (!(await areAttributesThere(connection, namespace))) throw error;
  }
}

function foreignText(names: readonly string[], namespace: string): string {
  const types = names.map((name) => `${name} (${typeName(name)})`).join(', ');
  return `In namespace "${namespace}" there are search attributes of these names with another type than campaigns need: ${types}. Remove them with "temporal operator search-attribute remove", or use another namespace.`;
}

/** What makes them with Temporal's own command line. */
function commandsFor(names: readonly string[], namespace: string): string {
  const flags = names.map((name) => `--name ${name} --type ${typeName(name)}`).join(' ');
  return `temporal operator search-attribute create --namespace ${namespace} ${flags}`;
}

/** As Temporal's command line says it. */
function typeName(name: string): string {
  return { KEYWORD: 'Keyword', INT: 'Int', DATETIME: 'Datetime' }[TYPES.get(name) as 'KEYWORD'];
}
