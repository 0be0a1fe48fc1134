import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { LocalStorage } from '../../storage/local';
import { removeFolder, temporaryFolder } from '../support/folders';
import { leaveCampaign } from '../support/left-campaign';

const INPUT = 'contact_number,name\n+12025550101,Asha\n';
const EXECUTIONS = [{ id: 'e', status: 'completed', user_number: '+12025550101', transcript: 'user: Yes.' }];

let folder: string;
let storage: LocalStorage;
beforeEach(() => {
  folder = temporaryFolder('report-');
  storage = new LocalStorage(folder);
});
afterEach(() => removeFolder(folder));

const summary = () => JSON.parse(readFileSync(join(folder, 'c/summary.json'), 'utf8'));
const hasReport = () => existsSync(join(folder, 'c/report.html'));

test('a campaign leaves a report, and says where', async () => {
  const { files, warnings } = await leaveCampaign(storage, { input: INPUT, executions: EXECUTIONS });
  expect(warnings).toEqual([]);
  expect(files.report).toBe(storage.uriOf('c/report.html'));
  expect(summary().files).toEqual(files);
  expect(readFileSync(join(folder, 'c/report.html'), 'utf8')).toMatch(/^<!doctype html>.*user: Yes\..*<\/html>\n$/s);
});

/** The results are complete, and both the result and summary.json say why there is no report. */
async function withoutReport(left: { attempt?: number; timeOut?: number } = {}): Promise<string> {
  const results = await leaveCampaign(storage, { input: INPUT, executions: EXECUTIONS, ...left });
  expect(results).toMatchObject({
    outcomes: { completed: 1 },
    warnings: [expect.stringMatching(/^There is no report \(/)],
  });
  expect(results.files).not.toHaveProperty('report');
  expect(summary()).toMatchObject({ outcomes: { completed: 1 }, files: results.files, notes: results.warnings });
  expect(readFileSync(join(folder, 'c/results.csv'), 'utf8')).toContain('completed');
  expect(hasReport()).toBe(false);
  return results.warnings[0] ?? '';
}

test('a report that cannot be stored fails no campaign: its note says why, and how to make one', async () => {
  const { write } = storage;
  jest.spyOn(storage, 'write').mockImplementation((path, content) => {
    if (!path.endsWith('report.html')) return write.call(storage, path, content);
    if (content instanceof Readable) content.destroy();
    return Promise.reject(Object.assign(new Error('no space left on the disk'), { code: 'ENOSPC' }));
  });
  expect(await withoutReport()).toBe(
    'There is no report (no space left on the disk). The results are complete without it; GET /campaigns/c/report or bolna-campaigns report c makes it.',
  );
});

test('executions that cannot be read again fail no campaign', async () => {
  const { read } = storage;
  let times = 0;
  jest.spyOn(storage, 'read').mockImplementation(async (path) => {
    if (path.endsWith('executions.jsonl') && ++times > 1) throw new Error('the bucket is closed');
    return read.call(storage, path);
  });
  expect(await withoutReport()).toContain('the bucket is closed');
});

test.each([
  ['stops in the middle of a file', () => Promise.resolve(new Readable({ read: () => undefined }))],
  ['answers no more', () => new Promise<Readable>(() => {})],
])('a storage that %s holds no campaign up', async (_, stuck) => {
  const { read } = storage;
  let times = 0;
  jest.spyOn(storage, 'read').mockImplementation(async (path) => {
    return path.endsWith('executions.jsonl') && ++times > 1 ? stuck() : read.call(storage, path);
  });
  expect(await withoutReport({ timeOut: 1000 })).toContain('took too long');
});

test('a report that may have brought down the worker again and again is left', async () => {
  expect(await withoutReport({ attempt: 11 })).toContain('11 attempts');
});

test('the report of an earlier run does not stay where a new one could not be made', async () => {
  await leaveCampaign(storage, { input: INPUT, executions: EXECUTIONS });
  expect(hasReport()).toBe(true);
  await withoutReport({ attempt: 11 });
});

test('a step that is interrupted while the report is made is tried again: the next worker makes it', async () => {
  const { write } = storage;
  const worker = { end: () => {} };
  jest.spyOn(storage, 'write').mockImplementation((path, content) => {
    if (path.endsWith('report.html')) worker.end();
    return write.call(storage, path, content);
  });
  const interrupt = (interruption: () => void) => {
    worker.end = interruption;
  };
  const left = { input: INPUT, executions: EXECUTIONS };
  await expect(leaveCampaign(storage, { ...left, interrupt })).rejects.toThrow('WORKER_SHUTDOWN');
  worker.end = () => {};
  expect(await leaveCampaign(storage, left)).toMatchObject({ warnings: [] });
  expect(hasReport()).toBe(true);
});
