import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { CampaignClient } from '../../client/campaigns';
import { newToken } from '../../client/gateway/tokens';
import { headline } from '../../client/run/follow';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import { CliRig, type Ended } from '../support/cli';
import { commandLine, documentedCommands } from '../support/documents';
import { prepared } from '../support/env';
import { until } from '../support/processes';
import { AGENT, csvOf, HOUR } from '../support/rig';
import { runProgram } from '../support/run-program';

/** Every command of the documents, typed as it stands there. What a reader would put in its place is put in its place. */

const ID = 'morning-2026-06-23';
const TIME = '2026-06-23T12:30:00+05:30';
const tomorrow = new Date(Date.now() + 24 * HOUR).toISOString();

/** With its times from tomorrow on, as far apart as they are. */
function ahead(text: string): string {
  const from = Date.parse(tomorrow) - Date.parse(TIME);
  return text.replaceAll(/2026-06-\d\dT[\d:]+\+05:30/g, (time) => new Date(Date.parse(time) + from).toISOString());
}

let simulator: Simulator;
let rig: CliRig;
let address: string;
let connection: Connection;
let campaigns: CampaignClient;
let n = 0;

beforeAll(async () => {
  simulator = await startSimulator();
  rig = new CliRig({ BOLNA_API_KEY: 'bn-test', BOLNA_BASE_URL: simulator.url });
  rig.file('recipients.csv', csvOf(20));
  rig.file('tokens.txt', `${newToken({ name: 'crm', role: 'operator' }).line}\n`);
  rig.file('do-not-call.csv', '+12025550103\n');
  const worker = rig.start(['worker', '--embedded']);
  await until(worker.stderr, () => worker.stderr().includes('RUNNING'));
  address = /Temporal at (\S+),/.exec(worker.stderr())?.[1] ?? '';
  connection = await Connection.connect({ address });
  campaigns = new CampaignClient(new Client({ connection }));
  await Promise.all(['running', 'over', 'changed'].map((id) => start(id, AGENT)));
  await campaigns.stop('over');
  await campaigns.result('over');
});
afterAll(async () => {
  await connection?.close();
  await rig.endAll();
  await simulator.close();
  rig.close();
});

/** Starts a campaign that calls tomorrow, and waits until it waits. */
async function start(id: string, agentId: string): Promise<void> {
  await campaigns.start(id, { agentId, contacts: { csv: csvOf(20) }, startAt: tomorrow });
  await untilItWaits(id);
}

async function untilItWaits(id: string): Promise<void> {
  for await (const { state } of campaigns.progress(id)) if (state === 'waiting') return;
  throw new Error(`${id} has ended.`);
}

/** How a command is tried. */
interface Trial {
  /**
   * The campaign that its ID stands for: one that waits for its start, another whose start and budget are changed, one that is over, a
   * waiting one of its own, or none yet.
   */
  campaign?: 'running' | 'changed' | 'over' | 'own' | 'new';
  /** What is typed when it asks, at a terminal. */
  typed?: string;
  /** What it says when it works, of one that goes on until it is ended. */
  says?: RegExp;
  /** The exit code that is right, where it is not 0. */
  code?: number;
  /** Whether it needs a process to itself: it brings a server and a worker up. */
  alone?: boolean;
  /** What else is to be so at its end. */
  check?: (ended: Ended) => void;
  env?: () => NodeJS.ProcessEnv;
}

const elsewhere = () => ({ CAMPAIGN_HOME: join(rig.folder, `home-${++n}`) });
/** The agent of a simulation, where none is named: campaign IDs follow from it. */
const newcomer = () => ({ ...elsewhere(), BOLNA_AGENT_ID: '' });
const there = () => ({ TEMPORAL_ADDRESS: address });

