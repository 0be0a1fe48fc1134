import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RESULT_COLUMNS } from '../../results/columns';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import { LocalStorage } from '../../storage/local';
import { CliRig, type Ended, sentenceOf } from '../support/cli';
import { prepared } from '../support/env';
import { leaveCampaign } from '../support/left-campaign';
import { until } from '../support/processes';
import { AGENT, csvOf, HOUR, numberOf } from '../support/rig';
import { runWell } from '../support/run-program';

/**
 * An operator's commands, beside a worker with a server of its own: one campaign from its start to its second round. Each as a process of
 * its own is in `documents.test.ts`.
 */

const ID = 'morning';
const PEOPLE = 4;
let simulator: Simulator;
let rig: CliRig;
let csv: string;
let address: string;
const later = new Date(Date.now() + 3 * HOUR).toISOString();

beforeAll(async () => {
  simulator = await startSimulator();
  rig = new CliRig({ BOLNA_API_KEY: 'bn-test', BOLNA_BASE_URL: simulator.url, BOLNA_AGENT_ID: AGENT });
  csv = rig.file('people.csv', `${csvOf(PEOPLE)}12,Nobody\n`);
  const worker = rig.start(['worker', '--embedded']);
  await until(worker.stderr, () => worker.stderr().includes('RUNNING'));
  address = /Temporal at (\S+),/.exec(worker.stderr())?.[1] ?? '';
});
afterAll(async () => {
  await rig.endAll();
  await simulator.close();
  rig.close();
});

const json = ({ stdout }: Ended) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('doctor finds nothing broken, a line each', async () => {
  const { code, stdout } = await rig.ask(['doctor']);
  expect(stdout.replace(/ +/g, ' ')).toMatch(
    /^✓ Node .*\n✓ Temporal .*namespace default\n✓ Workers 1 on .*\n✓ Search 7 search attributes are there\n✓ Storage .*\n✓ Bolna http.*\n✓ Bolna: wallet 10000.00 \(Bolna says 1000000, taken as cents; .*BOLNA_WALLET_UNIT\)\n✓ Bolna: lines 0 of 10 in use\n✓ Clock .*\n$/,
  );
  expect(code).toBe(0);
});

test('doctor says of each thing that is broken what to do', async () => {
  simulator.addFault({ endpoint: 'me', nth: 1, action: { status: 401 } });
  const ended = await rig.ask(['doctor', '--json'], { CAMPAIGN_HOME: rig.file('a-file', 'x') });
  const found = json(ended);
  expect(found).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        check: 'Temporal',
        verdict: 'broken',
        text: expect.stringContaining('worker --embedded'),
      }),
      expect.objectContaining({ check: 'Storage', verdict: 'broken', text: expect.stringContaining('CAMPAIGN_DATA') }),
      expect.objectContaining({ check: 'Bolna', verdict: 'broken', text: expect.stringContaining('BOLNA_API_KEY') }),
    ]),
  );
  expect(ended.code).toBe(1);
});

test('start starts once: the same again is told so, other people under the ID are refused', async () => {
  const args = ['start', '--csv', csv, '--id', ID, '--at', later, '--retry', 'no-answer,busy:2@30,60'];
  const first = await rig.ask([...args, '--json']);
  expect(json(first)).toEqual([{ campaignId: ID, started: true, standing: 'running' }]);
  expect(first.stderr).toMatch(
    /5 rows, 4 to be called, 1 rejected[\s\S]*Estimate: at most 12 calls[\s\S]*Started: calls begin \d{4}-/,
  );
  expect(first.code).toBe(0);
  const again = await rig.ask(args);
  expect(again.stderr).toContain('nobody is called again');
  expect(again.code).toBe(0);
  const others = await rig.ask(['start', '--csv', rig.file('others.csv', csvOf(2)), '--id', ID, '--at', later]);
  expect(sentenceOf(others)).toMatch(/already started with other contents \(.*contacts.*\)/);
  expect(others.code).toBe(2);
});

