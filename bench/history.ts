import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { batchWorkflowId } from '../activities/batch-workflow-id';
import { csvOf, DAY, Rig } from '../test/support/rig';
import { TestServer } from '../test/support/test-server';
import { DEFAULT_ACCOUNT } from '../workflows/account';
import { bolnaTaskQueue } from '../workflows/input';
import type { Figure, Section } from './figures';

/** A week of calls, one after another. */
const ROWS = 1900;
const TALK_SECONDS = 310;
/** As often as a campaign looks at most. */
const LOOP_MS = 10 * 60_000;

interface Length {
  events: number;
  bytes: number;
}

/** What a week-long campaign leaves in its history, beside a loop of timers and activities over the same week. */
export async function history({ small }: { small: boolean }): Promise<Section> {
  const rows = small ? 270 : ROWS;
  const env = await TestServer.skipping();
  try {
    const ours = await campaign(env, rows);
    const short = await campaign(env, 10);
    const loop = await plainLoop(env, ours.lasted);
    const split = await severalBatches(env);
    const figures: Figure[] = [
      { what: 'length of the calls', value: ours.lasted / DAY, unit: 'days' },
      { what: 'events, a loop of timers and activities', value: loop.events, unit: '' },
      { what: 'events, ours', value: ours.events, unit: '', goal: { most: 80 }, counted: true },
      { what: 'events, ours, of ten rows', value: short.events, unit: '', goal: { most: 80 }, counted: true },
      { what: 'events, ours, for each of several batches', value: split, unit: '', goal: { most: 80 }, counted: true },
      { what: 'kilobytes, a loop of timers and activities', value: loop.bytes / 1000, unit: 'kB' },
      {
        what: 'kilobytes, ours',
        value: ours.bytes / 1000,
        unit: 'kB',
        goal: { most: 2 * (short.bytes / 1000) },
        counted: true,
      },
      { what: 'kilobytes, ours, of ten rows', value: short.bytes / 1000, unit: 'kB' },
    ];
    return { name: 'history', setting: `${rows} rows on one line, virtual clock`, figures };
  } finally {
    await env.teardown();
  }
}

async function lengthOf(handle: WorkflowHandle): Promise<Length> {
  const { events = [] } = await handle.fetchHistory();
  return { events: events?.length ?? 0, bytes: Buffer.byteLength(JSON.stringify(events)) };
}

async function campaign(env: TestServer, rows: number): Promise<Length & { lasted: number }> {
  const rig = await slowRig(env);
  try {
    return await rig.whileWorking(async () => {
      // By its address, so that the contacts are not counted as history.
      await rig.storage.write('uploads/leads.csv', csvOf(rows));
      const contacts = { uri: rig.storage.uriOf('uploads/leads.csv') };
      const handle = await rig.begin({ contacts, giveUpAfter: '30 days' });
      await handle.result();
      const dials = rig.simulator.dials();
      return { ...(await lengthOf(handle)), lasted: (dials.at(-1)?.at ?? 0) - (dials[0]?.at ?? 0) };
    });
  } finally {
    await rig.close();
  }
}

async function severalBatches(env: TestServer): Promise<number> {
  const batches = 10;
  const rig = await slowRig(env);
  try {
    return await rig.whileWorking(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(6 * batches) }, maxRowsPerBatch: 6 });
      await handle.result();
      let { events } = await lengthOf(handle);
      for (let part = 1; part <= batches; part++) {
        events += (await lengthOf(rig.client.workflow.getHandle(batchWorkflowId(handle.workflowId, part)))).events;
      }
      return events / batches;
    });
  } finally {
    await rig.close();
  }
}

function slowRig(env: TestServer): Promise<Rig> {
  const outcomes = () => ({ status: 'completed', talkSeconds: TALK_SECONDS, ringSeconds: 10 }) as const;
  return Rig.start({ env, rules: { concurrency: 1 }, outcomes });
}

async function plainLoop(env: TestServer, lasts: number): Promise<Length> {
  const until = (await env.currentTimeMs()) + lasts;
  const taskQueue = bolnaTaskQueue(`loop-${randomUUID()}`, DEFAULT_ACCOUNT);
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowsPath: require.resolve('./workflows'),
    activities: { isOver: async () => (await env.currentTimeMs()) >= until },
  });
  return worker.runUntil(async () => {
    const start = { taskQueue, workflowId: randomUUID(), args: [LOOP_MS] };
    const handle = await env.client.workflow.start('loopWorkflow', start);
    await handle.result();
    return lengthOf(handle);
  });
}