/** The first that fits is how a command is tried. */
const TRIALS: readonly [RegExp, Trial][] = [
  [/^demo$/, { env: newcomer, alone: true, check: expectRecording }],
  [/^demo/, { env: elsewhere, alone: true }],
  [/^(validate|doctor)/, {}],
  // It watches its batch for a minute.
  [/^verify-api .*--call/, { typed: 'n\n', code: 2 }],
  [/^verify-api/, { says: /nobody is called/ }],
  [/^run .*--simulate/, { env: elsewhere, alone: true }],
  [/^run .*--dry-run/, {}],
  // Bolna takes no start within two minutes.
  [/^run/, { says: /Waiting for the start/, env: there }],
  [/^start .*--wait/, { says: /Waiting for the start/ }],
  [/^start/, {}],
  [/^(status|list)/, { campaign: 'running' }],
  [/^reschedule .*--yes/, { campaign: 'changed' }],
  [/^reschedule/, { campaign: 'changed', typed: 'y\n' }],
  [/^max-cost .*--yes/, { campaign: 'changed' }],
  [/^max-cost/, { campaign: 'changed', typed: 'y\n' }],
  [/^suppress .*--yes/, { campaign: 'changed' }],
  [/^suppress/, { campaign: 'changed', typed: 'y\n' }],
  [/^setup/, { env: there }],
  [/^watch/, { campaign: 'over', code: 3 }],
  // None of its rows ended so: it was stopped.
  [/^results .*--only/, { campaign: 'over', code: 3 }],
  [/^(results|report)/, { campaign: 'over' }],
  // It tells nobody.
  [/^callbacks/, { campaign: 'over', code: 2 }],
  [/^(stop|cancel) .*--yes/, { campaign: 'own' }],
  [/^(stop|cancel)/, { campaign: 'own', typed: 'y\n' }],
  // On a queue of its own: it takes over the campaigns of the others.
  [
    /^worker .*--make-current/,
    { says: /Campaigns are given to this version/, env: () => ({ ...there(), CAMPAIGN_TASK_QUEUE: 'of-its-own' }) },
  ],
  [/^worker --embedded/, { says: /RUNNING/, env: elsewhere }],
  [/^worker/, { says: /RUNNING/, env: there }],
  [/^serve/, { says: /Gateway at http/, env: there }],
  [/^token/, {}],
  [/^simulator/, { says: /http:\/\/127\.0\.0\.1:\d+/ }],
];

/** Commands that are more than a command of ours, each with the test that runs it, or as much of it as can be run. */
const ELSEWHERE: readonly [RegExp, test: string][] = [
  [/^npm ci && npm run demo$|^npm (ci|run check|test)$/, '.ci/run'],
  [/^npx jest (test\/unit\/pacing|--selectProjects unit)$/, 'test/unit/pacing.test.ts'],
  [/^npm run bench\b/, 'test/proof/bench.test.ts'],
  [/^npm run chaos\b/, 'test/proof/chaos.test.ts'],
  [/^npm run crash-dialects$/, 'test/proof/crash.test.ts'],
  [/^npm run production-check$/, 'test/unit/production-check.test.ts'],
  [/^export |^docker compose /, 'test/unit/compose.test.ts'],
  [/^temporal worker deployment set-current-version /, 'test/proof/deploy.test.ts'],
  [/^temporal workflow start /, 'test/integration/documents.test.ts'],
  [/^CAMPAIGN_\w+=\S+$/, 'test/integration/webhooks.test.ts'],
  [/^curl /, 'test/integration/documents.test.ts'],
];

const commands = documentedCommands().map(({ place, text }) => ({ place, text: text.replace(/^npx (?=bolna)/, '') }));
const isOurs = (text: string) => commandLine(text).program === 'bolna-campaigns';
const ours = [...new Set(commands.map(({ text }) => text).filter(isOurs))];

test('commands are found, and each that is not run here is run by another test', () => {
  expect(ours.length).toBeGreaterThan(30);
  const others = commands.filter(({ text }) => !isOurs(text));
  for (const { place, text } of others) {
    const [, by] = ELSEWHERE.find(([pattern]) => pattern.test(text)) ?? [];
    expect({ place, text, run: by !== undefined && existsSync(by) }).toEqual({ place, text, run: true });
  }
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const document of ['README.md', 'CONTRIBUTING.md', 'docs/reliability.md', 'docs/performance.md']) {
    for (const [, script = ''] of readFileSync(document, 'utf8').matchAll(/npm run ([\w-]+)/g)) {
      expect({ document, script, is: Object.keys(scripts).includes(script) }).toEqual({ document, script, is: true });
    }
  }
});

test.each(ours)('%s', async (text) => {
  const agent = `00000000-0000-4000-8000-${String(++n).padStart(12, '0')}`;
  const { env: given, args } = commandLine(ahead(text));
  const [, trial] = TRIALS.find(([pattern]) => pattern.test(args.join(' '))) ?? [];
  if (!trial) throw new Error(`There is no trial of "${text}".`);
  const { campaign = 'new', says } = trial;
  const id = campaign === 'own' || campaign === 'new' ? `campaign-${n}` : campaign;
  if (campaign === 'own') await start(id, agent);
  const line = args.map((word) => (word === ID ? id : word));
  if (args[0] === 'simulator' || args[0] === 'serve') line.push('--port', '0');
  const env = { BOLNA_AGENT_ID: agent, ...given, ...trial.env?.(), PATH: withBrowser() };
  if (says) {
    const going = rig.start(line, env);
    await until(
      () => `${text}\n${going.stdout()}${going.stderr()}`,
      () => says.test(going.stdout() + going.stderr()),
    );
    const { code } = await going.end('SIGINT');
    expect([0, 130]).toContain(code);
    return;
  }
  const ended = await carriedOut(line, env, trial);
  expect({ ...ended, code: trial.code ?? 0 }).toEqual(ended);
  trial.check?.(ended);
});

