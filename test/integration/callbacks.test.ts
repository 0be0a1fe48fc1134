/** @waits 35 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CallbackReceiver, SECRET } from '../support/callback-receiver';
import { CliRig } from '../support/cli';
import { DevServer } from '../support/dev-server';
import { endAll, type TestProcess, until } from '../support/processes';
import { csvOf, numberOf } from '../support/rig';

/** What a person and a receiver see of it: the command as it is shipped, a real server, real processes, HTTP. */

let server: DevServer;
let rig: CliRig;
let receiver: CallbackReceiver;
beforeAll(async () => {
  server = await DevServer.start();
});
afterEach(async () => {
  await rig.endAll();
  await receiver.close();
  rig.close();
});
afterAll(async () => {
  await endAll();
  await server.stop();
});

test('--callback is told the start, the progress and the end, though it is down at first: `run` waits for that', async () => {
  let refused = 0;
  receiver = await CallbackReceiver.start(Date.now, () => (++refused <= 2 ? 503 : 204));
  const list = createServer((_, response) => response.end(`${numberOf(0)}\n`));
  await new Promise<void>((resolve) => list.listen(0, '127.0.0.1', resolve));
  const queue = { CAMPAIGN_TASK_QUEUE: 'callbacks' };
  rig = new CliRig({
    TEMPORAL_ADDRESS: server.address,
    CAMPAIGN_CALLBACK_SECRET: SECRET,
    CAMPAIGN_ALLOW_PRIVATE_ADDRESSES: '127.0.0.1',
  });
  const csv = rig.file('people.csv', csvOf(6));
  const suppress = `http://127.0.0.1:${(list.address() as AddressInfo).port}/do-not-call.csv`;
  const args = ['--csv', csv, '--simulate', '--speed', '600', '--callback', receiver.url, '--suppress', suppress];
  const ended = await rig.run(['run', ...args, '--json'], queue);
  list.close();
  expect(ended.code).toBe(0);
  const { files: _, ...result } = JSON.parse(ended.stdout);
  expect(result).toMatchObject({ status: 'completed', outcomes: { suppressed: 1 } });
  // Nobody works any more.
  const types = receiver.taken.map(({ type }) => type);
  expect([types[0], types[1]]).toEqual(['campaign.started', 'campaign.progress']);
  expect(receiver.taken.at(-1)).toMatchObject({ data: { state: 'completed', summary: result } });
  const refusedIds = new Set(receiver.received.filter(({ status }) => status === 503).map(({ id }) => id));
  expect([...refusedIds]).toEqual([receiver.received.find(({ status }) => status === 204)?.id]);
});

test.each([
  ['Ctrl-C', async (run: TestProcess) => run.signal('SIGINT')],
  ['the loss of its server', killServer],
])('%s while the end is still told ends that wait alone: `run` shows the outcome', async (_, happens) => {
  receiver = await CallbackReceiver.start(Date.now, ({ type }) => (type === 'campaign.finished' ? 503 : 204));
  rig = new CliRig({ CAMPAIGN_CALLBACK_SECRET: SECRET, CAMPAIGN_ALLOW_PRIVATE_ADDRESSES: '127.0.0.1' });
  const csv = rig.file('people.csv', csvOf(2));
  const run = rig.start(['run', '--csv', csv, '--simulate', '--speed', '600', '--callback', receiver.url, '--json']);
  // Once it is tried again, the result is long there.
  await until(run.stderr, () => receiver.received.filter(({ status }) => status === 503).length > 1);
  await happens(run);
  const { code, stdout, stderr } = await rig.ended(run);
  expect(stderr).toMatch(
    /^Note: the callback has not taken everything yet\..* bolna-campaigns callbacks \S+ --resend$[\s\S]*^Completed: /m,
  );
  expect(stderr).not.toMatch(/^Interrupted|^error/m);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'completed' });
  expect(code).toBe(0);
});

async function killServer(): Promise<void> {
  const [, pid] = (await readFile(join(rig.home, 'simulated', 'lock'), 'utf8')).split('\n');
  process.kill(Number(pid), 'SIGKILL');
}
