import { isBolnaError } from '../../bolna/errors';
import type { BolnaRequest } from '../../bolna/http';
import { EXECUTIONS_PAGE_SIZE, type Execution, executionsAnswerSchema } from '../../bolna/schemas';
import type { World } from './world';

/** The two addresses of a batch's executions. */
export type Address = '/batches' | '/v2/batches';

/** What an address answered. */
export interface ExecutionsAnswer {
  executions: readonly Execution[];
  shape: 'array' | 'page';
}

/** A batch's executions by one address; undefined where it answers 404. @throws BolnaError */
export async function executionsAt(
  { http, answers }: World,
  address: Address,
  batchId: string,
): Promise<ExecutionsAnswer | undefined> {
  const ask: BolnaRequest = {
    endpoint: 'executions',
    action: 'read the executions',
    method: 'GET',
    path: `${address}/${encodeURIComponent(batchId)}/executions`,
    ...(address === '/v2/batches' && { query: { page_number: 1, page_size: EXECUTIONS_PAGE_SIZE } }),
  };
  try {
    const { executions } = await http.needJson(ask, executionsAnswerSchema);
    return { executions, shape: Array.isArray(answers.last('executions')?.body) ? 'array' : 'page' };
  } catch (error) {
    if (isBolnaError(error, 'not-found')) return undefined;
    throw error;
  }
}

/** The executions by the address that the product asks first, else by the older one; empty where neither has any. */
export async function executionsOf(world: World, batchId: string): Promise<readonly Execution[]> {
  const newer = await executionsAt(world, '/v2/batches', batchId);
  return (newer ?? (await executionsAt(world, '/batches', batchId)))?.executions ?? [];
}
