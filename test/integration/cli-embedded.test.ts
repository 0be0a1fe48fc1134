import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { CampaignClient } from '../../client/campaigns';
import type { KeyVerdict } from '../../simulator/exchange';
import { startSimulator } from '../../simulator/simulator';
import { CliRig, type Ended, sentenceOf } from '../support/cli';
import { DevServer } from '../support/dev-server';
import { prepared } from '../support/env';
import { textOf } from '../support/history-text';
import { pool, until } from '../support/processes';
import { runProgram } from '../support/run-program';
import { AGENT } from '../support/simulator';

/** Everything in one process, as a newcomer has it: a Temporal server of its own, on a database in the campaign home. */

const inTurn = pool(3);

function alone(title: string, scenario: (rig: CliRig) => Promise<void>): void {
  test.concurrent(title, () =>
    inTurn(async () => {
      const rig = new CliRig();
      try {
        await scenario(rig);
      } finally {
        await rig.endAll();
        rig.close();
      }
    }),
  );
}

/** Faster than usual, and slow enough that a busy machine sees it wait for the start. */
const FAST = ['--speed', '200'];

function lineOf({ stdout, stderr }: Ended) {
  const lines = stdout.trimEnd().split('\n');
  if (lines.length !== 1) throw new Error(`Not one line on stdout:\n${stdout}\n${stderr}`);
  return JSON.parse(lines[0] ?? '');
}

alone('the demo ends in under a minute; typed again, it shows the earlier result and calls nobody', async (rig) => {
  const began = Date.now();
  const first = await rig.run(['demo', '--json']);
  expect(Date.now() - began).toBeLessThan(60_000);
  expect(first.code).toBe(0);
  const result = lineOf(first);
  expect(Object.keys(result).slice(0, 8)).toEqual([
    'campaignId',
    'batchId',
    'status',
    'startsAt',
    'contacts',
    'outcomes',
    'cost',
    'files',
  ]);
  expect(result).toMatchObject({
    status: 'completed',
    contacts: { total: 12, valid: 9, rejected: 2, duplicates: 1 },
    outcomes: { rejected: 2, duplicate: 1 },
  });
  expect(Object.keys(result.files).sort()).toEqual(['executions', 'rejected', 'report', 'results', 'summary']);
  for (const path of Object.values<string>(result.files)) expect(existsSync(path)).toBe(true);
  const results = await readFile(result.files.results, 'utf8');
  expect(results.split('\n')[0]).toMatch(/^\uFEFF?line,contact_number,result,/);
  expect(results.trimEnd().split('\n')).toHaveLength(13);
  expect(first.stderr).toMatch(/Temporal UI: http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/simulated-/);
  expect(first.stderr).toMatch(/Waiting for the start, .* UTC[\s\S]*Calling [█░]{24} \d of 9 done[\s\S]*Completed: /);

  const again = await rig.run(['demo', '--json']);
  expect(again.code).toBe(0);
  expect(lineOf(again)).toEqual(result);
  expect(again.stderr).toMatch(/has ended before; nobody is called again/);
});

alone('a faster simulator, killed in the middle and typed again, goes on with the same batch', async (rig) => {
  const args = ['demo', '--json', ...FAST];
  const run = rig.start(args);
  await until(run.stderr, () => run.stderr().includes('Waiting for the start'));
  await run.end('SIGKILL');
  const ended = await rig.run(args);
  expect(ended.code).toBe(0);
  const { batchId } = lineOf(ended);
  const journal = await readFile(join(rig.home, 'simulated', 'bolna-at-speed-200.jsonl'), 'utf8');
  expect(journal.match(/"op":"create"/g)).toHaveLength(1);
  expect(batchId).not.toBeNull();
});

