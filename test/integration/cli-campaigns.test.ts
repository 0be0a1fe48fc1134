/** @waits 60 */
import { CampaignClient } from '../../client/campaigns';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import { CliRig, type Ended, sentenceOf } from '../support/cli';
import { CommandHost } from '../support/command-host';
import { DevServer } from '../support/dev-server';
import { endAll, pool, type TestProcess, until } from '../support/processes';
import { AGENT } from '../support/simulator';

/** `run` against an account: a stand-in for Bolna in this process, and a Temporal server that is there already. */

const BEHIND = -10 * 60_000;
const CLOCK_IS_WRONG = /^Warning: This machine's clock is 10 min behind Bolna's\..*/gm;
const UNKNOWN_AGENT = '00000000-0000-4000-8000-00000000dead';

let server: DevServer;
let n = 0;
const inTurn = pool(4);
/** What starts nothing needs no process to itself. */
const host = new CommandHost();

beforeAll(async () => {
  server = await DevServer.start();
});
afterAll(async () => {
  await endAll();
  await server.stop();
});

/** What one test works with, and nobody else does. */
interface Setting {
  rig: CliRig;
  simulator: Simulator;
  campaigns: CampaignClient;
  /** A campaign ID, and the name of the task queue. */
  id: string;
}

/** @param aheadMs how far this machine's clock is ahead of Bolna's. Default: it is right */
function campaign(title: string, scenario: (setting: Setting) => Promise<void>, aheadMs = 0): void {
  test.concurrent(title, () => inTurn(() => withSetting(scenario, aheadMs)));
}

async function withSetting(scenario: (setting: Setting) => Promise<void>, aheadMs: number): Promise<void> {
  const id = `cli-${++n}`;
  const simulator = await startSimulator({
    clock: { now: () => Date.now() - aheadMs },
    unknownAgents: [UNKNOWN_AGENT],
    keys: (key) => (key === 'bn-good' ? 'ok' : key === 'bn-readonly' ? 'forbidden' : 'unauthorized'),
  });
  const rig = new CliRig(
    {
      BOLNA_API_KEY: 'bn-good',
      BOLNA_AGENT_ID: AGENT,
      BOLNA_BASE_URL: simulator.url,
      TEMPORAL_ADDRESS: server.address,
      CAMPAIGN_TASK_QUEUE: id,
    },
    host,
  );
  try {
    await scenario({ rig, simulator, campaigns: new CampaignClient(await server.client(), { taskQueue: id }), id });
  } finally {
    await rig.endAll();
    await simulator.close();
    rig.close();
  }
}

const ONE = ['run', '--to', '+919876543210', '--json'];

/** Waits until the campaign sleeps until its start. */
async function waiting(run: TestProcess): Promise<void> {
  await until(run.stderr, () => run.stderr().includes('Waiting for the start'));
}

function lineOf({ stdout, stderr }: Ended): Record<string, unknown> {
  const lines = stdout.trimEnd().split('\n');
  if (lines.length !== 1) throw new Error(`Not one line on stdout:\n${stdout}\n${stderr}`);
  return JSON.parse(lines[0] ?? '');
}

async function nothingStarted({ rig, simulator, campaigns, id }: Setting): Promise<void> {
  expect(simulator.batches()).toHaveLength(0);
  expect(await campaigns.standing(id)).toBeUndefined();
  expect(await rig.files()).toEqual(new Map());
}

for (const [key, sentence] of [
  ['bn-wrong', /refused the API key \(401\).*Check BOLNA_API_KEY/],
  ['bn-readonly', /refused the API key \(403\).*Check BOLNA_API_KEY/],
] as const) {
  campaign(`the key ${key} is refused before anything is started`, async (setting) => {
    const { rig, id } = setting;
    const ended = await rig.ask([...ONE, '--id', id], { BOLNA_API_KEY: key });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(sentenceOf(ended)).toMatch(sentence);
    expect(ended.stderr).not.toContain(key);
    await nothingStarted(setting);
  });
}

