import { createHash } from 'node:crypto';
import { JSONParser } from '@streamparser/json';
import { BolnaError, isBolnaError } from './errors';
import { type BolnaHttp, type BolnaRequest, readText } from './http';
import { EXECUTIONS_PAGE_SIZE, type Execution, executionsAnswerSchema } from './schemas';

/** Where in a batch's executions a reader stands: the next page to ask for (from 1). A bare array can't be resumed. */
export interface ExecutionsPosition {
  page: number;
}

/** A stretch of executions, and the position after it; `next` is undefined when it cannot be resumed from there or nothing follows. */
export interface ExecutionsStretch {
  executions: Execution[];
  next: ExecutionsPosition | undefined;
  /** Set where a bare array came although a later page was asked for: what was read before comes again. */
  anew: boolean;
}

const ARRAY_STRETCH = 500;
/** 5 million executions. A list that goes on is one that has no end. */
const MAX_PAGE = 100_000;
/** White space before an answer; more is none. */
const MAX_BLANK_BYTES = 1024 * 1024;

/**
 * Reads every execution of a batch with bounded memory. Asks the paged address first; an account without it answers 404,
 * and then the older one is asked. Either address may answer with a page or with a bare array, so the answer decides.
 *
 * @throws BolnaError `not-found` when neither address knows the batch; `unavailable` when a page comes again, since it would
 * for ever
 */
export async function* readExecutions(
  http: BolnaHttp,
  batchId: string,
  from?: ExecutionsPosition,
  signal?: AbortSignal,
): AsyncGenerator<ExecutionsStretch> {
  const id = encodeURIComponent(batchId);
  const firstPage = from?.page ?? 1;
  let any = false;
  try {
    for await (const stretch of readFrom(http, `/v2/batches/${id}/executions`, firstPage, signal)) {
      any = true;
      yield stretch;
    }
  } catch (error) {
    // No such address on this account, or no such batch: the older address tells which.
    if (any || !isBolnaError(error, 'not-found')) throw error;
    yield* readFrom(http, `/batches/${id}/executions`, firstPage, signal);
  }
}

async function* readFrom(
  http: BolnaHttp,
  path: string,
  firstPage: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ExecutionsStretch> {
  const seen = new Set<string>();
  for (let page = firstPage; page <= MAX_PAGE; page++) {
    const ask: BolnaRequest = {
      action: 'read the executions',
      method: 'GET',
      path,
      query: { page_number: page, page_size: EXECUTIONS_PAGE_SIZE },
      signal,
    };
    const body = await http.open(ask);
    const { first, rest } = await peek(body, ask);
    if (first === '[') {
      yield* readArray(rest, ask, page > 1);
      return;
    }
    const answer = http.parse(ask, await readText(rest, ask.action), executionsAnswerSchema);
    if (answer.page !== undefined && answer.page !== page) {
      throw new BolnaError('unavailable', { action: ask.action, detail: `another page instead of page ${page}` });
    }
    const more = answer.hasMore === true && answer.executions.length > 0;
    const content = createHash('sha256').update(JSON.stringify(answer.executions)).digest('base64');
    if (more && seen.has(content)) {
      throw new BolnaError('unavailable', {
        action: ask.action,
        detail: `an earlier page again instead of page ${page}`,
      });
    }
    seen.add(content);
    yield { executions: answer.executions, next: more ? { page: page + 1 } : undefined, anew: false };
    if (!more) return;
  }
  throw new BolnaError('unavailable', { action: 'read the executions', detail: `more than ${MAX_PAGE} pages` });
}

/** An array of any length, parsed as it arrives. */
async function* readArray(
  chunks: AsyncIterable<Uint8Array>,
  ask: BolnaRequest,
  again: boolean,
): AsyncGenerator<ExecutionsStretch> {
  let anew = again;
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
      yield { executions: ready, next: undefined, anew };
      ready = [];
      anew = false;
    }
  }
  // A connection that ends early in an orderly way would otherwise pass for the end of the list.
  if (!parser.isEnded)
    throw new BolnaError('unavailable', { action: ask.action, detail: 'the answer stopped halfway' });
  yield { executions: ready, next: undefined, anew };
}

/** The first character of a body that is not white space, and the whole body to read. */
async function peek(
  body: AsyncIterable<Uint8Array>,
  ask: BolnaRequest,
): Promise<{ first: string; rest: AsyncIterable<Uint8Array> }> {
  const iterator = guarded(body, ask)[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let blank = 0;
  let first = '';
  while (first === '') {
    const { value, done } = await iterator.next();
    if (done) throw new BolnaError('unavailable', { action: ask.action, detail: 'an empty answer' });
    held.push(value);
    blank += value.length;
    first = Buffer.from(value).toString('latin1').trimStart().charAt(0);
    if (first === '' && blank > MAX_BLANK_BYTES) {
      await iterator.return?.(undefined);
      throw new BolnaError('unavailable', { action: ask.action, detail: 'an empty answer' });
    }
  }
  async function* rest(): AsyncGenerator<Uint8Array> {
    try {
      yield* held;
      yield* { [Symbol.asyncIterator]: () => iterator };
    } finally {
      // Left while the first piece was looked at, the connection would stay open.
      await iterator.return?.(undefined);
    }
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
