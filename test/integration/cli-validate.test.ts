import { existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RESULT_COLUMNS } from '../../results/columns';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import { CliRig, sentenceOf } from '../support/cli';
import { CommandHost } from '../support/command-host';
import { runWell } from '../support/run-program';
import { AGENT } from '../support/simulator';
import { workbook } from '../support/workbooks';

let rig: CliRig;
const host = new CommandHost();
beforeEach(() => {
  rig = new CliRig({}, host);
});
afterEach(() => rig.close());
afterAll(() => host.end());

const MIXED = `contact_number,name\n+12025550101,Asha\n9876543210,Ben\n+12025550101,Cleo\n,Dan\n`;

test('each row that is not called is told, with what to do about it', async () => {
  const { code, stdout, stderr } = await rig.run(['validate', rig.file('a.csv', MIXED)]);
  expect(stdout).toMatch(/line +column +value +what is wrong +what to do/);
  expect(stdout).toMatch(/3 +contact_number +9876543210 +has no \+ and country code +write it as/);
  expect(stdout).toMatch(/4 +contact_number +\+12025550101 +duplicate of line 2 +nothing/);
  expect(stderr).toMatch(/^1 of 4 rows will be called, 3 skipped, because: 1 × /);
  expect(code).toBe(0);
});

test('with the country, local numbers are mended in a file of their own', async () => {
  const cleaned = join(rig.folder, 'cleaned.csv');
  const file = rig.file('a.csv', MIXED);
  const { code, stderr } = await rig.ask(['validate', file, '--country', 'in', '--fix', cleaned]);
  expect(readFileSync(cleaned, 'utf8')).toBe('contact_number,name\n+12025550101,Asha\n+919876543210,Ben\n');
  expect(stderr).toContain(`2 rows that can be called, written to ${cleaned}.`);
  expect(code).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe(MIXED);
});

test.each([
  ['tabs', MIXED.replaceAll(',', '\t')],
  ['semicolons', MIXED.replaceAll(',', ';')],
])('%s between the values are as good', async (_, text) => {
  const { code, stderr } = await rig.ask(['validate', rig.file('a.csv', text)]);
  expect(stderr).toContain('1 of 4 rows will be called');
  expect(code).toBe(0);
});

test.each([10, 3000])('a workbook of %i people is read', async (count) => {
  const people = Array.from({ length: count }, (_, at) => [`+1202555${String(at).padStart(4, '0')}`, `Person ${at}`]);
  const file = rig.file('a.xlsx', workbook({ sheets: { People: [['contact_number', 'name'], ...people] } }));
  const { code, stderr } = await rig.ask(['validate', file]);
  expect(stderr).toContain(`${count} of ${count} rows will be called`);
  expect(code).toBe(0);
});

test('a sheet of a workbook is checked, with the column and the country that a person names', async () => {
  const people = [
    ['Mobile', 'Phone', 'name'],
    [{ number: 9876543210 }, 'none', 'Asha'],
    [undefined, undefined, 'Ben'],
  ];
  const file = rig.file('a.xlsx', workbook({ sheets: { Notes: [['x']], People: people } }));
  const cleaned = join(rig.folder, 'cleaned.csv');
  const which = ['--sheet', 'People', '--number-column', 'mobile', '--country', 'IN'];
  const { code, stdout } = await rig.ask(['validate', file, ...which, '--fix', cleaned]);
  expect(readFileSync(cleaned, 'utf8')).toBe('contact_number,Phone,name\n+919876543210,none,Asha\n');
  expect(stdout).toMatch(/3 +contact_number +the number is empty/);
  expect(code).toBe(0);

  const unclear = await rig.ask(['validate', file, '--sheet', 'People']);
  expect(sentenceOf(unclear)).toMatch(/Several columns can hold the numbers to call: "Mobile", "Phone"\./);
});

test('how a file is read is told where a person could not know it', async () => {
  const file = rig.file('a.csv', Buffer.from('Phone,name\n+12025550101,Jos\xe9\n', 'latin1'));
  const list = rig.file(
    'list.xlsx',
    workbook({
      sheets: {
        A: [
          ['Phone', 'why'],
          [{ number: 12025550102 }, 'asked'],
        ],
      },
    }),
  );
  const { stdout, stderr } = await rig.ask(['validate', file, '--suppress', list, '--json']);
  const notes = [expect.stringMatching(/Windows-1252/), expect.stringMatching(/from the column "Phone"/)];
  expect(JSON.parse(stdout)).toMatchObject({ total: 1, valid: 1, suppressed: 0, notes });
  expect(stderr).toMatch(/^Note: .*Windows-1252/m);
});

