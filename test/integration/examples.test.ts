import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Scene } from '../support/crash';
import { DevServer } from '../support/dev-server';
import { prepared } from '../support/env';
import { removeFolder, temporaryFolder } from '../support/folders';
import { textOf } from '../support/history-text';
import { endAll, startNode, until } from '../support/processes';
import { pythonWith } from '../support/python';
import { AGENT, csvOf, numberOf } from '../support/rig';
import { type ProgramEnd, runProgram, runWell } from '../support/run-program';

/** The upstream systems of examples/, each run as its first lines say, against a real server and a real worker. */

const EXAMPLES = resolve('examples');
const PEOPLE = 3;

let server: DevServer;
let scene: Scene;
/** A project that has the library, as an upstream system's would. */
let project: string;
let env: NodeJS.ProcessEnv;
let n = 0;
let id: string;
beforeAll(async () => {
  server = await DevServer.start();
  scene = await Scene.start(server);
  await scene.startWorker();
  project = temporaryFolder('examples-');
  const library = join(project, 'node_modules', 'bolna-campaigns');
  mkdirSync(library, { recursive: true });
  copyFileSync('package.json', join(library, 'package.json'));
  symlinkSync(prepared('TEST_BUILD'), join(library, 'dist'));
  symlinkSync(resolve('node_modules', 'fastify'), join(project, 'node_modules', 'fastify'));
  for (const name of ['cron.mjs', 'fastify.mjs']) copyFileSync(join(EXAMPLES, name), join(project, name));
  writeFileSync(join(project, 'leads.csv'), csvOf(PEOPLE));
  symlinkSync(prepared('TEST_CLI_PATH'), join(project, 'temporal'));
  env = {
    PATH: `${project}:${process.env.PATH}`,
    HOME: project,
    TEMPORAL_ADDRESS: server.address,
    CAMPAIGN_TASK_QUEUE: scene.taskQueue,
    BOLNA_AGENT_ID: AGENT,
  };
});
beforeEach(() => {
  id = `example-${++n}`;
});
afterAll(async () => {
  await scene.close();
  await endAll();
  await server.stop();
  removeFolder(project);
});

describe('the cron job', () => {
  const run = (changes: NodeJS.ProcessEnv = {}): Promise<ProgramEnd> =>
    runProgram(process.execPath, ['cron.mjs', 'leads.csv'], { cwd: project, env: { ...env, ...changes } });
  const today = () => `morning-${new Date().toLocaleDateString('sv')}`;

  test("starts today's campaign once, however often it runs", async () => {
    const day = today();
    expect(await run()).toEqual({ code: 0, stdout: `Campaign ${day} is started.\n`, stderr: '' });
    expect(await run()).toEqual({ code: 0, stdout: `Campaign ${day} was there already.\n`, stderr: '' });
    expect(await scene.campaigns.result(day)).toMatchObject({ status: 'completed', outcomes: { completed: PEOPLE } });
    expect(await run()).toEqual({ code: 0, stdout: `Campaign ${day} was there already.\n`, stderr: '' });
  });

  test('says what is wrong with the input, and that other contacts need another ID', async () => {
    const bad = await run({ BOLNA_AGENT_ID: 'Asha' });
    expect(bad).toEqual({ code: 2, stdout: '', stderr: 'agentId must be the UUID of a Bolna agent.\n' });
    writeFileSync(join(project, 'leads.csv'), csvOf(PEOPLE + 1));
    expect(await run()).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^Campaign \S+ was already started with other contents \(contacts\)/),
    });
  });
});

test('the fastify handler starts a campaign once, shows it, and tells errors by their status', async () => {
  const app = startNode([join(project, 'fastify.mjs')], { ...env, PORT: '0' });
  await until(app.stderr, () => app.stdout().includes('Listening at '));
  const url = /Listening at (\S+)/.exec(app.stdout())?.[1] ?? '';
  const ask = async (campaign: string, body?: object) => {
    const headers = { 'content-type': 'application/json' };
    const options = body ? { method: 'PUT', headers, body: JSON.stringify(body) } : {};
    const answer = await fetch(`${url}/campaigns/${campaign}`, options);
    return [answer.status, await answer.json()];
  };
  const input = { agentId: AGENT, contacts: { csv: csvOf(PEOPLE) } };
  expect(await ask(id, input)).toEqual([201, { campaignId: id, started: true }]);
  expect(await ask(id, input)).toEqual([200, { campaignId: id, started: false }]);
  await scene.campaigns.result(id);
  expect(await ask(id)).toMatchObject([200, { campaignId: id, state: 'completed', settled: PEOPLE }]);
  expect(await ask(id, { ...input, account: 'sales' })).toMatchObject([409, { error: 'CampaignConflictError' }]);
  expect(await ask('x', { agentId: 'Asha' })).toMatchObject([400, { message: expect.stringContaining('agentId') }]);
  expect(await ask('nobody')).toMatchObject([404, { error: 'CampaignNotFoundError' }]);
  expect(await app.end('SIGTERM')).toMatchObject({ code: 0 });
});

test("Temporal's own command line starts a campaign and shows its result; the numbers stay out of the history", async () => {
  const folder = scene.path('..');
  const csv = join(folder, 'uploads', 'leads.csv');
  mkdirSync(join(folder, 'uploads'));
  writeFileSync(csv, csvOf(PEOPLE));
  const args = [join(EXAMPLES, 'temporal-cli.sh'), id, pathToFileURL(csv).href];
  const said = await runWell('sh', args, { env });
  expect(said).toMatch(/"?status"?: *"?completed/);
  expect(await scene.campaigns.result(id)).toMatchObject({ status: 'completed', outcomes: { completed: PEOPLE } });
  const again = await runProgram('sh', args, { env });
  expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/already/i) });
  const { workflow } = await server.client();
  const history = textOf(await workflow.getHandle(id).fetchHistory());
  expect(history).toContain('leads.csv');
  expect(history).not.toContain(numberOf(0));
});

test('the Python program starts a campaign, or goes on waiting for it, and prints its result', async () => {
  const python = await pythonWith(join(EXAMPLES, 'python', 'requirements.txt'), 'python');
  const args = [join(EXAMPLES, 'python', 'start_campaign.py'), id, join(EXAMPLES, 'batch.csv')];
  const first = await runProgram(python, args, { env });
  expect(first).toMatchObject({ code: 0, stderr: expect.stringMatching(`^Campaign ${id}: \\w+\n$`) });
  expect(JSON.parse(first.stdout)).toMatchObject({ campaignId: id, status: 'completed' });
  const again = await runProgram(python, args, { env });
  expect(again.stdout).toBe(first.stdout);
  expect(again.stderr).toContain('was there already');
});