test('start refuses what cannot be, with nothing made', async () => {
  const refused = async (...args: string[]) => {
    const ended = await rig.ask(['start', '--id', 'refused', ...args]);
    expect(ended.code).toBe(2);
    return ended.stderr;
  };
  expect(await refused('--csv', csv, '--retry', 'busy:9')).toContain('up to 3 times');
  expect(await refused('--csv', csv, '--max-cost', 'much')).toContain('an amount of money');
  expect(await refused('--csv', csv, '--max-cost', '0.004')).toContain('an amount of money');
  expect(await refused('--csv', csv, '--suppress', '/nowhere.csv')).toContain('/nowhere.csv');
  const list = rig.file('dnc.txt', '+12025550101\n555-0102\n');
  expect(await refused('--csv', csv, '--suppress', list)).toContain(
    'cannot be read as a phone number (line 2 "555-0102")',
  );
  const results = rig.file(
    'results.csv',
    `${RESULT_COLUMNS.join(',')}\n2,+12025550101,busy${','.repeat(RESULT_COLUMNS.length - 3)}\n`,
  );
  expect(await refused('--csv', results)).toContain('bolna-campaigns results ID --only');
  expect(await refused('--csv', csv, '--account', 'sales')).toContain('no key for the account sales');
  expect(await refused()).toContain('Nobody to call');
  // The campaigns of the tests before may still be asking.
  expect(simulator.requests.filter(({ file }) => file?.name.startsWith('refused'))).toEqual([]);
  expect(sentenceOf(await rig.ask(['status', 'refused']))).toContain('There is no campaign refused');
  expect(sentenceOf(await rig.ask(['results', 'refused']))).toMatch(
    /^There are no results of campaign refused in \S+ or \S+\. There is no campaign refused\b.*set CAMPAIGN_DATA\.$/,
  );
});

test('status and list show how it stands', async () => {
  await until(
    () => 'the campaign waits',
    async () => json(await rig.ask(['status', ID, '--json']))[0]?.state === 'waiting',
  );
  const shown = await rig.ask(['status', ID]);
  expect(shown.stdout).toMatch(/State +waiting\nRows +5 rows, 4 to be called[\s\S]*Batch +\w+ \(scheduled\)/);
  expect(shown.code).toBe(0);
  const listed = await rig.ask(['list', '--state', 'active', '--agent', AGENT, '--since', '1h']);
  expect(listed.stdout).toMatch(new RegExp(`campaign +state[\\s\\S]*${ID} +waiting +0 of 4 +5`));
  expect(json(await rig.ask(['list', '--json']))).toMatchObject([{ campaignId: ID, state: 'waiting', agentId: AGENT }]);
  const none = await rig.ask(['list', '--state', 'failed']);
  expect([none.stdout, none.stderr, none.code]).toEqual(['', 'No campaign is like that.\n', 0]);
});

test('results and a report are refused while it runs', async () => {
  for (const command of ['results', 'report']) {
    const ended = await rig.ask([command, ID]);
    expect(sentenceOf(ended)).toMatch(
      new RegExp(
        `^Campaign ${ID} has not ended \\(waiting, calls begin 20.* UTC .*"bolna-campaigns watch ${ID}" waits`,
      ),
    );
    expect(ended.code).toBe(2);
  }
});

test('stop asks first, waits until Bolna shows it, and whoever watches is told the end', async () => {
  const watching = rig.start(['watch', ID, '--json']);
  await until(watching.stdout, () => watching.stdout().includes('"waiting"'));
  const unasked = await rig.ask(['stop', ID]);
  expect(sentenceOf(unasked)).toContain(`give --yes to stop campaign ${ID}`);
  expect(unasked.stderr).toContain('4 people are to be called');
  expect(unasked.code).toBe(2);
  const stopped = await rig.ask(['stop', ID, '--yes', '--reason', 'wrong list', '--by', 'Ines', '--json']);
  expect(stopped.stderr).toContain('The order to stop is given');
  expect(stopped.code).toBe(0);
  expect(simulator.batches().filter(({ deleted }) => !deleted)).toEqual([]);
  const watched = await rig.ended(watching);
  expect(json(watched).at(-1)).toMatchObject({ status: 'stopped', outcomes: { 'not-called': PEOPLE, rejected: 1 } });
  expect(watched.code).toBe(3);
  const shown = await rig.ask(['status', ID]);
  expect(shown.stdout).toMatch(/State +stopped.*Stopped by Ines: wrong list/);
});

