import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { prepared } from './env';
import { anonymous, fileOf } from './histories';
import {
  onRealTime,
  onShortHistories,
  onVirtualTime,
  REAL_WORLD,
  type Scenario,
  type Scenarios,
} from './history-scenarios';
import { csvOf, Rig } from './rig';
import { TestServer } from './test-server';

const FOLDER = resolve('test/histories');
/** A history of a campaign continued as new is told by its first runs; the later ones are like them. */
const MOST_RUNS = 3;

/**
 * Records a history of each way a campaign can go, for later versions of the workflow to be replayed against. Contacts come
 * from the storage, so that no number is kept. `RECORD_HISTORIES=1 npx jest test/workflow/replay` does it: add files for a
 * new version beside the old ones (the version stands in the name), never replace them.
 */
export async function recordHistories(version: string): Promise<void> {
  for (const [name, scenario] of Object.entries(onVirtualTime)) {
    const virtual = await TestServer.skipping();
    for (const workflowId of await playOut(virtual, name, scenario)) await record(virtual, version, { workflowId });
    await virtual.teardown();
  }

  await recordRuns(version, await TestServer.real(), onRealTime);
  const short = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=30'];
  await recordRuns(version, await TestServer.real(short), onShortHistories);
}

/** On a server that continues campaigns as new. Ends it. */
async function recordRuns(version: string, real: TestServer, scenarios: Scenarios): Promise<void> {
  for (const [name, scenario] of Object.entries(scenarios)) {
    for (const workflowId of await playOut(real, name, { ...scenario, world: REAL_WORLD })) {
      const runs: { runId: string; startTime: Date }[] = [];
      for await (const run of real.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(run);
      runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
      for (const [at, { runId }] of runs.slice(0, MOST_RUNS).entries()) {
        await record(real, version, { workflowId, runId, run: at + 1 });
      }
    }
  }
  await real.teardown();
}

/** @returns the workflows whose histories are kept */
async function playOut(env: TestServer, name: string, { world, play }: Scenario): Promise<string[]> {
  const rig = await Rig.start({ env, ...world });
  try {
    await rig.storage.write(`${name}/leads.csv`, csvOf(8, 'contact_number,customer_name'));
    const others = await rig.run(() => play(rig, rig.storage.uriOf(`${name}/leads.csv`)));
    return [name, ...(others ?? [])];
  } finally {
    await rig.close();
  }
}

interface Run {
  workflowId: string;
  runId?: string;
  /** Which run, from 1, where it has several. */
  run?: number;
}

async function record({ address }: TestServer, version: string, run: Run): Promise<void> {
  const { workflowId, runId } = run;
  const { stdout } = await promisify(execFile)(
    prepared('TEST_CLI_PATH'),
    [
      ...['workflow', 'show', '--workflow-id', workflowId, '--address', address, '--output', 'json'],
      ...(runId === undefined ? [] : ['--run-id', runId]),
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  const json = JSON.stringify(JSON.parse(stdout), anonymous, 1);
  await writeFile(resolve(FOLDER, fileOf(version, workflowId, run.run)), `${json}\n`);
}
