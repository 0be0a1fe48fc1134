import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Account } from './account';
import { type AgentSettings, Agents } from './agents';
import { Api } from './api';
import { wordsOf } from './dialect';
import { exchange, type KeyVerdict, type RequestHook } from './exchange';
import { type Fault, FaultBook } from './faults';
import { Journal } from './journal';
import type { Batch, Dial, Execution } from './model';
import { applyOperation, type Operation } from './operations';
import type { SimulatorClock, SimulatorOptions } from './options';
import { Overrides, type Patch } from './overrides';
import { RateLimit } from './rate-limit';
import { recordedWords } from './recorded-dialect';
import { rulesOf } from './recorded-rules';
import { recordingStorage, recordingUrls } from './recordings';
import { type RecordedRequest, RequestLog } from './records';
import { renderBatch, renderExecution } from './render';
import { resolveRules } from './rules';
import { Webhooks } from './webhooks';

/** How often a real clock moves the state without a request, for the webhooks' sake. */
const TICK_MS = 100;

/**
 * A running stand-in for Bolna. What it shows of its state is as of now; with a clock that has to be awaited, as of the
 * last request or `sync`.
 */
export interface Simulator {
  readonly url: string;
  readonly port: number;
  /** Every request so far, refused and lost ones too. */
  readonly requests: readonly RecordedRequest[];
  /** Brings the state up to the clock; returns the clock's time, ms since the epoch. */
  sync(): Promise<number>;
  /** Calls really placed so far, in order; those to one number, if one is given. */
  dials(number?: string): Dial[];
  /** All batches, oldest first, deleted ones included. */
  batches(): readonly Readonly<Batch>[];
  batch(id: string): Readonly<Batch> | undefined;
  /** Whether a call has ended, and answers show its end in a word that nobody knows: see the dialect `strange`. */
  endsUnclear(execution: Readonly<Execution>): boolean;
  addFault(fault: Fault): void;
  clearFaults(): void;
  /** Makes answers about a batch lie; null ends it. The calls themselves go on as they would. */
  override(batchId: string, patch: Patch | null): void;
  /** The same for the executions of a batch. */
  overrideExecutions(batchId: string, patch: Patch | null): void;
  /** Lays these settings over those of every agent, in place of earlier ones. */
  setAgent(settings: AgentSettings): void;
  /** Someone halts it by hand, whatever its status. */
  stopFromDashboard(batchId: string): Promise<void>;
  deleteFromDashboard(batchId: string): Promise<void>;
  /** Bolna gives it up: `failed`, and whoever was not called is `canceled`. */
  failBatch(batchId: string): Promise<void>;
  /** Money of the account, in units. */
  setWallet(amount: number): Promise<void>;
  /** Returns what takes the hook away again. */
  onRequest(hook: RequestHook): () => void;
  /** Resolves once every webhook collected so far is delivered or given up. */
  webhooksIdle(): Promise<void>;
  /** Cuts what is open, hanging requests too. */
  close(): Promise<void>;
}

const REAL_CLOCK: SimulatorClock = { now: () => Date.now() };

function defaultKeys(key: string): KeyVerdict {
  return /^(bn|sa)-/.test(key) ? 'ok' : 'unauthorized';
}

