import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentFile } from '../../simulator/flags';
import type { DialectName } from '../../simulator/rules';
import { AGENT, SimulatorRig } from '../support/simulator';

let rig: SimulatorRig;
afterEach(() => rig?.close());

const started = async (options: Parameters<typeof SimulatorRig.start>[0] = {}) => {
  rig = await SimulatorRig.start(options);
  return rig;
};

/** The fields that Bolna's schema AgentV2 declares. */
const DECLARED = [
  ...['id', 'agent_name', 'agent_type', 'agent_status', 'created_at', 'updated_at', 'tasks'],
  ...['ingest_source_config', 'agent_prompts'],
];

test.each<[DialectName, string[]]>([
  ['documented', ['agent_welcome_message', 'webhook_url', 'calling_guardrails']],
  ['older', []],
])('an agent has its documented fields in the %s dialect', async (dialect, more) => {
  const { status, json } = await (await started({ rules: { dialect } })).get(`/v2/agent/${AGENT}`);
  expect(status).toBe(200);
  expect(Object.keys(json).sort()).toEqual([...DECLARED, ...more].sort());
  expect(json).toMatchObject({ id: AGENT, agent_status: 'processed' });
});

test('an agent has fields that nobody knows in the strange dialect, and those that are set', async () => {
  const agent = { agent_welcome_message: 'Hi {name}' };
  const { json } = await (await started({ rules: { dialect: 'strange' }, agent })).get(`/v2/agent/${AGENT}`);
  expect(json).toMatchObject({ id: AGENT, ...agent });
  expect(Object.keys(json).length).toBeGreaterThan(DECLARED.length);
});

test('its settings can be changed, and a field be taken away', async () => {
  await started();
  rig.simulator.setAgent({ agent_name: 'Nina', agent_prompts: undefined });
  const { json } = await rig.get<{ agent_name: string }>(`/v2/agent/${AGENT}`);
  expect(json.agent_name).toBe('Nina');
  expect(json).not.toHaveProperty('agent_prompts');
});

test('all agents are listed: those there are, or one where any UUID is one', async () => {
  const other = '00000000-0000-4000-8000-0000000000aa';
  const { json } = await (await started({ agents: [AGENT, other] })).get('/v2/agent/all');
  expect(json).toMatchObject([{ id: AGENT }, { id: other }]);
  await rig.close();
  expect((await (await started()).get('/v2/agent/all')).json).toHaveLength(1);
});

test.each([
  ['/v2/agent/no-uuid', 422],
  [`/v2/agent/${AGENT}`, 404],
])('%s is answered %d', async (path, status) => {
  expect((await (await started({ unknownAgents: [AGENT] })).get(path)).status).toBe(status);
});

test('settings come from a file with one JSON object', () => {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-agents-'));
  const file = (text: string) => {
    writeFileSync(join(folder, 'agent.json'), text);
    return join(folder, 'agent.json');
  };
  expect(agentFile(file('{"agent_name": "Nina"}'))).toEqual({ agent_name: 'Nina' });
  for (const text of ['[]', '"x"', 'null', '{']) expect(() => agentFile(file(text))).toThrow('one JSON object');
  expect(() => agentFile(join(folder, 'none.json'))).toThrow('one JSON object');
  rmSync(folder, { recursive: true });
});