const PEOPLE = 'contact_number,customer_name,city\n+919876543210,Asha,Pune\n+12025550101,,Rome\n';

for (const command of ['run', 'start']) {
  campaign(`${command} is refused where people would hear the name of a variable`, async (setting) => {
    const { rig, simulator, id } = setting;
    simulator.setAgent({ agent_welcome_message: 'Hi {customer_name} of {company}' });
    const args = [command, '--csv', rig.file('people.csv', PEOPLE), '--id', id];
    const { code, stderr } = await rig.ask(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Note: 1 row has no value .*line 3, customer_name/m);
    expect(stderr).toMatch(/^error: .*\{company\} \(the welcome message\).*--var NAME=VALUE .*--allow-missing/m);
    expect(simulator.batches()).toHaveLength(0);
    expect(await setting.campaigns.standing(id)).toBeUndefined();
    expect([...(await rig.files()).keys()]).toEqual([expect.stringContaining('people.csv')]);
    const none = 'contact_number,customer_name\n+919876543210,N/A\n';
    const given = ['--csv', rig.file('none.csv', none), '--var', 'company=Acme', '--require-variables'];
    expect(sentenceOf(await rig.ask([command, ...given, '--id', id]))).toMatch(/^No row has a value in every variable/);
  });
}

campaign(
  'start keeps the columns that it required at first, whatever the agent says later, and says each time that the clock is wrong',
  async (setting: Setting) => {
    const { rig, simulator, campaigns, id } = setting;
    simulator.setAgent({ agent_welcome_message: 'Hi {customer_name} of {company}' });
    const args = [
      'start',
      '--csv',
      rig.file('people.csv', PEOPLE),
      '--id',
      id,
      '--allow-missing',
      '--require-variables',
    ];
    const first = await rig.ask(args);
    expect(first.code).toBe(0);
    expect(first.stderr).toMatch(/^Warning: .*\{company\}/m);
    expect(first.stderr).toMatch(/^Note: 1 row has no value .* and will not be called\.$/m);
    expect(first.stderr).toMatch(/as the person hears it:\n {2}Hi Asha of \{company\}\n/);
    simulator.setAgent({ agent_welcome_message: 'Hi {customer_name} of {city} and {country}' });
    const again = await rig.ask([...args.slice(0, -2), '--require-variables']);
    expect(again.code).toBe(0);
    expect(again.stderr).toContain('is under way');
    expect((await rig.ask(args.slice(0, -2))).stderr).toContain('requireVariables');
    await (await server.client()).workflow.getHandle(id).terminate();
    const anew = await rig.ask(args);
    expect(anew.stderr).toMatch(/^Started: /m);
    for (const { stderr } of [first, again, anew]) expect(stderr.match(CLOCK_IS_WRONG)).toHaveLength(1);
    await campaigns.cancel(id);
  },
  BEHIND,
);

for (const [url, reason] of [
  ['http://127.0.0.1:9', /connection refused/],
  ['http://nowhere.invalid', /host name/],
] as const) {
  campaign(`without a network to ${url} nothing is started`, async (setting) => {
    const { rig, id } = setting;
    const ended = await rig.ask([...ONE, '--id', id], { BOLNA_BASE_URL: url });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(sentenceOf(ended)).toMatch(/could not be reached.*Nothing was started/);
    expect(sentenceOf(ended)).toMatch(reason);
    await nothingStarted(setting);
  });
}

campaign(
  'an agent that Bolna does not know fails the campaign and says what to check',
  async ({ rig, simulator, id }) => {
    const ended = await rig.run([...ONE, '--id', id, '--agent', UNKNOWN_AGENT]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/Check --agent or BOLNA_AGENT_ID/);
    expect(lineOf(ended)).toMatchObject({ campaignId: id, batchId: null, status: 'failed', startsAt: null });
    expect(simulator.batches()).toHaveLength(0);
  },
);

