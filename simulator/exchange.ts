import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { type Answer, ApiError, json, text } from './answers';
import type { Api } from './api';
import { type FaultAction, type FaultBook, faultName } from './faults';
import { type Form, readForm } from './form';
import type { RateLimit } from './rate-limit';
import type { RecordedRequest, RequestLog } from './records';
import { findRoute, type Route } from './routes';

export type KeyVerdict = 'ok' | 'unauthorized' | 'forbidden';

/**
 * Awaited when a request was read and nothing done yet (`before`), and when its work is done and nothing answered
 * (`after`). Returning 'drop' cuts the connection there: a `before` dropped never happened, for either side.
 */
export type RequestHook = (
  phase: 'before' | 'after',
  request: RecordedRequest,
) => undefined | 'drop' | Promise<undefined | 'drop'> | Promise<void> | void;

export interface ExchangeSetup {
  api: Api;
  faults: FaultBook;
  log: RequestLog;
  hooks: Set<RequestHook>;
  keys: (key: string) => KeyVerdict;
  rateLimit: RateLimit | null;
  /** Brings the state up to the clock; the clock's time. */
  sync: () => Promise<number>;
  /** How much faster than the clock it is. */
  speed: number;
  /** Aborted on close, so that nobody is left in a delay. */
  closing: AbortSignal;
  /** Called once a request is over, answered or not. */
  over: (request: RecordedRequest) => void;
}

interface Incoming {
  route: Route;
  record: RecordedRequest;
  form: Form;
}

/** One request from its first byte to its last: hooks, faults, the work, the answer. */
export async function exchange(
  setup: ExchangeSetup,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on('error', () => {});
  const incoming = await receive(setup, request).catch(() => null);
  // The sender is gone in the middle of its body: there is nobody to answer and nothing to do.
  if (incoming === null) return void request.socket.destroy();
  const { record } = incoming;
  try {
    await respond(setup, incoming, request.headers.authorization, response);
  } finally {
    setup.over(record);
  }
}

async function receive(setup: ExchangeSetup, request: IncomingMessage): Promise<Incoming> {
  const url = new URL(request.url ?? '/', 'http://simulator');
  const method = request.method ?? 'GET';
  const route = findRoute(method, url.pathname);
  const form = await readForm(request);
  const at = await setup.sync();
  const ofBatch = ['schedule', 'get', 'executions', 'stop', 'delete'].includes(route.endpoint);
  const record = setup.log.add({
    endpoint: route.endpoint,
    method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: keptHeaders(request),
    fields: form.fields,
    ...(form.file === undefined ? {} : { file: { name: form.file.name, bytes: form.file.bytes } }),
    ...(ofBatch ? { batchId: route.id } : {}),
    at,
  });
  return { route, record, form };
}

function keptHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (name !== 'authorization' && name !== 'cookie') headers[name] = String(value);
  }
  return headers;
}

async function respond(
  setup: ExchangeSetup,
  incoming: Incoming,
  authorization: string | undefined,
  response: ServerResponse,
): Promise<void> {
  const { record } = incoming;
  response.setHeader('date', dateOf(record.at, setup.speed));
  const drop = () => {
    record.fault = 'dropped by a hook';
    cut(response);
  };
  if (await dropped(setup, 'before', record)) return drop();
  const action = setup.faults.take(record)?.action;
  if (action !== undefined) record.fault = faultName(action);
  if (action !== undefined && (await endsBefore(setup, action, record, response))) return;
  // A hook or a delay may have taken long: the work is done at the clock's time, not at the time of arrival.
  if (action !== undefined || setup.hooks.size > 0) response.setHeader('date', dateOf(await setup.sync(), setup.speed));
  const answer = work(setup, incoming, authorization);
  if (await dropped(setup, 'after', record)) return drop();
  await answerThrough(setup, action, answer, record, response);
}

/** The time of the answer, in whole seconds as HTTP has it. Where a second is minutes of Bolna's, its fractions are said as well. */
function dateOf(at: number, speed: number): string {
  const whole = new Date(at).toUTCString();
  return speed === 1 ? whole : whole.replace(' GMT', `.${String(Math.floor(at) % 1000).padStart(3, '0')} GMT`);
}