test('start says that the ID of a campaign that is over is used up', async () => {
  const again = await rig.ask(['start', '--csv', csv, '--id', ID, '--at', later, '--retry', 'no-answer,busy:2@30,60']);
  expect(again.stderr).toMatch(/It has ended before: nothing was started, and nobody is called again.*new --id/);
});

test.each(['stop', 'cancel'])('%s has nothing left to do once it is over', async (kind) => {
  const ended = await rig.ask([kind, ID, '--yes']);
  expect(sentenceOf(ended)).toContain('has ended already (stopped)');
  expect(ended.code).toBe(2);
});

test('results come in three formats; of some, as the file of a second round', async () => {
  const whole = await rig.ask(['results', ID]);
  // The file says that it is UTF-8, for spreadsheets; what another program reads does not.
  expect(`\uFEFF${whole.stdout}`).toBe(readFileSync(join(rig.home, 'data', ID, 'results.csv'), 'utf8'));
  expect(json(await rig.ask(['results', ID, '--format', 'jsonl']))[0]).toMatchObject({
    line: 2,
    contactNumber: numberOf(0),
    result: 'not-called',
    values: { customer_name: 'Person 0' },
  });
  const table = await rig.ask(['results', ID, '--format', 'table']);
  expect(table.stdout).toMatch(/line +number +result[\s\S]*2 +\+1202555\d+ +not-called/);
  const second = join(rig.folder, 'second.csv');
  const only = await rig.ask(['results', ID, '--only', 'not-called,busy', '-o', second]);
  expect([only.stdout, only.code]).toEqual(['', 0]);
  expect(only.stderr).toContain(`4 of 5 rows ended not-called or busy, written to ${second}.`);
  expect(readFileSync(second, 'utf8')).toBe(csvOf(PEOPLE));
  const none = await rig.ask(['results', ID, '--only', 'busy', '-o', second]);
  expect([none.code, none.stderr]).toEqual([3, `None of 5 rows ended busy. ${second} has a header and no rows.\n`]);
  expect(readFileSync(second, 'utf8')).toBe(csvOf(0));
  expect(sentenceOf(await rig.ask(['start', '--csv', second, '--id', 'none']))).toContain('a header but no contacts');
  const piped = await rig.ask(['results', ID, '--only', 'busy']);
  expect([piped.code, piped.stdout]).toEqual([3, csvOf(0)]);
  const nowhere = await rig.ask(['results', ID, '-o', join(rig.folder, 'typo', 'second.csv')]);
  expect([nowhere.code, sentenceOf(nowhere)]).toEqual([
    2,
    expect.stringMatching(/^There is no folder .*typo: make it/),
  ]);
  const wrong = await rig.ask(['results', ID, '--only', 'sleepy']);
  expect(wrong.stderr).toContain('No row ends sleepy; there are completed, voicemail, no-answer');
  expect(wrong.code).toBe(2);
});

test('people who may have been called already are not given for a second round without a warning', async () => {
  await leaveCampaign(new LocalStorage(join(rig.home, 'data')), {
    ...{ campaignId: 'lost', input: csvOf(2), executions: [], ask: { mayStillCall: true } },
  });
  for (const only of ['unsettled', 'no-answer,unsettled']) {
    const { code, stdout, stderr } = await rig.ask(['results', 'lost', '--only', only]);
    expect([code, stdout]).toEqual([0, csvOf(2)]);
    expect(stderr).toMatch(/^Warning: 2 people among them may have been called already/m);
  }
  expect((await rig.ask(['results', 'lost', '--only', 'no-answer'])).stderr).not.toContain('Warning');
});

