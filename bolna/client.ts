import { PassThrough, type Readable } from 'node:stream';
import FormData from 'form-data';
import { type Agent, agentSchema } from './agent';
import { BolnaError, isBolnaError } from './errors';
import { type ExecutionsReading, type ExecutionsStretch, readExecutions } from './executions';
import { type BolnaConnection, BolnaHttp } from './http';
import { askForRecording, type Recording, recordingPath } from './recording';
import {
  accountSchema,
  type Batch,
  batchListSchema,
  batchSchema,
  createAnswerSchema,
  doneAnswerSchema,
  EXECUTIONS_PAGE_SIZE,
  type Execution,
  executionSchema,
  executionsAnswerSchema,
  NO_STATUS,
  scheduleAnswerSchema,
} from './schemas';
import { formatScheduledAt, startInState } from './start-time';
import { type Wallet, type WalletUnit, walletOf } from './wallet';

export interface CreateBatch {
  agentId: string;
  /** Comes back as the batch's `file_name`: the only key by which a lost batch can be found again. */
  fileName: string;
  csv: Readable;
  /** Bytes of `csv`. */
  csvBytes: number;
  fromPhoneNumbers?: readonly string[] | undefined;
  /** Bolna's `retry_config`, sent as a JSON string; without `enabled: true` it is sent as switched off. */
  retryConfig?: object | undefined;
  webhookUrl?: string | undefined;
}

/** The account behind a key, as far as Bolna says. */
export interface Account {
  wallet: Wallet | undefined;
  /** Calls at once: how many are allowed, and how many there are. */
  concurrency: { max?: number | null | undefined; current?: number | null | undefined } | null | undefined;
}

/** Bolna lists an agent's executions for this long at most, and only between two times (`agent/v2/get_all_agent_executions`). */
const LONGEST_LIST_MS = 7 * 24 * 3_600_000;

/**
 * The batch API, one method a request. Every method throws `BolnaError`; none retries.
 * `signal` gives a request up; what Bolna does with it then is not known.
 */
export class BolnaClient {
  private readonly http: BolnaHttp;
  #urgent: BolnaClient | undefined;

  constructor(private readonly connection: BolnaConnection & { walletUnit?: WalletUnit }) {
    this.http = new BolnaHttp(connection);
  }

  /** The same account, with requests that go before all others that wait for its budget. */
  get urgent(): BolnaClient {
    this.#urgent ??= new BolnaClient({ ...this.connection, urgent: true });
    return this.#urgent;
  }

  /**
   * Creates a batch, which calls nobody until it is scheduled. Not idempotent: after an `unavailable` error, look for
   * `fileName` among the agent's batches before sending it again.
   */
  async createBatch(batch: CreateBatch, signal?: AbortSignal): Promise<{ batchId: string }> {
    const form = new FormData();
    form.append('agent_id', batch.agentId);
    for (const number of batch.fromPhoneNumbers ?? []) form.append('from_phone_numbers', number);
    // Said either way: a Bolna that retries by default would call people more often than intended.
    if (batch.retryConfig) form.append('retry_config', JSON.stringify({ enabled: false, ...batch.retryConfig }));
    if (batch.webhookUrl) form.append('webhook_url', batch.webhookUrl);
    form.append('file', batch.csv, {
      filename: batch.fileName,
      contentType: 'text/csv',
      knownLength: batch.csvBytes,
    });
    const ask = {
      endpoint: 'create',
      action: 'create the batch',
      method: 'POST',
      path: '/batches',
      ...multipart(form),
      signal,
    } as const;
    try {
      return { batchId: (await this.http.needJson(ask, createAnswerSchema)).batch_id };
    } finally {
      // A request that ends early would leave the file open.
      batch.csv.destroy();
    }
  }

  /**
   * Schedules a batch. Whether a second request would be refused or move the start is not documented: read the batch first.
   * @param at milliseconds since the epoch
   * @returns the start Bolna names in its answer, if it names one
   */
  async scheduleBatch(
    batchId: string,
    at: number,
    options: { bypassCallGuardrails?: boolean | undefined } = {},
    signal?: AbortSignal,
  ): Promise<{ startsAt: number | undefined }> {
    const form = new FormData();
    form.append('scheduled_at', formatScheduledAt(at));
    if (options.bypassCallGuardrails !== undefined) {
      form.append('bypass_call_guardrails', String(options.bypassCallGuardrails));
    }
    const path = `/batches/${encodeURIComponent(batchId)}/schedule`;
    const ask = {
      endpoint: 'schedule',
      action: 'schedule the batch',
      method: 'POST',
      path,
      ...multipart(form),
      signal,
    } as const;
    const answer = await this.http.json(ask, scheduleAnswerSchema);
    return { startsAt: startInState(answer?.state ?? undefined) };
  }

  async getBatch(batchId: string, signal?: AbortSignal): Promise<Batch> {
    const path = `/batches/${encodeURIComponent(batchId)}`;
    const action = 'read the batch';
    const batch = await this.http.needJson({ endpoint: 'get', action, method: 'GET', path, signal }, batchSchema);
    if (batch.batchId !== '' && batch.batchId !== batchId) {
      throw new BolnaError('unavailable', { action, detail: 'an answer about another batch' });
    }
    if (batch.batchId === '' && batch.status === NO_STATUS)
      throw new BolnaError('unavailable', { action, detail: 'an answer that names neither a batch nor a status' });
    return { ...batch, batchId };
  }

