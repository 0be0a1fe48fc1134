import { randomUUID } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CampaignClient } from '../../client/campaigns';
import { AGENT } from '../../test/support/rig';
import { TestServer } from '../../test/support/test-server';
import type { Figure } from '../figures';
import { type Program, startSimulatorProcess, startWorkerProcess, temporaryFolder } from '../processes';
import { csvFile } from './csv';

const SPEED = 600;
/** How much a worker may grow, in megabytes, however many rows its campaign has. */
const MOST_GROWTH = 300;

/** Whole campaigns of ever more rows: what the worker's memory grows by while it does all of their steps. */
export async function campaigns({ small }: { small: boolean }): Promise<Figure[]> {
  const figures: Figure[] = [];
  const env = await TestServer.real();
  try {
    for (const rows of small ? [10_000] : [10_000, 100_000, 1_000_000]) {
      const { growth, minutes } = await oneCampaign(
        env.address,
        new CampaignClient(env.client, { taskQueue: `rows-${rows}` }),
        rows,
      );
      const what = `${rows.toLocaleString('en')} rows`;
      figures.push({ what: `memory above idle, ${what}`, value: growth, unit: 'MB', goal: { most: MOST_GROWTH } });
      figures.push({ what: `from file to results, ${what}`, value: minutes, unit: 'minutes' });
    }
  } finally {
    await env.teardown();
  }
  return figures;
}

async function oneCampaign(
  address: string,
  client: CampaignClient,
  rows: number,
): Promise<{ growth: number; minutes: number }> {
  const flags = ['--concurrency', '1000000', '--rate-limit', '100000000', '--call-length', '20s-60s'];
  const simulator = await startSimulatorProcess(SPEED, flags);
  const data = temporaryFolder();
  const place = { address, bolnaUrl: simulator.url, data };
  const worker = await startWorkerProcess(SPEED, `rows-${rows}`, place);
  try {
    const idle = await worker.megabytes();
    const memory = watchMemory(worker);
    const begun = Date.now();
    const id = randomUUID();
    const { path } = await csvFile(data, rows);
    await mkdir(join(data, 'uploads'));
    const upload = join(data, 'uploads', 'contacts.csv');
    await rename(path, upload);
    await client.start(id, { agentId: AGENT, contacts: { uri: pathToFileURL(upload).href } });
    const { status, outcomes } = await client.result(id);
    const counted = Object.values(outcomes).reduce((sum, n) => sum + n, 0);
    if (status !== 'completed' || counted !== rows) throw new Error(`It ended ${status} with ${counted} rows.`);
    return { growth: (await memory.most()) - idle, minutes: (Date.now() - begun) / 60_000 };
  } finally {
    await Promise.all([worker.end(), simulator.program.end()]);
  }
}

/** Looks at a program's memory twice a second. */
function watchMemory(program: Program): { most(): Promise<number> } {
  let most = 0;
  const look = async () => {
    most = Math.max(most, await program.megabytes());
  };
  const timer = setInterval(() => void look(), 500);
  return {
    async most() {
      clearInterval(timer);
      await look();
      return most;
    },
  };
}
