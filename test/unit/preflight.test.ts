import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { preflight as preflightOfLibrary } from '../../client/index';
import { askOf } from '../../client/preflight/campaign';
import { gatewayCheck } from '../../client/preflight/gateway';
import { preflight } from '../../client/preflight/preflight';
import type { PreflightAsk } from '../../client/preflight/types';
import { missingText } from '../../client/preflight/words';
import { Wording } from '../../contacts/wording';
import { DIALECTS } from '../../simulator/rules';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import { readConfig } from '../../worker/config';
import { removeFolder, temporaryFolder } from '../support/folders';
import { AGENT } from '../support/simulator';
import { workbook } from '../support/workbooks';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterEach(() => {
  simulator.clearFaults();
  simulator.setAgent({});
});
afterAll(() => simulator.close());

const CSV = [
  'contact_number,customer_name,appointment,city',
  '+919876543210,Asha,Monday,Pune',
  '+12025550101,,Tuesday,Washington',
  '12,Nobody,Friday,Pune',
  '+12025550102,Chloe,#REF!,Washington',
  '+12025550101,Ben,Tuesday,Washington',
  '+447700900123,Dev,Sunday,London',
  '',
].join('\n');

const WORDS = {
  agent_name: 'Reminder',
  agent_welcome_message: 'Hello {customer_name}, it is {current_time}.',
  agent_prompts: { task_1: { system_prompt: 'The appointment is on {appointment}.' } },
};

function ask(more: Partial<PreflightAsk> = {}, csv = CSV): PreflightAsk {
  return {
    agentId: AGENT,
    bolna: { apiKey: 'bn-test', baseUrl: simulator.url, timeoutMs: 5_000 },
    open: async () => Readable.from([Buffer.from(csv)]),
    startsAt: Date.parse('2026-06-23T15:40:00Z'),
    ...more,
  };
}

test('says what an agent would say to the contacts, and to whom it could not say it', async () => {
  simulator.setAgent(WORDS);
  expect(await preflight(ask())).toEqual({
    agent: { id: AGENT, name: 'Reminder' },
    people: 4,
    missing: [],
    used: ['customer_name', 'appointment'],
    unused: ['city'],
    required: null,
    blank: {
      rows: 2,
      first: [
        { line: 3, column: 'customer_name', value: '' },
        { line: 5, column: 'appointment', value: '#REF!' },
      ],
    },
    welcome: [
      'Hello Asha, it is {current_time}.',
      'Hello , it is {current_time}.',
      'Hello Chloe, it is {current_time}.',
    ],
    callingHours: null,
    autoReschedule: false,
    concurrency: 10,
    warnings: [],
    notes: [
      "The agent's words do not use the column city.",
      '2 rows have no value where the agent uses one (line 3, customer_name; line 5, appointment "#REF!"). The people are called all the same; requireVariables (on the command line, --require-variables) leaves them out.',
    ],
  });
});

test('leaves rows without a value out where they must have one: a later row of the same person may have it', async () => {
  simulator.setAgent(WORDS);
  const found = await preflight(ask({ requireVariables: true }));
  expect(found).toMatchObject({
    required: ['customer_name', 'appointment'],
    people: 3,
    blank: { rows: 2 },
    welcome: [
      'Hello Asha, it is {current_time}.',
      'Hello Ben, it is {current_time}.',
      'Hello Dev, it is {current_time}.',
    ],
  });
  expect(found.notes).toContain(
    '2 rows have no value where the agent uses one (line 3, customer_name; line 5, appointment "#REF!") and will not be called.',
  );
});

test('finds variables without a column, and one that differs by its spelling', async () => {
  simulator.setAgent({ ...WORDS, agent_welcome_message: 'Hi {Customer Name} of {company}' });
  const { missing, used, unused } = await preflight(ask());
  expect(missing).toEqual([
    { name: 'Customer Name', where: 'the welcome message' },
    { name: 'company', where: 'the welcome message' },
  ]);
  expect(missingText(missing, [...used, ...unused], { allow: 'allow it' })).toBe(
    'The agent\'s words use {Customer Name} (the welcome message; the file has "customer_name", and names must match exactly), {company} (the welcome message), and the file has no such column: add them, or allow it.',
  );
  expect(missingText(missing.slice(1), [])).toBe(
    "The agent's words use {company} (the welcome message), and the file has no such column: add it.",
  );
});

test('tells of one row without a value as of one', async () => {
  simulator.setAgent(WORDS);
  const { notes } = await preflight(ask({}, 'contact_number,customer_name,appointment\n+12025550101,,Monday\n'));
  expect(notes).toEqual([
    '1 row has no value where the agent uses one (line 2, customer_name). The person is called all the same; requireVariables (on the command line, --require-variables) leaves it out.',
  ]);
});

