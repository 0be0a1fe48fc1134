/** What goes back over the wire. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

export function text(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

/** Thrown when a request is refused. Bodies differ from one refusal to the next on purpose: Bolna's do. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: unknown;

  /** A string becomes plain text, anything else JSON. */
  constructor(status: number, body: unknown) {
    super(`refused with ${status}`);
    this.name = 'ApiError';
    this.status = status;
    this.body = body;
  }

  toAnswer(): Answer {
    return typeof this.body === 'string' ? text(this.status, this.body) : json(this.status, this.body);
  }
}

export const notFound = {
  batch: () => new ApiError(404, { message: 'Batch not found' }),
  agent: () => new ApiError(404, { error: 404, message: 'Agent not found' }),
  execution: () => new ApiError(404, { error: 404, message: 'Execution not found' }),
  path: () => new ApiError(404, { detail: 'Not Found' }),
};
