import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ledger } from '../../chaos/ledger';
import { planOf } from '../../chaos/plan';
import type { Shape } from '../../chaos/shape';
import { type Evidence, judge, noCounts } from '../../chaos/verdict';
import type { CampaignResult } from '../../workflows/state';
import { removeFolder, temporaryFolder } from '../support/folders';
import { AGENT, ANSWERED, HOUR, instant, MINUTE, SimulatorRig } from '../support/simulator';

const NUMBERS = ['+12025550100', '+12025550101'];
const CSV = `contact_number\n${NUMBERS.join('\n')}\n`;
const GOOD = 'line,result,retries\n2,completed,0\n3,completed,0\n4,rejected,\n';
const SHAPE: Shape = {
  rows: [
    { line: 2, fate: 'valid', number: NUMBERS[0] ?? '' },
    { line: 3, fate: 'valid', number: NUMBERS[1] ?? '' },
    { line: 4, fate: 'rejected', number: 'none' },
  ],
  csv: CSV,
  startInMs: undefined,
  startWithinMs: undefined,
  retry: undefined,
  maxRowsPerBatch: undefined,
  dialect: 'documented',
  simulator: {},
  words: '',
};
const RESULT = { status: 'completed', outcomes: { completed: 2, rejected: 1 }, notes: [] } as unknown as CampaignResult;

let rig: SimulatorRig;
let folder: string;
let evidence: Evidence;

beforeEach(async () => {
  rig = await SimulatorRig.start({ outcomes: () => ANSWERED });
  folder = temporaryFolder('verdict-');
  const ledger = new Ledger(rig.simulator);
  await rig.running(CSV);
  await pass(HOUR);
  evidence = {
    ...{
      campaignId: 'c',
      folder,
      shape: SHAPE,
      simulator: rig.simulator,
      ledger,
      asksForPerson: false,
      troubles: [],
      suppressed: new Map(),
    },
    ...{ result: RESULT, endedAt: rig.clock.now() },
  };
  mkdirSync(join(folder, 'c'));
  results(GOOD);
});
afterEach(async () => {
  await rig.close();
  removeFolder(folder);
});

async function pass(ms: number): Promise<void> {
  rig.clock.pass(ms);
  await rig.simulator.sync();
}

function results(csv: string): void {
  writeFileSync(join(folder, 'c', 'results.csv'), csv);
}

test('a campaign in order counts nothing', async () => {
  expect(await judge(evidence, true, [])).toEqual(noCounts());
});

test('a second batch of the same file is a batch scheduled twice, and everybody called twice', async () => {
  await rig.running(CSV);
  await pass(HOUR);
  const counts = await judge({ ...evidence, endedAt: rig.clock.now() }, true, []);
  expect(counts).toEqual({ ...noCounts(), scheduledTwice: 1, dialledTooOften: 2 });
});

test('a batch that was deleted ahead of its start may be followed by another', async () => {
  const first = (await rig.upload(CSV, {}, 'other.csv')).json.batch_id;
  await rig.schedule(first, instant(rig.clock.now() + HOUR));
  await rig.send('DELETE', `/batches/${first}`);
  const second = (await rig.upload(CSV, {}, 'other.csv')).json.batch_id;
  await rig.schedule(second, instant(rig.clock.now() + HOUR));
  expect(evidence.ledger.scheduledTwice).toBe(0);
});

test('a call after the end is counted', async () => {
  const endedAt = rig.simulator.dials()[1]?.at ?? 0;
  expect(await judge({ ...evidence, endedAt: endedAt - 1 }, true, [])).toMatchObject({ calledAfterEnd: 2 });
});

test('a call to whom the campaign has answered as suppressed is counted, and so is a row that says otherwise', async () => {
  const [called = ''] = NUMBERS;
  const suppressed = new Map([[called, 'suppressed' as const]]);
  const judged = await judge({ ...evidence, suppressed }, true, []);
  expect(judged).toEqual({ ...noCounts(), calledThoughSuppressed: 1, contradictedRows: 1 });
  const late = await judge({ ...evidence, suppressed: new Map([[called, 'too-late' as const]]) }, true, []);
  expect(late).toEqual(noCounts());
  results(GOOD.replace('3,completed', '3,suppressed'));
  const result = { ...RESULT, outcomes: { completed: 1, suppressed: 1, rejected: 1 } };
  expect(await judge({ ...evidence, result }, true, [])).toEqual({ ...noCounts(), contradictedRows: 1 });
});

test('a batch without a start is a twin left behind, unless it came too late to be found', async () => {
  await rig.created(CSV);
  const late = { ...evidence, endedAt: rig.clock.now() };
  expect(await judge(late, true, [])).toMatchObject({ twinsLeft: 0 });
  expect(await judge({ ...late, endedAt: rig.clock.now() + MINUTE }, true, [])).toMatchObject({ twinsLeft: 1 });
});

