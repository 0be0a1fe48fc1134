import { Readable } from 'node:stream';
import { ReportError } from '../../report/errors';
import { writeReport } from '../../report/write';
import { campaignFiles } from '../../storage/campaign-files';
import { LocalStorage } from '../../storage/local';
import { endOf } from '../../workflows/end-of';
import { newState } from '../../workflows/state';
import { removeFolder, temporaryFolder } from '../support/folders';
import { type Left, leaveCampaign } from '../support/left-campaign';
import { dataOf, textOf } from '../support/report-page';
import { Sheet } from '../support/sheets';

let folder: string;
let storage: LocalStorage;
beforeEach(() => {
  folder = temporaryFolder('report-');
  storage = new LocalStorage(folder);
});
afterEach(() => removeFolder(folder));

async function pageOf(left: Left): Promise<string> {
  await leaveCampaign(storage, left);
  return written();
}

async function written(campaignId = 'c'): Promise<string> {
  const sheet = new Sheet();
  const { bytes } = await writeReport(storage, campaignId, sheet);
  expect(Buffer.byteLength(sheet.text)).toBe(bytes);
  return sheet.text;
}

const call = (number: string, status: string, more: object = {}) => ({
  ...{ id: `e-${number}`, status, user_number: number, updated_at: '2026-06-23T07:12:00Z' },
  ...more,
});

const INPUT = 'contact_number,name\n+12025550101,Asha\n12,Ben\n+12025550101,Cy\n+12025550102,Di\n';
const EXECUTIONS = [
  call('+12025550101', 'completed', {
    total_cost: 12345,
    retry_count: 1,
    termination_reason: 'user_hung_up',
    transcript: 'assistant: Hello.\nuser: Yes.',
    summary: 'All well.',
    extracted_data: { mood: 'fine' },
    telephony_data: { duration: 150, to_number: '+12025550101', recording_url: 'https://r.example/1.mp3' },
  }),
  call('+12025550102', 'no-answer', { telephony_data: { hangup_reason: 'No Answer', to_number: '+12025550102' } }),
];

test('that Bolna may still be calling is the first that the page says of the end', async () => {
  const halt = { kind: 'stop', at: 0 } as const;
  const batch = { batchId: 'b1', status: 'running', phase: 'running' } as const;
  const { status, reason } = endOf({ ...newState(0), halt, batch, failure: 'It took too long.' });
  const text = textOf(await pageOf({ input: INPUT, executions: [], ask: { status, reason } }));
  expect(text).toMatch(
    / c failed .*Batch \w+ Bolna may still be calling\. Stop batch b1 in Bolna's dashboard\. It took/,
  );
});

test('the page says how the campaign ended, what came of it and where everything is', async () => {
  const ask = { status: 'stopped', reason: 'Stopped by Asha: wrong list.', notes: ['One note.'] };
  const page = await pageOf({ input: INPUT, executions: EXECUTIONS, ask });
  const text = textOf(page);
  for (const said of [
    'c stopped',
    'Start 23 Jun 2026, 07:00 UTC',
    'Stopped by Asha: wrong list.',
    'One note.',
    'Called 2 50% of the rows',
    'Completed 1 50% of those called',
    'Time on calls 2 min 30 s',
    'Cost 123.45 123.45 per completed call',
    'Retries 1 50% of those called',
    'completed 1 25% 2 min 30 s 123.45',
    'has no + and country code; write it as +91… with the country code of the number 1 50%',
    'the number of an earlier row 1 50%',
    'No Answer 1 100%',
    storage.uriOf('c/results.csv'),
    storage.uriOf('c/executions.jsonl'),
  ])
    expect(text).toContain(said);
  expect(dataOf(page)).toEqual({
    columns: ['name'],
    rows: [
      {
        ...{ line: 2, number: '+12025550101', outcome: 'completed', reason: '', executionId: 'e-+12025550101' },
        ...{
          recording: 'https://r.example/1.mp3',
          extracted: '{"mood":"fine"}',
          values: ['Asha'],
          termination: 'user_hung_up',
        },
      },
      expect.objectContaining({ line: 3, number: '12', outcome: 'rejected', executionId: 0, values: ['Ben'] }),
      expect.objectContaining({ line: 4, outcome: 'duplicate', values: ['Cy'] }),
      expect.objectContaining({ line: 5, outcome: 'no-answer', reason: 'No Answer', recording: 0 }),
    ],
    transcripts: { 0: ['assistant: Hello.\nuser: Yes.', 0, 'All well.'] },
    leftOut: [],
  });
  expect(text).not.toContain('This page has room');
});

test('nothing in the page may be loaded, and only its own script and style may run, known by their hashes', async () => {
  const page = await pageOf({ input: INPUT, executions: EXECUTIONS });
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  const sha = "'sha256-[\\w+/=]{44}'".replaceAll("'", '&#39;');
  expect(policy).toMatch(
    new RegExp(
      `^default-src &#39;none&#39;; script-src ${sha}; style-src ${sha}; base-uri &#39;none&#39;; form-action &#39;none&#39;$`,
    ),
  );
  const markup = page.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, '');
  expect(markup).not.toMatch(/ (src|href|style|on\w+)=/);
  expect(page).not.toMatch(/innerHTML|insertAdjacent|document\.write|eval\(/);
});

test('a campaign that called nobody has a report that says so', async () => {
  const ask = {
    status: 'missed',
    batchId: undefined,
    reason: 'The start was missed.',
    notCalledReason: 'the start was missed',
  };
  const text = textOf(await pageOf({ input: INPUT, ask: { ...ask, startsAt: undefined } }));
  for (const said of [
    'Never started',
    'nobody was called',
    'not-called 2 50%',
    'the start was missed 2 100%',
    'The start was missed.',
  ])
    expect(text).toContain(said);
  expect(text).not.toContain('Durations');
});