alone('typed again with other options while it is under way it is refused, and as before it goes on', async (rig) => {
  const csv = rig.file('people.csv', 'contact_number\n+12025550101\n+12025550102\n');
  const args = ['run', '--csv', csv, '--simulate', '--at', new Date(Date.now() + 3_600_000).toISOString()];
  const waits = async () => {
    const run = rig.start(args);
    await until(run.stderr, () => run.stderr().includes('Waiting for the start'));
    expect((await run.end('SIGINT')).code).toBe(130);
    return run.stderr();
  };
  await waits();
  const list = rig.file('do-not-call.csv', '+12025550101\n');
  const other = await rig.run([...args, '--suppress', list, '--max-cost', '1']);
  expect(sentenceOf(other)).toMatch(
    /is under way with other options than these \((suppress, maxCost|maxCost, suppress)\)/,
  );
  expect(other.code).toBe(2);
  const faster = await rig.run([...args, '--speed', '600']);
  expect([faster.code, sentenceOf(faster)]).toEqual([
    2,
    expect.stringContaining('is under way at --speed 60: type that'),
  ]);
  expect(await waits()).toContain('It is under way already; going on with it.');
});

alone('whoever watches is told that the server is gone, and leaves with Ctrl-C', async (rig) => {
  const simulator = await startSimulator();
  try {
    const env = { BOLNA_API_KEY: 'bn-test', BOLNA_AGENT_ID: AGENT, BOLNA_BASE_URL: simulator.url };
    const worker = rig.start(['worker', '--embedded'], env);
    await until(worker.stderr, () => worker.stderr().includes('RUNNING'));
    expect((await rig.run(['start', '--to', '+12025550101', '--id', 'left'], env)).code).toBe(0);
    const watching = rig.start(['watch', 'left'], env);
    await until(watching.stderr, () => watching.stderr().includes('Waiting for the start'));
    await worker.end('SIGKILL');
    await until(watching.stderr, () =>
      watching.stderr().includes('The Temporal server does not answer. Asking again.'),
    );
    const [, port = ''] = /127\.0\.0\.1:(\d+)/.exec(await readFile(join(rig.home, 'server.json'), 'utf8')) ?? [];
    const stranger = await DevServer.start([], Number(port));
    try {
      const gone = 'is gone, and another one answers at its address. Asking again.';
      await until(watching.stderr, () => watching.stderr().includes(gone));
    } finally {
      await stranger.stop();
    }
    expect(await watching.end('SIGINT')).toMatchObject({ code: 130 });
    expect(watching.stderr()).not.toMatch(/\n +at /);
  } finally {
    await simulator.close();
  }
});

/** Runs a command as it is printed, in a shell that knows ours by its name. */
async function inShell(rig: CliRig, line: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  const bin = join(rig.folder, 'bin');
  const cli = join(prepared('TEST_BUILD'), 'client', 'cli.js');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'bolna-campaigns'), `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`, { mode: 0o755 });
  const path = { PATH: `${bin}:${process.env.PATH}`, HOME: rig.folder, TEMPORAL_CLI_PATH: prepared('TEST_CLI_PATH') };
  return runProgram('sh', ['-c', line], { cwd: '/', env: { ...path, ...env } });
}

const ADVICE = 'No worker is running: Bolna makes the calls it was given';

