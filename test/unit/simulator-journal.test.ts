import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimulatorOptions } from '../../simulator/options';
import { startSimulator } from '../../simulator/simulator';
import { type AccountSeen, csvOf, DAY, HOUR, instant, MINUTE, SimulatorRig, TestClock } from '../support/simulator';

let folder: string;
let journal: string;
let rig: SimulatorRig;
let clock: TestClock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-journal-'));
  journal = join(folder, 'journal.jsonl');
  clock = new TestClock('2026-06-23T06:00:00Z');
});

afterEach(async () => {
  await rig.close();
  rmSync(folder, { recursive: true });
});

async function start(options: SimulatorOptions = {}): Promise<void> {
  rig = await SimulatorRig.start({ journal, ...options }, clock);
}

/** What a client and a test can see of a batch. */
async function state(id: string): Promise<unknown> {
  return [
    await rig.batch(id),
    await rig.executions(id),
    rig.simulator.dials(),
    (await rig.get<AccountSeen>('/user/me')).json,
  ];
}

test('a simulator started again in the middle of a campaign shows the same state and goes on the same way', async () => {
  await start({ rules: { concurrency: 3 } });
  const id = await rig.running(csvOf(20), { retry_config: '{"enabled":true,"max_retries":2}' });
  clock.pass(5 * MINUTE);
  const before = await state(id);
  const unbroken = rig;
  await start({ rules: { concurrency: 3 } });
  expect(await state(id)).toEqual(before);
  clock.pass(DAY);
  const after = await state(id);
  await rig.close();
  rig = unbroken;
  expect(await state(id)).toEqual(after);
});

test('the calls of the time it was down were made', async () => {
  await start();
  const id = await rig.running(csvOf(5));
  await rig.close();
  clock.pass(DAY);
  await start();
  expect(rig.simulator.dials()).toHaveLength(5);
  expect((await rig.batch(id)).status).toBe('completed');
});

test('stops, deletions, dashboards and the wallet are remembered', async () => {
  await start();
  const ids = [await rig.created(csvOf(1)), await rig.created(csvOf(1)), await rig.created(csvOf(1))];
  const [stopped = '', deleted = '', halted = ''] = ids;
  await rig.schedule(stopped, instant(clock.now() + HOUR));
  await rig.schedule(halted, instant(clock.now() + HOUR));
  await rig.send('POST', `/batches/${stopped}/stop`);
  await rig.send('DELETE', `/batches/${deleted}`);
  await rig.simulator.stopFromDashboard(halted);
  await rig.simulator.setWallet(1.5);
  await rig.close();
  await start();
  expect((await rig.batch(stopped)).status).toBe('stopped');
  expect((await rig.get(`/batches/${deleted}`)).status).toBe(404);
  expect((await rig.batch(halted)).status).toBe('stopped');
  expect((await rig.get<AccountSeen>('/user/me')).json.wallet).toBe(150);
});

test('what was refused is not remembered', async () => {
  await start();
  const id = await rig.created(csvOf(1));
  const before = readFileSync(journal, 'utf8');
  await rig.schedule(id, '2026-06-23T07:00:00Z');
  await rig.upload('phone\n1\n');
  expect(readFileSync(journal, 'utf8')).toBe(before);
});

test('a batch whose answer was lost is still there after a restart', async () => {
  await start({ faults: [{ endpoint: 'create', action: { reset: 'after' } }] });
  await expect(rig.upload(csvOf(1))).rejects.toThrow();
  await rig.close();
  await start();
  expect(rig.simulator.batches()).toHaveLength(1);
});

test('a last line cut off by a crash is dropped, and the next one stands by itself', async () => {
  await start();
  const first = await rig.created(csvOf(1));
  await rig.close();
  appendFileSync(journal, '{"at":1782194400000,"operation":{"op":"cre');
  await start();
  const second = await rig.created(csvOf(1));
  await rig.close();
  await start();
  expect(rig.simulator.batches().map((batch) => batch.id)).toEqual([first, second]);
});

test('another seed or rule than the journal was written with is refused and named', async () => {
  await start();
  const again = startSimulator({ clock, journal, seed: 'other', rules: { concurrency: 3 } });
  await expect(again).rejects.toThrow(/another seed, concurrency/);
});

test('a damaged line in the middle is refused and named', async () => {
  await start();
  appendFileSync(journal, 'rubbish\n');
  await rig.created(csvOf(1));
  await expect(startSimulator({ clock, journal })).rejects.toThrow(/Line 2 of the journal/);
});
