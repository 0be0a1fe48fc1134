import type { Client, WorkflowExecutionInfo } from '@temporalio/client';

/**
 * A place in Temporal's list, which has those that run first, the latest start first, and then those that have ended, the latest
 * end first.
 */
export interface Place {
  runId: string;
  /** Which of the two parts it is in. */
  part: 'running' | 'ended';
  /** ISO 8601 with nanoseconds: its start or its end. */
  at: string;
}

type Run = Pick<WorkflowExecutionInfo, 'runId' | 'raw'>;

/** The place of a run, as it is given out. */
export function cursorOf(run: Run): string {
  return Buffer.from(JSON.stringify(place(run))).toString('base64url');
}

/** @throws RangeError for a cursor that was not given out here */
export function placeOf(cursor: string): Place {
  try {
    const { runId, part, at } = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (typeof runId === 'string' && (part === 'running' || part === 'ended') && TIME.test(at))
      return { runId, part, at };
  } catch {
    // Said below.
  }
  throw new RangeError('The cursor is none that was given out here: leave it out to begin at the front.');
}

/** Whether a text is a cursor that was given out here. */
export function isCursor(text: string): boolean {
  try {
    return placeOf(text) !== undefined;
  } catch {
    return false;
  }
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;

function place({ runId, raw }: Run): Place {
  const part = raw.closeTime ? 'ended' : 'running';
  const { seconds, nanos } = raw.closeTime ?? raw.startTime ?? {};
  const whole = new Date(Number(seconds ?? 0) * 1000).toISOString().slice(0, 19);
  return { runId, part, at: `${whole}.${String(nanos ?? 0).padStart(9, '0')}Z` };
}

/**
 * The runs that fit the conditions and come behind a place, all of them without one. One that has ended since is told again among
 * those that have ended; none is left out.
 */
export async function* behind(
  client: Client,
  conditions: readonly string[],
  from: Place | undefined,
): AsyncGenerator<WorkflowExecutionInfo> {
  const list = (...more: string[]) => client.workflow.list({ query: [...conditions, ...more].join(' AND ') });
  if (!from) yield* list();
  else if (from.part === 'running') {
    yield* pastTies(list('CloseTime IS NULL', `StartTime <= '${from.at}'`), from);
    yield* list('CloseTime IS NOT NULL');
  } else {
    yield* pastTies(list(`CloseTime <= '${from.at}'`), from);
  }
}

/** Of several at the very instant, those behind the place; all of them where it is no longer there. */
async function* pastTies(
  runs: AsyncIterable<WorkflowExecutionInfo>,
  from: Place,
): AsyncGenerator<WorkflowExecutionInfo> {
  let ties: WorkflowExecutionInfo[] | undefined = [];
  for await (const run of runs) {
    if (ties && place(run).at === from.at) {
      if (run.runId === from.runId) ties = [];
      else ties.push(run);
      continue;
    }
    if (ties) yield* ties;
    ties = undefined;
    yield run;
  }
  if (ties) yield* ties;
}
