import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { request } from 'undici';
import { collectExecutions } from '../../activities/executions';
import type { Collected } from '../../activities/types';
import { BolnaClient } from '../../bolna/client';
import { bolnaRules } from '../../bolna/start-time';
import { Outside } from '../../egress/outside';
import { LocalStorage } from '../../storage/local';
import { AGENT } from '../../test/support/rig';
import { type Figure, median } from '../figures';
import { startSimulatorProcess, temporaryFolder } from '../processes';
import { csvFile } from './csv';

const SPEED = 3000;
const KEY = 'bn-bench';
const PAGE_SIZE = 50;

/** Collecting a batch's executions into the storage, beside a bare download of the same pages to disk. */
export async function collect({ small }: { small: boolean }): Promise<Figure[]> {
  const rows = small ? 1_000 : 10_000;
  const rounds = small ? 1 : 5;
  const simulator = await startSimulatorProcess(SPEED, ['--concurrency', '1000000', '--rate-limit', '100000000']);
  const folder = temporaryFolder();
  const bolna = new BolnaClient({ apiKey: KEY, baseUrl: simulator.url, timeoutMs: 30_000 });
  try {
    const batchId = await finishedBatch(bolna, rows, folder);
    const bare: number[] = [];
    const ours: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const begun = performance.now();
      const bytes = await download(simulator.url, batchId, join(folder, 'pages.json'));
      const done = performance.now();
      await collected(bolna, batchId, join(folder, 'data'), rows);
      bare.push(bytes / 1000 / (done - begun));
      ours.push(bytes / 1000 / (performance.now() - done));
    }
    return [
      { what: 'bare download', value: median(bare), unit: 'MB/s' },
      { what: 'collecting', value: median(ours), unit: 'MB/s' },
      { what: 'collecting to a bare download', value: median(ours) / median(bare), unit: '', goal: { least: 0.5 } },
    ];
  } finally {
    await bolna.close();
    await simulator.program.end();
  }
}

/** A batch whose calls are all over. */
async function finishedBatch(bolna: BolnaClient, rows: number, folder: string): Promise<string> {
  const { path, bytes, open } = await csvFile(folder, rows);
  const { batchId } = await bolna.createBatch({ agentId: AGENT, fileName: 'bench.csv', csv: open(), csvBytes: bytes });
  await rm(path);
  await bolna.scheduleBatch(batchId, Date.now() + 2_000);
  for (;;) {
    const { counts = {}, status } = await bolna.getBatch(batchId);
    const over = ['completed', 'no-answer', 'busy', 'failed', 'error'].reduce(
      (sum, name) => sum + (counts[name] ?? 0),
      0,
    );
    if (status === 'completed' && over === rows) return batchId;
  }
}

/** @returns bytes */
async function download(url: string, batchId: string, to: string): Promise<number> {
  const file = createWriteStream(to, { flush: true });
  let bytes = 0;
  async function* pages(): AsyncGenerator<Buffer> {
    for (let page = 1; ; page++) {
      const address = `${url}/v2/batches/${batchId}/executions?page_number=${page}&page_size=${PAGE_SIZE}`;
      const { body } = await request(address, { headers: { authorization: `Bearer ${KEY}` } });
      const text = Buffer.from(await body.arrayBuffer());
      bytes += text.length;
      yield text;
      if (text.includes('"has_more":false')) return;
    }
  }
  await pipeline(pages, file);
  return bytes;
}

async function collected(bolna: BolnaClient, batchId: string, folder: string, rows: number): Promise<void> {
  const context = {
    bolna,
    outside: new Outside(),
    storage: new LocalStorage(folder),
    rules: bolnaRules(),
    leadMs: 150_000,
    polling: { minMs: 5_000, maxMs: 600_000 },
    account: 'default',
    accounts: [],
    now: Date.now,
  };
  const ask = { campaignId: 'bench', agentId: AGENT, batchId };
  const step = () => collectExecutions(context, ask);
  const { executions } = (await new MockActivityEnvironment().run(step)) as Collected;
  if (executions !== rows) throw new Error(`${executions} of ${rows} executions were collected.`);
}
