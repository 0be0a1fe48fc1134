import { isBolnaError } from '../../../bolna/errors';
import type { Execution } from '../../../bolna/schemas';
import { hasDialled, normalise } from '../../../bolna/statuses';
import { walletIn } from '../account';
import { executionsOf } from '../executions';
import { step } from '../step';
import { batchOf } from '../unscheduled';
import { isPassing, type World } from '../world';
import { CALL_CHECKS } from './checks';
import { areOver } from './moments';
import type { CallLook, WatchedCall } from './watched';

/** Milliseconds between two looks: before the start, during the call, and after it. */
const BEFORE_MS = 60_000;
const DURING_MS = 5_000;
const AFTER_MS = 20_000;
/** Longest wait for the end, from the last start on: a call of some length, and post-processing. */
const LIMIT_MS = 40 * 60_000;
/** How long nobody may be dialled before that is taken for the end. */
const NOBODY_MS = 15 * 60_000;
/** For how long a call that is over is watched, so that another one would be seen. */
const QUIET_MS = 60_000;
/** After a start that was not believed, the same. */
const EXTRA_MS = 180_000;

/** Waits for the start and the end of the call, and asks for a stop when there is nothing left to stop. */
export const callStep = step<WatchedCall>({
  needs: 'start',
  observe: watchCall,
  checks: CALL_CHECKS,
});

async function watchCall(world: World): Promise<WatchedCall> {
  const { batchId, starts = [] } = batchOf(world);
  const first = starts[0] ?? (await world.time.now());
  const last = starts.at(-1) ?? first;
  const walletBefore = await walletOf(world);
  const looks: CallLook[] = [];
  let overSince: number | undefined;
  for (;;) {
    const now = await world.time.now();
    if (now >= first) world.answers.stage = 'started';
    const look = await lookAt(world, batchId, now);
    if (look) looks.push(look);
    const isOver = look !== undefined && areOver(look);
    overSince = isOver ? (overSince ?? now) : undefined;
    const extra = starts.length > 1 ? EXTRA_MS : 0;
    if (overSince !== undefined && now >= Math.max(overSince + QUIET_MS, last + extra)) break;
    if (now > last + NOBODY_MS && !looks.some(({ batch: { counts } }) => hasDialled(counts ?? {}))) break;
    if (now > last + LIMIT_MS || look?.executions.some(isMoved)) break;
    await world.sleep(now < first - BEFORE_MS ? BEFORE_MS : isOver ? AFTER_MS : DURING_MS);
  }
  if (overSince === undefined) return { starts, looks, walletBefore, walletAfter: undefined, lateStop: undefined };
  world.answers.stage = 'over';
  const lateStop = await stopAfterwards(world, batchId);
  const look = await lookAt(world, batchId, await world.time.now());
  if (look) looks.push(look);
  return { starts, looks, walletBefore, walletAfter: await walletOf(world), lateStop };
}

async function lookAt(world: World, batchId: string, at: number): Promise<CallLook | undefined> {
  try {
    const batch = await world.bolna.getBatch(batchId);
    return { at, batch, executions: await executionsOf(world, batchId) };
  } catch (error) {
    if (isPassing(error)) return undefined;
    throw error;
  }
}

/** Guardrails have moved it to another day, which nobody waits for here. */
function isMoved({ status }: Execution): boolean {
  return normalise(String(status)) === 'rescheduled';
}

async function walletOf(world: World): Promise<number | undefined> {
  const isRead = await world
    .persist(() => world.bolna.account())
    .then(
      () => true,
      (error: unknown) => {
        if (!isBolnaError(error)) throw error;
        return false;
      },
    );
  return isRead ? walletIn(world.answers.lastBody('me')) : undefined;
}

async function stopAfterwards(world: World, batchId: string): Promise<WatchedCall['lateStop']> {
  try {
    await world.persist(() => world.bolna.stopBatch(batchId));
    return 'stopped';
  } catch (error) {
    if (isBolnaError(error, 'not-found')) return 'nothing to stop';
    if (isBolnaError(error)) return 'unclear';
    throw error;
  }
}
