import { z } from 'zod';
import type { Account } from './account';
import type { Agents } from './agents';
import { type Answer, ApiError, json, notFound } from './answers';
import { isE164 } from './contacts-file';
import type { Dialect } from './dialect';
import { agentExecutions, batchExecutions } from './executions';
import type { Form } from './form';
import type { Batch, Execution } from './model';
import type { Operation } from './operations';
import type { Overrides } from './overrides';
import { type RecordingStorage, recordingAnswer } from './recordings';
import { renderBatch, renderExecution } from './render';
import { parseRetryConfig } from './retry-config';
import type { Route } from './routes';
import type { SimulatorRules } from './rules';
import { writeStart } from './start-time';

export interface ApiSetup {
  account: Account;
  rules: SimulatorRules;
  dialect: Dialect;
  overrides: Overrides;
  agents: Agents;
  storage: RecordingStorage;
  /** Does it and writes it down; throws ApiError where it is refused. */
  perform: (operation: Operation) => Batch | undefined;
}

export interface Call {
  route: Route;
  query: Record<string, string>;
  form: Form;
}

const uuidSchema = z.guid();

/** The answers of the API: what the requests mean, without how they travel. */
export class Api {
  readonly #setup: ApiSetup;

  constructor(setup: ApiSetup) {
    this.#setup = setup;
  }

  /** The answer, and for `create` the batch that was made. */
  handle(call: Call): { answer: Answer; created?: string } {
    const { account, rules, dialect, overrides } = this.#setup;
    const { route, query } = call;
    switch (route.endpoint) {
      case 'create':
        return this.#create(call.form);
      case 'schedule':
        return { answer: this.#schedule(route.id, call.form) };
      case 'get':
        return { answer: json(200, this.#show(account.find(route.id))) };
      case 'executions':
        return { answer: batchExecutions(account.find(route.id), route.v2, query, rules, dialect, overrides) };
      case 'stop':
        this.#setup.perform({ op: 'stop', batchId: route.id });
        return { answer: json(200, { message: dialect.phrase('success'), state: dialect.phrase('stopped') }) };
      case 'execution':
        return { answer: json(200, this.#showCall(account.findExecution(route.id))) };
      case 'stop-call':
        this.#setup.perform({ op: 'stop-call', executionId: account.findExecution(route.id).id });
        return {
          answer: json(200, {
            message: dialect.phrase('done'),
            status: dialect.phrase('stopped'),
            execution_id: route.id,
          }),
        };
      case 'delete':
        this.#setup.perform({ op: 'delete', batchId: route.id });
        return { answer: json(200, { message: dialect.phrase('success'), state: dialect.phrase('deleted') }) };
      case 'list':
        this.#checkAgent(route.id);
        return {
          answer: json(
            200,
            dialect.list(account.listOf(route.id)).map((batch) => this.#show(batch)),
          ),
        };
      case 'agent-executions':
        this.#checkAgent(route.id);
        return { answer: agentExecutions(account, route.id, query, rules, dialect, overrides) };
      case 'agent':
        this.#checkAgent(route.id);
        return { answer: json(200, this.#setup.agents.show(route.id)) };
      case 'agents':
        return { answer: json(200, this.#setup.agents.list()) };
      case 'me':
        return { answer: json(200, this.#me()) };
      case 'recording':
        return { answer: this.#recording(route.id) };
      default:
        throw notFound.path();
    }
  }

  /** What the storage of the recordings answers, which is no part of the API. */
  handleStorage({ route, query }: Pick<Call, 'route' | 'query'>, keyed: boolean): Answer {
    const { account, storage } = this.#setup;
    return storage.answer(route.id, query, account.timeline.now, keyed);
  }

  #recording(executionId: string): Answer {
    const { account, rules, storage } = this.#setup;
    for (const { executions } of account.batches.values()) {
      const execution = executions.find(({ id }) => id === executionId);
      if (execution) return recordingAnswer(execution, rules, storage, account.timeline.now);
    }
    return recordingAnswer(undefined, rules, storage, account.timeline.now);
  }

  #show(batch: Batch): Record<string, unknown> {
    const { account, rules, dialect, overrides } = this.#setup;
    return overrides.batch(batch.id, renderBatch(batch, rules, dialect, account.timeline.now));
  }

  #showCall(execution: Execution): Record<string, unknown> {
    const { rules, dialect, overrides } = this.#setup;
    return overrides.execution(execution, renderExecution(execution, rules, dialect));
  }

  #checkAgent(agentId: string): void {
    if (!uuidSchema.safeParse(agentId).success) throw new ApiError(422, { detail: 'agent_id must be a valid UUID' });
    if (!this.#setup.agents.has(agentId)) throw notFound.agent();
  }

  #create(form: Form): { answer: Answer; created?: string } {
    const agentId = required(form, 'agent_id');
    if (form.file === undefined) throw new ApiError(422, { detail: 'file: Field required' });
    this.#checkAgent(agentId);
    const fromNumbers = form.fields.from_phone_numbers ?? [];
    if (!fromNumbers.every(isE164)) throw new ApiError(422, { detail: 'from_phone_numbers must be in E.164 format' });
    const batch = this.#setup.perform({
      op: 'create',
      request: {
        agentId,
        fileName: form.file.name,
        csv: form.file.text,
        fromNumbers,
        retry: parseRetryConfig(form.fields.retry_config?.[0]),
        webhookUrl: form.fields.webhook_url?.[0] ?? null,
      },
    });
    const id = batch?.id ?? '';
    const { rules, dialect } = this.#setup;
    return { answer: json(rules.createStatus, { batch_id: id, state: dialect.batchStatus('created') }), created: id };
  }

  #schedule(batchId: string, form: Form): Answer {
    const { account, rules, dialect, perform } = this.#setup;
    account.find(batchId);
    const scheduledAt = required(form, 'scheduled_at');
    const bypass = form.fields.bypass_call_guardrails?.[0] ?? 'false';
    if (!/^(true|false)$/i.test(bypass)) {
      throw new ApiError(422, { detail: 'bypass_call_guardrails must be true or false' });
    }
    const batch = perform({ op: 'schedule', batchId, scheduledAt, bypassGuardrails: /true/i.test(bypass) });
    const at = writeStart(batch?.scheduledAt ?? 0, 'offset');
    const state = rules.scheduleState === 'bare' ? 'scheduled' : `scheduled at ${at}`;
    return json(rules.scheduleStatus, { message: dialect.phrase('success'), state: dialect.phrase(state) });
  }

  #me(): Record<string, unknown> {
    const { account, rules } = this.#setup;
    return {
      id: '5a3c1f0e-7a5b-4a52-9f0c-3f1f6f0a1b2c',
      name: 'Simulated Account',
      email: 'account@example.com',
      // To a ten-thousandth of a cent: 0.07 * 100 is 7.000000000000001 otherwise.
      wallet: rules.walletUnit === 'cents' ? Math.round(account.dialler.wallet * 1e6) / 1e4 : account.dialler.wallet,
      concurrency: { max: rules.concurrency, current: account.dialler.onLine },
    };
  }
}

function required(form: Form, name: string): string {
  const value = form.fields[name]?.[0];
  if (value === undefined || value === '') throw new ApiError(422, { detail: `${name}: Field required` });
  return value;
}
