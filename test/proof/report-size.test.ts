import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { csvLine } from '../../contacts/csv-line';
import { RESULT_COLUMNS } from '../../results/columns';
import { campaignFiles } from '../../storage/campaign-files';
import { LocalStorage } from '../../storage/local';
import { prepared } from '../support/env';
import { removeFolder, temporaryFolder } from '../support/folders';
import { dataOf, textOf } from '../support/report-page';

const MOST_BYTES = 5_000_000;
const ROWS = 40_000;
const LONG = 2_000;
const OUTCOMES = ['completed', 'completed', 'no-answer', 'busy', 'failed'];
const files = campaignFiles('large');

/** Less than what the files of a large campaign hold, and enough for the page and what makes it. */
const HEAP_MB = 72;
const MAKE = `
  const { writeReport } = require(process.argv[1] + '/report/write.js');
  const { LocalStorage } = require(process.argv[1] + '/storage/local.js');
  writeReport(new LocalStorage(process.argv[2]), 'large', require('node:fs').createWriteStream(process.argv[3]))
    .then((told) => console.log(JSON.stringify(told)));
`;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder('report-size-');
});
afterEach(() => removeFolder(folder));

/** What a campaign leaves that has gone on until nobody can look at its calls one by one. */
async function leave(rows: number, transcriptOf: (at: number) => string, name = 'Asha'): Promise<void> {
  const storage = new LocalStorage(folder);
  const outcomeOf = (at: number) => OUTCOMES[at % OUTCOMES.length] ?? '';
  const numberOf = (at: number) => `+1${2025000000 + at}`;
  function* results(): Generator<Buffer> {
    yield Buffer.from(csvLine([...RESULT_COLUMNS, 'name']));
    for (let at = 0; at < rows; at++) {
      const result = at === rows - 1 ? 'unsettled' : outcomeOf(at);
      const cells = [
        String(at + 2),
        numberOf(at),
        result,
        'a reason',
        'user_hung_up',
        `e-${at}`,
        '60',
        '1.5',
        '1',
        'https://r.example/',
        '',
      ];
      yield Buffer.from(csvLine([...cells, name]));
    }
  }
  function* executions(): Generator<Buffer> {
    for (let at = 0; at < rows; at++) {
      const updated_at = new Date(Date.UTC(2026, 5, 23) + at * 1000).toISOString();
      const execution = { id: `e-${at}`, status: outcomeOf(at), transcript: transcriptOf(at), updated_at };
      yield Buffer.from(`${JSON.stringify(execution)}\n`);
    }
  }
  const addresses = { results: 'RESULTS', executions: 'EXECUTIONS', rejected: 'REJECTED', summary: 'SUMMARY' };
  const contacts = { total: rows, valid: rows, rejected: 0, duplicates: 0 };
  const summary = { campaignId: 'large', status: 'completed', contacts, files: addresses, notes: [] };
  await storage.write(files.results, Readable.from(results()));
  await storage.write(files.executions, Readable.from(executions()));
  await storage.write(files.summary, JSON.stringify(summary));
}

/** Makes the report in a process of its own whose memory is limited. */
async function page(): Promise<{ text: string; bytes: number; told: unknown }> {
  const file = join(folder, 'report.html');
  const args = [`--max-old-space-size=${HEAP_MB}`, '-e', MAKE, prepared('TEST_BUILD'), folder, file];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return { text: readFileSync(file, 'utf8'), bytes: statSync(file).size, told: JSON.parse(stdout) };
}

test('forty thousand calls with long transcripts make a page of less than 5 MB, in less memory than their files take', async () => {
  await leave(ROWS, (at) => `user: call ${at} ${'and so on, '.repeat(LONG / 11)}`);
  expect(statSync(join(folder, files.executions)).size).toBeGreaterThan(HEAP_MB * 1e6);
  const { text, bytes, told } = await page();
  const data = dataOf(text);
  expect(told).toEqual({ bytes, rows: ROWS, shownRows: data.rows.length });
  expect(bytes).toBeLessThan(MOST_BYTES);
  expect(bytes).toBeGreaterThan(MOST_BYTES / 2);

  // What is counted is counted over all rows, and what is left out is said.
  const read = textOf(text);
  expect(read).toContain('completed 16,000 40%');
  expect(read).toContain('600.00 in all');
  const { rows, transcripts, leftOut } = data;
  expect(read).toContain(
    `This page has room for ${rows.length.toLocaleString('en')} of 40,000 rows, the first of each outcome. All are in RESULTS`,
  );
  expect(read).toContain(`${leftOut.length.toLocaleString('en')} transcripts are left out for want of room`);
  expect(read).toContain('All are whole in EXECUTIONS');
  expect(Object.keys(transcripts).length + leftOut.length).toBe(rows.length);
  expect(Object.keys(transcripts).length).toBeGreaterThan(1000);
  for (const [at, [transcript, left]] of Object.entries(transcripts)) {
    expect(transcript.startsWith(`user: ${`call ${rows[Number(at)]?.executionId}`.replace('e-', '')} and`)).toBe(true);
    expect(transcript.length + left).toBeGreaterThan(LONG - 20);
  }
  // An outcome that only one row has, the last, is there.
  expect(rows.at(-1)).toMatchObject({ line: ROWS + 1, outcome: 'unsettled' });
}, 300_000);

test('text that grows when it is made harmless makes no larger page', async () => {
  const grown = '<\0\u2028'.repeat(60_000);
  await leave(3000, () => grown.slice(0, 3000), '<'.repeat(150));
  const { bytes } = await page();
  expect(bytes).toBeLessThan(MOST_BYTES);
});
