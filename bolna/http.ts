import type { Readable } from 'node:stream';
import { Agent, type Dispatcher, request } from 'undici';
import type { z } from 'zod';
import type { RequestBudget } from './budget';
import { BolnaError, errorFromAnswer, errorFromFailure } from './errors';
import type { BolnaTime } from './time';

export interface BolnaConnection {
  /** Asked for with each request, so that a rotated key is taken up. Never printed. */
  apiKey: string | (() => Promise<string>);
  /** What the key is called in errors. Default: BOLNA_API_KEY. */
  keyName?: string;
  /** For example `https://api.bolna.ai`. */
  baseUrl: string;
  /** Milliseconds without a sign of life before a request is given up. */
  timeoutMs: number;
  /** How often requests may be sent; shared by all who send to the same account. Default: as often as they come. */
  budget?: RequestBudget;
  /** Told of each request once the head of its answer is there, or it has failed. */
  onRequest?: (told: RequestTold) => void;
  /** Learns Bolna's time from each answer. Default: nobody does. */
  time?: BolnaTime;
  /** Whether these requests go before others that wait for the budget. */
  urgent?: boolean;
  /** Given each answer that is read as a whole, refusals too, as it came: to compare it with what is read from it. */
  onAnswer?: (answer: RawAnswer) => void;
}

/** An answer as it came. */
export interface RawAnswer {
  endpoint: BolnaEndpoint;
  path: string;
  /** Of HTTP. */
  status: number;
  body: string;
}

/** What is asked of the API, by the names its documentation uses. */
export type BolnaEndpoint =
  | 'create'
  | 'schedule'
  | 'get'
  | 'stop'
  | 'delete'
  | 'list'
  | 'executions'
  | 'execution'
  | 'stop-call'
  | 'agent-executions'
  | 'agent'
  | 'me'
  | 'recording';

/** What became of a request. */
export interface RequestTold {
  endpoint: BolnaEndpoint;
  /** Of the answer; undefined where there was none. */
  status: number | undefined;
  /** From the moment it was sent. */
  seconds: number;
}

export interface BolnaRequest {
  endpoint: BolnaEndpoint;
  /** What is asked, completing "Bolna refused to …". */
  action: string;
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  query?: Record<string, string | number>;
  body?: Readable | string;
  headers?: Record<string, string>;
  /** Kinds of answers. Default: JSON. */
  accept?: string;
  signal?: AbortSignal | undefined;
}

/** Far above any list of batches or page of executions; more than that is no answer to what was asked. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;

/**
 * One request, one answer, no retry: Temporal is the retry loop, and only it knows what was already tried.
 * Kept-alive connections are dropped early, so that a request is seldom sent into one the other side just closed.
 */
export class BolnaHttp {
  private readonly agent: Agent;

  constructor(private readonly connection: BolnaConnection) {
    this.agent = new Agent({
      connect: { timeout: connection.timeoutMs },
      headersTimeout: connection.timeoutMs,
      bodyTimeout: connection.timeoutMs,
      keepAliveTimeout: 2_000,
      pipelining: 1,
    });
  }

  /** The parsed body of a successful answer; undefined where it is empty. @throws BolnaError */
  async json<T>(ask: BolnaRequest, schema: z.ZodType<T>): Promise<T | undefined> {
    const text = await this.text(ask);
    if (text.trim() === '') return undefined;
    return this.parse(ask, text, schema);
  }

  /** As `json`, where an empty answer is no answer. @throws BolnaError */
  async needJson<T>(ask: BolnaRequest, schema: z.ZodType<T>): Promise<T> {
    const parsed = await this.json(ask, schema);
    if (parsed === undefined) throw new BolnaError('unavailable', { action: ask.action, detail: 'an empty answer' });
    return parsed;
  }

  /** The body of a successful answer. Bounded in time as a whole, since it is small. @throws BolnaError */
  async text(ask: BolnaRequest): Promise<string> {
    await this.turn(ask);
    const timeout = AbortSignal.timeout(
      ask.body === undefined ? this.connection.timeoutMs : 10 * this.connection.timeoutMs,
    );
    const signal = ask.signal ? AbortSignal.any([ask.signal, timeout]) : timeout;
    const asked = { ...ask, signal };
    const { body, statusCode: status } = await this.send(asked);
    const text = await readText(body, ask.action).catch((cause: unknown) => this.fail(asked, cause));
    this.connection.onAnswer?.({ endpoint: ask.endpoint, path: ask.path, status, body: text });
    return text;
  }

  /** A successful answer whose body is read as it comes; the time-out holds between any two pieces of it. @throws BolnaError */
  async open(ask: BolnaRequest): Promise<Dispatcher.ResponseData['body']> {
    await this.turn(ask);
    return (await this.send(ask)).body;
  }

