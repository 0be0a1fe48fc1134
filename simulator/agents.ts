import type { Words } from './dialect';

/** Fields of an agent, by the names of `GET /v2/agent/{id}`. One that is undefined is missing from the answer. */
export type AgentSettings = Record<string, unknown>;

export interface AgentsSetup {
  /** The agents there are. Default: any UUID. */
  agents?: string[];
  unknownAgents?: string[];
  agent?: AgentSettings;
}

/** The one that `GET /v2/agent/all` lists where any UUID is an agent. */
const ANY_AGENT = '00000000-0000-4000-8000-000000000001';

/** The agents of the account. They have the same settings: what tells them apart is of no matter to a batch. */
export class Agents {
  readonly #known: readonly string[] | undefined;
  readonly #unknown: readonly string[];
  readonly #words: Words;
  #settings: AgentSettings;

  constructor({ agents, unknownAgents = [], agent = {} }: AgentsSetup, words: Words) {
    this.#known = agents;
    this.#unknown = unknownAgents;
    this.#words = words;
    this.#settings = agent;
  }

  has(agentId: string): boolean {
    return (this.#known?.includes(agentId) ?? true) && !this.#unknown.includes(agentId);
  }

  set(settings: AgentSettings): void {
    this.#settings = settings;
  }

  list(): Record<string, unknown>[] {
    const ids = this.#known ?? [ANY_AGENT];
    return this.#words.list(ids.map((id) => ({ id }))).map(({ id }) => this.show(id));
  }

  /** An agent with the fields that the schema `AgentV2` declares, and some that only examples have. */
  show(agentId: string): Record<string, unknown> {
    return this.#words.object({
      id: agentId,
      agent_name: 'Simulated agent',
      agent_type: 'other',
      agent_status: 'processed',
      created_at: '2026-01-23T01:14:37Z',
      updated_at: '2026-01-29T18:31:22Z',
      tasks: [{ task_type: 'conversation', task_config: { call_terminate: 180, auto_reschedule: false } }],
      ingest_source_config: null,
      agent_prompts: { task_1: { system_prompt: 'You remind people of their appointments. Be short and friendly.' } },
      ...this.#words.added(
        {
          agent_welcome_message: 'Hello, I am calling about your appointment.',
          webhook_url: null,
          calling_guardrails: null,
        },
        agentId,
      ),
      ...this.#settings,
    });
  }
}