campaign('Bolna answering 503 at the start is waited for, and told on the way', async ({ rig, simulator, id }) => {
  simulator.addFault({ endpoint: 'me', nth: 1, action: { status: 503 } });
  simulator.addFault({ endpoint: 'create', nth: 1, action: { status: 503 } });
  const run = rig.start([...ONE, '--id', id]);
  await waiting(run);
  expect(run.stderr()).toMatch(/\(503\).*The campaign waits for it\./);
  expect(run.stderr()).toMatch(/attempt \d+: .*\(503\)/);
  expect(simulator.batches()).toHaveLength(1);
});

campaign('--to and --name make a CSV of one row that Bolna gets as it is', async ({ rig, simulator, id }) => {
  const run = rig.start([...ONE, '--id', id, '--name', 'Asha, "Dr."']);
  await waiting(run);
  const [batch] = simulator.batches();
  expect(batch?.contacts.map(({ number, fields }) => [number, fields])).toEqual([
    ['+919876543210', { customer_name: 'Asha, "Dr."' }],
  ]);
});

describe('an end from elsewhere is told by `run`', () => {
  campaign('stopped: exit code 3, and every row not called', async ({ rig, simulator, campaigns, id }) => {
    const run = rig.start([...ONE, '--id', id]);
    await waiting(run);
    await campaigns.stop(id, { reason: 'wrong\u001b[2J list', by: 'Ines' });
    const ended = await rig.ended(run);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toMatch(/Stopped by Ines: wrong \[2J list before the start: nobody was called/);
    expect(lineOf(ended)).toMatchObject({
      campaignId: id,
      status: 'stopped',
      contacts: { total: 1, valid: 1, rejected: 0, duplicates: 0 },
      outcomes: { 'not-called': 1 },
      cost: 0,
      files: { results: expect.stringMatching(/results\.csv$/), summary: expect.stringMatching(/summary\.json$/) },
    });
    expect(simulator.dials()).toHaveLength(0);
  });

  campaign('canceled, by the signal: exit code 3, and the batch is gone', async ({ rig, campaigns, id }) => {
    const run = rig.start([...ONE, '--id', id]);
    await waiting(run);
    await campaigns.cancel(id, { reason: 'rain' });
    const ended = await rig.ended(run);
    expect(ended.code).toBe(3);
    expect(lineOf(ended)).toMatchObject({ status: 'canceled', outcomes: { 'not-called': 1 } });
  });

  campaign('canceled, from the UI: exit code 3', async ({ rig, id }) => {
    const run = rig.start([...ONE, '--id', id]);
    await waiting(run);
    await (await server.client()).workflow.getHandle(id).cancel();
    const ended = await rig.ended(run);
    expect(ended.code).toBe(3);
    expect(lineOf(ended)).toMatchObject({ status: 'canceled' });
  });

  campaign('terminated: exit code 1, and a sentence that says what Bolna does now', async ({ rig, simulator, id }) => {
    const run = rig.start([...ONE, '--id', id]);
    await waiting(run);
    await (await server.client()).workflow.getHandle(id).terminate('by hand');
    const ended = await rig.ended(run);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/terminated in Temporal.*Bolna goes on with what it was given.*same ID/);
    const [batch] = simulator.batches();
    expect(lineOf(ended)).toMatchObject({
      campaignId: id,
      batchId: batch?.id,
      status: 'failed',
      outcomes: {},
      files: null,
    });
  });

  campaign('missed: exit code 3, and nobody called', async ({ rig, simulator, campaigns, id }) => {
    const startBy = new Date(Date.now() + 120_000).toISOString();
    const csv = 'contact_number\n+919876543210\n';
    const input = { agentId: AGENT, contacts: { csv }, startBy };
    await expect(campaigns.start(id, input)).rejects.toThrow(
      /^Bolna starts calls only at marks .* Nothing was started\.$/,
    );
    const refused = await rig.ask([...ONE, '--id', id, '--start-by', startBy]);
    expect([refused.code, sentenceOf(refused)]).toEqual([
      2,
      expect.stringMatching(/10 minutes apart.*later than --start/),
    ]);
    expect(await campaigns.standing(id)).toBeUndefined();
    // As one that was started in time, and that no worker has taken till now.
    const starts = { leadMs: 0, roundUpToMs: 1 };
    await new CampaignClient(await server.client(), { taskQueue: id, starts }).start(id, input);
    expect(await campaigns.start(id, input)).toMatchObject({ started: false });
    const other = await rig.ask([...ONE, '--id', id]);
    expect(other).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('with other options than these (startBy)'),
    });
    const ended = await rig.run([...ONE, '--id', id, '--start-by', startBy]);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toMatch(/It is under way already; going on with it/);
    expect(ended.stderr).toMatch(/The start was missed.*Nobody was called/);
    expect(lineOf(ended)).toMatchObject({ status: 'missed', outcomes: { 'not-called': 1 } });
    expect(simulator.dials()).toHaveLength(0);
  });
});

