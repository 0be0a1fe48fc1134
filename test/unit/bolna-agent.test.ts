import { type Agent, agentSchema, filledIn, variablesOf } from '../../bolna/agent';

const COLUMNS = ['contact_number', 'customer_name', 'first name', 'city'];

function missing(answer: Record<string, unknown>, columns: readonly string[] = COLUMNS): string[] {
  return variablesOf(agentSchema.parse(answer), columns)
    .filter(({ name }) => !columns.includes(name))
    .map(({ name, where }) => `${name}: ${where}`);
}

function used(answer: Record<string, unknown>): string[] {
  return variablesOf(agentSchema.parse(answer), COLUMNS).map(({ name }) => name);
}

test.each<[what: string, answer: Record<string, unknown>, missing: string[]]>([
  ['the welcome message', { agent_welcome_message: 'Hi {name}' }, ['name: the welcome message']],
  ['a prompt', { agent_prompts: { task_1: { system_prompt: 'Ask {name}' } } }, ['name: the prompt']],
  [
    'prompts of several tasks',
    { agent_prompts: { task_1: { system_prompt: '{a}' }, task_2: { system_prompt: '{b}' } } },
    ['a: the prompt', 'b: the prompt'],
  ],
  [
    'a prompt in another language',
    { tasks: [{ tools_config: { multilingual_config: { languages: { hi: { system_prompt: '{नाम}' } } } } }] },
    ['नाम: the prompt'],
  ],
  [
    'the hangup message in one of its languages',
    { tasks: [{ task_config: { call_hangup_message: { en: 'Bye', hi: '{name}' } } }] },
    ['name: the hangup message'],
  ],
  [
    'a node of a graph',
    { tasks: [{ tools_config: { llm_agent: { llm_config: { nodes: [{ prompt: 'Order {order}' }] } } } }] },
    ['order: a node'],
  ],
  [
    'two places',
    { agent_welcome_message: '{name}', agent_prompts: { task_1: { system_prompt: '{name}' } } },
    ['name: the welcome message, the prompt'],
  ],
  [
    'an answer in an envelope',
    { data: { agent_config: { agent_welcome_message: '{name}' } } },
    ['name: the welcome message'],
  ],
  [
    'a name with spaces, where a person hears it',
    { agent_welcome_message: 'Hi {last name}' },
    ['last name: the welcome message'],
  ],
  ['doubled braces', { agent_welcome_message: 'Hi {{name}}' }, ['name: the welcome message']],
  ['a name in another case', { agent_welcome_message: 'Hi {Customer_Name}' }, ['Customer_Name: the welcome message']],
  [
    "a variable of another call's data",
    { agent_welcome_message: 'Hi {recipient_data.name}' },
    ['name: the welcome message'],
  ],
])('finds a variable without a column in %s', (_, answer, expected) => {
  expect(missing(answer)).toEqual(expected);
});

test.each<[what: string, answer: Record<string, unknown>]>([
  ['a column', { agent_welcome_message: 'Hi {customer_name} {first name} { city }, {recipient_data.city}' }],
  [
    'what Bolna knows of every call',
    {
      agent_welcome_message:
        '{agent_id} {execution_id} {call_sid} {from_number} {to_number} {current_date} {current_time} {timezone}',
    },
  ],
  [
    'what Bolna knows in a graph',
    {
      agent_prompts: {
        task_1: {
          system_prompt: '{recipient_data.current_hour} {recipient_data.user_number} {detected_language} {_node_turns}',
        },
      },
    },
  ],
  [
    'what an edge has asked for',
    { nodes: [{ prompt: '{order_id}', edges: [{ to_node_id: 'x', parameters: { order_id: 'string' } }] }] },
  ],
  ['the next agent in a handoff', { handoff_message: 'Let me connect you with {agent_name} who speaks {language}' }],
  [
    'JSON in a prompt',
    { agent_prompts: { task_1: { system_prompt: 'Answer {"name": "x"} or {a: 1} or {\n  name\n} or {}' } } },
  ],
  ['an instruction in a prompt', { agent_prompts: { task_1: { system_prompt: '{wait for the answer}' } } }],
])('takes %s for no missing variable', (_, answer) => {
  expect(missing(answer)).toEqual([]);
});

