import { z } from 'zod';

/** An agent as far as it decides what a person hears, and when. Everything else of Bolna's answer is left alone. */
export interface Agent {
  name: string | null;
  /** The first words of a call, as they are written. Null where the answer has none. */
  welcome: string | null;
  /** Every text that is spoken or that the model reads, the welcome message included. */
  texts: AgentText[];
  /** Names that the agent fills in by itself during the call. */
  extracted: string[];
  /** Names that a function of the agent takes from the call's data, as `%(name)s`. */
  passedOn: string[];
  /** Null where the agent calls at any hour; undefined where the answer has no hours that can be read. */
  guardrails: CallingHours | null | undefined;
  /** Whether people who ask for another time are called again; undefined where the answer does not say. */
  autoReschedule: boolean | undefined;
  /** Whether the agent posts its calls to an address of its own; undefined where the answer does not say. */
  hasWebhook: boolean | undefined;
}

export interface AgentText {
  /** What it is, for people: "the welcome message". */
  where: string;
  text: string;
  /** Whether a person hears it as it stands. */
  spoken: boolean;
}

/** When an agent may call, in whole hours where the person is: from `startHour`:00 until `endHour`:00. */
export interface CallingHours {
  startHour: number;
  endHour: number;
}

/**
 * Variables that Bolna fills in itself. Sources: "System Variables" of `guides/prompting/using-context`, "Built-in variables" of
 * `graph-agent/variables` and `graph-agent/edges-and-routing`. The latter write them with `recipient_data.` in front, which is left
 * out here.
 */
const BUILT_IN: ReadonlySet<string> = new Set([
  ...['agent_id', 'execution_id', 'call_sid', 'from_number', 'to_number', 'current_date', 'current_time', 'timezone'],
  ...[
    'current_hour',
    'current_minute',
    'current_weekday',
    'current_day',
    'current_month',
    'current_year',
    'user_number',
  ],
  ...['detected_language', '_node_turns', '_total_turns', '_silence_repeats'],
]);
/** Of a handoff message alone (`agent-setup/agent-tab`). */
const OF_HANDOFFS: ReadonlySet<string> = new Set(['agent_name', 'language']);
const HANDOFF = 'a handoff message';

/**
 * Fields with text, by the names that Bolna's pages use: the agent's own (`api-reference/agent/v2/create`), those of graph agents
 * (`graph-agent/agent-setup`, `graph-agent/static-nodes`), and messages by language (`customizations/auto-switch-multilingual-messages`).
 */
const TEXTS: Readonly<Record<string, Omit<AgentText, 'text'>>> = {
  agent_welcome_message: { where: 'the welcome message', spoken: true },
  call_hangup_message: { where: 'the hangup message', spoken: true },
  check_user_online_message: { where: 'the message to a silent person', spoken: true },
  pre_call_message: { where: 'a message before a function', spoken: true },
  handoff_message: { where: HANDOFF, spoken: true },
  static_message: { where: 'a static node', spoken: true },
  system_prompt: { where: 'the prompt', spoken: false },
  agent_information: { where: 'the prompt', spoken: false },
  prompt: { where: 'a node', spoken: false },
  condition: { where: 'a condition', spoken: false },
  routing_instructions: { where: 'the routing instructions', spoken: false },
};

/** Nesting of real agents ends at about a dozen. */
const DEEPEST = 40;

const hours = z.object({ call_start_hour: z.int().min(0).max(23), call_end_hour: z.int().min(0).max(23) });

/** An agent, from whatever shape of answer holds one. Fields of other types than documented count as missing. */
export const agentSchema = z.looseObject({}).transform((answer): Agent => {
  const agent: Agent = {
    name: null,
    welcome: null,
    texts: [],
    extracted: [],
    passedOn: [],
    guardrails: undefined,
    autoReschedule: undefined,
    hasWebhook: undefined,
  };
  collect(agent, answer, 0);
  return agent;
});

