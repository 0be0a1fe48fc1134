/**
 * The calls of the API, by the names faults and records use. `executions` is both paths of a batch's executions, `execution` one call's;
 * `storage` is the host that recordings are kept at.
 */
export const ENDPOINTS = [
  'create',
  'schedule',
  'get',
  'executions',
  'stop',
  'delete',
  'list',
  'execution',
  'stop-call',
  'agent-executions',
  'agent',
  'agents',
  'me',
  'recording',
  'storage',
  'unknown',
] as const;

export type Endpoint = (typeof ENDPOINTS)[number];

export interface Route {
  endpoint: Endpoint;
  /** The path's ID: a batch's, an agent's for `list`, `agent` and `agent-executions`, an execution's for what is about one call. */
  id: string;
  /** Whether the path began with /v2. */
  v2: boolean;
}

const TABLE: readonly [method: string, path: RegExp, endpoint: Endpoint][] = [
  ['POST', /^\/batches$/, 'create'],
  ['POST', /^\/batches\/([^/]+)\/schedule$/, 'schedule'],
  ['POST', /^\/batches\/([^/]+)\/stop$/, 'stop'],
  ['GET', /^\/batches\/([^/]+)\/all$/, 'list'],
  ['GET', /^(?:\/v2)?\/batches\/([^/]+)\/executions$/, 'executions'],
  ['GET', /^\/v2\/agent\/([^/]+)\/executions$/, 'agent-executions'],
  ['GET', /^\/v2\/agent\/all$/, 'agents'],
  ['GET', /^\/v2\/agent\/([^/]+)$/, 'agent'],
  ['GET', /^\/batches\/([^/]+)$/, 'get'],
  ['DELETE', /^\/batches\/([^/]+)$/, 'delete'],
  ['GET', /^\/executions\/([^/]+)$/, 'execution'],
  ['POST', /^\/call\/([^/]+)\/stop$/, 'stop-call'],
  ['GET', /^\/user\/me$/, 'me'],
  ['GET', /^\/recordings\/call\/([^/]+)$/, 'recording'],
  ['GET', /^\/storage\/([^/]+)\.wav$/, 'storage'],
];

export function findRoute(method: string, path: string): Route {
  for (const [wanted, pattern, endpoint] of TABLE) {
    const match = wanted === method ? pattern.exec(path) : null;
    if (match !== null) return { endpoint, id: match[1] ?? '', v2: path.startsWith('/v2/') };
  }
  return { endpoint: 'unknown', id: '', v2: false };
}