test("the README's temporal command starts a campaign", async () => {
  const text = commands.find((command) => command.text.startsWith('temporal workflow start'))?.text ?? '';
  const id = `campaign-${++n}`;
  const { args } = commandLine(ahead(text).replaceAll(ID, id).replace('…', AGENT));
  const started = await runProgram(prepared('TEST_CLI_PATH'), [...args, '--address', address]);
  expect(started).toMatchObject({ code: 0 });
  await untilItWaits(id);
});

test('the simulator answers the documented request', async () => {
  const text = commands.find((command) => command.text.startsWith('curl'))?.text ?? '';
  const { program, args } = commandLine(text.replace('http://127.0.0.1:5100', simulator.url));
  const { code, stdout } = await runProgram(program, args);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toHaveProperty('wallet');
});

test('the documented requests to the gateway start a campaign each, and change one', async () => {
  const { token, line } = newToken({ name: 'crm', role: 'operator' });
  rig.file('tokens-of-curl.txt', `${line}\n`);
  const serve = rig.start(['serve', '--port', '0', '--tokens', 'tokens-of-curl.txt'], there());
  const url = () => /Gateway at (http:\S+),/.exec(serve.stderr())?.[1];
  await until(serve.stderr, () => url() !== undefined);
  const requests = commands.filter(({ place, text }) => place.startsWith('docs/gateway.md') && text.startsWith('curl'));
  const changes = requests.filter(({ text }) => text.includes(`/campaigns/${ID}/`));
  expect([requests.length, changes.length]).toEqual([4, 2]);
  const answer = async (text: string, id: string) => {
    const line = ahead(text).replace('http://127.0.0.1:8080', String(url())).replaceAll(ID, id);
    const ended = await runProgram('sh', ['-c', line], { cwd: rig.folder, env: { ...process.env, TOKEN: token } });
    return JSON.parse(ended.stdout);
  };
  for (const { text } of requests.filter((request) => !changes.includes(request))) {
    const campaignId = `campaign-${++n}`;
    const ofItsOwn = text.replace(/(?<=Key: )[^"]+/, campaignId);
    expect(await answer(ofItsOwn, campaignId)).toMatchObject({ campaignId, started: true });
  }
  const campaignId = `campaign-${++n}`;
  await start(campaignId, AGENT);
  for (const { text } of changes)
    expect(await answer(text, campaignId)).toMatchObject({ campaignId, says: expect.stringMatching(/^The calls/) });
  expect((await serve.end('SIGTERM')).code).toBe(0);
});

function carriedOut(line: readonly string[], env: NodeJS.ProcessEnv, { typed, alone }: Trial): Promise<Ended> {
  if (typed) return rig.runAtTerminal(line, typed, env);
  return alone ? rig.run(line, env) : rig.ask(line, env);
}

/** The README's recording is what the demo says. */
function expectRecording({ stdout, stderr }: Ended): void {
  const said = shapes(stdout + stderr);
  const [, recording = ''] = /```text\n(Campaign simulated[\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
  const lines = recording
    .trimEnd()
    .split('\n')
    .filter((line) => line.trim() !== '…');
  expect(lines.length).toBeGreaterThan(10);
  // Collecting so few can be over between two looks at the campaign: it is held against what says it then.
  const contacts = { total: 12, valid: 9, rejected: 2, duplicates: 1 };
  const nothing = { startsAt: null, counts: {}, cost: null, costIsEstimate: false };
  const collecting = headline({ ...nothing, state: 'collecting', contacts, settled: 9 });
  for (const line of lines.filter((line) => line.startsWith('Collecting'))) expect(line).toBe(collecting);
  for (const line of lines.filter((line) => !line.startsWith('Collecting'))) expect(said).toContain(shapes(line)[0]);
}

/** Lines without what is another every time: times, ports, folders, how far the calls are. */
function shapes(text: string): string[] {
  return text.split(/\r?\n/).map((line) =>
    line
      .replace(/\S+[/\\]results\.csv/, 'results.csv')
      .replace(/(?<=127\.0\.0\.1):\d+/, ':port')
      .replace(/(?<=^Waiting for the start, ).*/, 'time')
      .replace(/^Calling .*/, 'Calling')
      .replace(/(?<=the spreadsheet has rounded the number).*/, '')
      .replace(/ +/g, ' '),
  );
}

/** A PATH with an `xdg-open` that opens nothing: there is no screen here. */
function withBrowser(): string {
  const folder = join(rig.folder, 'bin');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'xdg-open'), '#!/bin/sh\ntest -f "$1"\n', { mode: 0o755 });
  return `${folder}:${process.env.PATH}`;
}