describe('calling hours', () => {
  const hours = (call_start_hour: number, call_end_hour: number) =>
    simulator.setAgent({ calling_guardrails: { call_start_hour, call_end_hour } });
  const noteOn = ({ notes }: { notes: string[] }) => notes.find((text) => text.startsWith('The agent calls'));

  test('tell who waits, where each person is', async () => {
    hours(9, 21); // 21:10 in India, 11:40 in Washington, 16:40 in London
    const found = await preflight(ask());
    expect(found.callingHours?.calls).toEqual({ now: 3, 'later-today': 0, tomorrow: 1, depends: 0, unknown: 0 });
    expect(noteOn(found)).toBe(
      'The agent calls 9:00–21:00 where the person is. At the start (2026-06-23 15:40 UTC) 1 of 4 waits until tomorrow.',
    );
  });

  test('say that it depends where a number is of several zones', async () => {
    hours(9, 21); // 9:40 in Boise, 8:40 in Los Angeles
    const csv = 'contact_number\n+12085550101\n+919876543210\n';
    expect(noteOn(await preflight(ask({}, csv)))).toBe(
      'The agent calls 9:00–21:00 where the person is. At the start (2026-06-23 15:40 UTC) 1 of 2 waits until tomorrow, 1 of 2 may wait, since their numbers are of several time zones.',
    );
  });

  test('hold nobody up in a campaign that ignores them', async () => {
    hours(9, 10);
    expect(noteOn(await preflight(ask({ bypassGuardrails: true })))).toBe(
      'The agent calls 9:00–10:00 where the person is. This campaign ignores that and calls at any hour.',
    );
  });

  test('of no length are said to be unknown', async () => {
    hours(9, 9);
    expect(noteOn(await preflight(ask()))).toContain('it is unknown when Bolna makes these calls');
  });
});

test('warns of calls that people ask for', async () => {
  simulator.setAgent({ tasks: [{ task_config: { auto_reschedule: true } }] });
  const { autoReschedule, warnings } = await preflight(ask());
  expect(autoReschedule).toBe(true);
  expect(warnings).toEqual([expect.stringContaining('"Auto Reschedule" on')]);
});

test.each([
  [2, 'no more than a trial account'],
  [0, 'The account is paused'],
])('warns of an account that makes %d calls at a time', async (concurrency, words) => {
  const small = await startSimulator({ rules: { concurrency } });
  const bolna = { apiKey: 'bn-test', baseUrl: small.url, timeoutMs: 5_000 };
  expect((await preflight(ask({ bolna }))).warnings).toEqual([expect.stringContaining(words)]);
  await small.close();
});

test.each(DIALECTS)('understands an agent in the %s dialect', async (dialect) => {
  const other = await startSimulator({ rules: { dialect }, agent: WORDS });
  const bolna = { apiKey: 'bn-test', baseUrl: other.url, timeoutMs: 5_000 };
  const { used, welcome } = await preflight(ask({ bolna }));
  expect({ used, welcome: welcome.length }).toEqual({ used: ['customer_name', 'appointment'], welcome: 3 });
  await other.close();
});

describe('an agent that cannot be read is no reason to fail', () => {
  const unchecked = { agent: null, missing: [], used: [], unused: [], people: 4, autoReschedule: null };

  test.each([
    [{ status: 404 }, /^The agent was not checked: .*404/],
    [{ status: 500 }, /^The agent was not checked: /],
    [{ html: true as const }, /a web page instead of JSON/],
    [{ emptyBody: true as const }, /an empty answer/],
    [{ reset: 'before' as const }, /^The agent was not checked: /],
    [{ truncate: 40 }, /^The agent was not checked: /],
  ])('after %j', async (action, words) => {
    simulator.addFault({ endpoint: 'agent', action });
    const found = await preflight(ask());
    expect(found).toMatchObject(unchecked);
    expect(found.notes).toEqual([expect.stringMatching(words)]);
  });

  test.each([
    ['a list', '[]'],
    ['a word', '"agent"'],
  ])('that is %s', async (_, body) => {
    simulator.addFault({ endpoint: 'agent', action: { status: 200, body } });
    const found = await preflight(ask());
    expect(found).toMatchObject(unchecked);
    expect(found.notes).toHaveLength(1);
  });

  test('without a key, or without an agent', async () => {
    const noKey = await preflight(ask({ bolna: 'there is no key' }));
    expect(noKey).toMatchObject({ ...unchecked, notes: ['The agent was not checked: there is no key.'] });
    const noAgent = await preflight(ask({ agentId: undefined }));
    expect(noAgent.notes).toEqual(['The agent was not checked: no agent is named.']);
  });

  test('and then each column is required, where variables are', async () => {
    simulator.addFault({ endpoint: 'agent', action: { status: 404 } });
    const found = await preflight(ask({ requireVariables: true }));
    expect(found).toMatchObject({ required: ['customer_name', 'appointment', 'city'], people: 3 });
    expect(found.notes).toContain(
      'Each row must have a value in every column (customer_name, appointment, city), since any may be a variable.',
    );
  });
});

test('an agent that shows none of its words is said to be so', async () => {
  simulator.setAgent({ agent_welcome_message: undefined, agent_prompts: undefined });
  const found = await preflight(ask());
  expect(found).toMatchObject({ missing: [], unused: [], welcome: [] });
  expect(found.notes).toEqual([expect.stringContaining('checked without its words')]);
});

