import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Finding } from './finding';
import { differs, ok, unknown } from './finding';
import { step } from './step';
import { isPassing, type OwnBatch, type World } from './world';

/** Reserved for fiction: nobody has it. */
export const RESERVED_NUMBER = '+12025550123';
/**
 * A person who sees it in the dashboard knows whose it is. No campaign takes it for a batch of its own, whatever its ID: the names of
 * theirs end with a hash and the number of a batch (activities/campaign-batches.ts).
 */
function newFileName(): string {
  return `verify-api-${randomBytes(8).toString('hex')}-check.csv`;
}

/** How long a batch may take to be listed, in milliseconds. */
export const LIST_LIMIT_MS = 60_000;

/** How the batch came to be known. */
type Created = 'answered' | 'listed' | 'lost';

/** Makes the batch. Nothing is called until it is scheduled, which is never done here. */
export const createStep = step({
  observe: (world) => createBatch(world, RESERVED_NUMBER),
  checks: [['create', answer]],
});

/**
 * Makes a batch of one number, and writes its file name down before.
 * @throws BolnaError where Bolna refuses
 */
export async function createBatch(world: World, number: string): Promise<Created> {
  const { traces } = world.setup;
  const fileName = newFileName();
  const csv = Buffer.from(`contact_number,customer_name\n${number},Verify\n`);
  const trace = { fileName, ...traces.place, agentId: world.agentId, createdAt: await world.now() };
  await traces.write(trace);
  world.answers.stage = 'unscheduled';
  const { agentId } = world;
  try {
    const file = { fileName, csv: Readable.from([csv]), csvBytes: csv.length };
    const { batchId } = await world.bolna.createBatch({ agentId, ...file });
    world.batch = { batchId, fileName, agentId, number };
    await traces.write({ ...trace, batchId });
    return 'answered';
  } catch (error) {
    if (!isPassing(error)) {
      await traces.forget(trace);
      throw error;
    }
  }
  // It may have been made all the same: the same question that a campaign has after a lost answer.
  const found = await world.until(LIST_LIMIT_MS, () => listed(world, { agentId, fileName }));
  if (found === undefined) return 'lost';
  world.batch = { batchId: found.value.batchId, fileName, agentId, number };
  await traces.write({ ...trace, batchId: found.value.batchId });
  return 'listed';
}

/** The batch of a file name, if the agent's list has it. */
export async function listed(world: World, { agentId, fileName }: Pick<OwnBatch, 'agentId' | 'fileName'>) {
  const batches = await world.bolna.listBatches(agentId, fileName);
  return batches.find((batch) => batch.fileName === fileName);
}

function answer(created: Created, world: World): Finding {
  if (created === 'listed') return unknown('the answer was lost; the batch was found in the list');
  if (created === 'lost') return unknown('no usable answer came, and the list does not show the batch');
  const { status = 0, body } = world.answers.last('create') ?? {};
  const { state } = body as Record<string, unknown>;
  if (status !== 200 && status !== 201) return differs(`Bolna answers with HTTP ${status}, not 201`);
  if (typeof state !== 'string') return unknown(`HTTP ${status} with a batch_id, and no state`);
  return state === 'created'
    ? ok(`HTTP ${status} with a batch_id and the state "created"`)
    : unknown(`HTTP ${status} with a batch_id and the state "${state}", which is not documented`);
}