test('the report is made anew, as one page', async () => {
  const file = join(rig.folder, 'report.html');
  const made = await rig.ask(['report', ID, '-o', file]);
  expect([made.stdout, made.code]).toEqual([`${file}\n`, 0]);
  expect(readFileSync(file, 'utf8')).toContain(ID);
  for (const [place, says] of [
    [rig.folder, 'is a folder: give --output a file'],
    [join(rig.folder, 'typo', 'report.html'), 'There is no folder'],
    ['/proc/self/status/report.html', 'cannot be written'],
  ] as const) {
    const nowhere = await rig.ask(['report', ID, '-o', place]);
    expect([nowhere.code, nowhere.stdout, sentenceOf(nowhere)]).toEqual([2, '', expect.stringContaining(says)]);
  }
});

test('results of an earlier run are not handed out while the campaign runs again', async () => {
  const id = 'again';
  const args = ['start', '--csv', csv, '--id', id, '--at', later];
  const cancel = ['cancel', id, '--yes'];
  expect((await rig.ask(args)).code).toBe(0);
  expect((await rig.ask(cancel)).code).toBe(0);
  await until(
    () => 'the campaign has ended',
    async () => (await rig.ask(['results', id, '--only', 'not-called'])).code === 0,
  );
  expect((await rig.ask(args)).stderr).toContain('Started: calls begin');
  for (const command of ['results', 'report']) {
    const ended = await rig.ask([command, id]);
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(sentenceOf(ended)).toMatch(/^Campaign again runs again, and its results are those of the run before/);
  }
  expect((await rig.ask(cancel)).code).toBe(0);
});

test('of a campaign that was terminated while it halts, it is not said that nobody else is called', async () => {
  const id = 'terminated';
  expect((await rig.ask(['start', '--csv', csv, '--id', id, '--at', later])).code).toBe(0);
  await until(
    () => 'the campaign waits',
    async () => json(await rig.ask(['status', id, '--json']))[0]?.state === 'waiting',
  );
  simulator.addFault({ endpoint: 'any', action: { status: 503 } });
  const stopping = rig.start(['stop', id, '--yes']);
  await until(stopping.stderr, () => stopping.stderr().includes('Waiting until Bolna shows it (attempt'));
  await runWell(prepared('TEST_CLI_PATH'), ['workflow', 'terminate', '-w', id, '--address', address]);
  const { code, stderr } = await rig.ended(stopping);
  expect(stderr).toMatch(/whether Bolna calls anybody else is not known: The campaign was terminated in Temporal/);
  expect(stderr).not.toContain('Bolna calls nobody else');
  expect(code).toBe(1);
  simulator.clearFaults();
  // Started again it goes on with the batch, which then is halted indeed.
  expect((await rig.ask(['start', '--csv', csv, '--id', id, '--at', later])).code).toBe(0);
  expect((await rig.ask(['stop', id, '--yes'])).code).toBe(0);
  expect(simulator.batches().filter(({ deleted }) => !deleted)).toEqual([]);
});

test('a halt that no worker carries out names what works now', async () => {
  const id = 'unattended';
  const nobody = { CAMPAIGN_TASK_QUEUE: 'nobody' };
  const batchId = 'b'.repeat(32);
  expect((await rig.ask(['start', '--csv', csv, '--id', id, '--at', later], nobody)).code).toBe(0);
  // A worker that is gone has left its record of the batch.
  await new LocalStorage(join(rig.home, 'data')).write(`${id}/schedule.json`, JSON.stringify({ batchId }));
  const { code, stderr } = await rig.ask(['cancel', id, '--yes', '--no-wait'], nobody);
  const words = `Bolna may still be calling. Stop batch ${batchId} in Bolna's dashboard.`;
  expect(stderr).toContain('With "cancel", once a worker has told Bolna, nobody else is called');
  expect(stderr).toMatch(
    new RegExp(`\\n${words} The order to cancel is given.*\\nNo worker listens on task queue nobody`),
  );
  expect(code).toBe(0);
  // Said without waiting for the minute after which nobody is waited for, also where a worker has only just died.
  const waiting = rig.start(['cancel', id, '--yes'], nobody);
  const watching = rig.start(['watch', id], nobody);
  const shown = await rig.ask(['status', id], nobody);
  expect([shown.code, shown.stdout]).toEqual([1, expect.stringMatching(new RegExp(`^${words}\\nCampaign +${id}`))]);
  const listed = await rig.ask(['list', '--state', 'active'], nobody);
  expect(listed.stderr).toMatch(new RegExp(`^Campaign ${id}: ${words}`));
  const changed = await rig.ask(['max-cost', id, '5'], nobody);
  expect([changed.code, changed.stderr]).toEqual([
    2,
    expect.stringMatching(new RegExp(`^${words}\\nCampaign ${id} is`)),
  ]);
  await until(watching.stderr, () => watching.stderr().startsWith(`${words} No worker listens`));
  await until(waiting.stderr, () => waiting.stderr().includes(`${words} The order stands, and no worker has answered`));
  await waiting.end('SIGINT');
  await watching.end('SIGINT');
  await runWell(prepared('TEST_CLI_PATH'), ['workflow', 'terminate', '-w', id, '--address', address]);
});

