/** @waits 140 */
import { execFile } from 'node:child_process';
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Endpoint } from '../../simulator/routes';
import { account, calledOnce, type Moment, nth, once, PEOPLE, ROWS, Scene } from '../support/crash';
import { DevServer, replayAll } from '../support/dev-server';
import { type Exit, endAll, type TestProcess, within } from '../support/processes';
import { dialectOf } from '../support/turns';

/** What the worker allows running steps, and a little to say goodbye: all of its parts end at the same time. */
const GRACE_MS = 22_000;

let server: DevServer;
let scene: Scene;
/** How many have begun. */
let tests = 0;
beforeAll(async () => {
  server = await DevServer.start();
});
beforeEach(async () => {
  scene = await Scene.start(server, { rules: { dialect: dialectOf(tests++) } });
});
afterEach(() => scene.close());
afterAll(async () => {
  await endAll();
  await server.stop();
});

async function expectCalledOnce(): Promise<void> {
  const stock = await account(scene);
  expect(stock).toEqual({ ...calledOnce(stock), kills: 0 });
}

/** A step in the middle of a request when the signal comes: it finishes, and is not done again by the next worker. */
const STEPS: readonly Moment[] = [
  nth(1, 'create', 'creating the batch'),
  nth(1, 'schedule', 'scheduling the batch'),
  once('get', (_, campaign) => campaign.simulator.dials().length > PEOPLE / 2, 'polling'),
  once('executions', (_, campaign) => campaign.open() === 0, 'collecting the results'),
];

test.each(STEPS)('a worker told to end while $name finishes that, and the next one goes on', async (step) => {
  const asked = new Promise<void>((resolve) => {
    scene.at(step, 'after', async () => {
      await scene.askToEnd();
      resolve();
      return undefined;
    });
  });
  await scene.begin();
  const first = scene.worker;
  await within(60_000, () => scene.trace(), asked);
  expect(await goodbyeOf(first)).toEqual({ code: 0, signal: null });

  await scene.startWorker();
  await expectCalledOnce();
  expect(scene.requests('create')).toHaveLength(1);
  expect(scene.requests('schedule')).toHaveLength(1);
  expect(scene.requests('list')).toHaveLength(3);
});

test('a worker told to end while it writes the results finishes them', async () => {
  const executions = scene.path('executions.jsonl');
  let collected = Buffer.of();
  // The results are written next, and wait for what stands here.
  scene.at(nth(3, 'list', 'looking for unscheduled twins'), 'after', async () => {
    const content = await readFile(executions);
    await rm(executions);
    await promisify(execFile)('mkfifo', [executions]);
    collected = content;
    return undefined;
  });
  await scene.begin();
  await scene.until('the executions are collected', () => collected.length > 0);
  const first = scene.worker;
  const pipe = await within(60_000, () => scene.trace(), open(executions, 'w'));
  // Whoever has opened it reads from the pipe; whoever comes later, like the report, finds what was there.
  await writeFile(`${executions}.file`, collected);
  await rename(`${executions}.file`, executions);
  await scene.askToEnd();
  await pipe.writeFile(collected);
  await pipe.close();
  expect(await goodbyeOf(first)).toEqual({ code: 0, signal: null });
  expect(await scene.rows()).toHaveLength(ROWS);

  await scene.startWorker();
  await expectCalledOnce();
});

/** Requests that Bolna has worked off and never answers. */
const MUTE: readonly Endpoint[] = ['create', 'schedule', 'executions'];

test.each(MUTE)(
  'a worker told to end while %s has no answer ends in time, and the next one finds out',
  async (endpoint) => {
    const asked = mute(endpoint);
    await scene.begin();
    const first = scene.worker;
    await within(60_000, () => scene.trace(), asked);
    await scene.askToEnd();
    expect(await goodbyeOf(first)).toEqual({ code: 0, signal: null });
    expect(first?.stderr()).toContain('Worker ended; nothing is lost.');

    scene.simulator.clearFaults();
    await scene.startWorker();
    await expectCalledOnce();
  },
);

test('a signal that comes twice with one Ctrl-C ends nothing at once, and a later one does', async () => {
  const asked = mute('schedule');
  await scene.begin();
  const first = scene.worker;
  await within(60_000, () => scene.trace(), asked);
  await scene.askToEnd();
  const begun = performance.now();
  let exit: Exit | undefined;
  void first?.exited.then((how) => {
    exit = how;
  });
  await scene.until('the worker ends', () => {
    void first?.end('SIGINT');
    return exit !== undefined;
  });
  const took = performance.now() - begun;
  expect(exit).toEqual({ code: 130, signal: null });
  expect(took).toBeGreaterThan(500);
  expect(took).toBeLessThan(10_000);
  expect(first?.stderr()).toContain('Ending: running steps have up to 20 seconds. Once more ends at once.');

  scene.simulator.clearFaults();
  await scene.startWorker();
  await expectCalledOnce();
});

/** Lets Bolna do what it is asked the first time, and never say so. @returns resolves when it was asked */
function mute(endpoint: Endpoint): Promise<void> {
  scene.simulator.addFault({ endpoint, nth: 1, action: { hang: 'after' } });
  return new Promise((resolve) => {
    scene.at(nth(1, endpoint, endpoint), 'after', async () => {
      resolve();
      return undefined;
    });
  });
}

function goodbyeOf(worker: TestProcess | undefined): Promise<Exit> {
  return within(GRACE_MS, () => `the worker's end\n${scene.trace()}`, worker?.exited ?? Promise.reject());
}

test('every history of these campaigns replays', async () => {
  expect(await replayAll(await server.client())).toBe(STEPS.length + 1 + MUTE.length + 1);
});
