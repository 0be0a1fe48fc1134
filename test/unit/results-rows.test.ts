import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { OUTCOMES, RESULT_COLUMNS } from '../../results/columns';
import { type ResultRow, ResultsDamagedError, readRows } from '../../results/rows';
import { secondRound } from '../../results/second-round';
import { anyExecutions } from '../support/any-executions';
import { fuzz, fuzzRuns, fuzzTimeout } from '../support/fuzz';
import { hostileText } from '../support/hostile-csv';
import { resultsOf, split } from '../support/sheets';

const RUNS = fuzzRuns(500);
const NUMBER = '+919876543210';
const HEADER = RESULT_COLUMNS.join(',');
const HEADER_OF_04 = RESULT_COLUMNS.filter((column) => !['termination_reason', 'recording'].includes(column)).join(',');

async function read(text: string | Buffer, size = 1_000): Promise<ResultRow[]> {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  const rows: ResultRow[] = [];
  const results = await readRows(Readable.from(pieces));
  for await (const row of results.rows) rows.push(row);
  return rows;
}

test('a row comes with its types: numbers, what the agent has extracted, and the columns of the file by name', async () => {
  const rows = await read(
    `${HEADER},name,city\n2,${NUMBER},completed,Normal Hangup,user_hung_up,e1,150,3.75,1,https://x.example/r,recordings/e1.mp3,"{""mood"":[1]}",Asha,Pune\n3,x,rejected,no number,,,,,,,not saved: it is empty,,Ben,\n`,
  );
  expect(rows).toEqual([
    {
      line: 2,
      contactNumber: NUMBER,
      result: 'completed',
      reason: 'Normal Hangup',
      terminationReason: 'user_hung_up',
      executionId: 'e1',
      durationSeconds: 150,
      cost: 3.75,
      retries: 1,
      recordingUrl: 'https://x.example/r',
      recording: 'recordings/e1.mp3',
      recordingMissing: null,
      extractedData: { mood: [1] },
      values: { name: 'Asha', city: 'Pune' },
    },
    {
      line: 3,
      contactNumber: 'x',
      result: 'rejected',
      reason: 'no number',
      terminationReason: null,
      executionId: null,
      durationSeconds: null,
      cost: null,
      retries: null,
      recordingUrl: null,
      recording: null,
      recordingMissing: 'it is empty',
      extractedData: null,
      values: { name: 'Ben', city: '' },
    },
  ]);
});

test('a call that took no time and cost nothing is not one of which nothing is known', async () => {
  const [row] = await read(`${HEADER}\n2,${NUMBER},busy,,,e1,0,0,0,,,false\n`);
  expect(row).toMatchObject({ durationSeconds: 0, cost: 0, retries: 0, extractedData: false });
});

test('formulas, which the file neutralises for spreadsheets, come as they were; also those that came neutralised', async () => {
  const input = `contact_number,name\n${NUMBER},=1+1\n+919876543211,'=2\n`;
  const files = await split([Buffer.from(input)]);
  if ('refused' in files) throw files.refused;
  const { csv } = await resultsOf({ input, ...files, executions: '' }, { mayStillCall: false });
  expect(csv).toContain(",'=1+1\n");
  expect((await read(csv)).map(({ values }) => values.name)).toEqual(['=1+1', '=2']);
});

test(
  'whatever names and calls hold, each row comes as it was written, in whatever pieces it arrives',
  async () => {
    await fuzz(
      fc.asyncProperty(hostileText, anyExecutions, fc.integer({ min: 1, max: 50 }), async (name, executions, size) => {
        const input = `contact_number,__proto__\n${NUMBER},"${name.replaceAll('"', '""')}"\n+12025550101,x\n`;
        const files = await split([Buffer.from(input)]);
        if ('refused' in files) throw files.refused;
        const { csv, rows: told } = await resultsOf({ input, ...files, executions }, { mayStillCall: true });
        const rows = await read(csv, size);
        assert.deepEqual(
          rows.map(({ line, contactNumber, result, reason }) => [line, contactNumber, result, reason]),
          told.map(({ line, number, result, reason }) => [line, number, result, reason]),
        );
        const own = rows.map(({ values }) => [Object.keys(values), Object.values(values)]);
        assert.deepEqual(
          own,
          told.map(({ values }) => [['__proto__'], values]),
        );
      }),
      RUNS,
    );
  },
  fuzzTimeout(RUNS),
);

