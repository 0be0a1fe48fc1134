import { randomUUID } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { BolnaClient } from '../bolna/client';
import { CampaignClient } from '../client/campaigns';
import { pool } from '../test/support/processes';
import { AGENT, csvOf } from '../test/support/rig';
import { TestServer } from '../test/support/test-server';
import { type Figure, percentile, type Section } from './figures';
import { startSimulatorProcess, startWorkerProcess, temporaryFolder } from './processes';
import { csvFile } from './rows/csv';

/** A month of Bolna's, which is how far ahead it takes a start, is 72 minutes. */
const SPEED = 600;
const START_IN_MS = 60 * 60_000;
const ROWS = 3;
/** Bolna lists all that an agent ever had, so nobody runs thousands of campaigns with one. */
const CAMPAIGNS_PER_AGENT = 100;
const LOOK_EVERY_MS = 500;

/** Many campaigns that wait for their start on one worker, and how soon a stop is answered while a large one collects. */
export async function waiting({ small }: { small: boolean }): Promise<Section> {
  const campaigns = small ? 50 : 10_000;
  const rows = small ? 2_000 : 1_000_000;
  const stops = small ? 10 : 300;
  const env = await TestServer.real();
  const flags = ['--concurrency', '1000000', '--rate-limit', '100000000', '--call-length', '20s-60s'];
  const simulator = await startSimulatorProcess(SPEED, flags);
  const taskQueue = `bench-${randomUUID()}`;
  const data = temporaryFolder();
  const place = { address: env.address, bolnaUrl: simulator.url, data };
  const worker = await startWorkerProcess(SPEED, taskQueue, place);
  const client = new CampaignClient(env.client, { taskQueue });
  const bolna = new BolnaClient({ apiKey: 'bn-bench', baseUrl: simulator.url, timeoutMs: 30_000 });
  try {
    const idle = await worker.megabytes();
    const ids = Array.from({ length: campaigns }, () => randomUUID());
    const startAt = new Date(Date.now() + START_IN_MS).toISOString();
    const some = pool(50);
    const begun = Date.now();
    const agents = Array.from({ length: Math.ceil(campaigns / CAMPAIGNS_PER_AGENT) }, () => randomUUID());
    const start = (id: string, n: number) => {
      const agentId = agents[n % agents.length] ?? AGENT;
      return client.start(id, { agentId, contacts: { csv: csvOf(ROWS) }, startAt });
    };
    await Promise.all(ids.map((id, n) => some(() => start(id, n))));
    for (const agentId of agents) await areScheduled(bolna, agentId, Math.ceil(campaigns / agents.length));
    const minutes = (Date.now() - begun) / 60_000;
    const resting = await worker.megabytes();
    const sample = ids.filter((_, i) => i % Math.ceil(campaigns / 100) === 0);
    const steps = await Promise.all(sample.map((id) => some(() => client.get(id))));

    const large = randomUUID();
    const { path } = await csvFile(data, rows);
    await mkdir(join(data, 'uploads'));
    const upload = join(data, 'uploads', 'contacts.csv');
    await rename(path, upload);
    await client.start(large, { agentId: AGENT, contacts: { uri: pathToFileURL(upload).href } });
    await collects(client, large);
    const answered: number[] = [];
    const halted: number[] = [];
    for (const id of ids.slice(0, stops)) {
      const { batchId } = await client.get(id);
      const asked = performance.now();
      await client.stop(id);
      while (!(await client.get(id)).halt);
      answered.push((performance.now() - asked) / 1000);
      while (batchId && (await bolna.getBatch(batchId).catch(() => undefined)));
      halted.push((performance.now() - asked) / 1000);
    }
    const most = await worker.megabytes();
    const figures: Figure[] = [
      { what: 'until all of them wait', value: minutes, unit: 'minutes' },
      {
        what: 'of them with a step under way',
        value: steps.filter(({ step }) => step).length,
        unit: '',
        goal: { most: 0 },
        counted: true,
      },
      { what: 'memory of the worker, idle', value: idle, unit: 'MB' },
      { what: 'memory of the worker, while they wait', value: resting, unit: 'MB', goal: { most: 1000 } },
      { what: 'the same, while another one collects', value: most, unit: 'MB', goal: { most: 1000 } },
      { what: 'stop answered, 50th percentile', value: percentile(answered, 0.5), unit: 's' },
      { what: 'stop answered, 99th percentile', value: percentile(answered, 0.99), unit: 's', goal: { most: 2 } },
      { what: 'batch gone at Bolna, 50th percentile', value: percentile(halted, 0.5), unit: 's' },
      { what: 'batch gone at Bolna, 99th percentile', value: percentile(halted, 0.99), unit: 's', goal: { most: 2 } },
    ];
    const setting = `${campaigns} campaigns wait, one of ${rows.toLocaleString('en')} rows collects, ${stops} stops`;
    return { name: 'waiting', setting, figures };
  } finally {
    await bolna.close();
    await Promise.all([worker.end(), simulator.program.end()]);
    await env.teardown();
  }
}

/** Looked up at Bolna: to ask ten thousand workflows would itself be most of the work. */
async function areScheduled(bolna: BolnaClient, agentId: string, campaigns: number): Promise<void> {
  for (;;) {
    const batches = await bolna.listBatches(agentId, '');
    if (batches.filter(({ phase }) => phase === 'scheduled').length >= campaigns) return;
    await delay(LOOK_EVERY_MS);
  }
}

/** Until the large campaign fetches its executions, in one batch at least. */
async function collects(client: CampaignClient, id: string): Promise<void> {
  for (;;) {
    const { state, step } = await client.get(id);
    if (step === 'collectExecutions' || state === 'collecting') return;
    if (state === 'failed') throw new Error('The large campaign failed.');
    await delay(LOOK_EVERY_MS);
  }
}