function collect(agent: Agent, part: unknown, depth: number): void {
  if (typeof part !== 'object' || part === null || depth > DEEPEST) return;
  for (const [key, value] of Object.entries(part)) {
    const kind = Object.hasOwn(TEXTS, key) ? TEXTS[key] : undefined;
    if (kind) for (const text of stringsIn(value)) agent.texts.push({ ...kind, text });
    if (key === 'agent_name' && typeof value === 'string') agent.name ??= value;
    else if (key === 'agent_welcome_message') agent.welcome ??= inFirstLanguage(value);
    else if (key === 'auto_reschedule' && typeof value === 'boolean') agent.autoReschedule ||= value;
    else if (key === 'webhook_url') agent.hasWebhook ||= typeof value === 'string' && value !== '';
    else if (key === 'calling_guardrails') agent.guardrails ??= hoursIn(value);
    // Of a graph agent's edges: what is asked for on the way (`graph-agent/edges-and-routing`, "Inline data extraction").
    else if (key === 'parameters' && 'to_node_id' in part) agent.extracted.push(...Object.keys(Object(value)));
    else if (key === 'tools_params') agent.passedOn.push(...[...JSON.stringify(value).matchAll(PASSED_ON)].map(nameIn));
    if (!kind || key === 'prompt') collect(agent, value, depth + 1);
  }
}

const PASSED_ON = /%\(([^()%]{1,100})\)s/g;

/** A text, or one for each language. */
function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  const texts = typeof value === 'object' && value !== null ? Object.values(value) : [];
  return texts.filter((text) => typeof text === 'string');
}

/** English where there are several, as Bolna itself falls back. */
function inFirstLanguage(value: unknown): string | null {
  const [first] = stringsIn(value);
  const english: unknown = Object(value).en;
  return typeof english === 'string' ? english : (first ?? null);
}

function hoursIn(value: unknown): CallingHours | null | undefined {
  if (value === null) return null;
  const { data } = hours.safeParse(value);
  return data && { startHour: data.call_start_hour, endHour: data.call_end_hour };
}

/** What a text calls a variable: `{name}`, one line and without braces, quotes or colons, which are JSON's. */
const VARIABLE = /\{([^{}":\r\n]{1,100})\}/g;
/** Where the model reads `{wait for an answer}`, it may be an instruction; nobody hears it. */
const ONE_WORD = /^[\p{L}_][\p{L}\p{M}\p{N}_.-]*$/u;
/** Columns are in there as well (`graph-agent/variables`). */
const RECIPIENT_DATA = 'recipient_data.';

/** A variable of the file that an agent uses, and where. */
export interface UsedVariable {
  name: string;
  /** For people: "the welcome message, the prompt". */
  where: string;
}

/**
 * The variables that an agent takes from the columns of the contacts, in the order in which they are met. Those that Bolna or the agent
 * fills in are not among them, except those that the file has a column for.
 * @param columns of the contacts, which Bolna matches by their exact names (`guides/prompting/using-context`)
 */
export function variablesOf(agent: Agent, columns: readonly string[]): UsedVariable[] {
  const found = new Map<string, Set<string>>();
  const ownColumns = new Set(columns);
  const extracted = new Set(agent.extracted);
  for (const { where, text, spoken } of agent.texts) {
    for (const match of text.matchAll(VARIABLE)) {
      const name = variableName(nameIn(match));
      if (!ownColumns.has(name)) {
        if (BUILT_IN.has(name) || extracted.has(name) || (where === HANDOFF && OF_HANDOFFS.has(name))) continue;
        if (!spoken && !ONE_WORD.test(name)) continue;
      }
      found.set(name, (found.get(name) ?? new Set()).add(where));
    }
  }
  return [...found].map(([name, places]) => ({ name, where: [...places].join(', ') }));
}

/** A text as a person hears it. What is not among the values stays in its braces. */
export function filledIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(VARIABLE, (whole, written: string) => {
    const name = variableName(written);
    return (Object.hasOwn(values, name) ? values[name] : undefined) ?? whole;
  });
}

function nameIn(match: RegExpMatchArray): string {
  return match[1] ?? '';
}

function variableName(written: string): string {
  const name = written.trim();
  return name.startsWith(RECIPIENT_DATA) ? name.slice(RECIPIENT_DATA.length) : name;
}
