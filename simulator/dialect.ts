import type { Batch, BatchStatus, Execution } from './model';
import { draw } from './random';
import type { SimulatorRules } from './rules';

/** How answers are worded: see `DialectName`. */
export interface Words {
  batchStatus(status: BatchStatus): string;
  executionStatus(execution: Pick<Execution, 'contact' | 'status'>): string;
  /** Whether a call has ended in a word that nobody knows. */
  endsUnclear(execution: Pick<Execution, 'contact' | 'status'>): boolean;
  /** How many executions a batch shows in each status. */
  counts(batch: Batch): Record<string, number>;
  /** Why a call is over. @param reason as documented; null before */
  terminationReason(execution: Pick<Execution, 'contact' | 'status'>, reason: string | null): string | null;
  /** Fields of an execution that Bolna's schema does not declare: not on older accounts. @param id of the execution */
  added(fields: Record<string, unknown>, id: string): Record<string, unknown>;
  /** A finished object, as it goes over the wire. */
  object(shown: Record<string, unknown>): Record<string, unknown>;
  /** A finished list. The same list comes in the same order each time, or its pages would not fit together. */
  list<T extends { id: string }>(items: readonly T[]): T[];
  /** A sentence or a word that stands in an answer and decides nothing. */
  phrase(text: string): string;
}

/** Words, and where the recordings are. */
export interface Dialect extends Words {
  /** What a recorded call shows as its `recording_url`. */
  recordingUrl(execution: Execution): string;
}

export function wordsOf({ dialect }: Pick<SimulatorRules, 'dialect'>, seed: string): Words {
  if (dialect === 'strange') return strange(seed);
  return dialect === 'older' ? OLDER : PLAIN;
}

export const PLAIN: Words = {
  batchStatus: (status) => status,
  executionStatus: ({ status }) => status,
  endsUnclear: () => false,
  terminationReason: (_, reason) => reason,
  counts: ({ counts }) => Object.fromEntries(counts),
  added: (fields) => fields,
  object: (shown) => shown,
  list: (items) => [...items],
  phrase: (text) => text,
};

const OLDER_STATUSES: Partial<Record<BatchStatus, string>> = {
  processed: 'created',
  running: 'queued',
  completed: 'executed',
};
const OLDER: Words = { ...PLAIN, batchStatus: (status) => OLDER_STATUSES[status] ?? status, added: () => ({}) };

/** Statuses of a call that has not ended. */
const OPEN: readonly string[] = [
  'prepared',
  'queued',
  'rescheduled',
  'initiated',
  'ringing',
  'in-progress',
  'call-disconnected',
];

/** Ends of a call that was dialled. */
const DIALLED_ENDS: readonly string[] = ['completed', 'no-answer', 'busy', 'failed', 'error'];
/** The share of calls whose end is in a word that nobody knows, as is their `termination_reason`. */
const UNKNOWN_ENDS = 0.1;

function strange(seed: string): Words {
  const endsUnclear: Words['endsUnclear'] = ({ contact, status }) =>
    DIALLED_ENDS.includes(status) && draw(seed, 'end', contact.number) < UNKNOWN_ENDS;
  const executionStatus: Words['executionStatus'] = (execution) => {
    const { status } = execution;
    return OPEN.includes(status) || endsUnclear(execution) ? invent(seed, 'execution', status) : status;
  };
  return {
    batchStatus: (status) => invent(seed, 'batch', status),
    executionStatus,
    endsUnclear,
    counts: ({ executions }) => {
      const shown: Record<string, number> = {};
      for (const word of executions.map(executionStatus)) shown[word] = (shown[word] ?? 0) + 1;
      return shown;
    },
    terminationReason: (execution, reason) =>
      reason !== null && endsUnclear(execution) ? invent(seed, 'reason', reason) : reason,
    added: (fields, id) => (draw(seed, 'added', id) < 0.5 ? fields : {}),
    object: (shown) => shuffled(seed, { ...shown, ...unheardOf(seed) }),
    list: (items) => inOrder(seed, items, ({ id }) => id),
    phrase: (text) => invent(seed, 'phrase', text),
  };
}

const SYLLABLES = [
  'ba',
  'dor',
  'ek',
  'fi',
  'gul',
  'hem',
  'jo',
  'kra',
  'lum',
  'mip',
  'nost',
  'opa',
  'quil',
  'ruv',
  'zet',
];

/** A word that means nothing: the same for the same parts. Three syllables keep the words of one seed apart. */
function invent(...parts: string[]): string {
  const syllable = (index: number) => SYLLABLES[Math.floor(draw(...parts, index) * SYLLABLES.length)] ?? '';
  return `${syllable(0)}${syllable(1)}-${syllable(2)}${syllable(3)}`;
}

function unheardOf(seed: string): Record<string, unknown> {
  return {
    [invent(seed, 'field', 'text')]: invent(seed, 'value'),
    [invent(seed, 'field', 'nested')]: { [invent(seed, 'inner')]: [null, 1, { deep: true }] },
  };
}

function shuffled(seed: string, shown: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(inOrder(seed, Object.entries(shown), ([key]) => key));
}

function inOrder<T>(seed: string, items: readonly T[], nameOf: (item: T) => string): T[] {
  return items
    .map((item) => ({ item, place: draw(seed, 'order', nameOf(item)) }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
