import { JSONParser } from '@streamparser/json';
import { BolnaError, isBolnaError } from './errors';
import type { BolnaHttp, BolnaRequest } from './http';
import { type Execution, executionsAnswerSchema } from './schemas';

/** Where in a batch's executions a reader stands: the next page to ask for (from 1). A bare array can't be resumed. */
export interface ExecutionsPosition {
  page: number;
}

/** A stretch of executions, and the position after it; `next` is undefined when it cannot be resumed from there or nothing follows. */
export interface ExecutionsStretch {
  executions: Execution[];
  next: ExecutionsPosition | undefined;
}

/** Bolna's own limit on a page. */
const PAGE_SIZE = 50;
const ARRAY_STRETCH = 500;

/**
 * Reads every execution of a batch with bounded memory. Asks the paged address first; an account without it answers 404,
 * and then the older one is asked. Either address may answer with a page or with a bare array, so the answer decides.
 *
 * @throws BolnaError `not-found` when neither address knows the batch
 */
export async function* readExecutions(
  http: BolnaHttp,
  batchId: string,
  from?: ExecutionsPosition,
  signal?: AbortSignal,
): AsyncGenerator<ExecutionsStretch> {
  const id = encodeURIComponent(batchId);
  try {
    yield* readFrom(http, `/v2/batches/${id}/executions`, from?.page ?? 1, signal);
  } catch (error) {
    // No such address on this account, or no such batch: the older address tells which.
    if (!isBolnaError(error, 'not-found')) throw error;
    yield* readFrom(http, `/batches/${id}/executions`, from?.page ?? 1, signal);
  }
}

async function* readFrom(
  http: BolnaHttp,
  path: string,
  firstPage: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ExecutionsStretch> {
  for (let page = firstPage; ; page++) {
    const ask: BolnaRequest = {
      action: 'read the executions',
      method: 'GET',
      path,
      query: { page_number: page, page_size: PAGE_SIZE },
      signal,
    };
    const body = await http.open(ask);
    const { first, rest } = await peek(body, ask);
    if (first === '[') {
      yield* readArray(rest, ask);
      return;
    }
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of rest) text += decoder.decode(chunk, { stream: true });
    const answer = http.parse(ask, text + decoder.decode(), executionsAnswerSchema);
    const more = answer.hasMore === true && answer.executions.length > 0;
    yield { executions: answer.executions, next: more ? { page: page + 1 } : undefined };
    if (!more) return;
  }
}

/** An array of any length, parsed as it arrives. */
async function* readArray(chunks: AsyncIterable<Uint8Array>, ask: BolnaRequest): AsyncGenerator<ExecutionsStretch> {
  let ready: Execution[] = [];
  let problem: unknown;
  const parser = new JSONParser({ paths: ['$.*'], keepStack: false });
  parser.onValue = ({ value }) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) ready.push({ ...value });
    else problem ??= new BolnaError('unavailable', { action: ask.action, detail: 'an execution of another shape' });
  };
  parser.onError = (error) => {
    problem ??= new BolnaError(
      'unavailable',
      { action: ask.action, detail: 'an answer that is not JSON' },
      { cause: error },
    );
  };
  for await (const chunk of chunks) {
    parser.write(chunk);
    if (problem) throw problem;
    if (ready.length >= ARRAY_STRETCH) {
      yield { executions: ready, next: undefined };
      ready = [];
    }
  }
  // A connection that ends early in an orderly way would otherwise pass for the end of the list.
  if (!parser.isEnded)
    throw new BolnaError('unavailable', { action: ask.action, detail: 'the answer stopped halfway' });
  yield { executions: ready, next: undefined };
}

/** The first character of a body that is not white space, and the whole body to read. */
async function peek(
  body: AsyncIterable<Uint8Array>,
  ask: BolnaRequest,
): Promise<{ first: string; rest: AsyncIterable<Uint8Array> }> {
  const iterator = guarded(body, ask)[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let first = '';
  while (first === '') {
    const { value, done } = await iterator.next();
    if (done) throw new BolnaError('unavailable', { action: ask.action, detail: 'an empty answer' });
    held.push(value);
    first = Buffer.from(value).toString('latin1').trimStart().charAt(0);
  }
  async function* rest(): AsyncGenerator<Uint8Array> {
    yield* held;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { first, rest: rest() };
}

async function* guarded(body: AsyncIterable<Uint8Array>, ask: BolnaRequest): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    if (ask.signal?.aborted) throw ask.signal.reason;
    throw new BolnaError('unavailable', { action: ask.action, detail: 'the answer stopped halfway' }, { cause });
  }
}