  /** Asks Bolna to stop a batch. A 404 (`not-found`) only says there was nothing to stop: read the batch to know. */
  async stopBatch(batchId: string, signal?: AbortSignal): Promise<void> {
    const path = `/batches/${encodeURIComponent(batchId)}/stop`;
    await this.http.json(
      { endpoint: 'stop', action: 'stop the batch', method: 'POST', path, signal },
      doneAnswerSchema,
    );
  }

  async deleteBatch(batchId: string, signal?: AbortSignal): Promise<void> {
    const path = `/batches/${encodeURIComponent(batchId)}`;
    await this.http.json(
      { endpoint: 'delete', action: 'delete the batch', method: 'DELETE', path, signal },
      doneAnswerSchema,
    );
  }

  /**
   * An agent's batches about one thing, newest first. An agent without batches may be answered 404: that is an empty list.
   * @param about a batch ID, or how the file's name begins
   */
  async listBatches(agentId: string, about: string, signal?: AbortSignal): Promise<Batch[]> {
    const path = `/batches/${encodeURIComponent(agentId)}/all`;
    try {
      const batches = await this.http.needJson(
        { endpoint: 'list', action: "list the agent's batches", method: 'GET', path, signal },
        batchListSchema(about),
      );
      return batches.filter((batch) => batch.batchId !== '');
    } catch (error) {
      if (isBolnaError(error, 'not-found')) return [];
      throw error;
    }
  }

  /** Every execution of a batch, in stretches, from a position on. See `readExecutions`. */
  executions(batchId: string, reading?: ExecutionsReading): AsyncGenerator<ExecutionsStretch> {
    return readExecutions(this.http, batchId, reading);
  }

  /** One execution as Bolna gives it. @throws BolnaError `not-found` */
  async execution(executionId: string, signal?: AbortSignal): Promise<Execution> {
    const path = `/executions/${encodeURIComponent(executionId)}`;
    const action = 'read the call';
    return this.http.needJson({ endpoint: 'execution', action, method: 'GET', path, signal }, executionSchema);
  }

  /** Asks Bolna to stop one call that is queued or scheduled. Its answer is no proof: read the execution to know. */
  async stopCall(executionId: string, signal?: AbortSignal): Promise<void> {
    const path = `/call/${encodeURIComponent(executionId)}/stop`;
    await this.http.json(
      { endpoint: 'stop-call', action: 'stop the call', method: 'POST', path, signal },
      doneAnswerSchema,
    );
  }

  /**
   * The executions of an agent that were created in the seven days up to a time, of whatever batch, newest first.
   * @param atMost how many are wanted; they are read 50 at a time
   * @param until milliseconds since the epoch
   */
  async agentExecutions(agentId: string, atMost: number, until: number, signal?: AbortSignal): Promise<Execution[]> {
    const dates = { from: new Date(until - LONGEST_LIST_MS).toISOString(), to: new Date(until).toISOString() };
    const path = `/v2/agent/${encodeURIComponent(agentId)}/executions`;
    const found: Execution[] = [];
    for (let page = 1; found.length < atMost; page++) {
      const query = { page_number: page, page_size: EXECUTIONS_PAGE_SIZE, ...dates };
      const ask = {
        endpoint: 'agent-executions',
        action: "read the agent's executions",
        method: 'GET',
        path,
        query,
        signal,
      } as const;
      const { executions, hasMore } = await this.http.needJson(ask, executionsAnswerSchema);
      found.push(...executions);
      if (!hasMore || executions.length === 0) break;
    }
    return found.slice(0, atMost);
  }

  /** What an agent says and when it may call. An account without this path answers 404, as for an agent that there is not. */
  async agent(agentId: string, signal?: AbortSignal): Promise<Agent> {
    const path = `/v2/agent/${encodeURIComponent(agentId)}`;
    return this.http.needJson(
      { endpoint: 'agent', action: 'read the agent', method: 'GET', path, signal },
      agentSchema,
    );
  }

  /**
   * Where a recording is, by an execution's `recording_url`: see `askForRecording`. A link that is not Bolna's comes back as it is, and
   * is sent nothing.
   */
  async recording(address: string, signal?: AbortSignal): Promise<Recording> {
    const path = recordingPath(address, this.connection.baseUrl);
    return path === undefined ? { link: address } : askForRecording(this.http, path, signal);
  }

  /** The account behind the key: wallet and concurrency. */
  async account(signal?: AbortSignal): Promise<Account> {
    const { wallet, concurrency } = await this.http.needJson(
      { endpoint: 'me', action: 'read the account', method: 'GET', path: '/user/me', signal },
      accountSchema,
    );
    return { wallet: walletOf(wallet, this.connection.walletUnit), concurrency };
  }

  async close(): Promise<void> {
    await Promise.all([this.http.close(), this.#urgent?.close()]);
  }
}

/** The form as a stream with its length known, so that a large file is never held in memory. */
function multipart(form: FormData): { body: Readable; headers: Record<string, string> } {
  const headers = { ...form.getHeaders(), 'content-length': String(form.getLengthSync()) };
  // A failing source (storage gone in the middle) must fail the request instead of leaving it open.
  const body = new PassThrough();
  form.on('error', (error) => body.destroy(error));
  return { body: form.pipe(body), headers };
}