test('numbers on a suppression list are told as such', async () => {
  const list = rig.file('dnc.txt', '+1 202 555 0101\n');
  const { code, stdout } = await rig.ask(['validate', rig.file('a.csv', MIXED), '--suppress', list, '--json']);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ line: 2, verdict: 'suppressed' });
  expect(lines.at(-1)).toMatchObject({ total: 4, valid: 0, suppressed: 2 });
  expect(code).toBe(2);
});

test('a suppression list is read by the country; an entry that cannot be read is refused, unless a person says so', async () => {
  const people = rig.file('a.csv', 'contact_number\n2025550101\n2025550102\n2025550103\n');
  const list = rig.file('dnc.txt', '202 555 0101\n0012025550102 x5\n555-0103\n');
  const args = ['validate', people, '--country', 'US', '--suppress', list];
  const refused = await rig.run(args);
  expect([refused.code, refused.stdout]).toEqual([2, '']);
  expect(sentenceOf(refused)).toMatch(
    /^1 of 3 entries of the suppression list .*dnc\.txt cannot be read as a phone number \(line 3 "555-0103"\): the people/,
  );
  const { code, stderr } = await rig.run([...args, '--ignore-unreadable-suppressions']);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^Note: 1 of 3 entries .* The people they name may be called\.\n1 of 3 rows will be called/);
  const { stdout } = await rig.ask([...args, '--ignore-unreadable-suppressions', '--json']);
  expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '').notes).toEqual([
    expect.stringMatching(/^1 of 3 entries .* The people they name may be called\.$/),
  ]);
});

test('the results of a campaign are no contacts', async () => {
  const results = `${RESULT_COLUMNS.join(',')}\n2,+12025550101,busy${','.repeat(RESULT_COLUMNS.length - 3)}\n`;
  const ended = await rig.run(['validate', rig.file('results.csv', results)]);
  expect([ended.code, sentenceOf(ended)]).toEqual([
    2,
    expect.stringMatching(/bolna-campaigns results ID --only no-answer,busy -o FILE/),
  ]);
});

test('what cannot be used is refused in one sentence, and leaves no file', async () => {
  const cleaned = join(rig.folder, 'cleaned.csv');
  const refused = async (file: string, ...more: string[]) => {
    const ended = await rig.ask(['validate', file, '--fix', cleaned, ...more]);
    expect(ended.code).toBe(2);
    expect(existsSync(cleaned)).toBe(false);
    return sentenceOf(ended);
  };
  const workbook = Buffer.concat([
    Buffer.from('504b0304', 'hex'),
    Buffer.alloc(26),
    Buffer.from('[Content_Types].xml'),
  ]);
  expect(await refused(rig.file('a.xlsx', workbook))).toContain('Save As → "CSV UTF-8');
  expect(await refused(join(rig.folder, 'none.csv'))).toContain('There is no file');
  expect(await refused(rig.file('b.csv', 'name\nAsha\n'))).toContain('contact_number');
  const same = rig.file('c.csv', MIXED);
  const itself = await rig.ask(['validate', same, '--fix', same]);
  expect(sentenceOf(itself)).toContain(`--fix names ${same} itself`);
  const country = await rig.ask(['validate', same, '--country', 'Utopia']);
  expect(country.stderr).toContain('a country of two letters');
  expect([itself.code, country.code]).toEqual([2, 2]);
  expect(readFileSync(same, 'utf8')).toBe(MIXED);
});

test('what is read is never replaced by what is written, by whatever name', async () => {
  const file = rig.file('people.csv', MIXED);
  const link = join(rig.folder, 'link.csv');
  symlinkSync(file, link);
  const list = rig.file('do-not-call.csv', '+12025550199\n');
  for (const args of [
    [link, '--fix', file],
    [file, '--fix', link],
    [file, '--suppress', list, '--fix', list],
  ]) {
    const ended = await rig.ask(['validate', ...args]);
    expect([ended.code, sentenceOf(ended)]).toEqual([2, expect.stringMatching(/^--fix names .* itself: give another/)]);
  }
  expect([readFileSync(file, 'utf8'), readFileSync(list, 'utf8')]).toEqual([MIXED, '+12025550199\n']);
});

