import type { Endpoint } from './routes';

/** A request as it came in, and what became of it. The key is never kept. */
export interface RecordedRequest {
  /** From 1, over all endpoints. */
  number: number;
  endpoint: Endpoint;
  /** From 1, among the requests of this endpoint. */
  nth: number;
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  /** Form fields; a repeated one keeps its order. */
  fields: Record<string, string[]>;
  file?: { name: string; bytes: number };
  /** The batch of the path; for `create` the one made, once it is. */
  batchId?: string;
  /** The simulator's clock at arrival, ms since the epoch. */
  at: number;
  /** Absent while unanswered, and for ever if the connection was cut or left to hang. */
  status?: number;
  /** The fault applied, in words, or 'dropped by a hook'. */
  fault?: string;
  /** Whether the work was done, whatever was answered. */
  worked: boolean;
}

/** Keeps the newest, so that a simulator that runs for weeks does not grow without end. */
const KEPT = 200_000;

export class RequestLog {
  readonly requests: RecordedRequest[] = [];
  #count = 0;
  readonly #byEndpoint = new Map<Endpoint, number>();

  add(request: Omit<RecordedRequest, 'number' | 'nth' | 'worked'>): RecordedRequest {
    const nth = (this.#byEndpoint.get(request.endpoint) ?? 0) + 1;
    this.#byEndpoint.set(request.endpoint, nth);
    const record: RecordedRequest = { ...request, number: ++this.#count, nth, worked: false };
    this.requests.push(record);
    if (this.requests.length > KEPT) this.requests.splice(0, KEPT / 10);
    return record;
  }
}
