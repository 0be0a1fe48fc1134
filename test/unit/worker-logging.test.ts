import { ApplicationFailure } from '@temporalio/common';
import type { LogLevel } from '@temporalio/worker';
import { logAttributes } from '../../worker/log-attributes';
import { forPeople, loggerTo } from '../../worker/logging';

const FAILED = {
  sdkComponent: 'worker',
  isLocal: false,
  attempt: 3,
  namespace: 'default',
  taskToken: 'CiQwMTk',
  workflowId: 'morning/0002',
  workflowRunId: '0199-1',
  workflowType: 'batchWorkflow',
  activityId: '7',
  activityType: 'scheduleBatch',
  taskQueue: 'bolna-campaigns/bolna/default',
  error: ApplicationFailure.retryable('Bolna answers 503.', 'BolnaUnavailable'),
  durationMs: 12,
  campaignId: 'morning',
  batchId: 'b-1',
};

function written(level: LogLevel, say: (logger: ReturnType<typeof loggerTo>) => void): string[] {
  const lines: string[] = [];
  say(loggerTo({ write: (line) => void lines.push(line) }, level));
  return lines;
}

test('a failed step is one line of JSON that names the campaign, the batch and why', () => {
  const [line = '', ...more] = written('INFO', (logger) => logger.warn('Activity failed', FAILED));
  expect(more).toEqual([]);
  expect(line.endsWith('\n')).toBe(true);
  expect(JSON.parse(line)).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    level: 'warn',
    msg: 'Activity failed',
    campaignId: 'morning',
    batchId: 'b-1',
    workflowId: 'morning/0002',
    runId: '0199-1',
    step: 'scheduleBatch',
    attempt: 3,
    taskQueue: 'bolna-campaigns/bolna/default',
    sdkComponent: 'worker',
    durationMs: 12,
    error: { type: 'BolnaUnavailable', message: 'Bolna answers 503.' },
  });
  expect(forPeople(line)).toMatch(
    /^\d\d:\d\d:\d\d warn Activity failed \(scheduleBatch, attempt 3 of morning\/0002\): Bolna answers 503\.\n$/,
  );
});

test('the way to an error is told where somebody looks for it', () => {
  const [line = ''] = written('DEBUG', (logger) => logger.warn('Activity failed', FAILED));
  expect(JSON.parse(line).error.stack).toContain('worker-logging.test');
});

test('what is below the level is not told, and what is no error is told all the same', () => {
  const lines = written('WARN', (logger) => {
    logger.info('Worker state changed', { state: 'RUNNING' });
    logger.error('Odd', { error: 'thrown as text' });
    logger.log('ERROR', 'Bare');
  });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'error', error: { type: 'Error', message: 'thrown as text' } },
    { level: 'error', msg: 'Bare' },
  ]);
  expect(written('INFO', (logger) => logger.info('Worker state changed', { state: 'RUNNING' })).map(forPeople)).toEqual(
    [expect.stringMatching(/ info Worker state changed \(RUNNING\)\n$/)],
  );
});

test('each attempt tells for whom it is', async () => {
  const { inbound, outbound } = logAttributes();
  const attributes = () => outbound?.getLogAttributes?.({ attempt: 1 }, (all) => all);
  expect(attributes()).toEqual({ attempt: 1 });
  const ask = { campaignId: 'morning', batchId: undefined, part: 2, contacts: { csv: 'secret' } };
  await inbound?.execute?.({ args: [ask], headers: {} }, async () => undefined);
  expect(attributes()).toEqual({ attempt: 1, campaignId: 'morning', part: 2 });
  await inbound?.execute?.({ args: [], headers: {} }, async () => undefined);
  expect(attributes()).toEqual({ attempt: 1 });
  // A step that deletes others names the batch that stays, or that has no start yet.
  for (const batch of [{ keep: 'b-1' }, { keep: undefined, unscheduled: 'b-1' }]) {
    await inbound?.execute?.({ args: [{ campaignId: 'morning', ...batch }], headers: {} }, async () => undefined);
    expect(attributes()).toEqual({ attempt: 1, campaignId: 'morning', batchId: 'b-1' });
  }
});

test('a line that no step has told for whom it is names the campaign all the same', () => {
  const lines = written('INFO', (logger) => {
    logger.info('Workflow task failed', { workflowId: 'morning/0002' });
    logger.info('Worker state changed');
  });
  expect(lines.map((line) => JSON.parse(line).campaignId)).toEqual(['morning', undefined]);
});
