/** @crowded */
import {
  type Account,
  account,
  COMPARING,
  type Moment,
  nth,
  once,
  PEOPLE,
  PHASES,
  ROWS,
  Scene,
} from '../support/crash';
import { DevServer, replayAll } from '../support/dev-server';
import { endAll } from '../support/processes';
import { dialectOf } from '../support/turns';
import { Wave } from '../support/wave';

jest.setTimeout(300_000);

const HALF_AN_HOUR_MS = 1_800_000;

/** A way to end a campaign early, and every request that is made for it. */
interface Halt {
  kind: 'stop' | 'cancel';
  stage: 'waiting' | 'running';
  moments: readonly Moment[];
  requests: RegExp;
}

const LOOK_FIRST = [nth(1, 'list', 'looking for its batches'), nth(1, 'get', 'reading the batch')];
const DELETE = [
  ...LOOK_FIRST,
  nth(2, 'get', 'reading it again, right before'),
  nth(1, 'delete', 'deleting the batch'),
  nth(3, 'get', 'making sure that it is gone'),
];
const STOP = [...LOOK_FIRST, nth(1, 'stop', 'stopping the batch'), nth(2, 'get', 'making sure that it is stopped')];
const POLL = [
  nth(3, 'get', 'the first poll after that'),
  once('get', (_, scene) => scene.haltedAt !== undefined && scene.open() === 0, 'the last poll'),
];
const COLLECT = once('executions', (_, scene) => isHalted(scene) && scene.open() === 0, 'collecting the results');
const COLLECT_NOW = once('executions', (_, scene) => isHalted(scene), 'collecting what is known');

const HALTS: readonly Halt[] = [
  { kind: 'stop', stage: 'waiting', moments: DELETE, requests: /^list get get delete get$/ },
  { kind: 'cancel', stage: 'waiting', moments: DELETE, requests: /^list get get delete get$/ },
  {
    kind: 'stop',
    stage: 'running',
    moments: [...STOP, ...POLL, COLLECT, COMPARING],
    requests: /^list get stop get( get| executions)* get executions executions get$/,
  },
  {
    kind: 'cancel',
    stage: 'running',
    moments: [...STOP, COLLECT_NOW, COMPARING],
    requests: /^list get stop get executions executions get$/,
  },
];
/** By halt: the campaigns of one halt lose one worker together, while each of them is at its point. */
const POINTS = HALTS.map((halt) =>
  halt.moments.flatMap((moment) => PHASES.map((phase) => ({ ...halt, halt, moment, phase, name: moment.name }))),
);
type Point = (typeof POINTS)[number][number];
/**
 * Calls of four seconds on one line, three minutes in all: even on a busy machine the next worker is there before the last person
 * is called.
 */
const CALLS = {
  outcomes: () => ({ status: 'completed', talkSeconds: 2_400, voicemail: false }) as const,
  rules: { concurrency: 1 },
};

let server: DevServer;
const scenes: Scene[] = [];
const outcomes = new Wave<unknown, { scene: Scene; stock: Account }>();

/** Brings a campaign to a stage, halts it and kills its worker on the way, if there is a point to do that at. */
async function halted(scene: Scene, { kind, stage }: Halt, point?: Point) {
  scenes.push(scene);
  await scene.begin(stage === 'waiting' ? HALF_AN_HOUR_MS : undefined);
  await scene.until('two polls', () => scene.requests('get').length >= (stage === 'waiting' ? 2 : 4));
  await scene.reaches(stage);
  scene.countFromNext('list');
  if (point) scene.killAt(point.moment, point.phase);
  await scene.campaigns[kind](scene.campaignId);
  return { scene, stock: await account(scene) };
}

function isHalted(scene: Scene): boolean {
  return scene.haltedAt !== undefined;
}

beforeAll(async () => {
  server = await DevServer.start();
  for (const [halt, scene] of await Scene.startTogether(HALTS, server, CALLS)) {
    outcomes.start(halt, halted(scene, halt));
  }
  for (const points of POINTS) {
    const inTurn = (at: number) => ({ ...CALLS, rules: { ...CALLS.rules, dialect: dialectOf(at) } });
    const together = await Scene.startTogether(points, server, inTurn);
    for (const [point, scene] of together) outcomes.start(point, halted(scene, point.halt, point));
  }
});
afterAll(async () => {
  await outcomes.end();
  await Promise.all(scenes.map((each) => each.close()));
  await endAll();
  await server.stop();
});

/** Nobody is called once the halt is done, nobody twice, and every row has its bucket. */
function expectHalted({ kind, stage }: Halt, scene: Scene, stock: Account, kills: number): void {
  expect(stock).toMatchObject({
    status: kind === 'stop' ? 'stopped' : 'canceled',
    lines: Array.from({ length: ROWS }, (_, i) => i + 2),
    buckets: stock.outcomes,
    batchesMade: 1,
    batchesLeft: stage === 'waiting' ? 0 : 1,
    batchesScheduled: 1,
    callsToCome: 0,
    kills,
  });
  const times = Object.values(stock.dials);
  expect(times.filter((n) => n !== 1)).toEqual([]);
  if (stage === 'waiting') {
    expect(times).toEqual([]);
    expect(stock.buckets).toEqual({ 'not-called': PEOPLE, rejected: 1, duplicate: 1 });
  } else {
    expect(times.length).toBeGreaterThan(0);
    expect(times.length).toBeLessThan(PEOPLE);
    expect(scene.simulator.dials().filter(({ at }) => at > (scene.haltedAt ?? 0))).toEqual([]);
  }
}

test.each(HALTS)('a $kind while $stage makes the requests at which workers are killed here', async (halt) => {
  const { scene, stock } = await outcomes.of(halt);
  expectHalted(halt, scene, stock, 0);
  const made = scene.requestsCounted().map(({ endpoint }) => endpoint);
  expect(made.join(' ')).toMatch(halt.requests);
});

test.each(POINTS.flat())('a $kind while $stage outlives a worker killed $phase $name', async (point) => {
  const { scene, stock } = await outcomes.of(point);
  expectHalted(point, scene, stock, 1);
});

test('every history of these campaigns replays', async () => {
  await outcomes.end();
  expect(await replayAll(await server.client())).toBe(HALTS.length + POINTS.flat().length);
});