test('reschedule and max-cost ask first, and tell what the campaign answers', async () => {
  const id = 'changed';
  const at = new Date(Math.ceil(Date.now() / HOUR) * HOUR + 5 * HOUR).toISOString();
  expect((await rig.ask(['start', '--csv', csv, '--id', id, '--at', later])).code).toBe(0);
  await until(
    () => 'the campaign waits',
    async () => json(await rig.ask(['status', id, '--json']))[0]?.state === 'waiting',
  );
  const unasked = await rig.ask(['reschedule', id, '--at', at]);
  expect([unasked.code, sentenceOf(unasked)]).toEqual([
    2,
    expect.stringContaining(`give --yes to change campaign ${id}`),
  ]);
  const moved = await rig.ask(['reschedule', id, '--at', at, '--timezone', 'America/Bogota', '--yes', '--json']);
  expect(moved.stderr).toMatch(/^The calls begin at .* UTC \(.* -05:00 in America\/Bogota\)\.$/m);
  expect([moved.code, json(moved)]).toEqual([
    0,
    [{ campaignId: id, says: expect.stringMatching(/^The calls begin at/), startsAt: at }],
  ]);
  const inWords = await rig.ask(['reschedule', id, '--at', 'tomorrow 9:03', '--timezone', 'Asia/Kolkata']);
  expect([inWords.code, inWords.stderr]).toEqual([
    2,
    expect.stringMatching(
      /be \S+ 03:33 UTC \(.* 09:03 \+05:30 in .*\), which Bolna rounds up to \S+ 03:40 UTC \(.* 09:10/,
    ),
  ]);
  const past = await rig.ask(['reschedule', id, '--at', '2020-01-01T12:00:00Z', '--yes']);
  expect([past.code, sentenceOf(past)]).toEqual([2, expect.stringContaining('is in the past')]);
  const limited = await rig.ask(['max-cost', id, '12.50', '--yes', '--json']);
  expect([limited.code, json(limited)]).toMatchObject([0, [{ campaignId: id, maxCost: 1250, before: null }]]);
  const unlimited = await rig.ask(['max-cost', id, 'none', '--yes']);
  expect(unlimited.stderr).toContain('The calls may cost any amount; before, it was 12.50.');
  const wrong = await rig.ask(['max-cost', id, 'much', '--yes']);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('an amount of money such as 12.50')]);
  expect((await rig.ask(['cancel', id, '--yes'])).code).toBe(0);
  await until(
    () => 'the campaign has ended',
    async () => (await rig.ask(['results', id])).code === 0,
  );
  const over = await rig.ask(['reschedule', id, '--at', at, '--yes']);
  expect([over.code, sentenceOf(over)]).toEqual([2, expect.stringContaining('there is nothing left to change')]);
});