alone('after Ctrl-C every command finds the campaign, and the one that is named prevents the calls', async (rig) => {
  let key: KeyVerdict = 'ok';
  const simulator = await startSimulator({ keys: () => key });
  try {
    const id = 'left-alone';
    const home = { CAMPAIGN_HOME: join(rig.folder, 'my campaigns') };
    const bolna = { BOLNA_API_KEY: 'bn-test', BOLNA_AGENT_ID: AGENT, BOLNA_BASE_URL: simulator.url };
    const env = { ...home, ...bolna };
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const run = rig.start(['run', '--to', '+12025550101', '--id', id, '--at', at], env);
    await until(run.stderr, () => run.stderr().includes('Waiting for the start'));
    expect(await run.end('SIGINT')).toMatchObject({ code: 130 });
    const [last = ''] = run.stderr().trimEnd().split('\n').slice(-1);
    const [, command = ''] = /^Bolna still makes the calls it was given\. To prevent them: (.*)$/.exec(last) ?? [];
    expect(command).toBe(`CAMPAIGN_HOME='${home.CAMPAIGN_HOME}' bolna-campaigns stop ${id}`);

    // A look needs no key, and does nothing of the campaign's work. Those at once share a server.
    const asked = simulator.requests.length;
    const [status, list, watch] = await Promise.all(
      [
        ['status', id],
        ['list', '--json'],
        ['watch', id],
      ].map((args) => rig.run(args, home)),
    );
    expect([status?.code, status?.stdout]).toEqual([
      1,
      expect.stringMatching(/State +waiting\n[\s\S]*Start +\S+[\s\S]*Batch +\w+\n/),
    ]);
    expect(status?.stderr).toContain(ADVICE);
    expect([list?.code, list && lineOf(list)]).toMatchObject([0, { campaignId: id, warning: null, state: 'waiting' }]);
    expect([watch?.code, watch?.stderr]).toEqual([1, expect.stringContaining(`Campaign ${id} is waiting. ${ADVICE}`)]);
    expect(simulator.requests).toHaveLength(asked);

    // What is only described needs no worker, and so no key.
    for (const what of [
      ['stop', id],
      ['suppress', id, '+12025550101'],
    ]) {
      const described = await rig.ask(what, home);
      expect([described.code, sentenceOf(described)]).toEqual([2, expect.stringContaining('give --yes')]);
      expect(described.stderr).toMatch(/With "stop", .* nobody else is called|One number would be suppressed/);
    }

    const later = new Date(Date.now() + 2 * 3_600_000).toISOString();
    const moved = await rig.ask(['reschedule', id, '--at', later, '--yes'], env);
    expect([moved.code, moved.stderr]).toEqual([0, expect.stringContaining(ADVICE)]);
    expect(simulator.batches().map(({ status, deleted }) => [status, deleted])).toEqual([
      ['scheduled', true],
      ['scheduled', false],
    ]);
    const limited = await rig.ask(['max-cost', id, '5', '--yes', '--json'], env);
    expect([limited.code, lineOf(limited)]).toMatchObject([0, { maxCost: 500, before: null }]);
    expect(limited.stderr).toContain('What the calls cost is watched only while a worker runs.');

    // Nobody sees to it: the order stands, and what works is said first, wherever the campaign is shown.
    const words = /^Bolna may still be calling\. Stop (the batch|batch \w+) in Bolna's dashboard\. /;
    const keyless = await rig.ask(['stop', id, '--yes'], home);
    expect([keyless.code, sentenceOf(keyless)]).toEqual([2, expect.stringMatching(words)]);
    key = 'unauthorized';
    const refused = rig.start(['stop', id, '--yes'], env);
    await until(refused.stderr, () =>
      /calling.*dashboard\. Waiting until .*refused the API key/.test(refused.stderr()),
    );
    expect(await refused.end('SIGINT')).toMatchObject({ code: 130 });
    key = 'ok';
    const halting = await rig.ask(['status', id], home);
    expect(halting.stdout).toMatch(new RegExp(`${words.source.trimEnd()}\\nCampaign +${id}`));
    expect(lineOf(await rig.ask(['list', '--json'], home))).toMatchObject({
      warning: expect.stringMatching(/^Bolna may still/),
      needsAttention: 'halt-unconfirmed',
    });

    const stopped = await inShell(rig, `${command} --yes --no-wait --json`, bolna);
    expect(stopped).toMatchObject({ code: 0 });
    // That the batch is gone is waited for, and not that the results are written.
    expect(lineOf(stopped)).toMatchObject({ campaignId: id, state: expect.stringMatching(/^(collecting|stopped)$/) });
    expect(simulator.batches().every(({ deleted }) => deleted)).toBe(true);
    expect(simulator.dials()).toEqual([]);
  } finally {
    await simulator.close();
  }
});

