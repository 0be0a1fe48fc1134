import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { prepared } from '../support/env';
import { recordHistories } from '../support/record-histories';
import { skippingServer } from '../support/rig';

/** The version whose histories are recorded with RECORD_HISTORIES=1. */
const VERSION = '0.1';
const FOLDER = resolve('test/histories');

interface RecordedHistory {
  events: { eventType: string; activityTaskScheduledEventAttributes?: { activityType: { name: string } } }[];
}

const files = () => readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
const read = (name: string): RecordedHistory => JSON.parse(readFileSync(resolve(FOLDER, name), 'utf8'));

function replay(history: unknown, name: string): Promise<void> {
  const workflowBundle = { codePath: prepared('TEST_WORKFLOW_BUNDLE') };
  return Worker.runReplayHistory({ workflowBundle }, history, name.replace(/^[\d.]+-|\.json$/g, ''));
}

beforeAll(async () => {
  if (!process.env.RECORD_HISTORIES) return;
  const env = await skippingServer();
  await recordHistories(env, VERSION);
  await env.teardown();
});

test('there is a history of each way a campaign can go', () => {
  const names = ['completed', 'far-ahead', 'stopped', 'canceled', 'missed', 'failed'];
  expect(files()).toEqual(expect.arrayContaining(names.map((name) => `${VERSION}-${name}.json`)));
});

test('campaigns that earlier versions have begun go on under this one', async () => {
  for (const name of files()) await replay(read(name), name);
});

test('a workflow that does other steps than its history is caught', async () => {
  const history = read(`${VERSION}-completed.json`);
  const create = history.events.find(
    ({ activityTaskScheduledEventAttributes: step }) => step?.activityType.name === 'createBatch',
  );
  if (!create?.activityTaskScheduledEventAttributes) throw new Error('The history has no createBatch.');
  create.activityTaskScheduledEventAttributes.activityType.name = 'createAnotherBatch';
  await expect(replay(history, 'completed')).rejects.toThrow(DeterminismViolationError);
});

test('no phone number stands in any of them', () => {
  for (const name of files()) {
    const text = readFileSync(resolve(FOLDER, name), 'utf8');
    const payloads = [...text.matchAll(/"data": "([^"]+)"/g)].map(([, data]) =>
      Buffer.from(data ?? '', 'base64').toString(),
    );
    expect(payloads.length).toBeGreaterThan(0);
    expect([text, ...payloads].join('\n')).not.toMatch(/\+?1202555/);
  }
});