async function dropped(setup: ExchangeSetup, phase: 'before' | 'after', record: RecordedRequest): Promise<boolean> {
  for (const hook of setup.hooks) {
    if ((await hook(phase, record)) === 'drop') return true;
  }
  return false;
}

/** The faults that leave the work undone. */
async function endsBefore(
  setup: ExchangeSetup,
  action: FaultAction,
  record: RecordedRequest,
  response: ServerResponse,
): Promise<boolean> {
  if ('status' in action && !action.after) {
    send(record, response, faultAnswer(action));
    return true;
  }
  if ('reset' in action && action.reset === 'before') {
    cut(response);
    return true;
  }
  if ('delayMs' in action && !action.after) await delay(setup, action.delayMs);
  return 'hang' in action && action.hang !== 'after';
}

function work(setup: ExchangeSetup, { route, record, form }: Incoming, authorization: string | undefined): Answer {
  if (route.endpoint === 'storage') {
    record.worked = true;
    return setup.api.handleStorage({ route, query: record.query }, authorization !== undefined);
  }
  const wait = setup.rateLimit?.refuse(record.at, route.endpoint === 'agent-executions') ?? null;
  if (wait !== null) return json(429, { message: 'Rate limit exceeded' }, { 'retry-after': String(wait) });
  try {
    checkKey(setup, authorization);
    const { answer, created } = setup.api.handle({ route, query: record.query, form });
    if (created !== undefined) record.batchId = created;
    record.worked = true;
    return answer;
  } catch (error) {
    if (error instanceof ApiError) return error.toAnswer();
    throw error;
  }
}

function checkKey(setup: ExchangeSetup, authorization: string | undefined): void {
  const key = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  const verdict = key === undefined ? 'unauthorized' : setup.keys(key);
  if (verdict === 'unauthorized') throw new ApiError(401, { message: 'Invalid or missing API key' });
  if (verdict === 'forbidden') throw new ApiError(403, { detail: 'This key may not do that' });
}

async function answerThrough(
  setup: ExchangeSetup,
  action: FaultAction | undefined,
  answer: Answer,
  record: RecordedRequest,
  response: ServerResponse,
): Promise<void> {
  if (action === undefined) return send(record, response, answer);
  if ('hang' in action) return;
  if ('reset' in action) return cut(response);
  if ('truncate' in action) {
    response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
    // Destroying at once would throw the bytes away that are still on their way out.
    response.write(bytesOf(answer).subarray(0, action.truncate), () => response.socket?.end());
    record.status = answer.status;
    return;
  }
  if ('delayMs' in action && action.after) await delay(setup, action.delayMs);
  if ('status' in action) return send(record, response, faultAnswer(action));
  if ('emptyBody' in action) return send(record, response, text(200, ''));
  if ('html' in action) {
    const page = { ...text(200, '<!DOCTYPE html><html><body><h1>Bad gateway</h1></body></html>') };
    return send(record, response, { ...page, headers: { 'content-type': 'text/html' } });
  }
  send(record, response, answer);
}

/**
 * Resets the connection. One that the other side has left is only closed: reset after its own end, Node 20 would never see it closed,
 * and spin for ever at the exit of the process.
 */
function cut({ socket }: ServerResponse): void {
  if (socket?.writableEnded) socket.destroy();
  else socket?.resetAndDestroy();
}

async function delay(setup: ExchangeSetup, ms: number): Promise<void> {
  await wait(ms, undefined, { signal: setup.closing }).catch(() => {});
}

function faultAnswer(action: Extract<FaultAction, { status: number }>): Answer {
  const headers: Record<string, string> = {};
  if (action.retryAfter !== undefined) headers['retry-after'] = String(action.retryAfter);
  const { body = { message: `Simulated ${action.status}` } } = action;
  if (typeof body !== 'string') return json(action.status, body, headers);
  const plain = text(action.status, body);
  return { ...plain, headers: { ...plain.headers, ...headers } };
}

function bytesOf({ body }: Answer): Buffer {
  return typeof body === 'string' ? Buffer.from(body) : body;
}

function send(record: RecordedRequest, response: ServerResponse, answer: Answer): void {
  record.status = answer.status;
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
  response.end(answer.body);
}
