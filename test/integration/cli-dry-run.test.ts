import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import { CliRig } from '../support/cli';
import { AGENT, ANSWERED, csvOf, DAY, instant, MINUTE, TestClock } from '../support/simulator';
import { workbook } from '../support/workbooks';

/** What a dry run says of suppression lists and of what the campaign can come to. */
describe('a dry run', () => {
  // An estimate asks for the calls of the last seven days.
  const clock = new TestClock(new Date(Date.now() - DAY).toISOString());
  let simulator: Simulator;
  let rig: CliRig;
  let csv: string;
  beforeAll(async () => {
    simulator = await startSimulator({
      clock,
      outcomes: () => ANSWERED,
      rules: { concurrency: 200, centsPerMinute: 6 },
    });
    const form = new FormData();
    form.append('agent_id', AGENT);
    form.append('file', new Blob([csvOf(30)]), 'earlier.csv');
    const headers = { authorization: 'Bearer bn-test' };
    const created = await fetch(`${simulator.url}/batches`, { method: 'POST', body: form, headers });
    const { batch_id } = (await created.json()) as { batch_id: string };
    const start = new FormData();
    start.append('scheduled_at', instant(clock.now() + 10 * MINUTE));
    await fetch(`${simulator.url}/batches/${batch_id}/schedule`, { method: 'POST', body: start, headers });
    clock.pass(60 * MINUTE);
    rig = new CliRig({ BOLNA_API_KEY: 'bn-test', BOLNA_AGENT_ID: AGENT, BOLNA_BASE_URL: simulator.url });
    csv = rig.file('people.csv', 'contact_number\n+12025550101\n+12025550102\n+12025550103\nnone\n');
  });
  afterAll(async () => {
    await rig.endAll();
    rig.close();
    await simulator.close();
  });

  const dryRun = (env: NodeJS.ProcessEnv = {}, ...more: string[]) =>
    rig.ask(['run', '--csv', csv, '--dry-run', '--json', ...more], env);

  test('refuses what the run would refuse', async () => {
    expect((await dryRun({}, '--account', 'nope')).stderr).toContain('no key for the account nope');
    expect((await dryRun({}, '--max-cost', '0.00')).stderr).toContain('an amount of money');
    expect((await dryRun({}, '--start-by', '2026-01-01T00:00:00Z')).code).toBe(2);
  });

  test('shows the start as it was typed, in UTC, and as Bolna rounds it', async () => {
    const { stdout, stderr } = await dryRun({}, '--at', 'tomorrow 9:03', '--timezone', 'Asia/Kolkata');
    expect(stderr).toMatch(/Asked for {2}\S+ 03:33 UTC \(\w{3} \d+ \w{3} \d{4}, 09:03 \+05:30 in Asia\/Kolkata\)\n/);
    expect(stderr).toMatch(/Start {6}\S+ 03:40 UTC \(.*, 09:10 \+05:30 in Asia\/Kolkata\), rounded up as Bolna does\n/);
    expect(JSON.parse(stdout).startsAt).toMatch(/T03:40:00.000Z$/);
  });

  test('names how far ahead a start can be in a simulation, in which time passes faster', async () => {
    const { stderr } = await dryRun({}, '--simulate', '--at', new Date(Date.now() + DAY).toISOString());
    expect(stderr).toContain('The simulated Bolna takes a start at most 12 hours ahead: it is scheduled on ');
  });

  test('reads a workbook, with the column and the country that a person names, and tells how', async () => {
    const people = [
      ['Phone', 'name'],
      [{ number: 9876543210 }, 'Asha'],
      ['+12025550101', 'Ben'],
    ];
    const file = rig.file('a.xlsx', workbook({ sheets: { People: people, Old: [['x']] } }));
    const { stdout, stderr } = await rig.ask([
      'run',
      '--csv',
      file,
      '--country',
      'IN',
      '--dry-run',
      '--json',
      '--var',
      'a=b',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ contacts: { total: 2, valid: 2 } });
    expect(stderr).toMatch(/Note: The workbook has 2 sheets; .*"People"/);
    expect(stderr).toMatch(/Note: The numbers to call are read from the column "Phone"\./);
    expect(stderr).toMatch(/contact_number +name +a\n +\+919876543210 +Asha +b/);
  });

  test("says the most that it can be, by the agent's latest calls", async () => {
    const { code, stdout, stderr } = await dryRun();
    expect(code).toBe(0);
    expect(stderr).toContain(
      "at most 3 calls, about 3.0 minutes and 0.18 by the average of the agent's last 30 calls (60 s and 0.060 each)",
    );
    expect(JSON.parse(stdout)).toMatchObject({
      mostCalls: 3,
      estimate: { calls: 3, minutes: 3, cost: 18, basedOn: { calls: 30, secondsPerCall: 60, centsPerCall: 6 } },
    });
  });

  test.each([
    ['without a key', { BOLNA_API_KEY: '' }, 'there is no key to ask Bolna with (BOLNA_API_KEY)'],
    ['with a key that is refused', { BOLNA_API_KEY: 'wrong' }, 'Bolna refused the API key (401)'],
    ['where Bolna is out of reach', { BOLNA_BASE_URL: 'http://127.0.0.1:9' }, 'Bolna could not be reached'],
  ])('%s says that it does not know', async (_, env, why) => {
    const { code, stdout, stderr } = await dryRun(env);
    expect(code).toBe(0);
    expect(stderr).toContain(`at most 3 calls; minutes and cost unknown: ${why}`);
    expect(JSON.parse(stdout).estimate).toEqual({ calls: 3, minutes: null, cost: null, basedOn: null });
  });

  test('of a simulation asks Bolna nothing', async () => {
    const from = simulator.requests.length;
    const { stderr } = await dryRun({}, '--simulate');
    expect(stderr).toContain('unknown: a simulation has no calls to judge by');
    expect(simulator.requests).toHaveLength(from);
  });

  test('leaves out who is on a suppression list, and says so', async () => {
    const list = rig.file('dnc.txt', '(202) 555-0102\nnobody\n');
    const refused = await dryRun({ CAMPAIGN_SUPPRESS: list });
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toMatch(/1 of 2 entries of the suppression list .*dnc\.txt cannot .* \(line 2 "nobody"\)/);
    const { stdout, stderr } = await dryRun({ CAMPAIGN_SUPPRESS: list }, '--ignore-unreadable-suppressions');
    expect(JSON.parse(stdout)).toMatchObject({
      contacts: { total: 4, valid: 2, rejected: 1, duplicates: 0, suppressed: 1 },
      mostCalls: 2,
    });
    expect(stderr).toContain('4 rows, 2 to be called, 1 rejected, 0 duplicates, 1 suppressed');
    expect(stderr).toMatch(/3 +contact_number +\+12025550102 +is on a suppression list/);
    expect(stderr).toMatch(/Note: 1 of 2 entries of the suppression list .*dnc\.txt cannot be read/);
    const firstRows = stderr.slice(stderr.indexOf('First rows'), stderr.indexOf('Rows that are not called'));
    expect(firstRows).not.toContain('+12025550102');
  });

  test('leaves out who is on a list in the web; one that cannot be read is refused in a sentence', async () => {
    const web = createServer(({ url }, response) => {
      if (url?.startsWith('/cut')) response.write('+12025550102\n', () => response.destroy());
      else response.writeHead(url?.startsWith('/down') ? 503 : 200).end('+12025550102\n');
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    try {
      const address = (path: string) => `http://127.0.0.1:${(web.address() as AddressInfo).port}${path}?hush`;
      const here = { CAMPAIGN_ALLOW_PRIVATE_ADDRESSES: '127.0.0.1' };
      const { stdout } = await dryRun(here, '--suppress', address('/dnc.csv'));
      expect(JSON.parse(stdout)).toMatchObject({ contacts: { valid: 2, suppressed: 1 } });
      const down = await dryRun(here, '--suppress', address('/down.csv'));
      expect(down.code).toBe(2);
      expect(down.stderr).toMatch(
        /^error: The suppression list http:\S+\/down\.csv cannot be read now: 127\.0\.0\.1 answered 503\. Try again\.\n$/,
      );
      const cut = await dryRun(here, '--suppress', address('/cut.csv'));
      expect(cut.code).toBe(2);
      expect(cut.stderr).toMatch(
        /^error: The suppression list http:\S+\/cut\.csv cannot be read now: \S+\. Try again\.\n$/,
      );
      const inside = await dryRun({}, '--suppress', address('/dnc.csv'));
      expect(inside.code).toBe(2);
      expect(inside.stderr).toMatch(/^error: The suppression list .* not public: .*CAMPAIGN_ALLOW_PRIVATE_ADDRESSES/);
    } finally {
      web.close();
    }
  });

  test('is refused for a list that is not there', async () => {
    const { code, stdout, stderr } = await dryRun({ CAMPAIGN_SUPPRESS: '/nowhere/dnc.csv' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      'error: The suppression list /nowhere/dnc.csv cannot be used: there is no such file. Correct its name, or make it readable for the worker.\n',
    );
  });

  test('is refused for a list that is in another storage', async () => {
    const { code, stderr } = await dryRun({ CAMPAIGN_SUPPRESS: 's3://bucket/dnc.csv' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: CAMPAIGN_SUPPRESS: s3:\/\/bucket\/dnc\.csv is not in the campaign storage/);
  });

  describe('and the agent', () => {
    const people = () =>
      rig.file('agent.csv', 'contact_number,customer_name,city\n+919876543210,Asha,Pune\n+12025550101,,Rome\n');
    const dryRunOf = (...more: string[]) => rig.ask(['run', '--csv', people(), '--dry-run', '--json', ...more]);
    beforeAll(() => simulator.setAgent({ agent_welcome_message: 'Hi {customer_name} of {company}' }));
    afterAll(() => simulator.setAgent({}));

    test('is refused where people would hear the name of a variable, after everything is shown', async () => {
      const { code, stdout, stderr } = await dryRunOf();
      expect(code).toBe(2);
      expect(stderr).toMatch(/as the first 2 people hear it:\n {2}Hi Asha of \{company\}\n {2}Hi {2}of \{company\}\n/);
      expect(stderr).toMatch(/error: The agent's words use \{company\} \(the welcome message\)/);
      expect(JSON.parse(stdout)).toMatchObject({
        preflight: { missing: [{ name: 'company', where: 'the welcome message' }], used: ['customer_name'] },
      });
    });

    test('shows the rows that are left out for want of a value', async () => {
      const { code, stdout, stderr } = await dryRunOf('--var', 'company=Acme', '--require-variables');
      expect(code).toBe(0);
      expect(stderr).toContain('as the person hears it:\n  Hi Asha of Acme\n');
      expect(stderr).toMatch(/3 +customer_name +has no value, and each row must have one/);
      expect(JSON.parse(stdout)).toMatchObject({
        contacts: { total: 2, valid: 1, rejected: 1 },
        preflight: { required: ['customer_name', 'company'], people: 1 },
      });
    });
  });
});
