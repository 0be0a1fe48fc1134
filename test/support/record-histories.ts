import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { bolnaRules } from '../../bolna/start-time';
import { prepared } from './env';
import { anonymous, fileOf } from './histories';
import { afterActivity } from './moments';
import { until } from './processes';
import { csvOf, DAY, HOUR, MINUTE, Rig, realServer, skippingServer } from './rig';

const FOLDER = resolve('test/histories');
/** A history of a campaign continued as new is told by its first runs; the later ones are like them. */
const MOST_RUNS = 3;
const SPEED = 300;

type Scenarios = Record<string, (rig: Rig, uri: string) => Promise<unknown>>;

/**
 * Records a history of each way a campaign can go, for later versions of the workflow to be replayed against. Contacts come
 * from the storage, so that no number is kept. `RECORD_HISTORIES=1 npx jest test/workflow/replay` does it: add files for a
 * new version beside the old ones (the version stands in the name), never replace them.
 */
export async function recordHistories(version: string): Promise<void> {
  const virtual = await skippingServer();
  for (const [name, scenario] of Object.entries(onVirtualTime(virtual))) {
    const rig = await Rig.start({ env: virtual });
    await playOut(rig, name, scenario);
    await record(virtual, version, { workflowId: name });
    if (name === 'split') await record(virtual, version, { workflowId: `${name}/0001` });
  }
  await virtual.teardown();

  // The time-skipping server suggests no continue-as-new, and its clock is no place to halt several batches at.
  const real = await realServer(['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=30']);
  for (const [name, scenario] of Object.entries(onRealTime)) {
    const rig = await Rig.start({
      env: real,
      speed: SPEED,
      rules: { concurrency: 1 },
      outcomes: () => ({ status: 'completed', talkSeconds: 300 }),
      context: { rules: bolnaRules(SPEED), leadMs: 2_000, polling: { minMs: 100, maxMs: 500 } },
    });
    await playOut(rig, name, scenario);
    for (const workflowId of [name, `${name}/0001`]) {
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

function onVirtualTime(env: TestWorkflowEnvironment): Scenarios {
  return {
    budget: async (rig, uri) => {
      await (await rig.begin({ contacts: { uri }, maxCost: 1 }, 'budget')).result();
    },
    canceled: async (rig, uri) => {
      afterActivity('scheduleBatch', 3 * MINUTE)(rig, () => rig.cancel(rig.latest, { by: 'the recorder' }));
      await (await rig.begin({ contacts: { uri } }, 'canceled')).result().catch(() => undefined);
    },
    completed: async (rig, uri) => {
      await (await rig.begin({ contacts: { uri } }, 'completed')).result();
    },
    'far-ahead': async (rig, uri) => {
      const startAt = new Date((await env.currentTimeMs()) + 45 * DAY).toISOString();
      await (await rig.begin({ contacts: { uri }, startAt }, 'far-ahead')).result();
    },
    stopped: async (rig, uri) => {
      afterActivity('scheduleBatch', 3 * MINUTE)(rig, () => rig.stop(rig.latest, { by: 'the recorder' }));
      await (await rig.begin({ contacts: { uri } }, 'stopped')).result();
    },
    missed: async (rig, uri) => {
      const now = await env.currentTimeMs();
      rig.simulator.addFault({ endpoint: 'schedule', during: [now, now + 9 * HOUR], action: { status: 503 } });
      await (await rig.begin({ contacts: { uri } }, 'missed')).result();
    },
    failed: async (rig, uri) => {
      rig.simulator.addFault({ endpoint: 'create', action: { status: 422 } });
      const handle = await rig.begin({ contacts: { uri } }, 'failed');
      await handle.result().catch(() => undefined);
    },
    split: async (rig, uri) => {
      await (await rig.begin({ contacts: { uri }, maxRowsPerBatch: 2, maxBatchesAtOnce: 2 }, 'split')).result();
    },
  };
}

const onRealTime: Scenarios = {
  'split-stopped': async (rig, uri) => {
    const handle = await rig.begin({ contacts: { uri }, maxRowsPerBatch: 2, maxBatchesAtOnce: 1 }, 'split-stopped');
    await until(
      () => 'a call',
      () => rig.simulator.dials().length > 0,
    );
    await rig.stop(handle, { by: 'the recorder' });
    await handle.result();
  },
  continued: async (rig, uri) => {
    await (await rig.begin({ contacts: { uri }, maxRowsPerBatch: 2, maxBatchesAtOnce: 1 }, 'continued')).result();
  },
};

async function playOut(rig: Rig, name: string, scenario: Scenarios[string]): Promise<void> {
  try {
    await rig.storage.write(`${name}/leads.csv`, csvOf(8, 'contact_number,customer_name'));
    await rig.run(() => scenario(rig, rig.storage.uriOf(`${name}/leads.csv`)));
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

async function record({ address }: TestWorkflowEnvironment, version: string, run: Run): Promise<void> {
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
