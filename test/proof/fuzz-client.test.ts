import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { BolnaClient } from '../../bolna/client';
import { BolnaError, type BolnaErrorKind } from '../../bolna/errors';
import { fuzz, fuzzRuns, fuzzTimeout, isReplay } from '../support/fuzz';
import { type Answered, BATCH, ELSEWHERE, hostileAnswer, KEY } from '../support/hostile-answers';
import { type HostileServer, hostileServer } from '../support/hostile-server';

const RUNS = fuzzRuns(3_000);
const AGENT = '8b4b1a58-1d3c-4a7e-9f64-5a1f3a3c2b10';
const KINDS: BolnaErrorKind[] = ['unauthorized', 'not-found', 'refused', 'rate-limited', 'unavailable'];

let server: HostileServer;
/** One that gives up soon, for answers that never end; a busy machine must not make the others late. */
let hasty: BolnaClient;
let patient: BolnaClient;
/** Each case has a key of its own: a request of an earlier one, given up and late, is known by it. */
let cases = 0;
const keyOf = (n: number): string => `${KEY}-${n};`;
const apiKey = async (): Promise<string> => keyOf(cases);
beforeAll(async () => {
  server = await hostileServer();
  hasty = new BolnaClient({ apiKey, baseUrl: server.url, timeoutMs: 60 });
  patient = new BolnaClient({ apiKey, baseUrl: server.url, timeoutMs: 10_000 });
});
afterAll(async () => {
  await Promise.all([hasty.close(), patient.close()]);
  await server.close();
});

/** What a call may resolve to, given what the answer's body says; it throws where it may not. */
type Check = (value: unknown, body: unknown) => void;
interface Call {
  make: (client: BolnaClient, signal: AbortSignal) => Promise<unknown>;
  check: Check;
  /** Whether an answer without a body says enough. */
  mayBeEmpty: boolean;
}

const CSV = Buffer.from(`contact_number\n${'+12025550101\n'.repeat(20)}`);
const CALLS: Record<string, Call> = {
  create: {
    make: (client, signal) =>
      client.createBatch(
        { agentId: AGENT, fileName: 'a.csv', csv: Readable.from([CSV]), csvBytes: CSV.length },
        signal,
      ),
    check: (value, body) => assert.deepEqual(value, { batchId: field(body, 'batch_id') }),
    mayBeEmpty: false,
  },
  schedule: {
    make: (client, signal) => client.scheduleBatch(BATCH, 0, {}, signal),
    check: (value) => assert(isTime(field(value, 'startsAt'))),
    mayBeEmpty: true,
  },
  get: {
    make: (client, signal) => client.getBatch(BATCH, signal),
    check: (value, body) => {
      assertBatch(value);
      assert.equal(field(value, 'batchId'), BATCH);
      const said = [field(body, 'status'), field(body, 'state')].find(
        (word) => typeof word === 'string' && word !== '',
      );
      assert.equal(field(value, 'status'), said ?? '');
    },
    mayBeEmpty: false,
  },
  stop: { make: (client, signal) => client.stopBatch(BATCH, signal), check: isNothing, mayBeEmpty: true },
  delete: { make: (client, signal) => client.deleteBatch(BATCH, signal), check: isNothing, mayBeEmpty: true },
  list: {
    make: (client, signal) => client.listBatches(AGENT, 'a', signal),
    check: (value, body) => {
      assert(Array.isArray(value));
      value.forEach(assertBatch);
      assert(Array.isArray(body) && value.length <= body.length);
    },
    mayBeEmpty: false,
  },
  account: {
    make: (client, signal) => client.account(signal),
    check: (value) => assert(isObject(value)),
    mayBeEmpty: false,
  },
  executions: {
    make: async (client, signal) => {
      const all: unknown[] = [];
      for await (const { executions } of client.executions(BATCH, { signal, ahead: true })) all.push(...executions);
      return all;
    },
    check: (value, body) => {
      const sent = Array.isArray(body) ? body : field(body, 'data');
      assert(Array.isArray(value) && value.every(isObject));
      assert.deepEqual(value, sent);
    },
    mayBeEmpty: false,
  },
};

