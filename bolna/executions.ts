import { createHash } from 'node:crypto';
import { JSONParser } from '@streamparser/json';
import type { z } from 'zod';
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

const ACTION = 'read the executions';
const ARRAY_STRETCH = 500;
/** 5 million executions. A list that goes on is one that has no end. */
const MAX_PAGE = 100_000;
/** White space before an answer; more is none. */
const MAX_BLANK_BYTES = 1024 * 1024;

/** How a reader wants its executions. */
export interface ExecutionsReading {
  /** The next page to ask for; default: the first. */
  from?: ExecutionsPosition | undefined;
  signal?: AbortSignal | undefined;
  /** Asks for the next page while this one is being worked on: for who wants all of them. Default: false. */
  ahead?: boolean;
}

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
  reading: ExecutionsReading = {},
): AsyncGenerator<ExecutionsStretch> {
  const id = encodeURIComponent(batchId);
  let any = false;
  try {
    for await (const stretch of readFrom(http, `/v2/batches/${id}/executions`, reading)) {
      any = true;
      yield stretch;
    }
  } catch (error) {
    // No such address on this account, or no such batch: the older address tells which.
    if (any || !isBolnaError(error, 'not-found')) throw error;
    yield* readFrom(http, `/batches/${id}/executions`, reading);
  }
}

async function* readFrom(
  http: BolnaHttp,
  path: string,
  { from, signal, ahead = false }: ExecutionsReading,
): AsyncGenerator<ExecutionsStretch> {
  // Whoever stops reading leaves a page behind that was asked for ahead.
  const left = new AbortController();
  const until = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
  const seen = new Set<string>();
  try {
    let coming: Promise<Page> | undefined;
    for (let page = from?.page ?? 1; page <= MAX_PAGE; page++) {
      const { answer, array } = await (coming ?? readPage(http, path, page, until));
      coming = undefined;
      if (array) {
        yield* readArray(array.chunks, array.ask, page > 1);
        return;
      }
      const more = answer.hasMore === true && answer.executions.length > 0;
      if (more) refuseRepetition(seen, answer.executions, page);
      if (more && ahead) {
        coming = readPage(http, path, page + 1, until);
        // Told when it is this page's turn.
        coming.catch(() => undefined);
      }
      yield { executions: answer.executions, next: more ? { page: page + 1 } : undefined, anew: false };
      if (!more) return;
    }
    throw new BolnaError('unavailable', { action: ACTION, detail: `more than ${MAX_PAGE} pages` });
  } finally {
    left.abort();
  }
}

type Page =
  | { answer: z.infer<typeof executionsAnswerSchema>; array?: never }
  | { array: { chunks: AsyncIterable<Uint8Array>; ask: BolnaRequest }; answer?: never };

async function readPage(http: BolnaHttp, path: string, page: number, signal: AbortSignal): Promise<Page> {
  const query = { page_number: page, page_size: EXECUTIONS_PAGE_SIZE };
  const ask: BolnaRequest = { endpoint: 'executions', action: ACTION, method: 'GET', path, query, signal };
  const { first, rest } = await peek(await http.open(ask), ask);
  if (first === '[') return { array: { chunks: rest, ask } };
  const answer = http.parse(ask, await readText(rest, ACTION), executionsAnswerSchema);
  if (answer.page !== undefined && answer.page !== page) {
    throw new BolnaError('unavailable', { action: ACTION, detail: `another page instead of page ${page}` });
  }
  return { answer };
}

/** @throws BolnaError where a page begins and ends as an earlier one did */
function refuseRepetition(seen: Set<string>, executions: readonly Execution[], page: number): void {
  const ends = JSON.stringify([executions[0], executions.at(-1)]);
  const content = createHash('sha256').update(ends).digest('base64');
  if (seen.has(content)) {
    throw new BolnaError('unavailable', { action: ACTION, detail: `an earlier page again instead of page ${page}` });
  }
  seen.add(content);
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
  // Without what the parser says, which quotes what it was given.
  parser.onError = () => {
    problem ??= new BolnaError('unavailable', { action: ask.action, detail: 'an answer that is not JSON' });
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