test('without executions the rows are told all the same, and what is missing is said', async () => {
  await leaveCampaign(storage, { input: INPUT, executions: EXECUTIONS });
  await storage.delete(campaignFiles('c').executions);
  const page = await written();
  expect(textOf(page)).toContain('The executions are missing.');
  expect(dataOf(page)).toMatchObject({
    transcripts: {},
    rows: [{ outcome: 'completed' }, {}, {}, { outcome: 'no-answer' }],
  });
});

test('lines of the executions that cannot be read are counted, and the others are shown', async () => {
  const executions = [
    '{"id":"e-',
    'null',
    '[]',
    '7',
    ...EXECUTIONS,
    '\0\0',
    '{"id":{},"status":[],"transcript":{},"updated_at":7}',
  ];
  const page = await pageOf({ input: INPUT, executions });
  expect(textOf(page)).toContain('5 executions could not be read.');
  expect(Object.keys(dataOf(page).transcripts)).toEqual(['0']);
});

test('an execution that two pages tell is one call', async () => {
  const text = textOf(await pageOf({ input: INPUT, executions: [...EXECUTIONS, ...EXECUTIONS] }));
  expect(text).toContain('23 Jun 07:12 1 1');
});

test('the executions of several batches are all told', async () => {
  const split = { batches: 3, rowsPerBatch: 1 };
  const contacts = {
    ...{ input: 'c/input.csv', fileName: 'c-0.csv', begun: true, flagged: 0 },
    ...{ total: 4, valid: 2, rejected: 1, duplicates: 1 },
  };
  await leaveCampaign(storage, { input: INPUT, executions: EXECUTIONS });
  for (const [at, execution] of EXECUTIONS.entries())
    await storage.write(campaignFiles('c', at + 1).executions, `${JSON.stringify(execution)}\n`);
  const batch = { collected: true, mayStillCall: false };
  const ask = {
    contacts: { ...contacts, split },
    batches: [batch, batch, { ...batch, collected: false }],
    collected: true,
  };
  await leaveCampaign(storage, { input: INPUT, ask });
  const page = await written();
  expect(textOf(page)).toContain('The executions of 1 of 3 batches are missing.');
  expect(dataOf(page).transcripts).toEqual({ 0: ['assistant: Hello.\nuser: Yes.', 0, 'All well.'] });
  expect(textOf(page)).toContain('23 Jun 07:12 1 1');
});

test('a transcript of 200 KB is shown whole', async () => {
  const transcript = `user: ${'नमस्ते <b>😀</b> '.repeat(12_500)}`;
  const page = await pageOf({ input: INPUT, executions: [{ ...EXECUTIONS[0], transcript }] });
  expect(dataOf(page).transcripts['0']?.[0]).toBe(transcript);
});

test('a row of the results of more than a megabyte is shown cut', async () => {
  const extracted_data = { long: 'x'.repeat(2_000_000) };
  const page = await pageOf({
    input: INPUT,
    executions: [{ ...EXECUTIONS[0], extracted_data, error_message: 'a\0b' }],
  });
  expect(dataOf(page).rows[0]).toMatchObject({ reason: 'a\0b', extracted: expect.stringMatching(/^\{"long":"x+…$/) });
});

describe('where there is nothing to make a report of', () => {
  const failure = async (campaignId = 'c') => {
    const sheet = new Sheet();
    const error: unknown = await writeReport(storage, campaignId, sheet).catch((thrown: unknown) => thrown);
    expect(sheet.destroyed).toBe(true);
    expect(sheet.text).toBe('');
    return error instanceof ReportError ? [error.code, error.message] : error;
  };

  test('a campaign that is not over is told from one that is damaged', async () => {
    expect(await failure('unknown')).toEqual([
      'no-results',
      'Campaign unknown has no results yet (there is no unknown/summary.json in the campaign storage): wait for its end, or check the ID and CAMPAIGN_DATA.',
    ]);
  });

  test.each([
    ['summary.json', '{"campaignId":'],
    ['summary.json', '{"campaignId":"c"}'],
    ['results.csv', ''],
    ['results.csv', '+12025550101,Asha\n'],
    ['results.csv', 'line,"contact_number\n'],
  ])('a %s that holds %j is named', async (name, content) => {
    await leaveCampaign(storage, { input: INPUT, executions: EXECUTIONS });
    await storage.write(`c/${name}`, content);
    const told = await failure();
    expect(told).toEqual(['unreadable', expect.any(String)]);
    const message = String(told);
    expect(message).toMatch(new RegExp(`${name} cannot be read.*it is damaged, or another program has written it\\.$`));
    expect(message).not.toContain('2025550101');
  });

  test('a missing results.csv is named', async () => {
    await leaveCampaign(storage, { input: INPUT });
    await storage.delete('c/results.csv');
    expect(await failure()).toEqual(['no-results', expect.stringContaining('there is no c/results.csv')]);
  });

  test('what the storage says is told as it is', async () => {
    await leaveCampaign(storage, { input: INPUT, executions: EXECUTIONS });
    const broken = new Error('the disk is gone');
    jest.spyOn(storage, 'read').mockImplementation(async (path) => {
      if (path === 'c/summary.json') return new LocalStorage(folder).read(path);
      return new Readable({ read: (): void => void broken, construct: (done) => done(broken) });
    });
    expect(await failure()).toBe(broken);
  });
});
