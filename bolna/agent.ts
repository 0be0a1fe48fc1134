import { z } from 'zod';
import type { BolnaHttp } from './http';

/** Of an agent, what decides when people are called and what they hear. `undefined`: the answer does not say. */
export interface AgentSettings {
  /** Whole hours, where the person is; null where the agent calls at any hour. */
  callingHours: { start: number; end: number } | null | undefined;
  /** Whether a person who asks for another time is called again then. */
  autoReschedule: boolean | undefined;
  /** Whether the agent posts its calls to an address of its own. */
  hasWebhook: boolean | undefined;
  /** Names in braces in the prompts and the welcome message, each once. */
  variables: readonly string[];
}

const hour = z.coerce.number().int().min(0).max(24);
const hoursSchema = z.object({ call_start_hour: hour, call_end_hour: hour });
const agentSchema = z.record(z.string(), z.unknown());

/** Deeper than any agent's settings. */
const MOST_LEVELS = 12;

/** An agent's settings, by `GET /v2/agent/{id}`. @throws BolnaError; `not-found` also where the account has no such address */
export async function readAgent(http: BolnaHttp, agentId: string, signal?: AbortSignal): Promise<AgentSettings> {
  const path = `/v2/agent/${encodeURIComponent(agentId)}`;
  const ask = { endpoint: 'agent', action: 'read the agent', method: 'GET', path, signal } as const;
  return settingsOf(await http.needJson(ask, agentSchema));
}

/** The documentation shows the fields at several levels (`agent_config`, `tasks[].task_config`), so each is looked for by its name. */
export function settingsOf(agent: unknown): AgentSettings {
  const hours = valuesOf(agent, 'calling_guardrails');
  const hooks = valuesOf(agent, 'webhook_url');
  const spoken = [...valuesOf(agent, 'agent_prompts'), ...valuesOf(agent, 'agent_welcome_message')];
  return {
    callingHours: hours.length === 0 ? undefined : hoursOf(hours),
    autoReschedule: booleanOf(valuesOf(agent, 'auto_reschedule')),
    hasWebhook: hooks.length === 0 ? undefined : hooks.some((hook) => typeof hook === 'string' && hook !== ''),
    variables: [...new Set(spoken.flatMap(textsIn).flatMap(namesIn))],
  };
}

function hoursOf(found: readonly unknown[]): AgentSettings['callingHours'] {
  const set = found.filter((value) => value !== null);
  if (set.length === 0) return null;
  const { data } = hoursSchema.safeParse(set[0]);
  return data && { start: data.call_start_hour, end: data.call_end_hour };
}

function booleanOf(found: readonly unknown[]): boolean | undefined {
  const said = found.filter((value) => typeof value === 'boolean');
  return said.length === 0 ? undefined : said.includes(true);
}

/** What stands under a name, at whatever level. */
function valuesOf(value: unknown, name: string, level = 0): unknown[] {
  if (typeof value !== 'object' || value === null || level > MOST_LEVELS) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === name ? [inner] : valuesOf(inner, name, level + 1)));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function namesIn(text: string): string[] {
  return [...text.matchAll(/\{\s*([A-Za-z_][\w]{0,60})\s*\}/g)].map(([, name = '']) => name);
}
