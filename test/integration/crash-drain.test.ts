import { account, CALLED_ONCE, type Moment, nth, once, PEOPLE, Scene } from '../support/crash';
import { DevServer, replayAll } from '../support/dev-server';
import { endAll, within } from '../support/processes';

jest.setTimeout(180_000);

/** What the worker allows running steps, and a little to say goodbye. */
const GRACE_MS = 22_000;

let server: DevServer;
let scene: Scene;
beforeAll(async () => {
  server = await DevServer.start();
});
beforeEach(async () => {
  scene = await Scene.start(server);
});
afterEach(() => scene.close());
afterAll(async () => {
  await endAll();
  await server.stop();
});

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
  const goodbye = within(GRACE_MS, () => `the worker's end\n${scene.trace()}`, first?.exited ?? Promise.reject());
  expect(await goodbye).toEqual({ code: 0, signal: null });

  await scene.startWorker();
  expect(await account(scene)).toEqual({ ...CALLED_ONCE, kills: 0 });
  expect(scene.requests('create')).toHaveLength(1);
  expect(scene.requests('schedule')).toHaveLength(1);
  expect(scene.requests('list')).toHaveLength(3);
});

test('every history of these campaigns replays', async () => {
  expect(await replayAll(await server.client())).toBe(STEPS.length);
});
