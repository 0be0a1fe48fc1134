import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LiveProgress } from '../../client/live-progress';
import { exitCodeOf, resultWithout, showOutcome } from '../../client/run/outcome';
import { RESULT_COLUMNS } from '../../results/columns';
import { LocalStorage } from '../../storage/local';
import { StorageError } from '../../storage/storage';
import type { CampaignResult } from '../../workflows/state';

const NOTHING = resultWithout('c', undefined, 'It ended.');
const folder = mkdtempSync(join(tmpdir(), 'outcome-'));
const storage = new LocalStorage(folder);
let said: string;
let printed: string;

beforeEach(() => {
  said = '';
  printed = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each<[number, Partial<CampaignResult>]>([
  [0, { status: 'completed' }],
  [3, { status: 'completed', errorType: 'WalletEmpty' }],
  [3, { status: 'stopped' }],
  [3, { status: 'canceled' }],
  [3, { status: 'missed' }],
  [1, { status: 'failed' }],
  [1, { status: 'failed', errorType: 'BolnaUnavailable' }],
  [2, { status: 'failed', errorType: 'BolnaUnauthorized' }],
  [2, { status: 'failed', errorType: 'InvalidContacts' }],
  [1, { status: 'failed', errorType: 'BolnaRefused', batchId: 'b' }],
])('exit code %i for %j', (code, part) => {
  expect(exitCodeOf({ ...NOTHING, ...part })).toBe(code);
});

test('without results there are no files, no cost, and still one line of JSON', async () => {
  expect(await showOutcome(NOTHING, storage, true)).toBe(1);
  expect(said).toBe('Failed.\nIt ended.\n');
  expect(JSON.parse(printed)).toMatchObject({ campaignId: 'c', batchId: null, status: 'failed', files: null });
  expect(printed.match(/\n/g)).toHaveLength(1);
});

test('without --json nothing is on stdout', async () => {
  await showOutcome(NOTHING, storage, false);
  expect(printed).toBe('');
});

test('what others wrote into a reason or a note cannot move the cursor', async () => {
  await showOutcome(
    { ...NOTHING, reason: 'a\u001b[2Jb', notes: ['c\rd'], outcomes: { 'e\u001bf': 1 } },
    storage,
    false,
  );
  expect(said).toBe('Failed: 1 e f.\na [2Jb\nNote: c d\n');
});

test('rows that were not called because the wallet was empty are named, with what to do', async () => {
  const result: CampaignResult = { ...NOTHING, status: 'completed', outcomes: { completed: 1, 'balance-low': 2 } };
  expect(await showOutcome({ ...result, reason: 'All is over.' }, storage, false)).toBe(0);
  expect(said).toContain(
    'Attention: 2 rows were not called because the wallet was empty (balance-low). Fill the wallet',
  );
});

test('that Bolna may still be calling is said before all else, also of a campaign that was ended from outside', async () => {
  const words = "Bolna may still be calling. Stop batch b in Bolna's dashboard.";
  const failed: CampaignResult = {
    ...NOTHING,
    batchId: 'b',
    reason: `${words} It took too long.`,
    haltUnconfirmed: true,
  };
  await showOutcome(failed, storage, false);
  expect(said).toBe(`${words} It took too long.\nFailed.\n`);
  const last = { batchId: 'b', attention: { kind: 'halt-unconfirmed', text: words } } as unknown as LiveProgress;
  expect(resultWithout('c', last, 'It was terminated.')).toMatchObject({
    reason: `${words} It was terminated.`,
    haltUnconfirmed: true,
  });
});

test('an agent that is not known is told with what to check', async () => {
  await showOutcome({ ...NOTHING, errorType: 'BolnaNotFound' }, storage, false);
  expect(said).toContain('Check --agent or BOLNA_AGENT_ID.');
});

describe('the rows', () => {
  const files = (results: string) => ({ results, rejected: 'file:///r', summary: 'file:///s' });
  const done = (results: string): CampaignResult => ({ ...NOTHING, status: 'completed', files: files(results) });

  test('are read through the storage, and shown with money in its larger unit', async () => {
    await storage.write('c/results.csv', `${RESULT_COLUMNS.join(',')}\n2,+12025550100,completed,,,,,150,,,\n`);
    expect(await showOutcome(done(storage.uriOf('c/results.csv')), storage, false)).toBe(0);
    expect(said).toMatch(/2 +\+12025550100 +completed +1\.50/);
    expect(said).toContain(`Results: ${join(folder, 'c', 'results.csv')}\n`);
  });

  test('that are elsewhere or cannot be read change nothing about how the campaign went', async () => {
    expect(await showOutcome(done('s3://bucket/c/results.csv'), storage, false)).toBe(0);
    expect(said).toContain('The rows cannot be shown: They are not in the storage that CAMPAIGN_DATA names.\n');
    expect(said).toContain('Results: s3://bucket/c/results.csv\n');

    jest.spyOn(storage, 'read').mockRejectedValue(new StorageError('It is down.', 'unreachable', 'ECONNREFUSED'));
    expect(await showOutcome(done(storage.uriOf('c/results.csv')), storage, false)).toBe(0);
    expect(said).toContain('The rows cannot be shown: It is down.\n');
  });
});
