import { csvOf, MINUTE, Rig } from '../test/support/rig';
import { TestServer } from '../test/support/test-server';
import type { CampaignInput } from '../workflows/input';
import { actionsOf } from './actions';
import { type Figure, mean, type Section } from './figures';

/** About two hours of calls on ten lines. */
const ROWS = 800;
const CONCURRENCY = 10;

type Polling = NonNullable<CampaignInput['polling']>;

interface Watched {
  /** Requests while the calls ran, from the first look to the one that saw the end. */
  requests: number;
  actions: number;
  /** Milliseconds from the first call to the last one's terminal status at Bolna. */
  lasted: number;
  /** Milliseconds from then until the campaign knew. */
  late: number;
}

/** A two-hour campaign as it is watched by default, beside the same one asked every 20 seconds; on a virtual clock. */
export async function requests({ small }: { small: boolean }): Promise<Section> {
  const seeds = Array.from({ length: small ? 2 : 12 }, (_, i) => `seed ${i}`);
  const ours: Watched[] = [];
  const fixed: Watched[] = [];
  const env = await TestServer.skipping();
  try {
    for (const seed of seeds) {
      ours.push(await watch(env, seed, undefined));
      fixed.push(await watch(env, seed, { min: '20s', max: '20s' }));
    }
  } finally {
    await env.teardown();
  }
  const requestsOf = (all: Watched[]) => mean(all.map((one) => one.requests));
  const lateOf = (all: Watched[]) => mean(all.map((one) => one.late)) / 1000;
  const figures: Figure[] = [
    { what: 'length of the calls', value: mean(ours.map((one) => one.lasted)) / (60 * MINUTE), unit: 'hours' },
    { what: 'requests while calls ran, asked every 20 s', value: requestsOf(fixed), unit: 'a campaign' },
    { what: 'requests while calls ran, ours', value: requestsOf(ours), unit: 'a campaign' },
    {
      what: 'requests, ours to 20 s',
      value: requestsOf(ours) / requestsOf(fixed),
      unit: '',
      goal: { most: 0.1 },
      counted: true,
    },
    { what: 'end seen late, asked every 20 s', value: lateOf(fixed), unit: 's' },
    { what: 'end seen late, ours', value: lateOf(ours), unit: 's', goal: { most: lateOf(fixed) } },
    { what: 'Temporal actions, asked every 20 s', value: mean(fixed.map((one) => one.actions)), unit: 'a campaign' },
    { what: 'Temporal actions, ours', value: mean(ours.map((one) => one.actions)), unit: 'a campaign' },
  ];
  return {
    name: 'requests',
    setting: `${ROWS} rows on ${CONCURRENCY} lines, ${seeds.length} seeds, virtual clock`,
    figures,
  };
}

async function watch(env: TestServer, seed: string, polling: Polling | undefined): Promise<Watched> {
  const rig = await Rig.start({ env, seed, rules: { concurrency: CONCURRENCY } });
  try {
    let knownAt = 0;
    rig.onActivity = async (phase, activity) => {
      if (phase === 'after' && activity === 'awaitProgress') knownAt = await env.currentTimeMs();
    };
    return await rig.whileWorking(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(ROWS) }, ...(polling && { polling }) });
      await handle.result();
      const [batch] = rig.simulator.batches();
      const over = Math.max(...(batch?.executions.map((execution) => execution.updatedAt) ?? []));
      return {
        requests: rig.simulator.requests.filter(({ at }) => at >= (batch?.scheduledAt ?? 0) && at <= knownAt).length,
        actions: actionsOf(await handle.fetchHistory()),
        lasted: over - (batch?.scheduledAt ?? 0),
        late: knownAt - over,
      };
    });
  } finally {
    await rig.close();
  }
}
