/**
 * Bolna's vocabulary, older and newer. A word never seen before must neither end a campaign nor break it, so everything
 * here answers for any string.
 */

/** How far along a batch is. `unknown` is anything without a meaning here: reported, and looked at again. */
export type BatchPhase = 'created' | 'scheduled' | 'running' | 'completed' | 'stopped' | 'failed' | 'unknown';

const PHASES: Record<string, BatchPhase> = {
  created: 'created',
  scheduled: 'scheduled',
  queued: 'running',
  running: 'running',
  'in-progress': 'running',
  processing: 'running',
  completed: 'completed',
  executed: 'completed',
  stopped: 'stopped',
  canceled: 'stopped',
  cancelled: 'stopped',
  failed: 'failed',
};

export function phaseOf(status: string): BatchPhase {
  return PHASES[normalise(status)] ?? 'unknown';
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

const TERMINAL = new Set(['completed', 'no-answer', 'busy', 'failed', 'error', 'canceled', 'stopped', 'balance-low']);
const NOT_PLACED = new Set(['prepared', 'scheduled', 'queued', 'rescheduled']);

/** Whether a call is over for good (as far as this call goes: a retry may follow). */
export function isTerminal(executionStatus: string): boolean {
  return TERMINAL.has(normalise(executionStatus));
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
}

export function tally(counts: ExecutionCounts): Tally {
  const sum: Tally = { total: 0, settled: 0, waiting: 0, onTheLine: 0 };
  for (const [status, count] of Object.entries(counts)) {
    const word = normalise(status);
    sum.total += count;
    if (TERMINAL.has(word)) sum.settled += count;
    else if (NOT_PLACED.has(word)) sum.waiting += count;
    else sum.onTheLine += count;
  }
  return sum;
}

/** Bolna's spellings differ in case and in `-` or `_`, and in one `l`. */
export function normalise(status: string): string {
  const word = status.trim().toLowerCase().replaceAll('_', '-').replaceAll(' ', '-');
  return word === 'cancelled' ? 'canceled' : word;
}
