/**
 * Bolna's vocabulary, older and newer. A word never seen before must neither end a campaign nor break it, so everything
 * here answers for any string.
 */

/** How far along a batch is. `unknown`: what Bolna shows does not say. */
export type BatchPhase = 'created' | 'scheduled' | 'running' | 'completed' | 'stopped' | 'failed' | 'unknown';

/** What is known of each word for a batch. `processed`: the CSV is parsed, and nothing is scheduled or dialled yet. */
const MEANINGS: Record<string, BatchPhase> = {
  created: 'created',
  processed: 'created',
  scheduled: 'scheduled',
  queued: 'running',
  running: 'running',
  completed: 'completed',
  executed: 'completed',
  stopped: 'stopped',
  canceled: 'stopped',
  failed: 'failed',
};

/** What a batch shows of itself: the facts that decide how far along it is. */
export interface BatchFacts {
  /** Bolna's word, whatever it is. */
  status: string;
  /** Its start, in milliseconds since the epoch. */
  scheduledAt: number | undefined;
  /** Its executions by status; undefined where Bolna has not said. */
  counts: ExecutionCounts | undefined;
}

/** What a batch's status means by itself; `unknown` for a word never seen before, which proves nothing. */
export function meaningOf(status: string): BatchPhase {
  return MEANINGS[normalise(status)] ?? 'unknown';
}

/**
 * How far along a batch is, by facts. Calls that were begun prove that it runs, and a start that it is scheduled, whatever word
 * stands beside them. A word decides only where it is known and no fact says otherwise.
 */
export function phaseOf({ status, scheduledAt, counts = {} }: BatchFacts): BatchPhase {
  const said = meaningOf(status);
  if (hasEnded(said) || said === 'running') return said;
  if (hasBegun(counts)) return 'running';
  return scheduledAt !== undefined ? 'scheduled' : said;
}

/** A batch's status within a sentence, behind "Bolna shows the batch". */
export function asShown(status: string): string {
  return status === '' ? 'without a status' : `as "${status}"`;
}

/**
 * What is unclear about a batch, as the beginning of a sentence: it shows nothing that says how far along it is, or
 * contradicts itself. Worth another poll before anything is decided by it; undefined where the facts are clear.
 */
export function doubtOf({ status, scheduledAt, counts }: BatchFacts): string | undefined {
  const said = meaningOf(status);
  const shown = asShown(status);
  const begun = hasBegun(counts ?? {});
  if (said === 'unknown' && !begun && scheduledAt === undefined)
    return `Bolna shows the batch ${shown}, without a start and without a call`;
  if (said === 'created' && begun) return `Bolna shows the batch ${shown}, and calls that have begun`;
  if ((said === 'running' || said === 'completed') && !begun && scheduledAt === undefined)
    return `Bolna shows the batch ${shown}, without a start and without a call`;
  return undefined;
}

/** Whether Bolna is through with the batch. Its calls may still be finishing: see `tally`. */
export function hasEnded(phase: BatchPhase): boolean {
  return phase === 'completed' || phase === 'stopped' || phase === 'failed';
}

/** Order of progress: of several batches for one campaign, the one furthest along is the campaign's. */
export function progressRank(phase: BatchPhase): number {
  if (phase === 'created') return 0;
  return { unknown: 1, scheduled: 2, running: 3, completed: 4, stopped: 4, failed: 4 }[phase];
}

/** What Bolna's documentation calls the end of a call; every other status may still change. */
export const TERMINAL_STATUSES = [
  'completed',
  'no-answer',
  'busy',
  'failed',
  'error',
  'canceled',
  'stopped',
  'balance-low',
] as const;
export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];

const TERMINAL: ReadonlySet<string> = new Set(TERMINAL_STATUSES);
const NOT_PLACED = new Set(['prepared', 'scheduled', 'queued', 'rescheduled']);
/** Nobody is dialled while a call is in one of these, but its batch has begun. */
const HANDED_OVER = new Set(['queued', 'rescheduled']);
/**
 * Bolna's documentation calls a `prepared` call "not yet handed off to the dial queue", and a `scheduled` one "scheduled for a future
 * time". In a batch that Bolna shows as stopped neither is handed over any more. A `queued` or `rescheduled` one was: it proves nothing.
 */