alone('a simulation is left and found like a real campaign, and its end is told without a server', async (rig) => {
  const id = 'tried';
  const at = new Date(Date.now() + 3_600_000).toISOString();
  const args = ['run', '--to', '+12025550101', '--id', id, '--at', at, '--simulate', ...FAST];
  const isLeft = async (said = /Waiting for the start|Canceled:/) => {
    const run = rig.start(args, { npm_command: 'exec' });
    await until(run.stderr, () => said.test(run.stderr()));
    await run.end('SIGINT');
    return run.stderr();
  };
  expect(await isLeft()).toMatch(
    /Nobody is called, but the simulator .* To prevent them: .* npx bolna-campaigns stop tried\n$/,
  );
  const never = await rig.ask(['status', 'never-started']);
  expect([never.code, sentenceOf(never)]).toEqual([
    2,
    expect.stringMatching(/^There is no campaign never-started in .*home/),
  ]);
  expect((await rig.ask(['cancel', id, '--yes'])).code).toBe(0);
  // The results of the run before say "not-called" of people whom this one is to call.
  while (!(await isLeft()).includes('Waiting for the start'));
  // Before there is a worker that could show anything.
  expect(await isLeft(/^Temporal UI: /m)).toMatch(/To prevent them: .* stop tried\n$/);
  const again = await rig.ask(['results', id, '--only', 'not-called']);
  expect([again.code, sentenceOf(again)]).toEqual([2, expect.stringContaining('runs again')]);
  const stopped = await rig.ask(['stop', id, '--yes']);
  expect([stopped.code, stopped.stderr]).toEqual([0, expect.stringMatching(/Bolna calls nobody else|has ended/)]);
  // Typed again, it is only brought to its end.
  expect((await rig.run(args)).code).toBe(3);
  const none = { TEMPORAL_CLI_PATH: join(rig.folder, 'none') };
  const status = await rig.ask(['status', id], none);
  expect([status.code, status.stdout]).toEqual([0, expect.stringMatching(/State +(stopped|completed), ended .* ago/)]);
  const watched = await rig.ask(['watch', id, '--json'], none);
  expect(lineOf(watched)).toMatchObject({ campaignId: id, contacts: { total: 1 } });
  for (const args of [
    ['stop', id, '--yes'],
    ['max-cost', id, '5', '--yes'],
  ]) {
    const over = await rig.ask(args, none);
    expect([over.code, sentenceOf(over)]).toEqual([2, expect.stringContaining('has ended already')]);
  }
});

alone('a home in use by another run is waited for, then named', async (rig) => {
  const env = { BOLNA_API_KEY: 'bn-test', BOLNA_AGENT_ID: AGENT };
  const worker = rig.start(['worker', '--embedded'], env);
  await until(worker.stderr, () => worker.stderr().includes('Temporal UI: '));
  const second = await rig.run(['run', '--to', '+919876543210'], env);
  expect(second).toMatchObject({ code: 2, stdout: '' });
  expect(second.stderr).toMatch(/Waiting for the run that uses .* to finish/);
  expect(sentenceOf(second)).toMatch(/is in use by another run \(process \d+\).*CAMPAIGN_HOME/);
  expect(await worker.end('SIGTERM')).toMatchObject({ code: 0 });
});

alone('a Temporal server that dies ends the run with one sentence, and typed again it goes on', async (rig) => {
  const args = ['run', '--to', '+919876543210', '--simulate', '--recordings', '--json', ...FAST];
  const run = rig.start(args);
  await until(run.stderr, () => run.stderr().includes('Waiting for the start'));
  const [, server] = (await readFile(join(rig.home, 'simulated', 'lock'), 'utf8')).split('\n');
  process.kill(Number(server), 'SIGKILL');
  const ended = await rig.ended(run);
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(sentenceOf(ended)).toMatch(/^The Temporal server ended by SIGKILL/);
  const again = await rig.run(args);
  expect(again.code).toBe(0);
  // Whom it reaches is drawn from the number: this call was recorded.
  const { files } = lineOf(again);
  const [recording = ''] = await readdir(files.recordings);
  expect(await readFile(files.results, 'utf8')).toContain(`,recordings/${recording},`);
  expect(again.stderr).toContain(`Recordings: ${files.recordings}`);
});

