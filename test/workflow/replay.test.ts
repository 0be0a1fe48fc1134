import { DeterminismViolationError } from '@temporalio/workflow';
import { type Build, Builds } from '../support/builds';
import { historyFiles, historyText, payloadsOf, readHistory, workflowIdOf, workflowTypeOf } from '../support/histories';
import { recordHistories } from '../support/record-histories';
import { replays } from '../support/replays';

/** The version whose histories are recorded with RECORD_HISTORIES=1. */
const VERSION = '0.4';

jest.setTimeout(300_000);

/** By the file's name: why its history does not replay; undefined where it does. */
async function failures(files: readonly string[], codePath?: string): Promise<Map<string, Error | undefined>> {
  async function* histories() {
    for (const file of files) yield { workflowId: workflowIdOf(file), history: readHistory(file) };
  }
  const found = new Map<string, Error | undefined>();
  for await (const { error } of replays(histories(), codePath)) found.set(files[found.size] ?? '', error);
  return found;
}

beforeAll(async () => {
  if (process.env.RECORD_HISTORIES) await recordHistories(VERSION);
});

test('there is a history of each way a campaign can go, and of its batches', () => {
  const single = ['completed', 'far-ahead', 'stopped', 'canceled', 'missed', 'failed'];
  const split = ['split', 'split-batch-0001', 'split-stopped', 'split-stopped-batch-0001'];
  const continued = ['continued', 'continued-run-2', 'continued-batch-0001', 'continued-batch-0001-run-2'];
  const told = ['moved', 'split-moved', 'split-moved-batch-0001', 'stop-asked', 'limited', 'hinted', 'attended'];
  const of = (version: string, ...names: string[]) => names.map((name) => `${version}-${name}.json`);
  expect(historyFiles()).toEqual(
    expect.arrayContaining([
      ...of('0.1', ...single),
      ...of('0.2', ...single, ...split, ...continued),
      ...of('0.3', ...single, ...split, ...continued, 'budget'),
      ...of(VERSION, ...single, ...split, ...continued, 'budget', ...told, 'told', 'told-callbacks'),
    ]),
  );
});

test.each([
  ['moved', ['update reschedule', 'update reschedule']],
  ['split-moved-batch-0001', ['signal reschedule']],
  ['stop-asked', ['update stop']],
  ['limited', ['update setMaxCost', 'update setMaxCost']],
  ['hinted', ['signal hint', 'signal hint']],
  ['attended', ['signal trouble', 'signal trouble']],
  ['told-callbacks', ['signal tell']],
])('what a workflow was told stands in its history: %s', (name, told) => {
  const { events } = readHistory(`${VERSION}-${name}.json`);
  const all = events.flatMap((event) => {
    const signal = event.workflowExecutionSignaledEventAttributes;
    const update = event.workflowExecutionUpdateAcceptedEventAttributes;
    return [
      ...(signal ? [`signal ${signal.signalName}`] : []),
      ...(update ? [`update ${update.acceptedRequest.input.name}`] : []),
    ];
  });
  expect(all.slice(0, told.length)).toEqual(told);
});

describe('replays a workflow that an earlier version started', () => {
  let found: Map<string, Error | undefined>;
  beforeAll(async () => {
    found = await failures(historyFiles());
  });

  test.each(historyFiles())('%s', (file) => {
    expect(readHistory(file).events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name).toBe(
      workflowTypeOf(file),
    );
    expect(found.has(file)).toBe(true);
    expect(found.get(file)).toBeUndefined();
  });
});

describe('a change that campaigns under way cannot take is caught', () => {
  let builds: Builds;
  beforeAll(() => {
    builds = new Builds();
  });
  afterAll(() => builds.close());

  function broken(beginning: string): Build {
    return builds.changed('broken', beginning, `${beginning} await workflow_1.sleep(1000);`);
  }

  const CALL = 'async function callBatch(batch) {';
  test.each([
    ['in a campaign of one batch', 'completed', CALL],
    ['in a campaign of several', 'split', 'async function runBatch(campaign, part, running) {'],
    ['in a batch of several', 'split-batch-0001', CALL],
    ['in what is done at the end of a stopped batch', 'split-stopped-batch-0001', 'async function endBatch(batch) {'],
    ['in a later run', 'continued-batch-0001-run-2', 'async function watchCalls(batch) {'],
  ])('%s', async (_, name, beginning) => {
    const { bundle } = broken(beginning);
    const file = `${VERSION}-${name}.json`;
    expect((await failures([file], bundle)).get(file)).toBeInstanceOf(DeterminismViolationError);
  });
});

test('no phone number, folder, machine or process stands in any of them', () => {
  for (const file of historyFiles()) {
    const payloads = payloadsOf(historyText(file));
    expect(payloads.length).toBeGreaterThan(0);
    const all = [historyText(file), ...payloads].join('\n');
    const telling = [/\+\d{7,}|1202555/g, /\/(tmp|home|root|work|Users|var)\/[^"]*/g, /\d@\w+/g, /\w*sticky-\w*/g];
    expect({ file, found: telling.flatMap((text) => all.match(text) ?? []) }).toEqual({ file, found: [] });
  }
});