test(
  'every answer is a value, or an error of the right kind that tells neither the key nor a number',
  async () => {
    const seen = new Set<string>();
    const name = fc.constantFrom(...Object.keys(CALLS));
    await fuzz(
      fc.asyncProperty(name, hostileAnswer, async (called, answer) => {
        const call = CALLS[called];
        assert(call);
        const key = keyOf(++cases);
        const asked: string[] = [];
        server.answer = (head) => {
          if (head.includes(key)) asked.push(head);
          return answer;
        };
        const client = answer.ending === 'stall' ? hasty : patient;
        const outcome = await call.make(client, new AbortController().signal).then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        );
        assert(asked.length <= 2, `${asked.length} requests`);
        assert(!asked.some((head) => head.includes(ELSEWHERE)), 'the redirect was followed');
        if ('error' in outcome) {
          seen.add(expectKind(outcome.error, answer));
          return;
        }
        seen.add(called);
        if (called === 'list' && answer.status === 404) {
          assert.deepEqual(outcome.value, []);
          return;
        }
        // What cannot be read to its end says nothing.
        assert(answer.status !== undefined && answer.status >= 200 && answer.status < 300 && answer.body);
        const text = answer.body.toString().replace(/^\ufeff/, '');
        if (text.trim() === '') assert(call.mayBeEmpty);
        else call.check(outcome.value, JSON.parse(text));
      }),
      RUNS,
    );
    if (RUNS < 3_000 || isReplay()) return;
    expect([...seen]).toEqual(expect.arrayContaining([...KINDS, ...Object.keys(CALLS)]));
  },
  fuzzTimeout(RUNS),
);

test(
  'a call that is given up at any moment ends with the reason it was given, or had ended before',
  async () => {
    const name = fc.constantFrom(...Object.keys(CALLS));
    await fuzz(
      fc.asyncProperty(name, hostileAnswer, fc.nat(3), async (called, answer, moment) => {
        const call = CALLS[called];
        assert(call);
        const controller = new AbortController();
        const reason = new Error('no longer wanted');
        const giveUp = (): void => controller.abort(reason);
        server.answer = () => {
          if (moment === 1) giveUp();
          if (moment === 2) setImmediate(giveUp);
          return answer;
        };
        if (moment === 0) giveUp();
        const made = call.make(answer.ending === 'stall' ? hasty : patient, controller.signal);
        if (moment === 3) process.nextTick(giveUp);
        const error = await made.then(
          () => undefined,
          (cause: unknown) => cause,
        );
        if (moment === 0) assert.equal(error, reason);
        if (error !== undefined && error !== reason) kindOf(error);
      }),
      Math.ceil(RUNS / 3),
    );
  },
  fuzzTimeout(RUNS),
);

/** The kind of an error whose message is one line that tells no secret. */
function kindOf(error: unknown): BolnaErrorKind {
  if (!(error instanceof BolnaError)) throw new Error('no BolnaError', { cause: error });
  assert.match(error.message, /^Bolna [^\p{Cc}\u2028\u2029]{10,500}\.$/u);
  assert(!error.message.includes(KEY.slice(0, 12)), error.message);
  assert(!error.message.replace(/\D/g, '').includes('20255501'), error.message);
  const { retryAfterMs } = error;
  assert(retryAfterMs === undefined || (retryAfterMs >= 0 && retryAfterMs <= 3_600_000));
  return error.kind;
}

/** The kind of an error, which must be the one the status asks for. */
function expectKind(error: unknown, { status, arrives }: Answered): BolnaErrorKind {
  const kind = kindOf(error);
  if (status === undefined || (status >= 200 && status < 300) || (!arrives && kind === 'unavailable')) {
    assert.equal(kind, 'unavailable');
    return kind;
  }
  const wanted: Record<number, BolnaErrorKind> = { 401: 'unauthorized', 403: 'unauthorized', 404: 'not-found' };
  const passing = status >= 500 || [302, 303, 307, 408].includes(status);
  assert.equal(kind, wanted[status] ?? (status === 429 ? 'rate-limited' : passing ? 'unavailable' : 'refused'));
  return kind;
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTime(value: unknown): boolean {
  return value === undefined || Number.isFinite(value);
}

function isNothing(value: unknown): void {
  assert.equal(value, undefined);
}

function assertBatch(value: unknown): void {
  assert(isObject(value));
  assert(typeof value.batchId === 'string' && value.batchId !== '' && typeof value.status === 'string');
  assert(value.fileName === undefined || typeof value.fileName === 'string');
  assert([value.scheduledAt, value.createdAt].every(isTime));
  assert(value.validContacts === undefined || Number.isFinite(value.validContacts));
  assert(value.counts === undefined || (isObject(value.counts) && Object.values(value.counts).every(isCount)));
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0;
}
