import { type BolnaError, isBolnaError } from '../../bolna/errors';
import { LIST_LIMIT_MS, listed } from './create';
import { differs, type Finding, ok, unknown } from './finding';
import { findingOf, step } from './step';
import { batchOf, inSeconds } from './unscheduled';
import type { OwnBatch, World } from './world';

/** How a batch was removed: what is undefined did not happen in time. */
interface Removed {
  /** What Bolna refused the delete with. */
  refusal: BolnaError | undefined;
  goneAfterMs: number | undefined;
  unlistedAfterMs: number | undefined;
}

/** A stop of a batch that has not begun. Both answers are survived; which it is shows how a campaign is halted. */
export const earlyStopStep = step({
  needs: 'batch',
  async observe(world): Promise<'stopped' | 'nothing to stop'> {
    try {
      await world.persist(() => world.bolna.stopBatch(batchOf(world).batchId));
      return 'stopped';
    } catch (error) {
      if (isBolnaError(error, 'not-found')) return 'nothing to stop';
      throw error;
    }
  },
  checks: [
    [
      'early stop',
      (seen) =>
        ok(
          seen === 'stopped'
            ? 'Bolna stops a batch without a start'
            : 'there is nothing to stop before the start (404)',
        ),
    ],
  ],
});

/** Deletes the batch, and sees it go. */
export const removeStep = step({
  needs: 'batch',
  observe: removeOwn,
  checks: [
    ['delete', deleted],
    ['gone', gone],
    ['unlisted', unlisted],
  ],
});

async function removeOwn(world: World): Promise<Removed> {
  const removed = await removeBatch(world, batchOf(world));
  world.batch = undefined;
  return removed;
}

/** The same for the batch that has called. */
export const afterCallStep = step({
  needs: 'batch',
  observe: removeOwn,
  checks: [['batch of the call', gone]],
});

/**
 * Deletes a batch, and forgets it once Bolna no longer knows it. One that Bolna will not delete while it is to call is stopped first.
 * @throws BolnaError where nothing is known of what became of it
 */
export async function removeBatch(world: World, batch: OwnBatch): Promise<Removed> {
  const { batchId } = batch;
  let refusal = await refusalOf(world, batchId);
  if (refusal && refusal.kind !== 'unauthorized') {
    await world.persist(() => world.bolna.stopBatch(batchId)).catch(() => undefined);
    if ((await refusalOf(world, batchId)) === undefined) refusal = undefined;
  }
  world.answers.stage = 'deleted';
  const limit = refusal ? 0 : LIST_LIMIT_MS;
  const gone = await world.until(limit, async () => ((await isThere(world, batchId)) ? undefined : true));
  const unlisted = await world.until(limit, async () => ((await listed(world, batch)) ? undefined : true));
  if (gone) await world.setup.traces.forget(batch);
  return { refusal, goneAfterMs: gone?.afterMs, unlistedAfterMs: unlisted?.afterMs };
}

/** A 404 is no refusal: the batch is gone, perhaps by a delete whose answer was lost. */
async function refusalOf(world: World, batchId: string): Promise<BolnaError | undefined> {
  try {
    await world.persist(() => world.bolna.deleteBatch(batchId));
    return undefined;
  } catch (error) {
    if (isBolnaError(error, 'not-found')) return undefined;
    if (isBolnaError(error, 'refused') || isBolnaError(error, 'unauthorized')) return error;
    throw error;
  }
}

async function isThere(world: World, batchId: string): Promise<boolean> {
  try {
    await world.bolna.getBatch(batchId);
    return true;
  } catch (error) {
    if (isBolnaError(error, 'not-found')) return false;
    throw error;
  }
}

function deleted({ refusal }: Removed, world: World): Finding {
  if (refusal) return findingOf(refusal);
  const { state } = world.answers.lastBody('delete');
  return typeof state === 'string' && state !== 'deleted'
    ? unknown(`Bolna answers the delete with the state "${state}", which is not documented`)
    : ok('Bolna deletes the batch');
}

function gone({ goneAfterMs, refusal }: Removed): Finding {
  if (goneAfterMs !== undefined) return ok(`GET /batches answered 404 after ${inSeconds(goneAfterMs)}`);
  return differs(`GET /batches still shows the batch${refusal ? '' : ` ${inSeconds(LIST_LIMIT_MS)} after the delete`}`);
}

function unlisted({ unlistedAfterMs, refusal }: Removed): Finding {
  if (unlistedAfterMs !== undefined) return ok(`the agent's list was without it after ${inSeconds(unlistedAfterMs)}`);
  const when = refusal ? '' : ` ${inSeconds(LIST_LIMIT_MS)} after the delete`;
  return differs(`the agent's list still shows the batch${when}`);
}