/** Rejects with JournalError for a journal it cannot go on with, and as `listen` does (EADDRINUSE …). */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { clock = REAL_CLOCK, speed = 1, seed = 'bolna' } = options;
  const { recording } = options;
  const rules = resolveRules({ ...(recording && rulesOf(recording)), ...options.rules });
  // Nothing is rendered for anybody before it listens.
  let url = '';
  const storage = recordingStorage(rules, speed, seed, () => url);
  const words = recording ? recordedWords(recording) : wordsOf(rules, seed);
  const dialect = { ...words, recordingUrl: recordingUrls(rules, storage) };
  const journal = options.journal === undefined ? null : new Journal(options.journal, { seed, speed, rules });
  const webhooks = new Webhooks(seed);
  const { executionWebhookUrl } = options;
  // What is replayed was delivered in an earlier life.
  let replaying = true;

  const firstReading = clock.now();
  const immediate = typeof firstReading === 'number';
  const startedAt = await firstReading;

  const account: Account = new Account({
    now: journal?.earlier[0]?.at ?? startedAt,
    rules,
    speed,
    seed,
    outcomes: options.outcomes,
    listener: {
      execution(execution) {
        if (replaying || executionWebhookUrl === undefined) return;
        webhooks.collect(executionWebhookUrl, renderExecution(execution, rules, dialect), true);
      },
      batch(batch, what) {
        // The OpenAPI file knows the two ends alone, the changelog each change of the status.
        const told = what === 'over' || what === (rules.dialect === 'older' ? 'worked' : 'status');
        if (replaying || batch.webhookUrl === null || !told) return;
        webhooks.collect(batch.webhookUrl, renderBatch(batch, rules, dialect, account.timeline.now), false);
      },
    },
  });

  for (const { at, operation } of journal?.earlier ?? []) {
    account.timeline.advance(at);
    applyOperation(account, operation);
  }
  replaying = false;

  const perform = (operation: Operation): Batch | undefined => {
    const at = account.timeline.now;
    const batch = applyOperation(account, operation);
    journal?.append({ at, operation });
    return batch;
  };

  const sync = async (): Promise<number> => {
    account.timeline.advance(await clock.now());
    webhooks.flush();
    return account.timeline.now;
  };

  const catchUp = (): void => {
    const now = immediate ? clock.now() : null;
    if (typeof now === 'number') account.timeline.advance(now);
  };

  const performNow = async (operation: Operation): Promise<void> => {
    await sync();
    perform(operation);
    webhooks.flush();
  };

  const overrides = new Overrides();
  const faults = new FaultBook();
  for (const fault of options.faults ?? []) faults.add(fault);
  const log = new RequestLog();
  const hooks = new Set<RequestHook>();
  const closing = new AbortController();
  const agents = new Agents(options, dialect);
  const api = new Api({ account, rules, dialect, overrides, storage, agents, perform });
  const setup = {
    api,
    faults,
    log,
    hooks,
    keys: options.keys ?? defaultKeys,
    speed,
    rateLimit: options.rateLimit === undefined ? null : new RateLimit(options.rateLimit, speed),
    sync,
    closing: closing.signal,
    over: (request: RecordedRequest) => {
      webhooks.flush();
      options.log?.(request);
    },
  };

  const server = createServer((request, response) => {
    exchange(setup, request, response).catch((error) => {
      // A bug here, or a journal that cannot be written, must not look like one of Bolna's faults.
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(`The simulator itself failed: ${error}`);
    });
  });
  // Clients keep connections for long pauses between polls; only they decide to end one.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  }).catch((error) => {
    journal?.close();
    throw error;
  });
  const { port, address, family } = server.address() as AddressInfo;
  url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  const ticker = options.clock === undefined ? setInterval(() => void sync(), TICK_MS) : undefined;

  return {
    url,
    port,
    requests: log.requests,
    sync,
    dials: (number) => {
      catchUp();
      return account.dialler.dials.filter((dial) => number === undefined || dial.number === number);
    },
    batches: () => {
      catchUp();
      return [...account.batches.values()];
    },
    batch: (id) => {
      catchUp();
      return account.batches.get(id);
    },
    endsUnclear: (execution) => dialect.endsUnclear(execution),
    addFault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    override: (batchId, patch) => overrides.setBatch(batchId, patch),
    overrideExecutions: (batchId, patch) => overrides.setExecutions(batchId, patch),
    setAgent: (settings) => agents.set(settings),
    stopFromDashboard: (batchId) => performNow({ op: 'dashboard-stop', batchId }),
    deleteFromDashboard: (batchId) => performNow({ op: 'dashboard-delete', batchId }),
    failBatch: (batchId) => performNow({ op: 'fail', batchId }),
    setWallet: (amount) => performNow({ op: 'wallet', amount }),
    onRequest: (hook) => {
      hooks.add(hook);
      return () => hooks.delete(hook);
    },
    webhooksIdle: () => webhooks.idle(),
    close: async () => {
      clearInterval(ticker);
      closing.abort();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await webhooks.close();
      journal?.close();
    },
  };
}