test('knows the columns that the words use, also one of a name that Bolna fills in', () => {
  const answer = { agent_welcome_message: '{city} {timezone} {unknown}' };
  expect(used(answer)).toEqual(['city', 'unknown']);
  expect(variablesOf(agentSchema.parse(answer), ['timezone']).map(({ name }) => name)).toContain('timezone');
});

test('knows what a function passes on', () => {
  const tools_params = { book: { param: '{"who": "%(customer_name)s", "sid": "%(call_sid)s"}' } };
  expect(agentSchema.parse({ tasks: [{ tools_config: { api_tools: { tools_params } } }] }).passedOn).toEqual([
    'customer_name',
    'call_sid',
  ]);
});

test('reads hours, rescheduling, the name and the first words', () => {
  expect(
    agentSchema.parse({
      agent_name: 'Asha',
      agent_welcome_message: { hi: 'नमस्ते', en: 'Hello' },
      calling_guardrails: { call_start_hour: 9, call_end_hour: 21 },
      tasks: [{ task_config: {} }, { task_config: { auto_reschedule: true } }],
    }),
  ).toMatchObject({ name: 'Asha', welcome: 'Hello', guardrails: { startHour: 9, endHour: 21 }, autoReschedule: true });
});

test('tells what is off from what the answer does not show', () => {
  const off = { calling_guardrails: null, webhook_url: null, tasks: [{ task_config: { auto_reschedule: false } }] };
  expect(agentSchema.parse(off)).toMatchObject({ guardrails: null, autoReschedule: false, hasWebhook: false });
  expect(agentSchema.parse({ ...off, webhook_url: 'https://example.com/' }).hasWebhook).toBe(true);
});

const NOTHING: Agent = {
  name: null,
  welcome: null,
  texts: [],
  extracted: [],
  passedOn: [],
  guardrails: undefined,
  autoReschedule: undefined,
  hasWebhook: undefined,
};

test.each<[what: string, answer: Record<string, unknown>]>([
  ['nothing', {}],
  ['nulls', { agent_name: null, agent_welcome_message: null, auto_reschedule: null, tasks: null, agent_prompts: null }],
  [
    'other types',
    { agent_name: 7, agent_welcome_message: 7, calling_guardrails: [9, 21], tasks: 'none', tools_params: 7 },
  ],
  ['hours that are none', { calling_guardrails: { call_start_hour: '9', call_end_hour: 24 } }],
  ['rescheduling that is not quite on', { auto_reschedule: 'true' }],
])('takes %s for nothing known', (_, answer) => {
  expect(agentSchema.parse(answer)).toEqual(NOTHING);
});

test('reads an agent of any depth and size in a moment', () => {
  let deep: Record<string, unknown> = { system_prompt: '{name}' };
  for (let level = 0; level < 2_000; level++) deep = { tasks: [deep] };
  const long = { agent_welcome_message: `{${' '.repeat(200_000)}`, system_prompt: '{'.repeat(200_000) };
  const began = performance.now();
  expect(agentSchema.parse(deep).texts).toEqual([]);
  expect(variablesOf(agentSchema.parse(long), [])).toEqual([]);
  expect(performance.now() - began).toBeLessThan(2_000);
});

test('fills a text in, and leaves what it does not know in its braces', () => {
  const text = 'Hi { customer_name } of {recipient_data.city}, it is {current_time}. {toString} {"a": 1}';
  expect(filledIn(text, { customer_name: 'Asha', city: '' })).toBe(
    'Hi Asha of , it is {current_time}. {toString} {"a": 1}',
  );
});