test('upstream systems have it with the input of a campaign', async () => {
  simulator.setAgent({ ...WORDS, calling_guardrails: { call_start_hour: 9, call_end_hour: 21 } });
  const folder = temporaryFolder('preflight-');
  const file = join(folder, 'people.csv');
  writeFileSync(file, CSV);
  const options = { apiKey: 'bn-test', baseUrl: simulator.url };
  for (const contacts of [{ csv: CSV }, { file }]) {
    const found = await preflightOfLibrary({ agentId: AGENT, contacts, requireVariables: true }, options);
    expect(found).toMatchObject({ required: ['customer_name', 'appointment'], people: 3, missing: [] });
  }
  removeFolder(folder);
});

describe('contacts are read as the campaign reads them', () => {
  const PEOPLE = [
    ['customer_name', 'Mobile', 'Phone', 'appointment'],
    ['Asha', '9876543210', '1', 'Monday'],
    ['Ben', '+12025550101', '2', ''],
    ['Cy', 'none', '3', 'Friday'],
  ];
  const WISHES = { agentId: AGENT, numberColumn: 'Mobile', country: 'IN' };
  const csv = PEOPLE.map((cells) => `${cells.join()}\n`).join('');
  const xlsx = workbook({ sheets: { Old: [['x']], People: PEOPLE } });
  const expected = {
    people: 2,
    unused: ['Phone'],
    missing: [],
    blank: { rows: 1, first: [{ line: 3, column: 'appointment', value: '' }] },
    welcome: ['Hello Asha, it is {current_time}.', 'Hello Ben, it is {current_time}.'],
  };

  test('by the library, from a CSV and from a sheet of a workbook', async () => {
    simulator.setAgent(WORDS);
    const folder = temporaryFolder('preflight-');
    const file = join(folder, 'people.xlsx');
    writeFileSync(file, xlsx);
    const options = { apiKey: 'bn-test', baseUrl: simulator.url };
    expect(await preflightOfLibrary({ ...WISHES, contacts: { csv } }, options)).toMatchObject(expected);
    const ofSheet = await preflightOfLibrary({ ...WISHES, contacts: { file }, sheet: 'People' }, options);
    expect(ofSheet).toMatchObject(expected);
    const uri = pathToFileURL(file).href;
    process.env.CAMPAIGN_DATA = folder;
    const ofUri = await preflightOfLibrary({ ...WISHES, contacts: { uri }, sheet: 'People' }, options);
    delete process.env.CAMPAIGN_DATA;
    expect(ofUri).toMatchObject(expected);
    const [header = [], ...cells] = PEOPLE;
    const rows = cells.map((row) => Object.fromEntries(header.map((name, at) => [name, row[at] ?? ''])));
    const blank = { rows: 1, first: [{ row: 2, column: 'appointment', value: '' }] };
    expect(await preflightOfLibrary({ ...WISHES, contacts: { rows } }, options)).toMatchObject({ ...expected, blank });
    for (const contacts of [{ uri: 'https://example.com/a.csv' }, {} as { csv: string }])
      await expect(preflightOfLibrary({ ...WISHES, contacts }, options)).rejects.toThrow(
        /^preflight reads contacts given as/,
      );
    removeFolder(folder);
  });

  test('by the gateway, from a CSV and from a sheet of a workbook', async () => {
    simulator.setAgent({ ...WORDS, agent_welcome_message: 'Hi {Mobile}' });
    const wording = new Wording(true, 'http');
    const check = gatewayCheck(readConfig({ BOLNA_API_KEY: 'bn-test', BOLNA_BASE_URL: simulator.url }));
    const found = {
      missing: { names: ['Mobile'] },
      notes: expect.arrayContaining([
        expect.stringMatching(/^1 row .*\(row 2, appointment\).*; requireVariables leaves it out/),
      ]),
      welcome: ['Hi {Mobile}', 'Hi {Mobile}'],
    };
    expect(await check({ wishes: WISHES, wording, open: async () => Readable.from([Buffer.from(csv)]) })).toMatchObject(
      found,
    );
    const wishes = { ...WISHES, sheet: 'People' };
    found.notes = expect.arrayContaining([expect.stringMatching(/^1 row .*\(line 3, appointment\)/)]);
    expect(
      await check({ wishes, wording: new Wording(false, 'http'), open: async () => Readable.from([xlsx]) }),
    ).toMatchObject(found);
  });

  test('by the command line', () => {
    const recipients = { fromFile: true, open: async () => Readable.from([]), notes: () => [] };
    const plan = { recipients, agentId: AGENT, campaignId: undefined, at: undefined, suppress: [], wishes: WISHES };
    const how = { config: readConfig({}), account: undefined, suppressed: undefined };
    expect(askOf(plan, how).reading).toMatchObject({ numberColumn: 'Mobile', country: 'IN' });
  });
});