test('a twin that shows nothing clear may be left where a person is told of it', async () => {
  const id = await rig.created(CSV);
  const result = { ...RESULT, notes: [`1 batch was left at Bolna, which shows nothing clear about it: ${id}.`] };
  const told: Evidence = { ...evidence, result, endedAt: rig.clock.now() + MINUTE };
  expect(await judge(told, true, [])).toMatchObject({ twinsLeft: 1 });
  const strange: Evidence = { ...told, shape: { ...SHAPE, dialect: 'strange' } };
  expect(await judge(strange, true, [])).toMatchObject({ twinsLeft: 0 });
  expect(await judge({ ...strange, result: { ...result, notes: [] } }, true, [])).toMatchObject({ twinsLeft: 1 });
});

test('a twin that every list denied could not be found, but one that a list has shown could', async () => {
  await rig.created(CSV);
  await pass(MINUTE);
  const left = async () => (await judge({ ...evidence, endedAt: rig.clock.now() }, true, [])).twinsLeft;
  rig.simulator.addFault({ endpoint: 'list', nth: 1, action: { status: 200, body: [] } });
  await rig.send('GET', `/batches/${AGENT}/all`);
  expect(await left()).toBe(0);
  await rig.send('GET', `/batches/${AGENT}/all`);
  expect(await left()).toBe(1);
});

test.each([
  ['a row that is missing', GOOD.replace('3,completed,0\n', ''), { unaccountedRows: 1 }],
  ['a row that is there twice', `${GOOD}4,rejected,\n`, { unaccountedRows: 1 }],
  ['a row that nobody gave', `${GOOD}5,rejected,\n`, { unaccountedRows: 1 }],
  ['no file', '', { unaccountedRows: 3 }],
  ['another status', GOOD.replace('3,completed', '3,busy'), { contradictedRows: 1 }],
  ['another number of retries', GOOD.replace('3,completed,0', '3,completed,1'), { contradictedRows: 1 }],
  ['somebody who was called after all', GOOD.replace('3,completed', '3,not-called'), { contradictedRows: 1 }],
  ['a result that is known', GOOD.replace('3,completed', '3,unsettled'), { contradictedRows: 1 }],
  ['a row that was to be rejected', GOOD.replace('4,rejected', '4,completed'), { contradictedRows: 1 }],
])('%s is counted', async (_, csv, expected) => {
  results(csv);
  expect(await judge(evidence, true, [])).toMatchObject(expected);
});

test('an end needs an explanation', async () => {
  const failed = { ...evidence, result: { ...RESULT, status: 'failed' as const } };
  expect(await judge(failed, true, [])).toMatchObject({ unexpectedEnds: 1 });
  expect(await judge(failed, true, ['failed'])).toMatchObject({ unexpectedEnds: 0 });
  expect(await judge({ ...evidence, result: undefined }, true, ['failed'])).toMatchObject({ unexpectedEnds: 1 });
});

test('a batch lost in a move explains a failure where starts are moved, and no other failure does', async () => {
  const failing = (reason: string) => ({ ...evidence, result: { ...RESULT, status: 'failed' as const, reason } });
  const lost = 'Batch 3: Bolna no longer knows batch b, which was scheduled for t';
  const moved = failing(`${lost} and was being moved to another start: nobody can tell who was called, so …`);
  expect(await judge(moved, true, ['lost'])).toMatchObject({ unexpectedEnds: 0 });
  expect(await judge(moved, true, [])).toMatchObject({ unexpectedEnds: 1 });
  expect(await judge(failing(`${lost}: nobody can tell …`), true, ['lost'])).toMatchObject({ unexpectedEnds: 1 });
});

test('a campaign that does not end is stuck', async () => {
  expect(await judge(evidence, false, [])).toEqual({ ...noCounts(), stuck: 1 });
});

test('the same seed makes the same plan, and another one another', () => {
  const words = (seed: string) =>
    Array.from({ length: 20 }, (_, run) => planOf(seed, run)).map(({ shape, faults }) => [
      shape.csv,
      ...faults.map((fault) => fault.words),
    ]);
  expect(words('a')).toEqual(words('a'));
  expect(words('a')).not.toEqual(words('b'));
});

test('starts are moved too, and workers are killed at what only that has a campaign request', () => {
  const plans = Array.from({ length: 1000 }, (_, run) => planOf('a', run, 'kill').faults);
  const moving = plans.filter((faults) =>
    faults.some(({ wishes }) => wishes?.length && wishes.every((wish) => wish === 'move')),
  );
  const words = moving.map((faults) => faults.map((fault) => fault.words).join(' | '));
  expect(words.filter((each) => each.includes('move the start')).length).toBeGreaterThan(10);
  expect(words.filter((each) => /worker killed.* delete 1/.test(each)).length).toBeGreaterThan(0);
});