  /** A successful answer or a redirect, which is not followed. Its body is to be read, as that of `open`. @throws BolnaError */
  async answer(ask: BolnaRequest): Promise<Dispatcher.ResponseData> {
    await this.turn(ask);
    return this.send(ask, isGoodOrRedirect);
  }

  /** What is asked, by its whole address. */
  urlOf({ path }: Pick<BolnaRequest, 'path'>): URL {
    return new URL(path, this.connection.baseUrl);
  }

  /** Time spent waiting for a turn is no time of the request's. */
  private async turn({ signal }: BolnaRequest): Promise<void> {
    await this.connection.budget?.take(this.connection.urgent ?? false, signal);
  }

  private async send(ask: BolnaRequest, isWanted = isGood): Promise<Dispatcher.ResponseData> {
    const { apiKey } = this.connection;
    const key = typeof apiKey === 'string' ? apiKey : await apiKey();
    const url = this.urlOf(ask);
    for (const [name, value] of Object.entries(ask.query ?? {})) url.searchParams.set(name, String(value));
    const { time } = this.connection;
    const sentAt = await time?.reading();
    const sent = performance.now();
    const tell = (status?: number) => {
      const seconds = (performance.now() - sent) / 1000;
      this.connection.onRequest?.({ endpoint: ask.endpoint, status, seconds });
    };
    const answer = await request(url, {
      method: ask.method,
      headers: { ...ask.headers, accept: ask.accept ?? 'application/json', authorization: `Bearer ${key}` },
      dispatcher: this.agent,
      ...(ask.body !== undefined && { body: ask.body }),
      ...(ask.signal && { signal: ask.signal }),
    }).catch((cause: unknown) => {
      tell();
      return this.fail(ask, cause, key);
    });
    tell(answer.statusCode);
    if (sentAt !== undefined) await time?.note(answer.headers, sentAt);
    if (isWanted(answer.statusCode)) return answer;
    const text = await this.beginning(answer.body);
    this.connection.onAnswer?.({ endpoint: ask.endpoint, path: ask.path, status: answer.statusCode, body: text });
    if (ask.signal?.aborted && !isTimeout(ask.signal.reason)) throw ask.signal.reason;
    const named = { name: this.connection.keyName, secret: key };
    throw errorFromAnswer(ask.action, answer.statusCode, answer.headers, text, Date.now(), named);
  }

  /** @throws BolnaError `unavailable`: an answer that cannot be read says nothing about what was done. */
  parse<T>(ask: BolnaRequest, text: string, schema: z.ZodType<T>): T {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      const detail = text.trimStart().startsWith('<') ? 'a web page instead of JSON' : 'an answer that is not JSON';
      throw new BolnaError('unavailable', { action: ask.action, detail });
    }
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') || 'the answer';
    throw new BolnaError('unavailable', { action: ask.action, detail: `an answer of another shape at "${where}"` });
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  /** As much of a body as can say what is wrong. The status has said the rest: what does not come is not waited for. */
  private async beginning(body: Readable): Promise<string> {
    const deadline = Date.now() + this.connection.timeoutMs;
    const pieces: Buffer[] = [];
    let length = 0;
    // Left in the middle, the body fails once more, with nobody else to hear it.
    body.on('error', () => undefined);
    try {
      for await (const piece of body) {
        pieces.push(piece);
        length += piece.length;
        if (length >= MAX_ERROR_BYTES || Date.now() > deadline) break;
      }
    } catch {
      // Cut off: what has come will do.
    }
    return Buffer.concat(pieces).toString();
  }

  private fail(ask: BolnaRequest, cause: unknown, key = ''): never {
    // The caller gave up: that is its own business, not an error of Bolna's.
    if (ask.signal?.aborted && !isTimeout(ask.signal.reason)) throw ask.signal.reason;
    if (cause instanceof BolnaError) throw cause;
    throw errorFromFailure(ask.action, cause, key);
  }
}

/** The text of a body, whole. @throws BolnaError `unavailable` when it is over 64 MB, and what reading it fails with */
export async function readText(body: AsyncIterable<Uint8Array>, action: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > MAX_TEXT_BYTES) throw new BolnaError('unavailable', { action, detail: 'an answer of over 64 MB' });
    pieces.push(piece);
  }
  return new TextDecoder().decode(Buffer.concat(pieces));
}

function isGood(status: number): boolean {
  return status >= 200 && status < 300;
}

function isGoodOrRedirect(status: number): boolean {
  return isGood(status) || [301, 302, 303, 307, 308].includes(status);
}

function isTimeout(reason: unknown): boolean {
  return typeof reason === 'object' && reason !== null && 'name' in reason && reason.name === 'TimeoutError';
}
