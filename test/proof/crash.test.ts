/** @crowded */
import type { DialectName } from '../../simulator/rules';
import {
  type Account,
  account,
  CALLED_ONCE,
  COMPARING,
  calledOnce,
  type Moment,
  nth,
  once,
  PEOPLE,
  PHASES,
  Scene,
} from '../support/crash';
import { DevServer, replayAll } from '../support/dev-server';
import { endAll } from '../support/processes';
import { dialectOf } from '../support/turns';
import { Wave } from '../support/wave';

jest.setTimeout(300_000);

const SCHEDULING = 'scheduling the batch';

/**
 * Every request of a campaign, with Bolna's dialects in turn; the polls in between are like the one in the middle. Campaigns that are to lose their worker at one
 * stage lose one together, and wait for each other no longer than the stage takes.
 */
const STAGES: readonly (readonly Moment[])[] = [
  [
    nth(1, 'list', 'looking for an earlier batch'),
    nth(1, 'create', 'creating the batch'),
    nth(1, 'get', 'reading the batch before it is scheduled'),
    nth(2, 'list', 'looking for a scheduled twin'),
    nth(1, 'schedule', SCHEDULING),
    nth(2, 'get', 'reading the start'),
  ],
  [
    nth(3, 'get', 'the first poll'),
    nth(1, 'executions', 'asking what the calls have cost'),
    once('get', (_, scene) => scene.simulator.dials().length > PEOPLE / 2, 'a poll in the middle'),
  ],
  [
    once('get', (_, scene) => scene.open() === 0, 'the last poll'),
    once(
      'executions',
      ({ query }, scene) => scene.open() === 0 && query.page_number === '1',
      'collecting the first page',
    ),
    once(
      'executions',
      ({ query }, scene) => scene.open() === 0 && query.page_number === '2',
      'collecting the last page',
    ),
    COMPARING,
    nth(3, 'list', 'looking for unscheduled twins'),
  ],
];
const POINTS = STAGES.map((moments) =>
  moments.flatMap((moment) => PHASES.map((phase) => ({ moment, phase, name: moment.name }))),
);

/**
 * A start that did not arrive, and that has passed, is not sent again to a Bolna of which no word is known, and a person is asked to act:
 * `not-started`. That point speaks the dialect before it.
 */
function dialectAt(point: (typeof POINTS)[number][number] | undefined, at: number): DialectName {
  const dialect = dialectOf(at + 1);
  return dialect === 'strange' && point?.name === SCHEDULING && point.phase === 'before' ? 'older' : dialect;
}

let server: DevServer;
let calm: Scene;
const scenes: Scene[] = [];
const accounts = new Wave<unknown, Account>();

async function run(scene: Scene): Promise<Account> {
  scenes.push(scene);
  await scene.begin();
  return account(scene);
}

beforeAll(async () => {
  server = await DevServer.start();
  calm = await Scene.start(server);
  accounts.start(calm, run(calm));
  for (const points of POINTS) {
    const inTurn = (at: number) => ({ rules: { dialect: dialectAt(points[at], at) } });
    for (const [point, scene] of await Scene.startTogether(points, server, inTurn)) {
      scene.killAt(point.moment, point.phase);
      accounts.start(point, run(scene));
    }
  }
});
afterAll(async () => {
  await accounts.end();
  await Promise.all(scenes.map((each) => each.close()));
  await endAll();
  await server.stop();
});

test('an undisturbed campaign makes the requests at which workers are killed here, and no others', async () => {
  expect(await accounts.of(calm)).toEqual({ ...CALLED_ONCE, kills: 0 });
  const made = calm.simulator.requests.map(({ endpoint }) => endpoint).join(' ');
  // On a busy machine its calls can be over at the first poll.
  expect(made).toMatch(/^list create get list schedule get( get| executions)* get executions executions get list$/);
});

test.each(POINTS.flat())(
  'a worker killed $phase $name costs nobody a second call and no row its result',
  async (point) => {
    const stock = await accounts.of(point);
    expect(stock).toEqual({ ...calledOnce(stock), kills: 1 });
  },
);

test('every history of these campaigns replays', async () => {
  await accounts.end();
  expect(await replayAll(await server.client())).toBe(POINTS.flat().length + 1);
});
