import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CampaignClient } from '../client/campaigns';
import { prepared } from '../test/support/env';
import { AGENT, csvOf } from '../test/support/rig';
import { TestServer } from '../test/support/test-server';
import { type Figure, median, type Section } from './figures';
import { startSimulatorProcess, startWorkerProcess, temporaryFolder } from './processes';
import { csvFile } from './rows/csv';

/** An hour of Bolna's is six seconds, so that its rules let a campaign wait for a start that is an hour away. */
const SPEED = 600;
const START_IN_MS = 60 * 60_000;
const ROUNDS = 21;

/** A program that a person starts, and the plainest one that does the same. */
interface Compared {
  what: string;
  args: readonly string[];
  beside: readonly string[];
  /** How many times as long as the plainest it may take. */
  goal: number;
  env?: NodeJS.ProcessEnv;
}

/** Milliseconds that a process took, by the clock and of the processor. */
interface Took {
  wall: number;
  processor: number;
}

/**
 * How long commands take, beside bare Node or, for `status`, the plainest script with Temporal's client.
 * @param before folder of the same product built from another commit, which is measured in the same rounds
 */
export async function startup({ small, before }: { small: boolean; before?: string }): Promise<Section> {
  const rounds = small ? 1 : ROUNDS;
  const folder = temporaryFolder();
  const { path: contacts } = await csvFile(folder, 10);
  const waiting = await waitingCampaign(folder);
  try {
    const bare = ['-e', '0'];
    const compared: Compared[] = [
      { what: '--version', args: ['--version'], beside: bare, goal: 2 },
      { what: '--help', args: ['--help'], beside: bare, goal: 2 },
      { what: 'completion of a word', args: ['complete', '--', 'st'], beside: bare, goal: 2 },
      { what: 'a wrong option', args: ['list', '--colour'], beside: bare, goal: 2 },
      { what: 'validate, ten rows', args: ['validate', contacts], beside: bare, goal: 4 },
      {
        what: 'status',
        args: ['status', waiting.id],
        beside: [resolve(__dirname, 'plain-status.js'), waiting.id],
        goal: 1.2,
        env: waiting.env,
      },
    ];
    const figures: Figure[] = [];
    for (const one of compared) figures.push(...(await compare(one, rounds, before)));
    const setting = `${rounds} rounds each, in turns with bare Node (\`node -e 0\`) or, for status, the plainest script with @temporalio/client; medians of the ratios`;
    return { name: 'startup', setting, figures };
  } finally {
    await waiting.end();
  }
}

async function compare(
  { what, args, beside, goal, env = {} }: Compared,
  rounds: number,
  before: string | undefined,
): Promise<Figure[]> {
  const cli = resolve(prepared('TEST_BUILD'), 'client/cli.js');
  const [plain, ours, earlier]: [Took[], Took[], Took[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    plain.push(await run(beside, env));
    ours.push(await run([cli, ...args], env));
    if (before !== undefined) earlier.push(await run([resolve(before, 'client/cli.js'), ...args], env));
  }
  const ratio = (runs: readonly Took[], of: keyof Took) =>
    median(runs.map((one, n) => one[of] / (plain[n]?.[of] ?? Number.NaN)));
  const figures: Figure[] = [
    { what: `${what}: the plainest`, value: median(plain.map(({ processor }) => processor)), unit: 'ms of processor' },
    { what: `${what}: ours to it, by the clock`, value: ratio(ours, 'wall'), unit: '', goal: { most: goal } },
    { what: `${what}: by processor time`, value: ratio(ours, 'processor'), unit: '', goal: { most: goal } },
  ];
  if (before !== undefined) {
    figures.push(
      { what: `${what}: before, by the clock`, value: ratio(earlier, 'wall'), unit: '' },
      { what: `${what}: before, by processor time`, value: ratio(earlier, 'processor'), unit: '' },
    );
  }
  return figures;
}

/** Node tells the processor time of its own process only; the shell's `time` tells that of a child to the end. */
async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Took> {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null 2>&1';
  const { stderr } = await promisify(execFile)('bash', ['-c', `${script}; true`, 'bash', process.execPath, ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LC_ALL: 'C', ...env },
  });
  const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = stderr.trim().split(' ').map(Number);
  return { wall: wall * 1000, processor: (user + system) * 1000 };
}

/** A campaign that waits for its start, on a server and a worker that answer for it. */
async function waitingCampaign(data: string) {
  const env = await TestServer.real();
  const simulator = await startSimulatorProcess(SPEED);
  const taskQueue = `bench-${randomUUID()}`;
  const worker = await startWorkerProcess(SPEED, taskQueue, { address: env.address, bolnaUrl: simulator.url, data });
  const end = async () => {
    await Promise.all([worker.end(), simulator.program.end()]);
    await env.teardown();
  };
  try {
    const id = randomUUID();
    const campaigns = new CampaignClient(env.client, { taskQueue });
    const startAt = new Date(Date.now() + START_IN_MS).toISOString();
    await campaigns.start(id, { agentId: AGENT, contacts: { csv: csvOf(10) }, startAt });
    while ((await campaigns.get(id)).state !== 'waiting') await delay(100);
    return { id, env: { TEMPORAL_ADDRESS: env.address, CAMPAIGN_TASK_QUEUE: taskQueue }, end };
  } catch (error) {
    await end();
    throw error;
  }
}
