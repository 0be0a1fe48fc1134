import { type RescheduleAnswer, type RescheduleRequest, rescheduleUpdate } from '../../workflows/messages';
import { MINUTE } from '../support/rig';
import type { Move, Run } from './facts';
import { type Asked, answersIn, askFor } from './updates';
import type { World } from './world';

/** As near before its start a batch is not moved any more, with the time that a move takes. */
const NEAR_MS = 15 * MINUTE;

/** Asks for another start, and does not wait for what becomes of that: the history tells it. */
export function ask({ handle }: World, startAt: number): Promise<Asked> {
  const request: RescheduleRequest = { startAt: new Date(startAt).toISOString() };
  return askFor(handle, rescheduleUpdate.name, request);
}

/** Reads what the latest run has answered. */
export async function readAnswers({ handle }: World, { moves }: Run): Promise<void> {
  if (moves.length === 0) return;
  const answers = await answersIn<RescheduleAnswer>(handle);
  for (const move of moves) {
    const { answer, failure } = answers.get(move.id) ?? {};
    if (failure !== undefined) move.refused = failure;
    if (answer) move.begins = answer.startsAt === null ? undefined : Date.parse(answer.startsAt);
  }
}

/** Moves that were taken, and of which nothing has said that they are not to be had. */
export function standingMoves({ moves }: Run): Move[] {
  return moves.filter(({ refused }) => refused === undefined);
}

/**
 * Whether a run has failed because a batch vanished that was being moved, and that was not known before the batch's start: nobody
 * can tell then who was called, and starting it again does not mend that.
 */
export function mayBeLost({ rig, runs }: World, { errorType }: Run): boolean {
  const isUnclear = rig.simulator.requests.some(
    ({ endpoint, worked, fault }) => endpoint === 'delete' && worked && fault !== undefined,
  );
  return (
    errorType === 'BatchLost' &&
    isUnclear &&
    runs.some(({ moves, suppressions }) => moves.length + suppressions.length > 0)
  );
}

/** What was answered to those who asked for another start, and is not so. */
export function wrongMoves(world: World): string[] {
  if (!world.stage.isExact) return [];
  return world.runs.flatMap((run, at) =>
    run.moves.flatMap((move) => {
      const wrong = wrongAnswer(world, run, move);
      return wrong
        ? [`Run ${at + 1}: the start was to be moved to ${new Date(move.startAt).toISOString()}, ${wrong}.`]
        : [];
    }),
  );
}

function wrongAnswer(world: World, run: Run, move: Move): string | undefined {
  const { refused, begins, truth } = move;
  if (refused !== undefined)
    return isExplained(world, run, move, refused) ? undefined : `and for no reason that: ${refused}`;
  if (begins === undefined) return undefined;
  if (truth.running + truth.completed + truth.stopped > 0) return 'and was, although the calls had begun';
  if (begins < move.startAt) return `and the calls are said to begin earlier, at ${new Date(begins).toISOString()}`;
  // Another one that is taken later may be nearer.
  if (standingMoves(run).at(-1) !== move) return undefined;
  const early = world.rig.simulator
    .dials()
    .filter(({ at, attempt }) => attempt === 1 && at > move.at && at < begins && at <= (run.closedAt ?? at));
  return early.length > 0 ? `and ${early.length} were called before that` : undefined;
}

/** Whether what a start cannot be moved for is so. */
function isExplained(world: World, run: Run, { at, startAt, id }: Move, why: string): boolean {
  const { rig, shape } = world;
  const requests = rig.simulator.requests.slice(run.requestsBefore);
  const others = run.moves.filter((move) => move.id !== id && move.at >= at);
  switch (true) {
    case /asked to (stop|cancel)/.test(why):
      return run.halts.length > 0;
    case why.startsWith('Another start was asked for'):
      return others.length > 0;
    case why.startsWith('startAt has passed'):
      return startAt <= at;
    case why.startsWith('The start was missed'):
      return true;
    case why.startsWith('The calls have begun'): {
      const starts = rig.simulator.batches().flatMap(({ scheduledAt }) => scheduledAt ?? []);
      const isNear = starts.some((start) => start < at + NEAR_MS);
      return (
        isNear || run.halts.length > 0 || rig.simulator.dials().some((dial) => dial.at <= (run.closedAt ?? dial.at))
      );
    }
    case why.startsWith('Bolna does not delete'):
      return !shape.deleteScheduled || requests.some(({ endpoint, status }) => endpoint === 'delete' && status === 404);
    case why.startsWith('The campaign has ended'):
      return run.end !== undefined;
    default:
      // The campaign's own failure, which is looked at as such.
      return run.end === 'failed';
  }
}
