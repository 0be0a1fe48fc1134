import { isBolnaError } from '../../bolna/errors';
import { listed } from './create';
import { differs, type Finding, ok, unknown } from './finding';
import { removeBatch } from './remove';
import type { Trace } from './traces';
import type { World } from './world';

/** A batch that no list has shown for so long was never made. In milliseconds. */
const FORGOTTEN_AFTER_MS = 60 * 60_000;

/** Deletes what earlier runs have left behind, and no batch of anyone else's. @returns undefined where there was nothing */
export async function removeLeftovers(world: World): Promise<Finding | undefined> {
  const traces = await world.setup.traces.all();
  if (traces.length === 0) return undefined;
  const findings: Finding[] = [];
  for (const trace of traces) findings.push(await removeLeftover(world, trace));
  world.answers.stage = 'before';
  return findings.find(({ verdict }) => verdict !== 'ok') ?? findings[0];
}

async function removeLeftover(world: World, trace: Trace): Promise<Finding> {
  try {
    const batchId = trace.batchId ?? (await world.persist(() => listed(world, trace)))?.batchId;
    if (batchId === undefined) {
      if ((await world.now()) - trace.createdAt > FORGOTTEN_AFTER_MS) await world.setup.traces.forget(trace);
      return unknown(`an earlier run may have made a batch ${trace.fileName}, which the list does not show`);
    }
    const { goneAfterMs } = await removeBatch(world, { ...trace, batchId });
    return goneAfterMs === undefined
      ? differs(`the batch ${trace.fileName} of an earlier run cannot be deleted: delete it in Bolna's dashboard`)
      : ok(`the batch ${trace.fileName} of an earlier run was deleted`);
  } catch (error) {
    if (!isBolnaError(error)) throw error;
    return unknown(
      `the batch ${trace.fileName} of an earlier run may still be there: ${error.message.replace(/\.$/, '')}`,
    );
  }
}
