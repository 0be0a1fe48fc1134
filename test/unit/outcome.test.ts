import { exitCodeOf, resultWithout, showOutcome } from '../../client/run/outcome';
import type { CampaignResult } from '../../workflows/state';

const NOTHING = resultWithout('c', undefined, 'It ended.');
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

test.each<[number, Partial<CampaignResult>]>([
  [0, { status: 'completed' }],
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
  expect(await showOutcome(NOTHING, true)).toBe(1);
  expect(said).toBe('Failed.\nIt ended.\n');
  expect(JSON.parse(printed)).toMatchObject({ campaignId: 'c', batchId: null, status: 'failed', files: null });
  expect(printed.match(/\n/g)).toHaveLength(1);
});

test('without --json nothing is on stdout', async () => {
  await showOutcome(NOTHING, false);
  expect(printed).toBe('');
});

test('what others wrote into a reason or a note cannot move the cursor', async () => {
  await showOutcome({ ...NOTHING, reason: 'a\u001b[2Jb', notes: ['c\rd'], outcomes: { 'e\u001bf': 1 } }, false);
  expect(said).toBe('Failed: 1 e f.\na [2Jb\nNote: c d\n');
});

test('an agent that is not known is told with what to check', async () => {
  await showOutcome({ ...NOTHING, errorType: 'BolnaNotFound' }, false);
  expect(said).toContain('Check --agent or BOLNA_AGENT_ID.');
});
