import type { BatchStatus, Execution, ExecutionStatus } from './model';
import { draw } from './random';
import type { SimulatorRules } from './rules';

/** How answers are worded: see `DialectName`. */
export interface Words {
  batchStatus(status: BatchStatus): string;
  executionStatus(status: ExecutionStatus): string;
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
  executionStatus: (status) => status,
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

function strange(seed: string): Words {
  return {
    batchStatus: (status) => invent(seed, 'batch', status),
    executionStatus: (status) => (OPEN.includes(status) ? invent(seed, 'execution', status) : status),
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