campaign(
  'a campaign that ended before is shown again and starts nothing, also with a start that is past by now',
  async ({ rig, simulator, campaigns, id }) => {
    const run = rig.start([...ONE, '--id', id]);
    await waiting(run);
    await campaigns.stop(id);
    const first = lineOf(await rig.ended(run));
    const requests = simulator.requests.length;
    const again = await rig.ask([...ONE, '--id', id, '--at', '2020-01-01T00:00:00Z']);
    expect(again.code).toBe(3);
    expect(again.stderr).toMatch(/has ended before; nobody is called again.*new --id/);
    expect(lineOf(again)).toEqual(first);
    expect(simulator.requests).toHaveLength(requests);
  },
);

campaign(
  'the same ID with other contacts is refused, and the campaign goes on as it was',
  async ({ rig, simulator, campaigns, id }) => {
    const run = rig.start([...ONE, '--id', id]);
    await waiting(run);
    const other = await rig.ask(['run', '--to', '+12025550101', '--id', id]);
    expect(other).toMatchObject({ code: 2, stdout: '' });
    expect(sentenceOf(other)).toMatch(/was started with other contacts: choose another --id/);
    expect((await campaigns.standing(id))?.standing).toBe('running');
    expect(simulator.batches()).toHaveLength(1);
  },
);

campaign(
  'interrupted and typed again, it goes on with the same campaign, and says each time that the clock is wrong',
  async ({ rig, simulator }) => {
    const run = rig.start([...ONE, '--timezone', 'America/Bogota']);
    await waiting(run);
    const { code } = await run.end('SIGINT');
    expect(code).toBe(130);
    expect(run.stderr()).toMatch(/Interrupted\. Type the same command again/);
    expect(run.stdout()).toBe('');
    const again = rig.start([...ONE, '--timezone', 'America/Bogota']);
    await waiting(again);
    expect(again.stderr()).toMatch(/It is under way already; going on with it/);
    for (const { stderr } of [run, again]) {
      expect(stderr().match(CLOCK_IS_WRONG)).toHaveLength(1);
      expect(stderr()).toMatch(/^Waiting for the start, .* UTC \(.* -05:00 in America\/Bogota\)/m);
    }
    expect(simulator.batches()).toHaveLength(1);
  },
  BEHIND,
);

campaign('a start in the past is refused where the campaign is new', async (setting) => {
  const { rig, simulator, id } = setting;
  const ended = await rig.ask([...ONE, '--id', id, '--at', '2020-01-01T00:00:00Z']);
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(sentenceOf(ended)).toMatch(/in the past/);
  expect(simulator.requests).toHaveLength(0);
  await nothingStarted(setting);
});

campaign('whoever reads the output may leave: the campaign goes on', async ({ rig, simulator, campaigns, id }) => {
  const run = rig.startUnread([...ONE, '--id', id]);
  await until(
    () => 'a scheduled batch',
    () => simulator.batches().some(({ status }) => status === 'scheduled'),
  );
  await campaigns.stop(id);
  expect((await run).code).toBe(3);
});