test('a file that cannot be read leaves nothing of what was to be written', async () => {
  for (const path of [join(rig.folder, 'none.csv'), rig.folder]) {
    expect((await rig.ask(['validate', path, '--fix', join(rig.folder, 'cleaned.csv')])).code).toBe(2);
  }
  expect(readdirSync(rig.folder)).toEqual(['user']);
});

test('a pipe is written to, and stays one', async () => {
  const pipe = join(rig.folder, 'pipe');
  await runWell('mkfifo', [pipe]);
  const file = rig.file('people.csv', MIXED);
  const [read, { code }] = await Promise.all([readFile(pipe, 'utf8'), rig.run(['validate', file, '--fix', pipe])]);
  expect([read, code]).toEqual(['contact_number,name\n+12025550101,Asha\n', 0]);
  expect(statSync(pipe).isFIFO()).toBe(true);
});

test('a full disk behind stdout is told in a sentence', async () => {
  const ended = await rig.runInto('/dev/full', ['validate', rig.file('people.csv', MIXED), '--json']);
  expect([ended.code, sentenceOf(ended)]).toEqual([1, expect.stringContaining('The disk is full')]);
});

describe('beside the agent that is to call', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ agent: { agent_welcome_message: 'Hi {name} of {company}' } });
  });
  afterAll(() => simulator.close());

  const CSV = 'contact_number,name\n9876543210,Asha\n+12025550101,#N/A\n';
  const validated = (...more: string[]) =>
    rig.ask(['validate', rig.file('a.csv', CSV), '--agent', AGENT, '--country', 'IN', ...more], {
      BOLNA_API_KEY: 'bn-test',
      BOLNA_BASE_URL: simulator.url,
    });

  test('a file without a column for a variable is refused, after everything is told', async () => {
    const { code, stderr } = await validated();
    expect(code).toBe(2);
    expect(stderr).toMatch(/^2 of 2 rows will be called/);
    expect(stderr).toContain('hear it:\n  Hi Asha of {company}\n  Hi #N/A of {company}\n');
    expect(stderr).toMatch(/\nerror: The agent's words use \{company\}/);
  });

  test('lists every cell without a value that the agent uses, as rows that are rejected', async () => {
    const many = Array.from({ length: 8 }, (_, i) => `+1202555010${i},\n`).join('');
    const file = rig.file('blank.csv', `contact_number,name\n${many}`);
    const env = { BOLNA_API_KEY: 'bn-test', BOLNA_BASE_URL: simulator.url };
    const validate = ['validate', file, '--agent', AGENT, '--allow-missing'];
    const { stdout } = await rig.ask([...validate, '--json'], env);
    const found = stdout.trimEnd().split('\n').slice(0, -1);
    expect(found.map((line) => JSON.parse(line))).toEqual(
      Array.from({ length: 8 }, (_, i) => ({
        ...{ line: i + 2, verdict: 'valid', column: 'name', value: '' },
        reason: 'has no value, and the agent uses it',
        mend: 'enter it: the person is called all the same',
      })),
    );
    const shown = await rig.ask(validate, env);
    expect(shown.stdout.match(/has no value, and the agent uses it/g)).toHaveLength(8);
    expect(shown.stderr).toMatch(/Warning: The agent's words use \{company\} .*: add it\.\n/);
  });

  test('rows without a value can be left out, also of the cleaned file', async () => {
    const cleaned = join(rig.folder, 'cleaned.csv');
    const { code, stdout } = await validated('--allow-missing', '--require-variables', '--fix', cleaned, '--json');
    expect(code).toBe(0);
    expect(readFileSync(cleaned, 'utf8')).toBe('contact_number,name\n+919876543210,Asha\n');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({
      line: 3,
      column: 'name',
      value: '#N/A',
      reason: 'has no value, and each row must have one',
    });
    expect(lines.at(-1)).toMatchObject({ valid: 1, preflight: { people: 1, missing: [{ name: 'company' }] } });
  });

  test('what needs an agent is refused without one', async () => {
    const ended = await rig.ask(['validate', rig.file('a.csv', CSV), '--require-variables']);
    expect(ended.code).toBe(2);
    expect(sentenceOf(ended)).toContain('go with --agent');
  });
});
