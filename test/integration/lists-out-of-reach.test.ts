import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import { CliRig, type Ended, sentenceOf } from '../support/cli';
import { DevServer } from '../support/dev-server';
import { endAll, until } from '../support/processes';
import { AGENT, csvOf, numberOf } from '../support/rig';

/** A suppression list of the web that does not answer for a while, for the command as it is shipped. */

let server: DevServer;
let simulator: Simulator;
let web: Server;
let isUp: boolean;
let rig: CliRig;
let csv: string;
beforeAll(async () => {
  server = await DevServer.start();
  simulator = await startSimulator();
  web = createServer((_, response) => response.writeHead(isUp ? 200 : 503).end(`${numberOf(0)}\n`));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  rig = new CliRig({
    TEMPORAL_ADDRESS: server.address,
    BOLNA_API_KEY: 'bn-test',
    BOLNA_AGENT_ID: AGENT,
    BOLNA_BASE_URL: simulator.url,
    CAMPAIGN_SUPPRESS: `http://127.0.0.1:${(web.address() as AddressInfo).port}/dnc.csv`,
    CAMPAIGN_ALLOW_PRIVATE_ADDRESSES: '127.0.0.1',
  });
  csv = rig.file('people.csv', csvOf(3));
});
afterAll(async () => {
  await rig.endAll();
  await endAll();
  web.close();
  await simulator.close();
  await server.stop();
  rig.close();
});

function expectRefused(ended: Ended): void {
  expect(sentenceOf(ended)).toMatch(
    /^The suppression list \S+ cannot be read now: 127\.0\.0\.1 answered 503\. Try again\.$/,
  );
  expect(ended.code).toBe(2);
}

test('`run` lets no campaign begin without it, and goes on with one that has begun', async () => {
  const args = ['run', '--csv', csv, '--simulate', '--speed', '600', '--json'];
  isUp = false;
  expectRefused(await rig.run(args, { TEMPORAL_ADDRESS: '' }));
  expect(await rig.isUntouched()).toBe(true);
  expectRefused(await rig.run(args));
  isUp = true;
  const first = rig.start(args);
  await until(first.stderr, () => first.stderr().includes('Waiting for the start'));
  expect(await first.end('SIGINT')).toMatchObject({ code: 130 });
  isUp = false;
  const again = await rig.run(args);
  expect(again.stderr).toContain('It is under way already; going on with it.');
  expect(JSON.parse(again.stdout)).toMatchObject({ status: 'completed', outcomes: { suppressed: 1 } });
  expect(again.code).toBe(0);
});

test('`start` lets no campaign begin without it, and finds one that has begun', async () => {
  const args = ['start', '--csv', csv, '--id', 'begun'];
  isUp = false;
  expectRefused(await rig.run(args));
  isUp = true;
  expect((await rig.run(args)).stderr).toContain('Started: ');
  isUp = false;
  const again = await rig.run(args);
  expect(again.stderr).toContain('It was started before and is under way');
  expect(again.code).toBe(0);
});