const NOT_HANDED_OVER = new Set(['prepared', 'scheduled']);
const ON_THE_LINE = new Set(['initiated', 'ringing', 'in-progress', 'running', 'call-disconnected']);
/** Ends of a call that was taken back, in a batch that has begun or not. */
const TAKEN_BACK = new Set(['canceled', 'stopped']);

/** Whether a call is over for good (as far as this call goes: a retry may follow). */
export function isTerminal(executionStatus: string): boolean {
  return TERMINAL.has(normalise(executionStatus));
}

/** Whether Bolna took a call back. Somebody may have been dialled before: see `showsNoDial`. */
export function isTakenBack(executionStatus: string): boolean {
  return TAKEN_BACK.has(normalise(executionStatus));
}

/** Whether a call has not been handed to the dial queue: see `NOT_HANDED_OVER`. */
export function isNotHandedOver(executionStatus: string): boolean {
  return NOT_HANDED_OVER.has(normalise(executionStatus));
}

/** Count of executions by status, as Bolna gives it. */
export type ExecutionCounts = Readonly<Record<string, number>>;

/** The same counts in the groups that matter. */
export interface Tally {
  /** Executions Bolna has made so far. */
  total: number;
  /** Over. */
  settled: number;
  /** Waiting to be placed. */
  waiting: number;
  /** On the line, in post-processing, or in a status never seen before. */
  onTheLine: number;
  /** Those of them that are in a status never seen before. */
  unclear: number;
}

export function tally(counts: ExecutionCounts): Tally {
  const sum: Tally = { total: 0, settled: 0, waiting: 0, onTheLine: 0, unclear: 0 };
  for (const [status, count] of Object.entries(counts)) {
    const word = normalise(status);
    sum.total += count;
    if (TERMINAL.has(word)) sum.settled += count;
    else if (NOT_PLACED.has(word)) sum.waiting += count;
    else {
      sum.onTheLine += count;
      if (!ON_THE_LINE.has(word)) sum.unclear += count;
    }
  }
  return sum;
}

/** Whether the executions prove that their batch has begun. A status never seen before proves nothing. */
export function hasBegun(counts: ExecutionCounts): boolean {
  return someAre(counts, (word) => HANDED_OVER.has(word) || word === 'balance-low' || wasDialled(word));
}

/** Whether executions are in a status never seen before: their people may have been dialled, or not. */
export function areUnclear(counts: ExecutionCounts): boolean {
  return tally(counts).unclear > 0;
}

/** Whether the executions prove that anyone was dialled. */
export function hasDialled(counts: ExecutionCounts): boolean {
  return someAre(counts, wasDialled);
}

function wasDialled(word: string): boolean {
  return ON_THE_LINE.has(word) || (TERMINAL.has(word) && !TAKEN_BACK.has(word) && word !== 'balance-low');
}

/** Whether every execution is in a status that is known, and in which nobody has been dialled yet. */
export function areAllPrepared(counts: ExecutionCounts): boolean {
  return !someAre(counts, (word) => word !== 'prepared');
}

function someAre(counts: ExecutionCounts, is: (word: string) => boolean): boolean {
  return Object.entries(counts).some(([status, count]) => count > 0 && is(normalise(status)));
}

/** The same counts with each status in its usual spelling, so that whoever looks for one finds it. */
export function inUsualSpelling(counts: ExecutionCounts): ExecutionCounts {
  const usual: Record<string, number> = {};
  for (const [status, count] of Object.entries(counts)) {
    const word = normalise(status);
    usual[word] = (usual[word] ?? 0) + count;
  }
  return usual;
}

/** Bolna's spellings differ in case and in `-` or `_`, and in one `l`. */
export function normalise(status: string): string {
  const word = status.trim().toLowerCase().replaceAll('_', '-').replaceAll(' ', '-');
  return word === 'cancelled' ? 'canceled' : word;
}