test.each([
  ['', /it is empty/],
  ['line,name\n2,Asha\n', /its columns are line, name/],
  [`${HEADER}\n2,"${NUMBER},completed`, /Quote Not Closed/],
])('%j is told to be damaged', async (text, why) => {
  const reading = read(text);
  await expect(reading).rejects.toThrow(ResultsDamagedError);
  await expect(reading).rejects.toThrow(why);
});

test('the file is closed when its reader leaves early, and its failure is passed on', async () => {
  const source = Readable.from([Buffer.from(`${HEADER}\n2,${NUMBER},busy,,,,,,,,\n3,${NUMBER},busy,,,,,,,,\n`)]);
  for await (const _ of (await readRows(source)).rows) break;
  expect(source.destroyed).toBe(true);

  const broken = new Readable({ read: () => broken.destroy(new Error('the line was cut')) });
  const rows = async () => {
    for await (const _ of (await readRows(broken)).rows);
  };
  await expect(rows()).rejects.toThrow('the line was cut');
});

test('a file of 0.4, which has no termination_reason and no recording, is read by its own columns', async () => {
  const [row] = await read(`${HEADER_OF_04},name\n2,${NUMBER},busy,Busy Line,e1,0,0,1,,,Asha\n`);
  const expected = { reason: 'Busy Line', terminationReason: null, executionId: 'e1', retries: 1 };
  expect(row).toMatchObject({ ...expected, values: { name: 'Asha' } });
});

test('a second round has the columns of the first, in their order, also those that are called like ours', async () => {
  const own = [...RESULT_COLUMNS.filter((column) => column !== 'contact_number'), 'call_reason', '7', '__proto__'];
  const values = own.map((_, at) => `value ${at}`);
  const input = `${own},contact_number\n${values},${NUMBER}\n`;
  const files = await split([Buffer.from(input)]);
  if ('refused' in files) throw files.refused;
  const { csv } = await resultsOf({ input, ...files, executions: '' }, { mayStillCall: false });
  const [row] = await read(csv);
  expect(row).toMatchObject({ line: 2, contactNumber: NUMBER, result: 'not-called', reason: 'no call was made' });
  const { columns, rows } = await readRows(Readable.from([csv]));
  const second = await text(Readable.from(secondRound(columns, rows)));
  expect(second).toBe(`contact_number,${own}\n${NUMBER},${values}\n`);
  // What Bolna gets is the same.
  expect(await split([Buffer.from(second)])).toMatchObject({ contacts: files.contacts });
});

test('in a file of 0.4, a column that was called like one of ours keeps the name that it has there', async () => {
  const [row] = await read(
    `${HEADER_OF_04},input_reason,termination_reason\n2,${NUMBER},busy,Busy Line,e1,0,0,1,,,late,x\n`,
  );
  const expected = { reason: 'Busy Line', terminationReason: null };
  expect(row).toMatchObject({ ...expected, values: { input_reason: 'late', termination_reason: 'x' } });
});

test.each([1, 2, 1_000])(
  'a byte order mark, of which %i bytes arrive at a time, is no part of a column',
  async (size) => {
    const [row] = await read(`\uFEFF${HEADER},name\n2,${NUMBER},busy,,,,,,,,,,Zoë\n`, size);
    expect(row).toMatchObject({ line: 2, values: { name: 'Zoë' } });
  },
);

test('the table of outcomes in the documents has each of them once', () => {
  const [, after = ''] = readFileSync('docs/operating.md', 'utf8').split('### Outcomes of rows\n');
  const [section = ''] = after.split(/^#/m);
  const cells = [...section.matchAll(/^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \|/gm)].map(([, cell = '']) => cell);
  const named = cells.flatMap((cell) => cell.split(', ')).map((name) => name.replaceAll('`', ''));
  expect(named.sort()).toEqual([...OUTCOMES].sort());
});