alone('a dry run shows what would be sent, sends nothing, starts no server and leaves no file', async (rig) => {
  const simulator = await startSimulator();
  try {
    const csv = rig.file(
      'people.csv',
      'contact_number,na\u001b[2Jme\n+919876543210,A\u001b[31mB\n123,x\n+919876543210,y\n',
    );
    const env = { BOLNA_API_KEY: 'bn-key', BOLNA_AGENT_ID: AGENT, BOLNA_BASE_URL: simulator.url };
    const at = new Date(Date.now() + 60 * 86_400_000).toISOString();
    for (const settings of [env, {}]) {
      const { code, stdout, stderr } = await rig.ask(['run', '--csv', csv, '--dry-run', '--at', at], settings);
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
      expect(stderr).toContain(
        settings === env ? `agent_id  ${AGENT}` : 'none yet: set BOLNA_AGENT_ID or give --agent',
      );
      expect(stderr).toMatch(/file +campaign-[0-9a-f]{16}-[0-9a-f]{16}\.csv, \d+ bytes/);
      expect(stderr).toMatch(/Start .* UTC \(.*\+05:30 here\), rounded up/);
      expect(stderr).toMatch(/at most 30 days ahead: it is scheduled on /);
      const unknown = settings === env ? 'the agent made no calls in the last 7 days' : 'no agent is named';
      expect(stderr).toContain(`Estimate   at most 1 call; minutes and cost unknown: ${unknown}`);
      expect(stderr).toMatch(/\+919876543210 +A \[31mB/);
      expect(stderr).toMatch(/3 +contact_number +123 +has no \+/);
      expect(stderr).toMatch(/4 +contact_number +\+919876543210 +duplicate of line 2/);
      expect(stderr).not.toContain('\u001b');
    }
    // All that it asks is what the agent says, for whom, and what its latest calls came to.
    const asked = simulator.requests.map(({ endpoint }) => endpoint);
    expect(asked.sort()).toEqual(['agent', 'agent-executions', 'me']);
    expect(await rig.isUntouched()).toBe(true);
  } finally {
    await simulator.close();
  }
});

alone('worker --embedded carries out a campaign, ends well on SIGTERM, and the key is nowhere', async (rig) => {
  const key = 'bn-secret-5f2d81c0';
  const simulator = await startSimulator();
  const env = { BOLNA_API_KEY: key, BOLNA_BASE_URL: simulator.url, DEBUG: '1' };
  const worker = rig.start(['worker', '--embedded'], env);
  try {
    await until(worker.stderr, () => worker.stderr().includes('Temporal UI: '));
    const address = /Temporal at (\S+),/.exec(worker.stderr())?.[1] ?? '';
    const connection = await Connection.connect({ address });
    const client = new Client({ connection });
    const campaigns = new CampaignClient(client);
    simulator.addFault({ endpoint: 'create', nth: 1, action: { status: 503, body: { message: 'busy' } } });
    await campaigns.start('secret', { agentId: AGENT, contacts: { csv: 'contact_number\n+919876543210\n' } });
    await until(worker.stderr, async () => (await campaigns.get('secret')).state === 'waiting');
    await campaigns.stop('secret');
    expect((await campaigns.result('secret')).status).toBe('stopped');
    const { events } = await client.workflow.getHandle('secret').fetchHistory();
    const all = events ?? [];
    // The number is where the caller has put it and in the step that takes it from there, and nowhere else.
    const rest = all.slice(all.findIndex((event) => event.activityTaskCompletedEventAttributes));
    expect(textOf(all)).toContain('9876543210');
    expect(textOf(rest)).toContain('busy');
    expect(textOf(rest)).not.toContain('9876543210');
    expect(textOf(all)).not.toContain(key);
    await connection.close();

    expect(await worker.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(worker.stderr()).toMatch(/Worker ended; nothing is lost\.\n$/);

    const refused = await rig.run(['run', '--to', '+919876543210', '--agent', AGENT], {
      ...env,
      BOLNA_BASE_URL: 'http://127.0.0.1:9',
    });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/\n {4}at /);
    const outputs = [worker.stdout(), worker.stderr(), refused.stdout, refused.stderr];
    for (const output of outputs) expect(output).not.toContain(key);
    const files = await rig.files();
    expect([...files.keys()].some((path) => path.endsWith('temporal.db'))).toBe(true);
    for (const [path, content] of files) expect([path, content.includes(key)]).toEqual([path, false]);
  } finally {
    await simulator.close();
  }
});
