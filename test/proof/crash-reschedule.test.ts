/** @crowded */
import { type Account, account, calledOnce, type Moment, nth, PHASES, Scene } from '../support/crash';
import { DevServer, replayAll } from '../support/dev-server';
import { endAll } from '../support/processes';
import { dialectOf } from '../support/turns';
import { Wave } from '../support/wave';

jest.setTimeout(300_000);

/** Time enough for the next worker before the first start, also on a busy machine: that its batch called nobody must be seen. */
const FIRST_START_MS = 240_000;
/** Sooner than the first one, so that nothing has to be waited for. */
const SECOND_START_MS = 75_000;

/** Every request that a move makes, until Bolna has taken the new start. */
const MOMENTS: readonly Moment[] = [
  nth(1, 'get', 'reading the batch'),
  nth(1, 'list', 'looking for others that have a start'),
  nth(2, 'get', 'reading it before it is marked'),
  nth(3, 'get', 'reading it again, right before'),
  nth(1, 'delete', 'deleting the batch'),
  nth(4, 'get', 'making sure that it is gone'),
  nth(2, 'list', 'looking for a batch there is'),
  nth(1, 'create', 'creating another one'),
  nth(5, 'get', 'reading the other one'),
  nth(3, 'list', 'looking for twins of it'),
  nth(1, 'schedule', 'scheduling it'),
  nth(6, 'get', 'reading when it begins'),
];
const REQUESTS = /^get list get get delete get list create get list schedule get/;
const POINTS = MOMENTS.flatMap((moment) => PHASES.map((phase) => ({ moment, phase, name: moment.name })));

let server: DevServer;
const scenes: Scene[] = [];
const outcomes = new Wave<unknown, { scene: Scene; stock: Account }>();

/** Moves a campaign that waits for its start, and kills its worker on the way, if there is a point to do that at. */
async function moved(scene: Scene, point?: (typeof POINTS)[number]) {
  scenes.push(scene);
  await scene.begin(FIRST_START_MS);
  await scene.until('the start is known', () => scene.requests('get').length >= 2);
  await scene.reaches('waiting');
  scene.countFromNext('get');
  if (point) scene.killAt(point.moment, point.phase);
  const startAt = new Date(Date.now() + SECOND_START_MS).toISOString();
  await scene.campaigns.reschedule(scene.campaignId, { startAt });
  return { scene, stock: await account(scene) };
}

beforeAll(async () => {
  server = await DevServer.start();
  outcomes.start(undefined, moved(await Scene.start(server)));
  // They all lose one worker, while each of them is at its point of the move.
  const together = await Scene.startTogether(POINTS, server, (at) => ({ rules: { dialect: dialectOf(at) } }));
  for (const [point, scene] of together) outcomes.start(point, moved(scene, point));
});
afterAll(async () => {
  await outcomes.end();
  await Promise.all(scenes.map((each) => each.close()));
  await endAll();
  await server.stop();
});

/** Everybody is called once, at the new start, and of the batches one is left. */
function expectMoved(stock: Account, kills: number): void {
  expect(stock).toMatchObject({ ...calledOnce(stock), batchesMade: expect.any(Number), batchesScheduled: 2, kills });
  expect(stock.batchesMade).toBeLessThanOrEqual(3);
}

test('a move makes the requests at which workers are killed here', async () => {
  const { scene, stock } = await outcomes.of(undefined);
  expectMoved(stock, 0);
  const made = scene.requestsCounted().map(({ endpoint }) => endpoint);
  expect(made.join(' ')).toMatch(REQUESTS);
});

test.each(POINTS)('a move outlives a worker killed $phase $name', async (point) => {
  const { stock } = await outcomes.of(point);
  expectMoved(stock, 1);
});

test('every history of these campaigns replays', async () => {
  await outcomes.end();
  expect(await replayAll(await server.client())).toBe(1 + POINTS.length);
});
