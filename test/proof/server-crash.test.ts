/** @crowded */
import { type Account, account, CALLED_ONCE, type Moment, nth, once, PEOPLE, Scene } from '../support/crash';
import { DevServer, replayAll } from '../support/dev-server';
import { endAll, pool } from '../support/processes';
import { Wave } from '../support/wave';

jest.setTimeout(300_000);

const AT_ONCE = 4;

interface Outage {
  name: string;
  arrange(scene: Scene, server: DevServer): void | Promise<void>;
  startInMs?: number;
}

/** The server dies during a request of the worker's to Bolna, and is back before that is answered. */
function during(moment: Moment): Outage {
  return {
    name: `during ${moment.name}`,
    arrange(scene, server) {
      scene.at(moment, 'before', async () => {
        await server.kill();
        scene.kills++;
        await server.launch();
        return undefined;
      });
    },
  };
}

/** The server is dead when the worker gets its answer from Bolna, and cannot be told of it. */
function after(moment: Moment): Outage {
  return {
    name: `right after ${moment.name}`,
    arrange(scene, server) {
      scene.at(moment, 'after', async () => {
        await server.kill();
        scene.kills++;
        server.launch().catch(() => undefined);
        return undefined;
      });
    },
  };
}

const whileWaiting: Outage = {
  name: 'while the campaign waits for its start',
  startInMs: 10_000,
  async arrange(scene, server) {
    await scene.until('the start is known', () => scene.requests('get').length >= 2);
    const isWaiting = async () => (await scene.campaigns.get(scene.campaignId)).state === 'waiting';
    await scene.until('waiting', isWaiting);
    await server.kill();
    scene.kills++;
    await server.launch();
  },
};

const CREATE = nth(1, 'create', 'creating the batch');
const SCHEDULE = nth(1, 'schedule', 'scheduling the batch');
const POLL = once('get', (_, scene) => scene.simulator.dials().length > PEOPLE / 2, 'a poll');
const COLLECT = once('executions', (_, scene) => scene.open() === 0, 'collecting the results');

const OUTAGES: readonly Outage[] = [
  during(CREATE),
  after(CREATE),
  after(SCHEDULE),
  whileWaiting,
  during(POLL),
  after(POLL),
  during(COLLECT),
  after(COLLECT),
];

const scenes: Scene[] = [];
const servers: DevServer[] = [];
const run = pool(AT_ONCE);
const outcomes = new Wave<Outage, { stock: Account; replayed: number }>();

async function through({ arrange, startInMs }: Outage): Promise<{ stock: Account; replayed: number }> {
  const server = await DevServer.start();
  servers.push(server);
  const scene = await Scene.start(server);
  scenes.push(scene);
  // What waits for the campaign to be somewhere begins once there is one.
  const early = startInMs === undefined;
  if (early) await arrange(scene, server);
  await scene.begin(startInMs);
  if (!early) await arrange(scene, server);
  const stock = await account(scene);
  return { stock, replayed: await replayAll(await server.client()) };
}

beforeAll(() => {
  for (const outage of OUTAGES) {
    outcomes.start(
      outage,
      run(() => through(outage)),
    );
  }
});
afterAll(async () => {
  await outcomes.end();
  await Promise.all(scenes.map((scene) => scene.close()));
  await endAll();
  await Promise.all(servers.map((server) => server.stop()));
});

test.each(OUTAGES)(
  'a Temporal server killed $name costs nobody a second call and no row its result',
  async (outage) => {
    expect(await outcomes.of(outage)).toEqual({ stock: { ...CALLED_ONCE, kills: 1 }, replayed: 1 });
  },
);
