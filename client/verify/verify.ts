import { removeLeftovers } from './leftovers';
import { removeBatch } from './remove';
import { type Line, linesOf, type Step } from './step';
import type { World } from './world';

/** What a run came to. */
export interface Verified {
  lines: readonly Line[];
  /** Whether there was a batch to look at. */
  hadBatch: boolean;
  /** A batch that may still be at Bolna; the next run sees to it. */
  left: string | undefined;
}

/**
 * Checks one assumption after another, and deletes what it has made, also where it is interrupted.
 * @param told given each line as soon as it is known
 * @throws whatever interrupts it; what is left then is written down
 */
export async function verifyApi(
  world: World,
  steps: readonly Step[],
  told: (line: Line) => void = () => undefined,
): Promise<Verified> {
  const lines: Line[] = [];
  let hadBatch = false;
  const tell = (line: Line) => {
    lines.push(line);
    told(line);
  };
  const leftover = await removeLeftovers(world);
  if (leftover) tell({ check: 'earlier run', ...leftover });
  try {
    for (const each of steps) {
      for (const line of await linesOf(each, world)) tell(line);
      hadBatch ||= world.batch !== undefined;
    }
  } finally {
    // A step was interrupted, or Bolna did not let it be removed.
    world.isCleaningUp = true;
    if (world.batch) await removeBatch(world, world.batch).catch(() => undefined);
  }
  const [left] = await world.setup.traces.all();
  return { lines, hadBatch, left: left?.fileName };
}