test('suppress tells of each number what became of it', async () => {
  const id = 'suppressed';
  expect((await rig.ask(['start', '--csv', csv, '--id', id, '--at', later])).code).toBe(0);
  const list = rig.file('opted-out.csv', 'contact_number\n202-555-0102\n+12025550199\n');
  const args = ['suppress', id, numberOf(1), '--list', list, '--country', 'us', '--yes'];
  const { code, stdout, stderr } = await rig.ask([...args, '--json']);
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    {
      campaignId: id,
      says: '2 numbers are suppressed: no call was made, and none will be. 1 number is not in this campaign.',
      numbers: [
        { number: numberOf(1), outcome: 'suppressed', says: expect.any(String) },
        { number: '202-555-0102', outcome: 'suppressed', says: expect.any(String) },
        { number: '+12025550199', outcome: 'not-in-campaign', says: expect.any(String) },
      ],
    },
  ]);
  expect(stderr).toContain('202-555-0102: suppressed: no call was made, and none will be.');
  const unreadable = await rig.ask(['suppress', id, 'Asha', '--yes']);
  expect([unreadable.code, unreadable.stderr]).toEqual([
    1,
    expect.stringContaining('write it as + and the country code'),
  ]);
  const headed = await rig.ask([
    'suppress',
    id,
    '--yes',
    '--json',
    '--list',
    rig.file('asha.csv', `Asha\n${numberOf(1)}\n`),
  ]);
  const note = /^In the suppression list \S*asha\.csv, line 1 "Asha" has no digit and is read as the header/;
  expect(JSON.parse(headed.stdout)).toMatchObject({ notes: [expect.stringMatching(note)], numbers: [{}] });
  expect(headed.stderr).toMatch(new RegExp(note.source, 'm'));
  for (const [more, sentence] of [
    [[], 'Give the numbers to suppress'],
    [['--list', 'nowhere.csv'], 'nowhere.csv cannot be read (ENOENT)'],
    [
      ['--list', rig.file('wide.csv', 'n\na,1\nb,2\n')],
      'cannot be read (line 2 "a,1", line 3 "b,2"). Line 2 holds more',
    ],
  ] as const) {
    const wrong = await rig.ask(['suppress', id, '--yes', ...more]);
    expect([wrong.code, sentenceOf(wrong)]).toEqual([2, expect.stringContaining(sentence)]);
  }
  expect((await rig.ask(['cancel', id, '--yes'])).code).toBe(0);
  await until(
    () => 'the campaign has ended',
    async () => (await rig.ask(['results', id])).code === 0,
  );
  const rows = (await rig.ask(['results', id, '--only', 'suppressed'])).stdout;
  expect([numberOf(1), numberOf(2), numberOf(3)].map((number) => rows.includes(number))).toEqual([true, true, false]);
});

test('at a terminal it asks: yes halts, anything else and Ctrl-C do nothing', async () => {
  const id = 'asked';
  expect((await rig.ask(['start', '--csv', csv, '--id', id, '--at', later])).code).toBe(0);
  const stop = (typed: string) => rig.runAtTerminal(['stop', id], typed);
  expect(await stop('n\n')).toMatchObject({ code: 2, stdout: expect.stringContaining('the campaign goes on') });
  expect(await stop('\x03')).toMatchObject({ code: 130, stdout: expect.stringContaining('nothing was done') });
  expect(json(await rig.ask(['status', id, '--json']))[0]).toMatchObject({ endedAt: null });
  expect(await stop('yes\n')).toMatchObject({ code: 0, stdout: expect.stringContaining('Stop it? [y/N]') });
});

test('where no server is up, each command says how to have one', async () => {
  const other = { CAMPAIGN_HOME: join(rig.folder, 'elsewhere') };
  for (const args of [['list'], ['status', ID], ['watch', ID], ['stop', ID, '--yes'], ['start', '--csv', csv]]) {
    const ended = await rig.ask(args, other);
    expect(sentenceOf(ended)).toContain('set TEMPORAL_ADDRESS');
    expect(ended.code).toBe(2);
  }
  expect(existsSync(other.CAMPAIGN_HOME)).toBe(false);
});

test('nobody was called by any of this', () => {
  expect(simulator.dials()).toEqual([]);
});
