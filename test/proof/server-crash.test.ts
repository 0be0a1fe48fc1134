/** @crowded */
import {
  type Account,
  account,
  CALLED_ONCE,
  type Moment,
  nth,
  once,
  PEOPLE,
  type Phase,
  Scene,
} from '../support/crash';
import { DevServer, replayAll } from '../support/dev-server';
import { endAll } from '../support/processes';
import { Wave } from '../support/wave';

jest.setTimeout(300_000);

/** What a campaign does when its server dies. */
interface Standing {
  name: string;
  /** Calls `lose`, which resolves when the server is lost, in the middle of it. */
  arrange(scene: Scene, lose: () => Promise<void>): void | Promise<void>;
  startInMs?: number;
}

/** Campaigns of one server, which dies once each of them is where it is to be. */
interface Outage {
  standings: readonly Standing[];
  /** Whether the server is back before Bolna answers; if not, the worker gets answers that it can tell nobody. */
  isBackFirst: boolean;
}

/** A request to Bolna has come, or it is worked off, and there is no answer yet. */
function inTheMiddleOf(moment: Moment, phase: Phase): Standing {
  return {
    name: phase === 'before' ? `during ${moment.name}` : `right after ${moment.name}`,
    arrange(scene, lose) {
      scene.at(moment, phase, async () => {
        await lose();
        return undefined;
      });
    },
  };
}

const whileWaiting: Standing = {
  name: 'while the campaign waits for its start',
  startInMs: 10_000,
  async arrange(scene, lose) {
    await scene.until('the start is known', () => scene.requests('get').length >= 2);
    await scene.reaches('waiting');
    await lose();
  },
};

const CREATE = nth(1, 'create', 'creating the batch');
const SCHEDULE = nth(1, 'schedule', 'scheduling the batch');
const POLL = once('get', (_, scene) => scene.simulator.dials().length > PEOPLE / 2, 'a poll');
const COLLECT = once('executions', (_, scene) => scene.open() === 0, 'collecting the results');

const during = (moment: Moment) => inTheMiddleOf(moment, 'before');
const after = (moment: Moment) => inTheMiddleOf(moment, 'after');

/** Campaigns of one stage lose one server together, and wait for each other no longer than the stage takes. */
const OUTAGES: readonly Outage[] = [
  { standings: [during(CREATE), whileWaiting], isBackFirst: true },
  { standings: [during(POLL), during(COLLECT)], isBackFirst: true },
  { standings: [after(CREATE), after(SCHEDULE)], isBackFirst: false },
  { standings: [after(POLL), after(COLLECT)], isBackFirst: false },
];
const STANDINGS = OUTAGES.flatMap(({ standings }) => standings);

const scenes: Scene[] = [];
const servers: DevServer[] = [];
const outcomes = new Wave<unknown, Account>();

async function through({ arrange, startInMs }: Standing, scene: Scene, lose: () => Promise<void>): Promise<Account> {
  scenes.push(scene);
  const loseWithOthers = async () => {
    await scene.together(lose);
    scene.kills++;
  };
  // What waits for the campaign to be somewhere begins once there is one.
  const early = startInMs === undefined;
  if (early) await arrange(scene, loseWithOthers);
  await scene.begin(startInMs);
  if (!early) await arrange(scene, loseWithOthers);
  return account(scene);
}

beforeAll(async () => {
  for (const { standings, isBackFirst } of OUTAGES) {
    const server = await DevServer.start();
    servers.push(server);
    const lose = async () => {
      await server.kill();
      const back = server.launch();
      if (isBackFirst) await back;
      // That it never came back is seen in the campaigns.
      else back.catch(() => undefined);
    };
    const together = await Scene.startTogether(standings, server);
    for (const [standing, scene] of together) outcomes.start(standing, through(standing, scene, lose));
  }
});
afterAll(async () => {
  await outcomes.end();
  await Promise.all(scenes.map((scene) => scene.close()));
  await endAll();
  await Promise.all(servers.map((server) => server.stop()));
});

test.each(STANDINGS)('a Temporal server killed $name costs nobody a second call and no row its result', async (it) => {
  expect(await outcomes.of(it)).toEqual({ ...CALLED_ONCE, kills: 1 });
});

test('every history of these campaigns replays', async () => {
  await outcomes.end();
  let replayed = 0;
  for (const server of servers) replayed += await replayAll(await server.client());
  expect(replayed).toBe(STANDINGS.length);
});
